#include "common/stix/pattern_lexer.h"

#include <algorithm>

#include "common/base/limits.h"

namespace noroshi::stix {
namespace {

constexpr char kQuote = '\'';

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || IsUpper(c) || c == '_'; }
bool IsWordChar(char c) { return IsWordStart(c) || IsDigit(c) || c == '-'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

struct Keyword {
  std::string_view text;
  TokenKind kind;
};
constexpr Keyword kKeywords[] = {
    {"AND", TokenKind::kAnd},
    {"OR", TokenKind::kOr},
    {"NOT", TokenKind::kNot},
    {"FOLLOWEDBY", TokenKind::kFollowedBy},
    {"LIKE", TokenKind::kLike},
    {"MATCHES", TokenKind::kMatches},
    {"ISSUPERSET", TokenKind::kIsSuperset},
    {"ISSUBSET", TokenKind::kIsSubset},
    {"EXISTS", TokenKind::kExists},
    {"LAST", TokenKind::kLast},
    {"IN", TokenKind::kIn},
    {"START", TokenKind::kStart},
    {"STOP", TokenKind::kStop},
    {"SECONDS", TokenKind::kSeconds},
    {"WITHIN", TokenKind::kWithin},
    {"REPEATS", TokenKind::kRepeats},
    {"TIMES", TokenKind::kTimes},
};

TokenKind KindOfWord(std::string_view word) {
  if (word == "true" || word == "false") return TokenKind::kBoolean;
  if (!IsUpper(word.front())) return TokenKind::kWord;
  for (const Keyword& keyword : kKeywords) {
    if (keyword.text == word) return keyword.kind;
  }
  return TokenKind::kWord;
}

// Bytes of the blank character at the head of the text, 0 if it is none: those that the standard's grammar names, UTF-8.
size_t BlankBytes(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0), second = byte(1), third = byte(2);
  if (first == ' ' || (first >= '\t' && first <= '\r')) return 1;
  if (first == 0xc2) return second == 0x85 || second == 0xa0 ? 2 : 0;
  if (first == 0xe1) return second == 0x9a && third == 0x80 ? 3 : 0;
  if (first == 0xe3) return second == 0x80 && third == 0x80 ? 3 : 0;
  if (first != 0xe2) return 0;
  if (second == 0x81) return third == 0x9f ? 3 : 0;
  const bool wide = (third >= 0x80 && third <= 0x8a) || third == 0xa8 || third == 0xa9 || third == 0xaf;
  return second == 0x80 && wide ? 3 : 0;
}

bool IsHexPairs(std::string_view text) { return text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), IsHex); }

// Not empty: the standard's grammar wants at least one group.
bool IsBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), [](char c) { return (IsWordStart(c) && c != '_') || IsDigit(c) || c == '+' || c == '/'; });
}

}  // namespace

Token PatternLexer::Make(TokenKind kind, size_t bytes) {
  const Token token{kind, at_, text_.substr(at_, bytes)};
  at_ += bytes;
  return token;
}

Token PatternLexer::Invalid(const char* fault) {
  fault_ = fault;
  return {TokenKind::kInvalid, at_, {}};
}

