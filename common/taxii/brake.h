// Counts failed logins by name and by address, and says when it is enough (AC-40). Fixed memory: keys share slots by a keyed hash that an attacker
// cannot aim at. A slot that is full is not counted further, so one address fills at most limits::kAuthFailuresPerMinuteMax counts a minute. Any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/random.h"

namespace noroshi::taxii {

class Brake {
 public:
  explicit Brake(Random& random);
  // Seconds until this key may try again; 0: now.
  int SecondsToWait(std::string_view key, WallTime now) const;
  void Fail(std::string_view key, WallTime now);

 private:
  struct Slot {
    int64_t since_us = 0;
    int count = 0;
  };
  size_t SlotOf(std::string_view key) const;

  const std::string hash_key_;
  mutable Mutex mutex_;
  std::vector<Slot> slots_ NOROSHI_GUARDED_BY(mutex_);
};

}  // namespace noroshi::taxii
