// One value against one kind: STIX 2.1 section 2 (taxii 145, 147-150, 161, 170).
#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "common/stix/document.h"
#include "common/stix/ids.h"
#include "common/stix/schema.h"
#include "common/stix/validate.h"

namespace noroshi::stix {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kExtensionPrefix = "extension-definition--";
constexpr Property kExtensionType{"extension_type", Kind::kEnum, Need::kRequired, kExtensionTypes};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsAlphanumeric(char c) { return IsDigit(c) || IsLower(c) || IsUpper(c); }

// Whether the comma-separated list names it.
bool Lists(std::string_view list, std::string_view name) {
  for (size_t at = 0; at <= list.size();) {
    const size_t comma = std::min(list.find(',', at), list.size());
    if (list.substr(at, comma - at) == name) return true;
    at = comma + 1;
  }
  return false;
}

bool IsBase64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '+' || c == '/'; });
}

bool IsLowerHex(std::string_view text) {
  return text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

// Of the algorithms in STIX's vocabulary; others are not known here and pass.
bool FitsAlgorithm(std::string_view algorithm, std::string_view value) {
  struct Length {
    std::string_view algorithm;
    size_t digits;
  };
  static constexpr Length kLengths[] = {{"MD5", 32},      {"SHA-1", 40},    {"SHA-256", 64},
                                        {"SHA-512", 128}, {"SHA3-256", 64}, {"SHA3-512", 128}};
  for (const Length& known : kLengths) {
    if (known.algorithm != algorithm) continue;
    return value.size() == known.digits && std::all_of(value.begin(), value.end(), IsHex);
  }
  if (algorithm == "SSDEEP") return std::count(value.begin(), value.end(), ':') >= 2;
  if (algorithm == "TLSH") {
    if (value.starts_with("T1")) value.remove_prefix(2);
    return value.size() >= 70 && std::all_of(value.begin(), value.end(), IsHex);
  }
  return !value.empty();
}

// No null, empty list or empty dictionary anywhere inside.
bool IsFilled(const dom::element& value) {
  dom::object object;
  dom::array list;
  if (!value.get_object().get(object)) {
    return object.size() > 0 && std::all_of(object.begin(), object.end(),
                                            [](const dom::key_value_pair& m) { return IsFilled(m.value); });
  }
  if (!value.get_array().get(list)) {
    return list.size() > 0 &&
           std::all_of(list.begin(), list.end(), [](const dom::element& e) { return IsFilled(e); });
  }
  return !value.is_null();
}

class ValueCheck {
 public:
  ValueCheck(const Property& property, std::string_view section) : property_(property), section_(section) {}

  Status Run(const dom::element& value, const Path& path) const {
    if (value.is_null()) return Fail(path, "is null; leave it out");
    switch (property_.kind) {
      case Kind::kBoolean: return value.is_bool() ? OkStatus() : Fail(path, "must be true or false");
      case Kind::kInteger:
      case Kind::kFloat: return Number(value, path);
      case Kind::kStrings:
      case Kind::kIdentifiers:
      case Kind::kEnums:
      case Kind::kObjects: return List(value, path);
      case Kind::kHashes:
      case Kind::kDictionary:
      case Kind::kOpaque:
      case Kind::kExtensions: return Dictionary(value, path);
      case Kind::kObject: return Nested(value, path);
      case Kind::kForbidden: return Fail(path, "is not allowed here");
      case Kind::kChecked: return OkStatus();
      default: return Text(value, path);
    }
  }

 private:
  Status Fail(const Path& path, std::string_view what) const { return Fault(path, section_, what); }

  Status Text(const dom::element& value, const Path& path) const {
    std::string_view text;
    if (value.get_string().get(text)) return Fail(path, "must be a string");
    switch (property_.kind) {
      case Kind::kName:
        return text.find('\0') == text.npos ? OkStatus() : Fail(path, "holds a NUL character");
      case Kind::kTimestamp:
      case Kind::kVersionTimestamp: {
        const auto time = CheckTimestamp(text, property_.kind == Kind::kVersionTimestamp ? 3 : 0);
        return time.ok() ? OkStatus() : Fail(path, fmt::format("is {}", Message(time.status())));
      }
      case Kind::kIdentifier:
      case Kind::kIdentifiers: return Identifier(text, path);
      case Kind::kEnum:
      case Kind::kEnums:
        if (Lists(property_.detail, text)) return OkStatus();
        return Fail(path, fmt::format("must be one of {}", property_.detail));
      case Kind::kHex:
        return IsLowerHex(text) ? OkStatus() : Fail(path, "must be an even number of lower-case hex digits");
      case Kind::kBinary: return IsBase64(text) ? OkStatus() : Fail(path, "must be base64");
      case Kind::kLanguage:
        return IsLanguage(text) ? OkStatus() : Fail(path, "must be an RFC 5646 language tag");
      default: return OkStatus();
    }
  }

  Status Identifier(std::string_view id, const Path& path) const {
    if (const Status status = CheckId(id); !status.ok()) {
      return Fail(path, "must be an identifier `type--UUID` in lower case");
    }
    std::string_view types = property_.detail;
    if (types.empty()) return OkStatus();
    const bool denied = types.starts_with('!');
    if (denied) types.remove_prefix(1);
    if (Lists(types, TypeOfId(id)) != denied) return OkStatus();
    if (denied) return Fail(path, "must not refer to an object of this type");
    return Fail(path, fmt::format("must refer to an object of type {}", types));
  }

  Status Number(const dom::element& value, const Path& path) const {
    double number = 0;
    const bool whole = property_.kind == Kind::kInteger;
    if (value.get_double().get(number) || (whole && number != std::trunc(number)) || number < property_.min ||
        number > property_.max) {
      return Fail(path, fmt::format("must be a {} from {} to {}", whole ? "whole number" : "number",
                                    property_.min, property_.max));
    }
    return OkStatus();
  }

  Status List(const dom::element& value, const Path& path) const {
    dom::array list;
    if (value.get_array().get(list)) return Fail(path, "must be a list");
    int64_t index = 0;
    for (const dom::element item : list) {
      const Path place{&path, {}, index++};
      if (item.is_null()) return Fail(place, "is null");
      NOROSHI_TRY(property_.kind == Kind::kObjects ? Nested(item, place) : Text(item, place));
    }
    return index > 0 ? OkStatus() : Fail(path, "is an empty list; leave it out");
  }

  Status Nested(const dom::element& value, const Path& path) const {
    return CheckShape(value, *property_.shape, path);
  }

  Status CheckShape(const dom::element& value, const Shape& shape, const Path& path) const {
    dom::object object;
    if (value.get_object().get(object)) return Fail(path, "must be an object");
    if (object.size() == 0) return Fail(path, "is an empty object; leave it out");
    for (const Property& property : shape.properties) {
      const Path place{&path, property.name};
      dom::element member;
      if (!object.at_key(property.name).get(member)) {
        NOROSHI_TRY(CheckValue(member, property, place, shape.section));
      } else if (property.need == Need::kRequired) {
        return Fault(place, shape.section, "is required");
      }
    }
    return CheckRules(object, shape, &path);
  }

  Status Dictionary(const dom::element& value, const Path& path) const {
    dom::object object;
    if (value.get_object().get(object)) return Fail(path, "must be an object");
    if (object.size() == 0) return Fail(path, "is an empty dictionary; leave it out");
    if (property_.kind == Kind::kOpaque) return OkStatus();
    for (const dom::key_value_pair member : object) {
      const Path place{&path, member.key};
      if (property_.kind == Kind::kExtensions) {
        NOROSHI_TRY(Extension(member, place));
      } else if (property_.kind == Kind::kHashes) {
        NOROSHI_TRY(HashValue(member, place));
      } else if (!IsFilled(member.value)) {
        return Fail(place, "holds null or something empty; leave it out");
      }
    }
    return OkStatus();
  }

  Status HashValue(const dom::key_value_pair& member, const Path& path) const {
    const std::string_view name = member.key;
    const auto legal = [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_'; };
    if (name.size() < 3 || name.size() > 250 || !std::all_of(name.begin(), name.end(), legal)) {
      return Fault(path, "2.7", "has a hash name other than 3 to 250 letters, digits, `-` and `_`");
    }
    std::string_view value;
    if (member.value.get_string().get(value)) return Fault(path, "2.7", "must be a string");
    return FitsAlgorithm(name, value) ? OkStatus() : Fault(path, "2.7", "does not fit its hash algorithm");
  }

  // What an extension that the standard does not define holds is its own affair.
  Status Extension(const dom::key_value_pair& member, const Path& path) const {
    dom::object content;
    if (member.value.get_object().get(content)) return Fail(path, "must be an object");
    if (member.key.starts_with(kExtensionPrefix)) {
      if (!IsId(member.key)) return Fail(path, "is not named by a well-formed identifier");
      const Path place{&path, "extension_type"};
      dom::element type;
      if (content.at_key("extension_type").get(type)) return Fault(place, "7.3", "is required");
      return CheckValue(type, kExtensionType, place, "7.3");
    }
    const Shape* shape = ShapeOfExtension(member.key);
    return shape == nullptr ? OkStatus() : CheckShape(member.value, *shape, path);
  }

  const Property& property_;
  std::string_view section_;
};

// The digits of a second beyond the sixth, without trailing zeros: the rest is in the WallTime.
std::string_view FinerDigits(std::string_view timestamp) {
  constexpr size_t kFractionAt = 20;  // behind `YYYY-MM-DDThh:mm:ss.`
  if (timestamp.size() < kFractionAt + 7) return {};
  timestamp.remove_prefix(kFractionAt + 6);
  timestamp.remove_suffix(1);  // Z
  while (timestamp.ends_with('0')) timestamp.remove_suffix(1);
  return timestamp;
}

}  // namespace

Status Fault(const Path& path, std::string_view section, std::string_view what) {
  return InvalidArgument("property `{}` {} (STIX 2.1 §{})", path.Text(), what, section);
}

Status CheckValue(const dom::element& value, const Property& property, const Path& path,
                  std::string_view section) {
  return ValueCheck(property, section).Run(value, path);
}

StatusOr<WallTime> CheckTimestamp(std::string_view text, size_t digits_min) {
  NOROSHI_ASSIGN(const WallTime time, ParseTimestamp(text));
  const size_t digits = text.size() > 20 ? text.size() - 21 : 0;
  if (digits < digits_min)
    return InvalidArgument("given to {} digits of a second, at least {} are needed", digits, digits_min);
  return time;
}

int CompareTimestamps(std::string_view a, std::string_view b) {
  const StatusOr<WallTime> first = ParseTimestamp(a), second = ParseTimestamp(b);
  if (!first.ok() || !second.ok()) return 0;  // reported where the value is checked
  if (*first != *second) return *first < *second ? -1 : 1;
  return FinerDigits(a).compare(FinerDigits(b));
}

}  // namespace noroshi::stix