// False at a comment that is not closed.
bool PatternLexer::SkipBlank() {
  while (at_ < text_.size()) {
    const std::string_view rest = text_.substr(at_);
    if (const size_t blank = BlankBytes(rest); blank > 0) {
      at_ += blank;
    } else if (rest.starts_with("//")) {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else if (rest.starts_with("/*")) {
      const size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return false;
      at_ = end + 2;
    } else {
      return true;
    }
  }
  return true;
}

Token PatternLexer::Next() {
  if (!SkipBlank()) return Invalid("a comment is not closed");
  if (at_ == text_.size()) return {TokenKind::kEnd, at_, {}};
  if (++tokens_ > limits::kPatternTokensMax) return Invalid("more tokens than the limit");
  const char c = text_[at_];
  if (IsWordStart(c)) return Word();
  if (c == kQuote) return String(at_);
  const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (IsDigit(c) || c == '+' || c == '-' || (c == '.' && IsDigit(next))) return Number();
  return Sign();
}

Token PatternLexer::Number() {
  size_t end = at_;
  if (text_[end] == '+' || text_[end] == '-') ++end;
  const size_t digits_at = end;
  while (end < text_.size() && IsDigit(text_[end])) ++end;
  const size_t digits = end - digits_at;
  if (end + 1 < text_.size() && text_[end] == '.' && IsDigit(text_[end + 1])) {
    for (++end; end < text_.size() && IsDigit(text_[end]);) ++end;
    return Make(TokenKind::kFloat, end - at_);
  }
  if (digits == 0) return Invalid("a sign without a number");
  if (digits > 1 && text_[digits_at] == '0') return Invalid("an integer with a leading zero");
  return Make(TokenKind::kInteger, end - at_);
}

Token PatternLexer::Word() {
  size_t end = at_;
  bool hyphen = false;
  for (; end < text_.size() && IsWordChar(text_[end]); ++end) hyphen |= text_[end] == '-';
  const std::string_view word = text_.substr(at_, end - at_);
  if (end < text_.size() && text_[end] == kQuote && word.size() == 1) {
    if (word == "h") return Literal(TokenKind::kHex);
    if (word == "b") return Literal(TokenKind::kBinary);
    if (word == "t") return Literal(TokenKind::kTimestamp);
  }
  return Make(hyphen ? TokenKind::kHyphenWord : KindOfWord(word), word.size());
}

// A string constant whose quote stands at `quote_at`; the token begins at at_.
Token PatternLexer::String(size_t quote_at) {
  for (size_t end = quote_at + 1; end < text_.size(); ++end) {
    if (text_[end] == kQuote) {
      const Token token{TokenKind::kString, at_, text_.substr(quote_at + 1, end - quote_at - 1)};
      at_ = end + 1;
      return token;
    }
    if (text_[end] != '\\') continue;
    ++end;
    if (end >= text_.size() || (text_[end] != kQuote && text_[end] != '\\')) {
      at_ = end - 1;
      return Invalid("a backslash in a string stands before something else than `'` or `\\`");
    }
  }
  return Invalid("a string is not closed");
}

Token PatternLexer::Literal(TokenKind kind) {
  const size_t at = at_;
  Token token = String(at_ + 1);
  if (token.kind == TokenKind::kInvalid) return token;
  token.kind = kind;
  const char* fault = nullptr;
  if (kind == TokenKind::kHex && !IsHexPairs(token.text)) fault = "a hex constant is not an even number of hex digits";
  if (kind == TokenKind::kBinary && !IsBase64(token.text)) fault = "a binary constant is not base64";
  if (fault == nullptr) return token;
  at_ = at;
  return Invalid(fault);
}

Token PatternLexer::Sign() {
  const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  switch (text_[at_]) {
    case '=': return Make(TokenKind::kEqual, next == '=' ? 2 : 1);
    case '!': return next == '=' ? Make(TokenKind::kNotEqual, 2) : Invalid("a `!` without `=`");
    case '<':
      if (next == '>') return Make(TokenKind::kNotEqual, 2);
      return next == '=' ? Make(TokenKind::kLessEqual, 2) : Make(TokenKind::kLess, 1);
    case '>': return next == '=' ? Make(TokenKind::kGreaterEqual, 2) : Make(TokenKind::kGreater, 1);
    case ':': return Make(TokenKind::kColon, 1);
    case '.': return Make(TokenKind::kDot, 1);
    case ',': return Make(TokenKind::kComma, 1);
    case '(': return Make(TokenKind::kOpenParen, 1);
    case ')': return Make(TokenKind::kCloseParen, 1);
    case '[': return Make(TokenKind::kOpenBracket, 1);
    case ']': return Make(TokenKind::kCloseBracket, 1);
    case '*': return Make(TokenKind::kAsterisk, 1);
    default: return Invalid("a character that has no meaning in a pattern");
  }
}

std::string_view TokenName(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEnd: return "the end";
    case TokenKind::kInvalid: return "something invalid";
    case TokenKind::kWord: return "a name";
    case TokenKind::kHyphenWord: return "a name with a hyphen";
    case TokenKind::kInteger: return "an integer";
    case TokenKind::kFloat: return "a number with a fraction";
    case TokenKind::kString: return "a string";
    case TokenKind::kHex: return "a hex constant";
    case TokenKind::kBinary: return "a binary constant";
    case TokenKind::kTimestamp: return "a timestamp";
    case TokenKind::kBoolean: return "a boolean";
    case TokenKind::kAnd: return "`AND`";
    case TokenKind::kOr: return "`OR`";
    case TokenKind::kNot: return "`NOT`";
    case TokenKind::kFollowedBy: return "`FOLLOWEDBY`";
    case TokenKind::kLike: return "`LIKE`";
    case TokenKind::kMatches: return "`MATCHES`";
    case TokenKind::kIsSuperset: return "`ISSUPERSET`";
    case TokenKind::kIsSubset: return "`ISSUBSET`";
    case TokenKind::kExists: return "`EXISTS`";
    case TokenKind::kLast: return "`LAST`";
    case TokenKind::kIn: return "`IN`";
    case TokenKind::kStart: return "`START`";
    case TokenKind::kStop: return "`STOP`";
    case TokenKind::kSeconds: return "`SECONDS`";
    case TokenKind::kWithin: return "`WITHIN`";
    case TokenKind::kRepeats: return "`REPEATS`";
    case TokenKind::kTimes: return "`TIMES`";
    case TokenKind::kEqual: return "`=`";
    case TokenKind::kNotEqual: return "`!=`";
    case TokenKind::kLess: return "`<`";
    case TokenKind::kLessEqual: return "`<=`";
    case TokenKind::kGreater: return "`>`";
    case TokenKind::kGreaterEqual: return "`>=`";
    case TokenKind::kColon: return "`:`";
    case TokenKind::kDot: return "`.`";
    case TokenKind::kComma: return "`,`";
    case TokenKind::kOpenParen: return "`(`";
    case TokenKind::kCloseParen: return "`)`";
    case TokenKind::kOpenBracket: return "`[`";
    case TokenKind::kCloseBracket: return "`]`";
    case TokenKind::kAsterisk: return "`*`";
  }
  return "";
}

TokenKind KeywordOfAnyCase(std::string_view word) {
  const auto same = [&](std::string_view keyword) {
    return keyword.size() == word.size() &&
           std::equal(word.begin(), word.end(), keyword.begin(), [](char a, char b) { return Upper(a) == b; });
  };
  for (const Keyword& keyword : kKeywords) {
    if (same(keyword.text)) return keyword.kind;
  }
  return same("TRUE") || same("FALSE") ? TokenKind::kBoolean : TokenKind::kWord;
}

std::string Unquoted(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\') ++i;  // the lexer saw that something follows
    text += raw[i];
  }
  return text;
}

}  // namespace noroshi::stix
