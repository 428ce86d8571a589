// Internal to common/stix: a pattern's text as tokens, one at a time. Every byte is looked at a bounded number of times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noroshi::stix {

enum class TokenKind : uint8_t {
  kEnd,
  kInvalid,  // Lexer::fault() says why
  kWord,        // letters, digits, `_`
  kHyphenWord,  // with `-`: an object type only
  // constants
  kInteger,
  kFloat,
  kString,
  kHex,
  kBinary,
  kTimestamp,
  kBoolean,
  // keywords
  kAnd,
  kOr,
  kNot,
  kFollowedBy,
  kLike,
  kMatches,
  kIsSuperset,
  kIsSubset,
  kExists,
  kLast,
  kIn,
  kStart,
  kStop,
  kSeconds,
  kWithin,
  kRepeats,
  kTimes,
  // signs
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kColon,
  kDot,
  kComma,
  kOpenParen,
  kCloseParen,
  kOpenBracket,
  kCloseBracket,
  kAsterisk,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  size_t at = 0;          // byte in the pattern
  std::string_view text;  // as written; of kString, kHex, kBinary, kTimestamp what stands between the quotes
};

class PatternLexer {
 public:
  explicit PatternLexer(std::string_view text) : text_(text) {}

  // Behind the end it is kEnd for ever; behind kInvalid nothing more may be asked for.
  Token Next();
  const char* fault() const { return fault_; }

 private:
  bool SkipBlank();
  Token Make(TokenKind kind, size_t bytes);
  Token Invalid(const char* fault);
  Token Number();
  Token Word();
  Token Sign();
  Token String(size_t quote_at);
  Token Literal(TokenKind kind);

  std::string_view text_;
  size_t at_ = 0;
  size_t tokens_ = 0;
  const char* fault_ = "";
};

// For error texts: "`AND`", "a string".
std::string_view TokenName(TokenKind kind);

// The keyword that the word spells in another case than the standard's; kWord if none.
TokenKind KeywordOfAnyCase(std::string_view word);

// The value of a string constant.
std::string Unquoted(std::string_view raw);

}  // namespace noroshi::stix
