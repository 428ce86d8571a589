#include "common/stix/pattern_regex.h"

#include <re2/re2.h>

#include <string>

#include "common/base/limits.h"

namespace noroshi::stix {
namespace {

RegexVerdict Bad(std::string_view why) { return {RegexVerdict::Kind::kBad, why, 0}; }

// `a++`, `a*+`: possessive in PCRE. RE2 names the two operators that met.
bool IsPossessive(const std::string& operators) { return operators.size() > 1 && operators.back() == '+'; }

}  // namespace

RegexVerdict CheckRegex(std::string_view regex) {
  if (regex.size() > limits::kPatternRegexBytesMax) return Bad("is longer than the limit");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_dot_nl(true);  // the standard wants DOTALL
  options.set_max_mem(limits::kPatternRegexMemoryBytes);
  const re2::RE2 compiled(re2::StringPiece(regex.data(), regex.size()), options);
  switch (compiled.error_code()) {
    case re2::RE2::NoError: return {RegexVerdict::Kind::kFine, {}, static_cast<size_t>(compiled.ProgramSize())};
    case re2::RE2::ErrorBadEscape:        // back references, `\K`, `\h`
    case re2::RE2::ErrorBadPerlOp:        // `(?=`, `(?<!`, `(?>`
    case re2::RE2::ErrorBadNamedCapture:  // `(?<name>`
      return {RegexVerdict::Kind::kBeyondRe2, {}, 0};
    case re2::RE2::ErrorRepeatOp:
      if (IsPossessive(compiled.error_arg())) return {RegexVerdict::Kind::kBeyondRe2, {}, 0};
      return Bad("repeats a repetition");
    case re2::RE2::ErrorBadCharClass: return Bad("has a wrong character class");
    case re2::RE2::ErrorBadCharRange: return Bad("has a wrong character range");
    case re2::RE2::ErrorMissingBracket: return Bad("has a `[` that is not closed");
    case re2::RE2::ErrorMissingParen: return Bad("has a `(` that is not closed");
    case re2::RE2::ErrorUnexpectedParen: return Bad("has a `)` that closes nothing");
    case re2::RE2::ErrorTrailingBackslash: return Bad("ends with a backslash");
    case re2::RE2::ErrorRepeatArgument: return Bad("repeats nothing");
    case re2::RE2::ErrorRepeatSize: return Bad("repeats more often than the limit");
    case re2::RE2::ErrorBadUTF8: return Bad("is not UTF-8");
    case re2::RE2::ErrorPatternTooLarge: return Bad("needs more memory than the limit");
    default: return Bad("cannot be compiled");
  }
}

}  // namespace noroshi::stix
