// Internal to common/stix: what STIX 2.1 specifies for each type, as data. Properties it does not list are
// custom content and stay opaque. Constant tables; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace noroshi::stix {

enum class Kind : uint8_t {
  kString,
  kName,  // a string without NUL (AC-61)
  kBoolean,
  kInteger,           // a whole number in min..max
  kFloat,             // a number in min..max
  kTimestamp,         // taxii 145
  kVersionTimestamp,  // the same with at least three digits of a second: `created`, `modified`
  kIdentifier,        // detail: allowed types, see Property
  kIdentifiers,       // non-empty list of them
  kStrings,           // non-empty list
  kEnum,              // detail: the values
  kEnums,             // non-empty list of them
  kHashes,            // taxii 170
  kHex,
  kBinary,
  kLanguage,    // RFC 5646
  kDictionary,  // not empty, nothing empty or null inside
  kOpaque,      // a non-empty dictionary whose content is not specified
  kObject,      // shape
  kObjects,     // non-empty list of shape
  kExtensions,  // taxii 161; contents of the predefined ones by name
  kChecked,     // checked with the facts: type, id, granular_markings
  kForbidden,
};

enum class Need : uint8_t { kOptional, kRequired };

struct Shape;

struct Property {
  std::string_view name;
  Kind kind;
  Need need = Need::kOptional;
  // Of identifiers and enumerations: comma-separated. A leading `!` turns the list of types into those not
  // allowed.
  std::string_view detail = {};
  const Shape* shape = nullptr;
  double min = 0;
  double max = 9007199254740991.0;
};

// Rules between properties of one object.
struct Rule {
  enum class Kind : uint8_t {
    kNotBefore,  // time a >= time b
    kAfter,      // time a > time b
    kAnyOf,      // at least one of the names in a
    kNotBoth,    // not a together with b
    kNeeds,      // a only with b
  };
  Kind kind;
  std::string_view a;
  std::string_view b = {};
};

// Decides which common properties of section 3.2 an object has.
enum class Class : uint8_t {
  kVersioned,  // SDO, SRO, language-content
  kObservable,
  kMarking,
  kExtensionDefinition,
  kCustom,  // a type that STIX 2.1 does not define: what it has of them must be right, nothing is required
  kNested,
};

struct Shape {
  std::string_view name;     // the STIX type, extension key or nested type
  std::string_view section;  // of the STIX 2.1 standard
  Class kind;
  std::span<const Property> properties;  // without the common ones
  std::span<const Rule> rules = {};
};

// A type's properties, common ones included, sorted for look-up. At most 64, so that a mask can say which
// were seen.
class TypeTable {
 public:
  struct Entry {
    const Property* property;
    bool common;
  };
  explicit TypeTable(const Shape& shape);

  const Shape& shape() const { return *shape_; }
  // Place of the property in entries(), or -1 for custom content.
  int Find(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }
  uint64_t required() const { return required_; }

 private:
  const Shape* shape_;
  std::vector<Entry> entries_;
  uint64_t required_ = 0;
};

// Of any type; those that STIX 2.1 does not define share one table. Lives for ever.
const TypeTable& TableOfType(std::string_view type);
// Of the `extensions` key of a predefined SCO extension; nullptr for any other.
const Shape* ShapeOfExtension(std::string_view key);

// Of section 3.2, on whatever class of objects. No extension may give such a name a meaning of its own (AC-66).
bool IsCommonProperty(std::string_view name);

// `extension_types` and `extension_type` (section 7.3).
inline constexpr std::string_view kExtensionTypes = "new-sdo,new-sco,new-sro,property-extension,toplevel-property-extension";

// The tables themselves, one file each: schema_objects.cc (SDO, SRO, meta), schema_observables.cc (SCO).
std::span<const Shape> ObjectShapes();
std::span<const Shape> ObservableShapes();
std::span<const Shape> ExtensionShapes();
extern const Shape kExternalReferenceShape;

}  // namespace noroshi::stix
