#include "common/stix/document.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_set>

#include "common/base/limits.h"
#include "common/stix/ids.h"

namespace noroshi::stix {
namespace {

namespace dom = simdjson::dom;

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;  // RFC 7493 section 2.2
constexpr size_t kParserBytesStart = 16u << 10;

Status FaultOf(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY: return InvalidArgument("object is empty");
    case simdjson::DEPTH_ERROR: return InvalidArgument("nested deeper than {} levels", limits::kJsonDepthMax);
    case simdjson::UTF8_ERROR: return InvalidArgument("not valid UTF-8");
    case simdjson::NUMBER_ERROR: return InvalidArgument("a number is malformed or out of range (I-JSON)");
    case simdjson::STRING_ERROR: return InvalidArgument("a string has a wrong escape or a lone surrogate");
    case simdjson::UNESCAPED_CHARS: return InvalidArgument("a string holds an unescaped control character");
    case simdjson::UNCLOSED_STRING: return InvalidArgument("a string is not closed");
    case simdjson::MEMALLOC: return ResourceExhausted("no memory to parse the object");
    default: return InvalidArgument("not well-formed JSON");
  }
}

// Nearly all names differ in length or in their first or last bytes, so comparing these 64 bits decides.
uint64_t Signature(std::string_view key) {
  uint64_t head = 0, tail = 0;
  const size_t take = std::min<size_t>(key.size(), 8);
  std::memcpy(&head, key.data(), take);
  std::memcpy(&tail, key.data() + key.size() - take, take);
  return head ^ (tail * 0x9e3779b97f4a7c15ull) ^ (uint64_t{key.size()} << 56);
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

class TreeCheck {
 public:
  explicit TreeCheck(References& found) : found_(found) {}

  Status Run(const dom::element& root) {
    Visit(root);
    if (fault_.ok()) Distinct(found_.refs);
    if (fault_.ok()) Distinct(found_.markings);
    return std::move(fault_);
  }

 private:
  // False ends the walk; fault_ says why. Depth is bounded by the parser.
  bool Visit(const dom::element& value) {
    switch (value.type()) {
      case dom::element_type::OBJECT: {
        const dom::object object = value.get_object().value_unsafe();
        return VisitObject(object);
      }
      case dom::element_type::ARRAY: {
        const dom::array list = value.get_array().value_unsafe();
        return VisitList(list);
      }
      case dom::element_type::INT64: {
        const int64_t number = value.get_int64().value_unsafe();
        return (number >= -kIntegerMax && number <= kIntegerMax) || TooLarge();
      }
      case dom::element_type::UINT64: return TooLarge();  // simdjson's type for what int64 cannot hold
      default: return true;
    }
  }

  bool VisitList(const dom::array& list) {
    for (const dom::element item : list) {
      if (!Count() || !Visit(item)) return false;
    }
    return true;
  }

  bool VisitObject(const dom::object& object) {
    std::array<uint64_t, 48> signatures;
    size_t members = 0;
    for (const dom::key_value_pair member : object) {
      if (!Count() || !CheckName(member.key)) return false;
      if (members < signatures.size()) {
        const uint64_t signature = Signature(member.key);
        const auto end = signatures.begin() + members;
        if (std::find(signatures.begin(), end, signature) != end && !CheckDistinct(object)) return false;
        signatures[members] = signature;
      }
      ++members;
      if (member.key.ends_with("_ref") || member.key.ends_with("_refs")) Collect(member.key, member.value);
      if (!Visit(member.value)) return false;
    }
    return members <= signatures.size() || CheckDistinct(object);
  }

  bool CheckName(std::string_view name) {
    if (name.size() > limits::kJsonKeyBytesMax) {
      fault_ =
          InvalidArgument("a property name has {} bytes, limit is {}", name.size(), limits::kJsonKeyBytesMax);
    } else if (HasControl(name)) {
      fault_ = InvalidArgument("property name `{}` holds a control character", PrintableName(name));
    }
    return fault_.ok();
  }

  // The exact answer, for wide objects and where signatures meet.
  bool CheckDistinct(const dom::object& object) {
    std::unordered_set<std::string_view> seen;
    for (const dom::key_value_pair member : object) {
      if (seen.insert(member.key).second) continue;
      fault_ =
          InvalidArgument("property `{}` appears twice in one object (I-JSON)", PrintableName(member.key));
      return false;
    }
    return true;
  }

  // One name, one or many identifiers: whatever looks like a reference counts as one, also where a custom
  // property has a list under `_ref` or a string under `_refs`. What is no identifier is left to the checks
  // of that property.
  void Collect(std::string_view name, const dom::element& value) {
    auto& into = name == "object_marking_refs" || name == "marking_ref" ? found_.markings : found_.refs;
    dom::array list;
    if (!value.get_array().get(list)) {
      for (const dom::element item : list) Add(item, into);
    } else {
      Add(value, into);
    }
  }

  static void Add(const dom::element& value, std::vector<std::string_view>& into) {
    if (!value.is_string()) return;
    const std::string_view id = value.get_string().value_unsafe();
    if (IsId(id)) into.push_back(id);
  }

  void Distinct(std::vector<std::string_view>& ids) {
    if (ids.size() <= 16) {
      size_t kept = 0;
      for (size_t i = 0; i < ids.size(); ++i) {
        const auto end = ids.begin() + kept;
        if (std::find(ids.begin(), end, ids[i]) == end) ids[kept++] = ids[i];
      }
      ids.resize(kept);
    } else {
      std::unordered_set<std::string_view> seen;
      std::erase_if(ids, [&](std::string_view id) { return !seen.insert(id).second; });
    }
    if (ids.size() > limits::kRefsPerObjectMax) {
      fault_ =
          InvalidArgument("object has {} references, limit is {}", ids.size(), limits::kRefsPerObjectMax);
    }
  }

  bool Count() {
    if (++count_ <= limits::kJsonMembersMax) return true;
    fault_ = InvalidArgument("object has more than {} members and list items", limits::kJsonMembersMax);
    return false;
  }

  bool TooLarge() {
    fault_ = InvalidArgument("an integer is outside +-(2^53-1) (I-JSON)");
    return false;
  }

  References& found_;
  Status fault_;
  size_t count_ = 0;
};

void Append(const Path& path, std::string& text) {
  if (path.parent != nullptr) {
    Append(*path.parent, text);
    text += '.';
  }
  text += path.index >= 0 ? fmt::format("[{}]", path.index) : PrintableName(path.name);
}

}  // namespace

StatusOr<dom::element> ParseDocument(std::string_view bytes) {
  if (bytes.size() > limits::kObjectBytesMax) {
    return InvalidArgument("object has {} bytes, limit is {}", bytes.size(), limits::kObjectBytesMax);
  }
  if (bytes.starts_with("\xef\xbb\xbf")) return InvalidArgument("begins with a byte order mark (I-JSON)");
  struct Parser {
    dom::parser parser;
    Parser() { ready = parser.allocate(kParserBytesStart, limits::kJsonDepthMax) == simdjson::SUCCESS; }
    bool ready;
  };
  thread_local Parser local;
  if (!local.ready) return ResourceExhausted("no memory for a parser");
  dom::element root;
  // The parser copies the bytes into its own padded buffer.
  if (const auto error = local.parser.parse(bytes.data(), bytes.size(), true).get(root))
    return FaultOf(error);
  return root;
}

Status CheckTree(const dom::element& root, References& found) { return TreeCheck(found).Run(root); }

std::string Path::Text() const {
  std::string text;
  Append(*this, text);
  return text;
}

std::string PrintableName(std::string_view name) {
  std::string text(name.substr(0, limits::kJsonKeyBytesMax));
  for (char& c : text) {
    if (c < 0x20 || c > 0x7e || c == '`') c = '?';
  }
  return text;
}

}  // namespace noroshi::stix
