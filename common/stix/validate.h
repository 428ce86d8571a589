// Internal to common/stix: the MUSTs of STIX 2.1 for one object whose JSON and facts are known to be sound.
// Errors name the property by path and the section of the standard; never content.
#pragma once

#include "common/base/status.h"
#include "common/stix/document.h"
#include "common/stix/object.h"

namespace noroshi::stix {

// Properties of the type, required ones, rules between them, extensions, an indicator's pattern. Of `facts` it changes the
// warnings only.
Status Validate(const simdjson::dom::object& object, const ParseOptions& options, Object& facts);

// Warnings about ids and names (warnings.cc). Validate has found nothing wrong.
void CollectWarnings(const simdjson::dom::object& object, Object& facts);
void AddWarning(Object& facts, Warning::Kind kind, std::string text);

// `granular_markings`: well-formed, one of `marking_ref` and `lang` each, every selector walks to something
// present.
Status CheckGranularMarkings(const simdjson::dom::object& object);

// Tlp, labels and what is wrong with them (sharing.md section 3), into `facts`.
void JudgeMarkings(const simdjson::dom::object& object, Object& facts);

// 1 or 2 for the id of an official TLP marking of that generation, else 0 (tlp.cc).
int OfficialGeneration(std::string_view marking_id);

struct Property;
struct Shape;
// One value of a property against its kind, nested shapes included (values.cc). `section` of the standard for
// texts.
Status CheckValue(const simdjson::dom::element& value, const Property& property, const Path& path,
                  std::string_view section);
// The rules between properties of one object; `parent` is nullptr at the top.
Status CheckRules(const simdjson::dom::object& object, const Shape& shape, const Path* parent);

// `property `x` <what> (STIX 2.1 §<section>)`.
Status Fault(const Path& path, std::string_view section, std::string_view what);

// 3 to 250 of a-z, 0-9 and `_` (section 3.1).
bool IsPropertyName(std::string_view name);

// Well-formed by RFC 5646 section 2.1 (language.cc); whether the subtags are registered is not asked.
bool IsLanguage(std::string_view tag);

// A STIX timestamp of the given least number of fraction digits.
StatusOr<WallTime> CheckTimestamp(std::string_view text, size_t digits_min);
// Below zero, zero, above: by all digits, also those beyond the microsecond. Both must be timestamps.
int CompareTimestamps(std::string_view a, std::string_view b);

}  // namespace noroshi::stix
