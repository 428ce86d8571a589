// Pieces of the log that can be tried without a process: the text of a line, and the limit of lines. Only for this folder and its tests.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/obs/log.h"

namespace noroshi::obs {

inline constexpr int kLinesPerSecondMax = 50;  // of one event id

// One JSON object and a line end. Control characters are escaped, bytes that are not UTF-8 become U+FFFD.
std::string FormatLine(WallTime now, Level level, std::string_view event, std::string_view message, std::string_view node,
                       std::initializer_list<Field> fields);

// Counts lines by event id in windows of a second. Event ids are a closed set of the code, which bounds the map. One thread at a time.
class LineLimit {
 public:
  // False: drop this line.
  bool Allows(std::string_view event, MonotonicTime now);
  struct Suppressed {
    std::string event;
    int64_t lines;
  };
  // What was dropped in windows that are over, once each.
  std::vector<Suppressed> Take(MonotonicTime now);

 private:
  struct Window {
    MonotonicTime start;
    int64_t lines = 0;
  };
  std::map<std::string, Window, std::less<>> windows_;
};

}  // namespace noroshi::obs
