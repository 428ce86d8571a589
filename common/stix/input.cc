#include "common/stix/input.h"

#include <algorithm>
#include <array>
#include <optional>

#include "common/base/limits.h"

namespace noroshi::stix {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr size_t kDepthMax = limits::kJsonDepthMax + 2;  // a bundle and its list around an object
constexpr std::string_view kSpaces = " \t\r\n";

// Where a value ended and why the scan stopped there.
enum class End : uint8_t {
  kWhole,
  kTruncated,   // the text ended first
  kMismatched,  // a bracket closes what is not open
  kTooDeep,     // whole, and nested deeper than allowed
  kMerged,      // the line broke off: what follows on the next one begins a value of its own
  kTooMany,     // objects
};

struct Value {
  std::string_view bytes;
  End end = End::kWhole;
  std::string_view type;  // raw text of the string under its member `type`, without quotes
};

// The value of an ASCII escape in a member name, so that `"\u006fbjects"` counts as `objects`.
std::string Unescape(std::string_view raw) {
  std::string text;
  for (size_t i = 0; i < raw.size(); ++i) {
    unsigned code = 0;
    const bool escape = raw[i] == '\\' && i + 5 < raw.size() && raw[i + 1] == 'u';
    if (!escape) {
      text += raw[i];
      continue;
    }
    for (size_t digit = i + 2; digit < i + 6; ++digit) {
      const char c = raw[digit];
      code = code * 16 + (c >= '0' && c <= '9' ? c - '0' : ((c | 0x20) - 'a' + 10) & 15);
    }
    text += code < 0x80 ? static_cast<char>(code) : '?';
    i += 5;
  }
  return text;
}

bool Names(std::string_view raw, std::string_view name) {
  return raw == name || (raw.find('\\') != kNone && Unescape(raw) == name);
}

// Walks the structure of a text: strings, escapes, brackets. Every byte is looked at once.
class Scanner {
 public:
  // `by_line`: a line that breaks off does not swallow the next one.
  Scanner(std::string_view text, size_t at, bool by_line) : text_(text), at_(at), by_line_(by_line) {}

  size_t at() const { return at_; }
  bool done() const { return at_ >= text_.size(); }
  char Peek() const { return text_[at_]; }
  void Skip() { ++at_; }
  void SkipSpaces() { at_ = std::min(text_.find_first_not_of(kSpaces, at_), text_.size()); }

  // From the opening quote to behind the closing one; the raw text between. Nothing where the string is not
  // closed.
  std::optional<std::string_view> String() {
    const size_t begin = ++at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') return text_.substr(begin, at_++ - begin);
      if (c == '\\') ++at_;
      if (c == '\n' && by_line_) return std::nullopt;
    }
    at_ = text_.size();
    return std::nullopt;
  }

  // The value that begins here and what stands beside it, up to a comma or closing bracket outside its own
  // brackets or (by line) the end of the line there. `alone`: up to where its brackets match.
  Value Take(bool alone = false) {
    const size_t begin = at_;
    Value value;
    value.end = Run(value, alone);
    value.bytes = text_.substr(begin, at_ - begin);
    while (!value.bytes.empty() && kSpaces.find(value.bytes.back()) != kNone) value.bytes.remove_suffix(1);
    return value;
  }

 private:
  End Run(Value& value, bool alone) {
    size_t depth = 0;
    bool too_deep = false;
    bool complete = false;  // the last token ended a value, so only a comma or a bracket may follow
    bool new_line = false;
    std::string_view name;  // the last string directly inside the value, and whether a colon followed
    bool colon = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      switch (c) {
        case '"': {
          const auto string = String();
          if (!string) return at_ < text_.size() ? End::kMerged : End::kTruncated;
          if (depth == 1 && colon && Names(name, "type")) value.type = *string;
          name = *string;
          colon = false;
          complete = true;
          new_line = false;
          continue;
        }
        case '{':
        case '[':
          if (by_line_ && complete && new_line && c == '{') return End::kMerged;
          if (depth < kDepthMax) {
            square_[depth] = c == '[';
          } else {
            too_deep = true;
            if (by_line_) return End::kTooDeep;
          }
          ++depth;
          complete = colon = false;
          break;
        case '}':
        case ']':
          if (depth == 0) return End::kWhole;  // belongs to the list around
          --depth;
          if (depth < kDepthMax && square_[depth] != (c == ']')) return End::kMismatched;
          if (depth == 0 && alone) {
            ++at_;
            return End::kWhole;
          }
          complete = true;
          break;
        case ',':
          if (depth == 0) return too_deep ? End::kTooDeep : End::kWhole;
          complete = colon = false;
          break;
        case ':':
          complete = false;
          colon = depth == 1;
          break;
        case '\n':
          if (by_line_ && depth == 0) return End::kWhole;
          new_line = true;
          ++at_;
          continue;
        case ' ':
        case '\t':
        case '\r': ++at_; continue;
        default: complete = true;
      }
      new_line = false;
      ++at_;
    }
    return depth == 0 ? (too_deep ? End::kTooDeep : End::kWhole) : End::kTruncated;
  }

  std::string_view text_;
  size_t at_;
  bool by_line_;
  std::array<bool, kDepthMax> square_{};
};

