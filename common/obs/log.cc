#include "common/obs/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>

#include "common/base/mutex.h"
#include "common/obs/log_line.h"

namespace noroshi::obs {
namespace {

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: return "error";
  }
  return "error";
}

// Bytes of the UTF-8 sequence at the front; 0: none is there.
size_t SequenceBytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  uint32_t point = length == 1 ? lead : lead & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6 != 2) return 0;
    point = point << 6 | (byte(i) & 0x3f);
  }
  static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool fits = point >= kLeast[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return fits ? length : 0;
}

void AppendString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const size_t length = SequenceBytes(text);
    const char c = text[0];
    if (length == 0) {
      out += "\\ufffd";
    } else if (length > 1) {
      out.append(text.substr(0, length));
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void AppendValue(const Field& field, std::string& out) {
  struct Append {
    std::string& out;
    void operator()(int64_t v) const { out += std::to_string(v); }
    void operator()(double v) const { out += std::isfinite(v) ? fmt::format("{}", v) : "null"; }
    void operator()(bool v) const { out += v ? "true" : "false"; }
    void operator()(std::string_view v) const { AppendString(v, out); }
  };
  std::visit(Append{out}, field.value);
}

// One write a line, so that lines of several threads and processes do not mix.
void WriteToStderr(const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    const ssize_t count = ::write(STDERR_FILENO, line.data() + done, line.size() - done);
    if (count < 0 && errno != EINTR) return;  // nowhere left to say so
    if (count > 0) done += static_cast<size_t>(count);
  }
}

struct Log {
  std::atomic<Level> least{Level::kInfo};
  Mutex mutex;
  std::string node NOROSHI_GUARDED_BY(mutex);
  LineLimit limit NOROSHI_GUARDED_BY(mutex);
};

// Never destroyed: threads may log while the process ends.
Log& TheLog() {
  static Log* log = new Log;
  return *log;
}

}  // namespace

std::string FormatLine(WallTime now, Level level, std::string_view event, std::string_view message, std::string_view node,
                       std::initializer_list<Field> fields) {
  std::string line = fmt::format(R"({{"ts":"{}","level":"{}","event":)", FormatTimestamp(now), LevelName(level));
  AppendString(event, line);
  line += ",\"msg\":";
  AppendString(message, line);
  line += ",\"node\":";
  AppendString(node, line);
  for (const Field& field : fields) {
    line += ',';
    AppendString(field.name, line);
    line += ':';
    AppendValue(field, line);
  }
  return line + "}\n";
}

bool LineLimit::Allows(std::string_view event, MonotonicTime now) {
  auto at = windows_.find(event);
  if (at == windows_.end()) at = windows_.emplace(event, Window{now, 0}).first;
  Window& window = at->second;
  // A window with dropped lines stays until Take has told of them.
  if (now - window.start >= std::chrono::seconds(1) && window.lines <= kLinesPerSecondMax) window = {now, 0};
  return ++window.lines <= kLinesPerSecondMax;
}

std::vector<LineLimit::Suppressed> LineLimit::Take(MonotonicTime now) {
  std::vector<Suppressed> out;
  for (auto& [event, window] : windows_) {
    if (now - window.start < std::chrono::seconds(1) || window.lines <= kLinesPerSecondMax) continue;
    out.push_back({event, window.lines - kLinesPerSecondMax});
    window = {now, 0};
  }
  return out;
}

void SetUp(std::string node, Level least) {
  Log& log = TheLog();
  log.least = least;
  const MutexLock lock(log.mutex);
  log.node = std::move(node);
}

void Emit(Level level, std::string_view event, std::string_view message, std::initializer_list<Field> fields) {
  Log& log = TheLog();
  if (level < log.least) return;
  const WallTime now = SystemClock().Now();
  const MonotonicTime monotonic = SystemClock().Monotonic();
  const MutexLock lock(log.mutex);
  for (const LineLimit::Suppressed& s : log.limit.Take(monotonic)) {
    WriteToStderr(FormatLine(now, Level::kWarn, "suppressed", "lines of one event were left out", log.node,
                             {{"suppressed_event", s.event}, {"lines", s.lines}}));
  }
  if (log.limit.Allows(event, monotonic)) WriteToStderr(FormatLine(now, level, event, message, log.node, fields));
}

}  // namespace noroshi::obs
