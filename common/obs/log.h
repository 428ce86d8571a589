// Structured log: one JSON object a line on stderr (operations.md section 3): ts, level, event, msg, node, typed fields. Event ids are listed in
// common/obs/EVENTS.md, and a test holds code and table together. Never object content, hidden ids or organisations: fields take numbers, closed-set words
// and local aliases. Any thread; never blocks on anything but stderr; at most 50 lines a second an event id, then one `suppressed` line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace noroshi::obs {

enum class Level : uint8_t { kDebug, kInfo, kWarn, kError };  // error: a person must look

struct Field {
  std::string_view name;
  std::variant<int64_t, double, bool, std::string_view> value;
  template <class T>
  Field(std::string_view n, T v) : name(n), value(Convert(v)) {}

 private:
  static std::variant<int64_t, double, bool, std::string_view> Convert(bool v) { return v; }
  static std::variant<int64_t, double, bool, std::string_view> Convert(double v) { return v; }
  static std::variant<int64_t, double, bool, std::string_view> Convert(const char* v) { return std::string_view(v); }
  static std::variant<int64_t, double, bool, std::string_view> Convert(std::string_view v) { return v; }
  static std::variant<int64_t, double, bool, std::string_view> Convert(const std::string& v) { return std::string_view(v); }
  template <class I>
    requires std::is_integral_v<I>
  static std::variant<int64_t, double, bool, std::string_view> Convert(I v) { return static_cast<int64_t>(v); }
};

// Once, at start; before that lines go out with an empty node.
void SetUp(std::string node, Level least);
void Emit(Level level, std::string_view event, std::string_view message, std::initializer_list<Field> fields = {});
inline void Info(std::string_view event, std::string_view message, std::initializer_list<Field> fields = {}) { Emit(Level::kInfo, event, message, fields); }
inline void Warn(std::string_view event, std::string_view message, std::initializer_list<Field> fields = {}) { Emit(Level::kWarn, event, message, fields); }
inline void Error(std::string_view event, std::string_view message, std::initializer_list<Field> fields = {}) { Emit(Level::kError, event, message, fields); }

}  // namespace noroshi::obs
