#include "common/stix/pattern.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/limits.h"
#include "common/stix/pattern_constants.h"
#include "common/stix/pattern_lexer.h"
#include "common/stix/pattern_regex.h"

namespace noroshi::stix {
namespace {

constexpr std::string_view kOrderable = "a number, a string, a hex or binary constant or a timestamp";
constexpr std::string_view kNoTimestamp = "not a timestamp of the form YYYY-MM-DDThh:mm:ss[.s]Z, or not a real date,";

// One pass over the tokens. Every member that returns bool returns false behind the first fault.
class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : lexer_(text) {}

  StatusOr<Pattern> Run() {
    Advance();
    if (Observations() && fault_.empty()) return std::move(pattern_);
    return InvalidArgument("{}", fault_);
  }

 private:
  enum class Relation : uint8_t { kEquality, kOrder, kSet, kLike, kMatches, kSubset };

  // --- tokens

  void Advance() { token_ = lexer_.Next(); }
  bool Is(TokenKind kind) const { return token_.kind == kind; }
  bool Take(TokenKind kind) {
    if (!Is(kind)) return false;
    Advance();
    return true;
  }
  bool Expect(TokenKind kind) { return Take(kind) || Unexpected(TokenName(kind)); }

  bool Unexpected(std::string_view wanted) {
    if (Is(TokenKind::kInvalid)) {
      fault_ = fmt::format("{} at byte {}", lexer_.fault(), token_.at);
    } else {
      fault_ = fmt::format("expected {} at byte {}, found {}", wanted, token_.at, TokenName(token_.kind));
    }
    return false;
  }
  bool Breaks(size_t at, std::string_view rule) {
    fault_ = fmt::format("{} at byte {}", rule, at);
    return false;
  }
  void NoteLegacy(size_t at, std::string_view what) {
    if (pattern_.legacy.empty()) pattern_.legacy = fmt::format("{} at byte {}", what, at);
  }

  // Where the grammar takes a keyword and no name, a word that spells one in another case is it: the grammar of STIX 2.0.
  void SettleKeyword() {
    if (!Is(TokenKind::kWord)) return;
    const TokenKind keyword = KeywordOfAnyCase(token_.text);
    if (keyword == TokenKind::kWord) return;
    NoteLegacy(token_.at, "a keyword in lower case");
    token_.kind = keyword;
  }

  bool Open() {
    if (++depth_ > limits::kPatternDepthMax) {
      return Breaks(token_.at, fmt::format("more than {} open parentheses", limits::kPatternDepthMax));
    }
    Advance();
    return true;
  }
  bool Close() {
    --depth_;
    Advance();
    return true;
  }

  // --- observation expressions: operands between operators; of parentheses only the number matters

  bool Observations() {
    for (;;) {
      while (Is(TokenKind::kOpenParen)) {
        if (!Open()) return false;
      }
      if (!Is(TokenKind::kOpenBracket)) return Unexpected("`[` or `(`");
      Advance();
      if (!Comparisons() || !Qualifiers(true)) return false;
      while (depth_ > 0 && Is(TokenKind::kCloseParen)) {
        Close();
        if (!Qualifiers(false)) return false;
      }
      if (Is(TokenKind::kEnd) && depth_ == 0) return true;
      if (!Take(TokenKind::kAnd) && !Take(TokenKind::kOr) && !Take(TokenKind::kFollowedBy)) {
        return Unexpected(depth_ > 0 ? "`)`, `AND`, `OR`, `FOLLOWEDBY` or a qualifier" : "`AND`, `OR`, `FOLLOWEDBY`, a qualifier or the end");
      }
    }
  }

  // `simple`: they stand behind a bracket, where each kind may stand once.
  bool Qualifiers(bool simple) {
    bool start = false, within = false, repeats = false;
    const auto again = [&](bool& seen) { return std::exchange(seen, true) && simple; };
    for (;;) {
      SettleKeyword();
      const Token keyword = token_;
      if (Take(TokenKind::kStart)) {
        if (again(start)) return Breaks(keyword.at, "a second `START` of one observation expression");
        if (!StartStop(keyword.at)) return false;
      } else if (Take(TokenKind::kWithin)) {
        if (again(within)) return Breaks(keyword.at, "a second `WITHIN` of one observation expression");
        if (!Within()) return false;
      } else if (Take(TokenKind::kRepeats)) {
        if (again(repeats)) return Breaks(keyword.at, "a second `REPEATS` of one observation expression");
        if (!Repeats()) return false;
      } else {
        return true;
      }
    }
  }

