// RFC 8785, and equality of JSON values by way of it.
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "common/stix/document.h"
#include "common/stix/ids.h"
#include "common/stix/object.h"

namespace noroshi::stix {
namespace {

namespace dom = simdjson::dom;

// The bytes of valid UTF-8 sort like code points; RFC 8785 wants UTF-16 code units. The two differ only where
// a surrogate pair (lead byte F0 and up) meets U+E000..U+FFFF (lead byte EE or EF), which UTF-16 sorts after
// it.
int Utf16Rank(unsigned char c) {
  if (c >= 0xf0) return c - 2;            // F0..F4 become EE..F2
  if (c >= 0xee) return c + 0xf3 - 0xee;  // EE, EF become F3, F4
  return c;
}

bool Utf16Less(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return Utf16Rank(static_cast<unsigned char>(x)) < Utf16Rank(static_cast<unsigned char>(y));
  });
}

// Number::toString of ECMAScript: the shortest digits that read back as the same double, laid out by its
// rules.
void AppendNumber(double number, std::string& out) {
  if (number == 0) {
    out += '0';
    return;
  }
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  std::string_view text(buffer, end - buffer);
  if (text.front() == '-') {
    out += '-';
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits += c;
  }
  std::string_view power = text.substr(e + 1);
  if (power.front() == '+') power.remove_prefix(1);
  int exponent = 0;
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // digits before the decimal point
  if (point >= count && point <= 21) {
    out += digits + std::string(point - count, '0');
  } else if (point > 0 && point <= 21) {
    out += digits.substr(0, point) + "." + digits.substr(point);
  } else if (point > -6 && point <= 0) {
    out += "0." + std::string(-point, '0') + digits;
  } else {
    out += digits.substr(0, 1);
    if (count > 1) out += "." + digits.substr(1);
    out += fmt::format("e{}{}", point > 0 ? '+' : '-', std::abs(point - 1));
  }
}

}  // namespace

void AppendCanonicalString(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\f': out += "\\f"; break;
      case '\r': out += "\\r"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void AppendCanonical(const dom::element& value, std::string& out) {
  switch (value.type()) {
    case dom::element_type::OBJECT: {
      const dom::object object = value.get_object().value_unsafe();
      std::vector<dom::key_value_pair> members;
      members.reserve(object.size());
      for (const dom::key_value_pair member : object) members.push_back(member);
      std::sort(members.begin(), members.end(),
                [](const auto& a, const auto& b) { return Utf16Less(a.key, b.key); });
      out += '{';
      for (const auto& member : members) {
        if (out.back() != '{') out += ',';
        AppendCanonicalString(member.key, out);
        out += ':';
        AppendCanonical(member.value, out);
      }
      out += '}';
      return;
    }
    case dom::element_type::ARRAY: {
      const dom::array list = value.get_array().value_unsafe();
      out += '[';
      for (const dom::element item : list) {
        if (out.back() != '[') out += ',';
        AppendCanonical(item, out);
      }
      out += ']';
      return;
    }
    case dom::element_type::STRING: return AppendCanonicalString(value.get_string().value_unsafe(), out);
    case dom::element_type::INT64: out += std::to_string(value.get_int64().value_unsafe()); return;
    case dom::element_type::UINT64: out += std::to_string(value.get_uint64().value_unsafe()); return;
    case dom::element_type::DOUBLE: return AppendNumber(value.get_double().value_unsafe(), out);
    case dom::element_type::BOOL: out += value.get_bool().value_unsafe() ? "true" : "false"; return;
    case dom::element_type::NULL_VALUE: out += "null"; return;
  }
}

StatusOr<std::string> CanonicalJson(std::string_view json) {
  NOROSHI_ASSIGN(const dom::element root, ParseDocument(json));
  References ignored;
  NOROSHI_TRY(CheckTree(root, ignored));
  std::string out;
  out.reserve(json.size());
  AppendCanonical(root, out);
  return out;
}

bool SameValue(std::string_view a, std::string_view b) {
  const StatusOr<std::string> canonical = CanonicalJson(a);
  if (!canonical.ok()) return false;
  if (a == b) return true;
  const StatusOr<std::string> other = CanonicalJson(b);
  return other.ok() && *canonical == *other;
}

}  // namespace noroshi::stix
