// What may pass and is worth a word to its publisher.
#include <simdjson.h>

#include <algorithm>

#include "common/base/limits.h"
#include "common/stix/document.h"
#include "common/stix/ids.h"
#include "common/stix/schema.h"
#include "common/stix/validate.h"

namespace noroshi::stix {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kReservedNames[] = {"severity", "username", "phone_number", "action"};

char UuidVersion(std::string_view id) {
  constexpr size_t kVersionFromEnd = 22;  // xxxxxxxx-xxxx-Vxxx-xxxx-xxxxxxxxxxxx
  return id[id.size() - kVersionFromEnd];
}

void WarnOfId(const dom::object& object, Object& facts) {
  const char version = UuidVersion(facts.id);
  if (version == '1') {
    AddWarning(facts, Warning::Kind::kUuidVersion1, "property `id` holds a UUID of version 1, which tells a machine and a time (STIX 2.1 §2.9)");
  }
  const bool observable = TableOfType(facts.type).shape().kind == Class::kObservable;
  if (!observable || version != '5') return;
  const std::string wanted = DeterministicIdOf(object, facts.type);
  if (wanted.empty()) {
    AddWarning(facts, Warning::Kind::kScoIdNotRandom, "property `id` holds a UUID of version 5 where no property contributes to one (STIX 2.1 §2.9)");
  } else if (wanted != facts.id) {
    AddWarning(facts, Warning::Kind::kScoId, "property `id` is not the UUIDv5 of the id-contributing properties (STIX 2.1 §2.9)");
  }
}

void WarnOfNames(const dom::object& object, Object& facts) {
  for (const dom::key_value_pair member : object) {
    const std::string_view name = member.key;
    if (std::find(std::begin(kReservedNames), std::end(kReservedNames), name) != std::end(kReservedNames)) {
      AddWarning(facts, Warning::Kind::kReservedName, fmt::format("property `{}` has a reserved name (STIX 2.1 §3.8)", name));
    } else if (!IsPropertyName(name) && name != "id") {
      AddWarning(facts, Warning::Kind::kPropertyName,
                 fmt::format("property `{}` has a name other than 3 to 250 of a-z, 0-9 and `_` (STIX 2.1 §3.1)", PrintableName(name)));
    }
  }
}

}  // namespace

bool IsPropertyName(std::string_view name) {
  return name.size() >= 3 && name.size() <= limits::kJsonKeyBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

void AddWarning(Object& facts, Warning::Kind kind, std::string text) {
  if (facts.warnings.size() < limits::kWarningsPerObjectMax) facts.warnings.push_back({kind, std::move(text)});
}

void CollectWarnings(const dom::object& object, Object& facts) {
  WarnOfId(object, facts);
  WarnOfNames(object, facts);
}

std::string_view WarningName(Warning::Kind kind) {
  switch (kind) {
    case Warning::Kind::kScoId: return "sco_id";
    case Warning::Kind::kScoIdNotRandom: return "sco_id_not_random";
    case Warning::Kind::kUuidVersion1: return "uuid_version_1";
    case Warning::Kind::kPropertyName: return "property_name";
    case Warning::Kind::kReservedName: return "reserved_name";
    case Warning::Kind::kPatternStix20: return "pattern_stix_2_0";
    case Warning::Kind::kPatternRegex: return "pattern_regex";
  }
  return "";
}

std::string JoinWarnings(const std::vector<Warning>& warnings) {
  std::string text;
  for (const Warning& warning : warnings) text += (text.empty() ? "warning: " : "; ") + warning.text;
  return text;
}

}  // namespace noroshi::stix