  std::optional<std::string> Moment() {
    const Token token = token_;
    if (!Is(TokenKind::kTimestamp) && !Is(TokenKind::kString)) {
      Unexpected("a timestamp");
      return std::nullopt;
    }
    std::optional<std::string> moment = SortableTimestamp(token.text);
    if (!moment) {
      Breaks(token.at, kNoTimestamp);
    } else if (token.kind == TokenKind::kString) {
      NoteLegacy(token.at, "a timestamp written as a string");
    }
    Advance();
    return moment;
  }

  bool StartStop(size_t at) {
    const std::optional<std::string> start = Moment();
    if (!start) return false;
    SettleKeyword();
    if (!Expect(TokenKind::kStop)) return false;
    const std::optional<std::string> stop = Moment();
    if (!stop) return false;
    return *start < *stop || Breaks(at, "`STOP` is not after `START`");
  }

  bool Within() {
    if (!Is(TokenKind::kInteger) && !Is(TokenKind::kFloat)) return Unexpected("a positive number");
    if (!IsPositive(token_.text)) return Breaks(token_.at, "`WITHIN` is not positive or beyond 2^53-1");
    Advance();
    SettleKeyword();
    return Expect(TokenKind::kSeconds);
  }

  bool Repeats() {
    if (!Is(TokenKind::kInteger)) return Unexpected("a positive integer");
    if (!IsPositive(token_.text)) return Breaks(token_.at, "`REPEATS` is not positive or beyond 2^53-1");
    Advance();
    SettleKeyword();
    return Expect(TokenKind::kTimes);
  }

  // --- comparison expressions, behind `[` and with the `]`

  bool Comparisons() {
    const size_t outside = depth_;
    for (;;) {
      while (Is(TokenKind::kOpenParen)) {
        if (!Open()) return false;
      }
      if (!Test()) return false;
      while (depth_ > outside && Is(TokenKind::kCloseParen)) Close();
      SettleKeyword();
      if (Take(TokenKind::kAnd) || Take(TokenKind::kOr)) continue;
      if (depth_ == outside && Take(TokenKind::kCloseBracket)) return true;
      return Unexpected(depth_ > outside ? "`)`, `AND` or `OR`" : "`]`, `AND` or `OR`");
    }
  }

  bool Test() {
    if (Take(TokenKind::kNot)) {
      if (!Expect(TokenKind::kExists)) return false;
      return Path();
    }
    if (Take(TokenKind::kExists)) return Path();
    if (!Path()) return false;
    SettleKeyword();
    const bool negated = Take(TokenKind::kNot);
    if (negated) SettleKeyword();
    const std::optional<Relation> relation = TakeRelation();
    if (!relation) return Unexpected(negated ? "an operator" : "an operator or `NOT`");
    switch (*relation) {
      case Relation::kEquality: return Equality();
      case Relation::kOrder: return IsOrderable() ? Constant() : Unexpected(kOrderable);
      case Relation::kSet: return Set();
      case Relation::kLike: return Expect(TokenKind::kString);
      case Relation::kMatches: return Regex();
      case Relation::kSubset: return Addresses();
    }
    return false;
  }

  std::optional<Relation> TakeRelation() {
    std::optional<Relation> relation;
    switch (token_.kind) {
      case TokenKind::kEqual:
      case TokenKind::kNotEqual: relation = Relation::kEquality; break;
      case TokenKind::kLess:
      case TokenKind::kLessEqual:
      case TokenKind::kGreater:
      case TokenKind::kGreaterEqual: relation = Relation::kOrder; break;
      case TokenKind::kIn: relation = Relation::kSet; break;
      case TokenKind::kLike: relation = Relation::kLike; break;
      case TokenKind::kMatches: relation = Relation::kMatches; break;
      case TokenKind::kIsSubset:
      case TokenKind::kIsSuperset: relation = Relation::kSubset; break;
      default: return std::nullopt;
    }
    Advance();
    return relation;
  }

  // --- object paths

  bool Path() {
    if (!Is(TokenKind::kWord) && !Is(TokenKind::kHyphenWord)) return Unexpected("an object type");
    path_type_ = token_.text;
    if (!Remember(path_type_)) return false;
    Advance();
    if (!Expect(TokenKind::kColon)) return false;
    in_hashes_ = false;
    if (!Key()) return false;
    for (;;) {
      if (Take(TokenKind::kDot)) {
        if (!Key()) return false;
      } else if (Take(TokenKind::kOpenBracket)) {
        if (!Index()) return false;
      } else {
        return true;
      }
    }
  }

  bool Key() {
    if (Is(TokenKind::kHyphenWord)) {
      NoteLegacy(token_.at, "a property name with a hyphen and no quotes");
    } else if (!Is(TokenKind::kWord) && !Is(TokenKind::kString)) {
      return Unexpected("a property name");
    }
    path_end_ = token_.text;
    in_hashes_ |= path_end_ == "hashes";
    Advance();
    return true;
  }

