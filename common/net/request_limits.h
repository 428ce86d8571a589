// How many requests one key (an address, an account) may make: so many a second, by a token bucket that holds one second's worth, and so many at once.
// Time is an argument. Any thread. Bound: `keys_max` keys; in a full table a new key takes the place of one that has nothing in progress, which only gives
// that one a full bucket again.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace noroshi::net {

class RequestLimits {
 public:
  struct Bounds {
    int per_second = 0;  // 0: any number
    int at_once = 0;     // 0: any number
  };
  enum class Outcome : uint8_t { kAdmitted, kTooFast, kTooManyAtOnce };

  RequestLimits(const Bounds& bounds, size_t keys_max) : bounds_(bounds), keys_max_(keys_max) {}
  RequestLimits(const RequestLimits&) = delete;

  // Until its end a request counts as in progress.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept : limits_(other.limits_), key_(std::move(other.key_)), outcome_(other.outcome_) { other.limits_ = nullptr; }
    Lease& operator=(Lease&&) = delete;
    ~Lease() { Release(); }
    void Release() {
      if (limits_ != nullptr) limits_->Leave(key_);
      limits_ = nullptr;
    }
    Outcome outcome() const { return outcome_; }
    bool refused() const { return outcome_ != Outcome::kAdmitted; }

   private:
    friend class RequestLimits;
    RequestLimits* limits_ = nullptr;  // set while something is to be given back
    std::string key_;
    Outcome outcome_ = Outcome::kAdmitted;
  };
  // `counts`: false for the second look at a request whose rate was counted already.
  [[nodiscard]] Lease Enter(std::string_view key, MonotonicTime now, bool counts = true);
  size_t keys() const;

 private:
  struct Use {
    double tokens = 0;
    MonotonicTime filled{};
    int in_progress = 0;
  };
  void Leave(const std::string& key);
  Use& UseOf(const std::string& key, MonotonicTime now) NOROSHI_REQUIRES(mutex_);

  const Bounds bounds_;
  const size_t keys_max_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Use> uses_ NOROSHI_GUARDED_BY(mutex_);
};

// What is counted together: an IPv4 address, written as IPv6 or not; the /64 of an IPv6 address, which one host owns whole. Another text is its own key.
std::string AddressKey(const std::string& address);

}  // namespace noroshi::net
