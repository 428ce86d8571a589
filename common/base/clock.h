// Time as an argument: roles never read the machine's clock themselves, so that a simulation can run
// them in virtual time. Any thread may call a Clock. Wall time is UTC microseconds since 1970; monotonic
// time is for deadlines and never goes back.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace noroshi {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using MonotonicTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
  virtual MonotonicTime Monotonic() const = 0;
};

// The machine's clock; lives for ever.
Clock& SystemClock();

inline WallTime FromMicros(int64_t us) { return WallTime(std::chrono::microseconds(us)); }
inline int64_t ToMicros(WallTime t) { return t.time_since_epoch().count(); }

// `2026-01-31T12:00:00.000001Z`: always six digits (TAXII 2.1 §2, item 8).
std::string FormatTimestamp(WallTime t);

// RFC 3339 with `T`, `Z` (or, if `allow_offset`, `+00:00`) and an optional fraction of any length; digits
// beyond the sixth are cut. Error: not a timestamp, or not a real date.
StatusOr<WallTime> ParseTimestamp(std::string_view text, bool allow_offset = false);

}  // namespace noroshi