// One document: a bundle, an envelope, a list or an object.
struct Document {
  std::string form;
  size_t end = 0;  // behind it
  End how = End::kWhole;
  std::string_view object;     // with form `object`
  std::vector<Value> entries;  // else
  Status fault;                // nothing usable
};

class DocumentReader {
 public:
  DocumentReader(std::string_view text, size_t at, bool by_line)
      : text_(text), begin_(at), by_line_(by_line), scan_(text, at, by_line) {}

  Document Read() {
    if (scan_.Peek() == '[') {
      document_.form = "list";
      Entries();
      if (document_.how == End::kWhole && document_.entries.empty()) {
        document_.fault = InvalidArgument("the list of objects is empty");
      }
    } else {
      Members();
      Classify();
    }
    document_.end = scan_.at();
    return std::move(document_);
  }

 private:
  // The members of the outermost object; `objects` is taken apart on the way.
  void Members() {
    scan_.Skip();
    for (;;) {
      scan_.SkipSpaces();
      if (scan_.done()) return Stop(End::kTruncated);
      if (scan_.Peek() == '}') return scan_.Skip();
      if (scan_.Peek() == ',') {
        scan_.Skip();
        continue;
      }
      if (scan_.Peek() != '"') return Stop(End::kMismatched);
      const auto name = scan_.String();
      if (!name) return Stop(scan_.done() ? End::kTruncated : End::kMerged);
      scan_.SkipSpaces();
      if (scan_.done()) return Stop(End::kTruncated);
      if (scan_.Peek() != ':') return Stop(End::kMismatched);
      scan_.Skip();
      scan_.SkipSpaces();
      if (!Member(*name)) return;
    }
  }

  bool Member(std::string_view name) {
    if (Names(name, "objects")) {
      ++objects_;
      if (!scan_.done() && scan_.Peek() == '[' && objects_ == 1) {
        has_list_ = true;
        Entries();
        return document_.how == End::kWhole;
      }
    }
    const Value value = scan_.Take();
    if (Names(name, "type")) {
      ++types_;
      type_ = value.bytes;
    }
    has_id_ |= Names(name, "id");
    if (name != "more" && name != "next") only_envelope_ = false;
    if (value.end != End::kWhole) Stop(value.end);
    return value.end == End::kWhole;
  }

  // The list that begins here.
  void Entries() {
    scan_.Skip();
    bool expected = false;  // a comma came last
    for (;;) {
      scan_.SkipSpaces();
      if (scan_.done()) return Stop(End::kTruncated);
      const char c = scan_.Peek();
      if (c == ']') {
        if (expected) document_.entries.push_back({});
        return scan_.Skip();
      }
      if (c == '}') return Stop(End::kMismatched);
      if (document_.entries.size() > limits::kObjectsPerRequestMax) return Stop(End::kTooMany);
      document_.entries.push_back(c == ',' ? Value{} : scan_.Take());
      const End end = document_.entries.back().end;
      if (end != End::kWhole && (end != End::kTooDeep || by_line_)) return Stop(end);
      scan_.SkipSpaces();
      expected = !scan_.done() && scan_.Peek() == ',';
      if (expected) scan_.Skip();
    }
  }

  void Stop(End how) { document_.how = how; }

  void Classify() {
    const bool bundle = Unescape(type_) == "\"bundle\"";
    if (bundle || (type_.empty() && !has_id_ && (objects_ > 0 || only_envelope_))) {
      document_.form = bundle ? "bundle" : "envelope";
      if (types_ > 1 || objects_ > 1) {
        document_.fault = InvalidArgument("the {} has a member twice (I-JSON)", document_.form);
      } else if (document_.how == End::kWhole && objects_ == 0) {
        document_.fault = InvalidArgument("the {} has no `objects`", document_.form);
      } else if (document_.how == End::kWhole && !has_list_) {
        document_.fault = InvalidArgument("`objects` of the {} is not a list", document_.form);
      } else if (document_.how == End::kWhole && document_.entries.empty()) {
        document_.fault = InvalidArgument("`objects` of the {} is empty", document_.form);
      }
    } else {
      document_.form = "object";
      document_.object = text_.substr(begin_, scan_.at() - begin_);
      document_.entries.clear();
    }
  }

  std::string_view text_;
  size_t begin_;
  bool by_line_;
  Scanner scan_;
  Document document_;
  std::string_view type_;  // with its quotes
  size_t types_ = 0;
  size_t objects_ = 0;
  bool has_list_ = false;
  bool has_id_ = false;
  bool only_envelope_ = true;
};

// Numbers the items and puts faults into words.
class Collector {
 public:
  explicit Collector(std::string_view text) : text_(text) {}

  void Add(const Document& document) {
    if (!document.fault.ok())
      return AddFault(MakeStatus(document.fault.code(), std::string(Message(document.fault))));
    if (document.form == "object") {
      AddEntry({document.object, document.how, {}});
      return;
    }
    for (const Value& entry : document.entries) AddEntry(entry);
    const bool reported = !document.entries.empty() && document.entries.back().end == document.how;
    if (document.how != End::kWhole && !reported) AddFault(Broken(document.how, "the input", document.end));
  }