  bool Index() {
    const bool negative = Is(TokenKind::kInteger) && token_.text.front() == '-';
    if (negative || (!Is(TokenKind::kInteger) && !Is(TokenKind::kAsterisk))) return Unexpected("a list index from 0 or `*`");
    path_end_ = {};
    Advance();
    return Expect(TokenKind::kCloseBracket);
  }

  bool Remember(std::string_view type) {
    std::vector<std::string_view>& types = pattern_.types;
    if (std::find(types.begin(), types.end(), type) != types.end()) return true;
    if (types.size() == limits::kPatternTypesMax) return Breaks(token_.at, fmt::format("more than {} object types", limits::kPatternTypesMax));
    types.push_back(type);
    return true;
  }

  // --- constants

  bool IsOrderable() const { return token_.kind >= TokenKind::kInteger && token_.kind < TokenKind::kBoolean; }

  // Any, the one at hand; what a timestamp says is checked here, of the others the lexer saw to it.
  bool Constant() {
    if (!IsOrderable() && !Is(TokenKind::kBoolean)) return Unexpected("a constant");
    if (Is(TokenKind::kTimestamp) && !IsPatternTimestamp(token_.text)) {
      return Breaks(token_.at, kNoTimestamp);
    }
    Advance();
    return true;
  }

  bool Equality() {
    SettleBoolean();
    return HashFits() && Constant();
  }

  void SettleBoolean() {
    if (!Is(TokenKind::kWord) || KeywordOfAnyCase(token_.text) != TokenKind::kBoolean) return;
    NoteLegacy(token_.at, "a boolean in another case than `true` and `false`");
    token_.kind = TokenKind::kBoolean;
  }

  bool Set() {
    if (!Expect(TokenKind::kOpenParen)) return false;
    if (Take(TokenKind::kCloseParen)) return true;
    std::optional<ConstantClass> first;
    do {
      SettleBoolean();
      const ConstantClass kind = ClassOfConstant(token_.kind);
      if (kind != ConstantClass::kNone && kind != first.value_or(kind)) {
        return Breaks(token_.at, "a constant of another type than the first of its list");
      }
      first = kind;
      if (!HashFits() || !Constant()) return false;
    } while (Take(TokenKind::kComma));
    return Take(TokenKind::kCloseParen) || Unexpected("`,` or `)`");
  }

  // Where the path ends in a known hash algorithm, the constant at hand must be one of its values.
  bool HashFits() {
    if (!in_hashes_ || path_end_.empty() || Is(TokenKind::kInvalid)) return true;
    const bool fits = FitsHash(Unquoted(path_end_), Is(TokenKind::kString) ? token_.text : std::string_view());
    return fits || Breaks(token_.at, "a value that does not fit its hash algorithm");
  }

  bool Regex() {
    const Token token = token_;
    if (!Expect(TokenKind::kString)) return false;
    if (++regexes_ > limits::kPatternRegexesMax) {
      return Breaks(token.at, fmt::format("more than {} regular expressions", limits::kPatternRegexesMax));
    }
    const RegexVerdict verdict = CheckRegex(Unquoted(token.text));
    if (verdict.kind == RegexVerdict::Kind::kBad) return Breaks(token.at, fmt::format("a regular expression {}", verdict.why));
    if (verdict.kind == RegexVerdict::Kind::kBeyondRe2) ++pattern_.unchecked_regexes;
    instructions_ += verdict.instructions;
    if (instructions_ <= limits::kPatternRegexInstructionsMax) return true;
    return Breaks(token.at, "regular expressions that need more memory than the limit");
  }

  bool Addresses() {
    const Token token = token_;
    if (!Expect(TokenKind::kString)) return false;
    return IsAddressRange(token.text, path_type_) || Breaks(token.at, "not an address or an address range");
  }

  PatternLexer lexer_;
  Token token_;
  Pattern pattern_;
  std::string fault_;
  size_t depth_ = 0;
  size_t regexes_ = 0, instructions_ = 0;
  // Of the path at hand:
  std::string_view path_type_, path_end_;  // path_end_: its last key, empty behind an index
  bool in_hashes_ = false;
};

}  // namespace

StatusOr<Pattern> ParsePattern(std::string_view text) {
  if (text.size() > limits::kPatternBytesMax) {
    return InvalidArgument("pattern has {} bytes, limit is {}", text.size(), limits::kPatternBytesMax);
  }
  return PatternParser(text).Run();
}

}  // namespace noroshi::stix
