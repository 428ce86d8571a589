#include "common/net/request_limits.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace noroshi::net {

RequestLimits::Lease RequestLimits::Enter(std::string_view key, MonotonicTime now, bool counts) {
  Lease lease;
  if (bounds_.per_second == 0 && bounds_.at_once == 0) return lease;
  lease.key_ = key;
  const MutexLock lock(mutex_);
  Use& use = UseOf(lease.key_, now);
  if (bounds_.at_once > 0 && use.in_progress >= bounds_.at_once) {
    lease.outcome_ = Outcome::kTooManyAtOnce;
    return lease;
  }
  if (bounds_.per_second > 0 && counts) {
    const double rate = bounds_.per_second;
    use.tokens = std::min(rate, use.tokens + rate * std::chrono::duration<double>(now - use.filled).count());
    use.filled = now;
    if (use.tokens < 1) {
      lease.outcome_ = Outcome::kTooFast;
      return lease;
    }
    use.tokens -= 1;
  }
  ++use.in_progress;
  lease.limits_ = this;
  return lease;
}

RequestLimits::Use& RequestLimits::UseOf(const std::string& key, MonotonicTime now) {
  const auto found = uses_.find(key);
  if (found != uses_.end()) return found->second;
  if (uses_.size() >= keys_max_) {
    const auto idle = std::find_if(uses_.begin(), uses_.end(), [](const auto& use) { return use.second.in_progress == 0; });
    if (idle != uses_.end()) uses_.erase(idle);
  }
  return uses_.emplace(key, Use{static_cast<double>(bounds_.per_second), now, 0}).first->second;
}

void RequestLimits::Leave(const std::string& key) {
  const MutexLock lock(mutex_);
  const auto found = uses_.find(key);
  if (found != uses_.end()) --found->second.in_progress;
}

size_t RequestLimits::keys() const {
  const MutexLock lock(mutex_);
  return uses_.size();
}

std::string AddressKey(const std::string& address) {
  namespace ip = boost::asio::ip;
  boost::system::error_code error;
  const ip::address parsed = ip::make_address(address, error);
  if (error || parsed.is_v4()) return address;
  const ip::address_v6 v6 = parsed.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  ip::address_v6::bytes_type bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace noroshi::net
