// What is remembered of logins: an event and a count for each, and on disk when each credential was last used and from where, which
// `noroshi admin account show` reads. `<data_dir>/logins.json`, mode 0600, replaced whole at most once a minute; what a crash loses is at most that minute.
// Any thread, but Flush one at a time.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/obs/metrics.h"
#include "common/taxii/accounts.h"

namespace noroshi::taxii {

struct LastUse {
  std::string user;
  Method method = Method::kPassword;
  std::string credential;  // token id, SPIFFE URI, subject; of a password empty
  int64_t time_us = 0;
  std::string address;
};

// Empty where there is no file yet. Error: DataLoss, not a file of this kind.
StatusOr<std::vector<LastUse>> ReadLastUses(const std::string& file);

class Logins {
 public:
  // A file that cannot be read is begun anew, with a warning: it is a record for people, nothing is decided by it but the brake's exception below.
  explicit Logins(std::string file);

  // A credential was verified: once a cache period, not once a request.
  void Good(const Login& login, WallTime now);
  // `user`: empty unless there is such an account. Nothing else of what was sent is kept.
  void Refused(Refusal why, std::string_view method, std::string_view user, std::string_view address);
  // This user came from there before: guesses from elsewhere do not lock him out.
  bool Knows(std::string_view user, std::string_view address) const;
  // Writes what is new, where the last time was a minute ago or `at_once`; credentials that are no more go.
  void Flush(const Accounts& accounts, WallTime now, bool at_once);

 private:
  struct Key {
    std::string user;
    Method method;
    std::string credential;
    auto operator<=>(const Key&) const = default;
  };
  struct Use {
    int64_t time_us = 0;
    std::string address;
  };
  void Forget(const Accounts& accounts) NOROSHI_REQUIRES(mutex_);

  const std::string file_;
  std::array<obs::Counter, 4> good_;             // by method
  std::array<obs::Counter, kRefusals> refused_;  // by reason
  mutable Mutex mutex_;
  std::map<Key, Use> uses_ NOROSHI_GUARDED_BY(mutex_);  // at most limits::kLastUsesMax
  bool changed_ NOROSHI_GUARDED_BY(mutex_) = false;
  int64_t written_us_ NOROSHI_GUARDED_BY(mutex_) = 0;
};

}  // namespace noroshi::taxii