  // Of a document of which nothing can be used.
  void AddBroken(End end, size_t at) {
    AddFault(Broken(end, fmt::format("object {}", input_.items.size() + 1), at));
  }

  void AddFault(Status fault) { input_.items.push_back({input_.items.size() + 1, {}, std::move(fault)}); }

  bool full() const { return input_.items.size() > limits::kObjectsPerRequestMax; }
  Input Finish(std::string form) {
    input_.form = std::move(form);
    return std::move(input_);
  }

 private:
  void AddEntry(const Value& entry) {
    const uint64_t number = input_.items.size() + 1;
    const std::string name = fmt::format("object {}", number);
    if (entry.end != End::kWhole) {
      AddFault(Broken(entry.end, name, entry.bytes.data() + entry.bytes.size() - text_.data()));
    } else if (entry.bytes.empty()) {
      AddFault(InvalidArgument("{} is empty: a comma too many", name));
    } else if (entry.bytes.front() != '{') {
      AddFault(InvalidArgument("{} is not a JSON object", name));
    } else if (entry.type == "bundle") {
      AddFault(InvalidArgument("{} is a bundle, which is not a STIX object (STIX 2.1 §8)", name));
    } else {
      input_.items.push_back({number, entry.bytes, OkStatus()});
    }
  }

  Status Broken(End end, std::string_view what, size_t at) const {
    switch (end) {
      case End::kTruncated: return InvalidArgument("{} is truncated at byte {}", what, text_.size());
      case End::kTooDeep:
        return InvalidArgument("{} is nested deeper than {} levels", what, limits::kJsonDepthMax);
      default: return InvalidArgument("{} is not JSON at byte {}: brackets or quotes do not match", what, at);
    }
  }

  std::string_view text_;
  Input input_;
};

Status TooMany() {
  return ResourceExhausted("input has more than {} objects", limits::kObjectsPerRequestMax);
}

bool Opens(std::string_view text, size_t at) {
  return at < text.size() && (text[at] == '{' || text[at] == '[');
}

size_t NextLine(std::string_view text, size_t at) {
  const size_t end = text.find('\n', at);
  return end == kNone ? text.size() : std::min(text.find_first_not_of(kSpaces, end), text.size());
}

// Many documents one behind the other: the first line is whole and more follows, or it breaks off (inside a
// string, or behind a value) and the next line begins an object.
bool IsSequence(std::string_view text) {
  const size_t next = NextLine(text, 0);
  if (next == text.size()) return false;
  if (text.front() != '{' && text.front() != '[') return text[next] == '{';
  const std::string_view line = text.substr(0, text.find('\n'));
  Scanner scan(line, 0, true);
  const Value value = scan.Take(true);
  if (value.end == End::kWhole) return true;
  if (text[next] != '{') return false;
  if (value.end == End::kMismatched || value.end == End::kTooDeep) return true;
  const char last = value.bytes.empty() ? ',' : value.bytes.back();
  return std::string_view(",:[{").find(last) == kNone;
}

StatusOr<Input> SplitSequence(std::string_view text, size_t begin) {
  Collector items(text);
  for (size_t at = begin; at < text.size() && !items.full();) {
    Document document;
    document.how = End::kMismatched;
    document.end = at;
    if (Opens(text, at)) document = DocumentReader(text, at, true).Read();
    if (document.how == End::kWhole || document.how == End::kTooMany) {
      items.Add(document);
      at = std::min(text.find_first_not_of(kSpaces, document.end), text.size());
      continue;
    }
    // Go on behind the line where it began, at the next one that begins a document.
    do {
      at = NextLine(text, at);
    } while (at < text.size() && !Opens(text, at));
    // The whole objects of a last line that was cut off are good; elsewhere the lines behind are read for
    // themselves.
    if (at == text.size() && document.how == End::kTruncated) {
      items.Add(document);
    } else {
      items.AddBroken(document.how, document.end);
    }
  }
  if (items.full()) return TooMany();
  return items.Finish("ndjson");
}

}  // namespace

StatusOr<Input> SplitInput(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf"))
    return InvalidArgument("input begins with a byte order mark (I-JSON)");
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == kNone) return InvalidArgument("input is empty");
  if (IsSequence(text.substr(begin))) return SplitSequence(text, begin);
  if (!Opens(text, begin)) return InvalidArgument("input is not JSON: it begins with neither `{{` nor `[`");
  const Document document = DocumentReader(text, begin, false).Read();
  if (document.how == End::kTooMany) return TooMany();
  if (document.how == End::kWhole && text.find_first_not_of(kSpaces, document.end) != kNone) {
    return SplitSequence(text, begin);
  }
  if (!document.fault.ok()) return document.fault;
  Collector items(text);
  items.Add(document);
  if (items.full()) return TooMany();
  Input input = items.Finish(document.form);
  input.whole = document.how == End::kWhole;
  return input;
}

}  // namespace noroshi::stix
