// The common properties of section 3.2, and look-up.
#include "common/stix/schema.h"

#include <algorithm>
#include <unordered_map>

#include "common/base/check.h"

namespace noroshi::stix {
namespace {

using enum Kind;
using enum Need;

constexpr Property kExternalReferenceProperties[] = {
    {"source_name", kString, kRequired},
    {"description", kString},
    {"url", kString},
    {"hashes", kHashes},
    {"external_id", kString},
};
constexpr Rule kExternalReferenceRules[] = {{Rule::Kind::kAnyOf, "description,url,external_id"}};

constexpr Property kType{"type", kChecked, kRequired};
constexpr Property kId{"id", kChecked, kRequired};
constexpr Property kSpecVersion{"spec_version", kEnum, kOptional, "2.1"};
constexpr Property kSpecVersionRequired{"spec_version", kEnum, kRequired, "2.1"};
constexpr Property kCreated{"created", kVersionTimestamp};
constexpr Property kModified{"modified", kVersionTimestamp};
constexpr Property kCreatedRequired{"created", kVersionTimestamp, kRequired};
constexpr Property kModifiedRequired{"modified", kVersionTimestamp, kRequired};
constexpr Property kCreatedByRef{"created_by_ref", kIdentifier, kOptional, "identity"};
constexpr Property kCreatedByRefRequired{"created_by_ref", kIdentifier, kRequired, "identity"};
constexpr Property kRevoked{"revoked", kBoolean};
constexpr Property kLabels{"labels", kStrings};
constexpr Property kConfidence{"confidence", kInteger, kOptional, {}, nullptr, 0, 100};
constexpr Property kLang{"lang", kLanguage};
constexpr Property kExternalReferences{
    "external_references", kObjects, kOptional, {}, &kExternalReferenceShape};
constexpr Property kObjectMarkingRefs{"object_marking_refs", kIdentifiers, kOptional, "marking-definition"};
constexpr Property kGranularMarkings{"granular_markings", kChecked};
constexpr Property kExtensionsProperty{"extensions", kExtensions};
constexpr Property kDefanged{"defanged", kBoolean};

constexpr Property Forbidden(std::string_view name) { return {name, kForbidden}; }

constexpr Property kVersionedCommon[] = {
    kType,
    kId,
    kSpecVersionRequired,
    kCreatedRequired,
    kModifiedRequired,
    kCreatedByRef,
    kRevoked,
    kLabels,
    kConfidence,
    kLang,
    kExternalReferences,
    kObjectMarkingRefs,
    kGranularMarkings,
    kExtensionsProperty,
    Forbidden("defanged"),
};
constexpr Property kExtensionDefinitionCommon[] = {
    kType,
    kId,
    kSpecVersionRequired,
    kCreatedRequired,
    kModifiedRequired,
    kCreatedByRefRequired,
    kRevoked,
    kLabels,
    kConfidence,
    kLang,
    kExternalReferences,
    kObjectMarkingRefs,
    kGranularMarkings,
    kExtensionsProperty,
    Forbidden("defanged"),
};
constexpr Property kMarkingCommon[] = {
    kType,
    kId,
    kSpecVersionRequired,
    kCreatedRequired,
    Forbidden("modified"),
    kCreatedByRef,
    Forbidden("revoked"),
    kLabels,
    kConfidence,
    kLang,
    kExternalReferences,
    kObjectMarkingRefs,
    kGranularMarkings,
    kExtensionsProperty,
    Forbidden("defanged"),
};
constexpr Property kCustomCommon[] = {
    kType,
    kId,
    kSpecVersion,
    kCreated,
    kModified,
    kCreatedByRef,
    kRevoked,
    kLabels,
    kConfidence,
    kLang,
    kExternalReferences,
    kObjectMarkingRefs,
    kGranularMarkings,
    kExtensionsProperty,
    kDefanged,
};
constexpr Property kObservableCommon[] = {
    kType,
    kId,
    kSpecVersion,
    kObjectMarkingRefs,
    kGranularMarkings,
    kExtensionsProperty,
    kDefanged,
    Forbidden("created"),
    Forbidden("modified"),
    Forbidden("created_by_ref"),
    Forbidden("revoked"),
    Forbidden("labels"),
    Forbidden("confidence"),
    Forbidden("lang"),
    Forbidden("external_references"),
};

std::span<const Property> CommonOf(Class kind) {
  switch (kind) {
    case Class::kVersioned: return kVersionedCommon;
    case Class::kObservable: return kObservableCommon;
    case Class::kMarking: return kMarkingCommon;
    case Class::kExtensionDefinition: return kExtensionDefinitionCommon;
    case Class::kCustom: return kCustomCommon;
    case Class::kNested: return {};
  }
  return {};
}

constexpr Rule kCustomRules[] = {{Rule::Kind::kNotBefore, "modified", "created"}};
constexpr Shape kCustomShape{"custom", "3.2", Class::kCustom, {}, kCustomRules};

}  // namespace

constexpr Shape kExternalReferenceShape{"external-reference", "2.5", Class::kNested,
                                        kExternalReferenceProperties, kExternalReferenceRules};

TypeTable::TypeTable(const Shape& shape) : shape_(&shape) {
  for (const Property& property : CommonOf(shape.kind)) entries_.push_back({&property, true});
  for (const Property& property : shape.properties) entries_.push_back({&property, false});
  NOROSHI_CHECK(entries_.size() <= 64);
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.property->name < b.property->name; });
  for (size_t place = 0; place < entries_.size(); ++place) {
    if (entries_[place].property->need == kRequired) required_ |= uint64_t{1} << place;
  }
}

int TypeTable::Find(std::string_view name) const {
  const auto entry =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const Entry& e, std::string_view n) { return e.property->name < n; });
  if (entry == entries_.end() || entry->property->name != name) return -1;
  return static_cast<int>(entry - entries_.begin());
}

bool IsCommonProperty(std::string_view name) {
  return std::any_of(std::begin(kCustomCommon), std::end(kCustomCommon), [&](const Property& p) { return p.name == name; });
}

const TypeTable& TableOfType(std::string_view type) {
  static const auto* const tables = [] {
    auto* map = new std::unordered_map<std::string_view, TypeTable>();
    for (const Shape& shape : ObjectShapes()) map->emplace(shape.name, TypeTable(shape));
    for (const Shape& shape : ObservableShapes()) map->emplace(shape.name, TypeTable(shape));
    return map;
  }();
  static const auto* const custom = new TypeTable(kCustomShape);
  const auto found = tables->find(type);
  return found == tables->end() ? *custom : found->second;
}

const Shape* ShapeOfExtension(std::string_view key) {
  for (const Shape& shape : ExtensionShapes()) {
    if (shape.name == key) return &shape;
  }
  return nullptr;
}

}  // namespace noroshi::stix
