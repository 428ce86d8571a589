#include <simdjson.h>

#include "common/stix/document.h"
#include "common/stix/ids.h"
#include "common/stix/object.h"
#include "common/stix/schema.h"
#include "common/stix/validate.h"

namespace noroshi::stix {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kCommonSection = "3.2";
constexpr Property kCreatedByRef{"created_by_ref", Kind::kIdentifier, Need::kOptional, "identity"};
constexpr Property kMarkingRefs{"object_marking_refs", Kind::kIdentifiers, Need::kOptional,
                                "marking-definition"};
constexpr Property kLabels{"labels", Kind::kStrings};
constexpr Property kConfidence{"confidence", Kind::kInteger, Need::kOptional, {}, nullptr, 0, 100};

StatusOr<std::string_view> RequiredString(const dom::object& object, std::string_view name) {
  std::string_view text;
  const auto error = object.at_key(name).get_string().get(text);
  if (!error) return text;
  const Path path{nullptr, name};
  return Fault(path, kCommonSection, error == simdjson::NO_SUCH_FIELD ? "is required" : "must be a string");
}

Status TakeIdentity(const dom::object& object, Object& facts) {
  NOROSHI_ASSIGN(const std::string_view type, RequiredString(object, "type"));
  if (type == "bundle") return InvalidArgument("a bundle is not a STIX object (STIX 2.1 §8)");
  NOROSHI_ASSIGN(const std::string_view id, RequiredString(object, "id"));
  if (const Status status = CheckId(id); !status.ok()) {
    return InvalidArgument("property `id`: {}", Message(status));
  }
  if (TypeOfId(id) != type) {
    return InvalidArgument("property `id` must begin with the object's `type` (STIX 2.1 §2.9)");
  }
  facts.id = id;
  facts.type = type;
  return OkStatus();
}

// `modified`, else `created`; both well-formed wherever they stand.
Status TakeVersion(const dom::object& object, Object& facts) {
  for (const std::string_view name : {"created", "modified"}) {
    const Path path{nullptr, name};
    dom::element value;
    if (object.at_key(name).get(value)) continue;
    std::string_view text;
    if (value.get_string().get(text)) return Fault(path, kCommonSection, "must be a string");
    const StatusOr<WallTime> time = CheckTimestamp(text, 3);
    if (!time.ok()) return Fault(path, kCommonSection, fmt::format("is {}", Message(time.status())));
    facts.version = text;
    facts.version_us = ToMicros(*time);
    facts.versioned = name == "modified";
  }
  return OkStatus();
}

// A member that is absent leaves `into` as it is.
Status TakeString(const dom::element& value, std::string_view name, std::string& into) {
  std::string_view text;
  if (value.get_string().get(text)) return Fault(Path{nullptr, name}, kCommonSection, "must be a string");
  into = text;
  return OkStatus();
}

Status TakeMember(std::string_view name, const dom::element& value, Object& facts) {
  const auto check = [&](const Property& property) {
    return CheckValue(value, property, Path{nullptr, property.name}, kCommonSection);
  };
  if (name == kCreatedByRef.name) {
    NOROSHI_TRY(check(kCreatedByRef));
    return TakeString(value, name, facts.created_by);
  }
  if (name == kMarkingRefs.name) return check(kMarkingRefs);
  if (name == "lang") return TakeString(value, name, facts.lang);
  if (name == "revoked") {
    if (value.get_bool().get(facts.revoked))
      return Fault(Path{nullptr, name}, kCommonSection, "must be true or false");
  } else if (name == kConfidence.name) {
    NOROSHI_TRY(check(kConfidence));
    facts.confidence = static_cast<int>(value.get_double().value_unsafe());
  } else if (name == kLabels.name) {
    NOROSHI_TRY(check(kLabels));
    const dom::array list = value.get_array().value_unsafe();
    for (const dom::element label : list) {
      facts.labels.emplace_back(label.get_string().value_unsafe());
    }
  } else if (name == "pattern_type" && value.is_string()) {
    facts.pattern_type = value.get_string().value_unsafe();
  }
  return OkStatus();
}

// What Parse and ParseTrusted have in common: everything that decides who may have the object.
Status TakeFacts(const dom::object& object, const References& found, Object& facts) {
  NOROSHI_TRY(TakeVersion(object, facts));
  for (const dom::key_value_pair member : object) NOROSHI_TRY(TakeMember(member.key, member.value, facts));
  NOROSHI_TRY(CheckGranularMarkings(object));
  facts.refs.reserve(found.refs.size());
  for (const std::string_view id : found.refs) {
    if (id != facts.id) facts.refs.emplace_back(id);
  }
  facts.marking_refs.assign(found.markings.begin(), found.markings.end());
  JudgeMarkings(object, facts);
  return OkStatus();
}

// `options` is nullptr for trusted bytes.
StatusOr<Object> Read(std::string_view bytes, const ParseOptions* options) {
  NOROSHI_ASSIGN(const dom::element root, ParseDocument(bytes));
  dom::object object;
  if (root.get_object().get(object)) return InvalidArgument("not a JSON object");
  Object facts;
  const Status identity = TakeIdentity(object, facts);
  const auto judge = [&]() -> Status {
    References found;
    NOROSHI_TRY(CheckTree(root, found));  // first: until names are unique, no member means anything
    NOROSHI_TRY(identity);
    NOROSHI_TRY(TakeFacts(object, found, facts));
    return options == nullptr ? OkStatus() : Validate(object, *options, facts);
  };
  if (const Status status = judge(); !status.ok()) {
    if (facts.id.empty()) return status;
    return MakeStatus(status.code(), fmt::format("{}: {}", facts.id, Message(status)));
  }
  facts.content_hash = Sha256(bytes);
  return facts;
}

}  // namespace

StatusOr<Object> Parse(std::string_view bytes, const ParseOptions& options) { return Read(bytes, &options); }

StatusOr<Object> ParseTrusted(std::string_view bytes) { return Read(bytes, nullptr); }

}  // namespace noroshi::stix
