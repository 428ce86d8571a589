// One object against the tables of schema.h, and the few MUSTs that no table says.
#include "common/stix/validate.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>

#include "common/stix/pattern.h"
#include "common/stix/schema.h"

namespace noroshi::stix {
namespace {

namespace dom = simdjson::dom;

bool Has(const dom::object& object, std::string_view name) {
  return object.at_key(name).error() == simdjson::SUCCESS;
}

// Empty where absent or no string.
std::string_view StringOf(const dom::object& object, std::string_view name) {
  std::string_view text;
  if (object.at_key(name).get_string().get(text)) return {};
  return text;
}

bool IsTrue(const dom::object& object, std::string_view name) {
  bool value = false;
  return !object.at_key(name).get_bool().get(value) && value;
}

bool HasAny(const dom::object& object, std::string_view names) {
  while (!names.empty()) {
    const size_t comma = std::min(names.find(','), names.size());
    if (Has(object, names.substr(0, comma))) return true;
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return false;
}

Status CheckRule(const dom::object& object, const Rule& rule, const Shape& shape, const Path* parent) {
  const Path place{parent, rule.a};
  switch (rule.kind) {
    case Rule::Kind::kAnyOf:
      if (HasAny(object, rule.a)) return OkStatus();
      if (parent == nullptr) {
        return InvalidArgument("type `{}` needs at least one of {} (STIX 2.1 §{})", shape.name, rule.a,
                               shape.section);
      }
      return Fault(*parent, shape.section, fmt::format("needs at least one of {}", rule.a));
    case Rule::Kind::kNotBoth:
      if (!Has(object, rule.a) || !Has(object, rule.b)) return OkStatus();
      return Fault(place, shape.section, fmt::format("must not stand beside `{}`", rule.b));
    case Rule::Kind::kNeeds:
      if (!Has(object, rule.a) || Has(object, rule.b)) return OkStatus();
      return Fault(place, shape.section, fmt::format("needs `{}` beside it", rule.b));
    case Rule::Kind::kAfter:
    case Rule::Kind::kNotBefore: {
      const std::string_view later = StringOf(object, rule.a), earlier = StringOf(object, rule.b);
      if (later.empty() || earlier.empty()) return OkStatus();
      const int order = CompareTimestamps(later, earlier);
      const bool strict = rule.kind == Rule::Kind::kAfter;
      if (order > 0 || (order == 0 && !strict)) return OkStatus();
      const std::string_view section = rule.a == "modified" ? "3.2" : shape.section;
      return Fault(place, section,
                   fmt::format("must {} `{}`", strict ? "be after" : "not be before", rule.b));
    }
  }
  return OkStatus();
}

Status CheckNotInFuture(const dom::object& object, const ParseOptions& options) {
  if (!options.newest_allowed) return OkStatus();
  for (const std::string_view name : {"created", "modified"}) {
    const StatusOr<WallTime> time = ParseTimestamp(StringOf(object, name));
    if (time.ok() && *time > *options.newest_allowed) {
      return InvalidArgument("property `{}` is too far in the future, the limit is {}", name,
                             FormatTimestamp(*options.newest_allowed));
    }
  }
  return OkStatus();
}

Status CheckLanguageContents(const dom::object& object) {
  dom::object contents;
  if (object.at_key("contents").get_object().get(contents)) return OkStatus();
  for (const dom::key_value_pair member : contents) {
    // The key is a language tag, the value a dictionary of translated properties.
    const Path parent{nullptr, "contents"};
    const Path place{&parent, member.key};
    if (!IsLanguage(member.key)) return Fault(place, "7.1", "must be named by an RFC 5646 language tag");
    if (!member.value.is_object()) return Fault(place, "7.1", "must be an object");
  }
  return OkStatus();
}

bool ListsString(const dom::object& object, std::string_view name, std::string_view wanted) {
  dom::array list;
  if (object.at_key(name).get_array().get(list)) return false;
  return std::any_of(list.begin(), list.end(), [&](const dom::element& item) {
    std::string_view text;
    return !item.get_string().get(text) && text == wanted;
  });
}

// Names at the top level that an extension may define: never one that the standard gave a meaning.
Status CheckExtensionDefinition(const dom::object& object) {
  const Path path{nullptr, "extension_properties"};
  dom::array names;
  if (object.at_key(path.name).get_array().get(names)) return OkStatus();
  if (!ListsString(object, "extension_types", "toplevel-property-extension")) {
    return Fault(path, "7.3", "is only for an extension of type toplevel-property-extension");
  }
  int64_t index = 0;
  for (const dom::element name : names) {
    const Path place{&path, {}, index++};
    const std::string_view text = name.get_string().value_unsafe();  // CheckValue has seen it
    if (!IsPropertyName(text)) return Fault(place, "7.3", "must be 3 to 250 characters of a-z, 0-9 and `_`");
    if (IsCommonProperty(text)) return Fault(place, "7.3", "must not be a common property of STIX");
  }
  return OkStatus();
}

Status CheckStatement(const dom::object& object) {
  if (StringOf(object, "definition_type") != "statement") return OkStatus();
  std::string_view text;
  if (!object.at_key("definition").at_key("statement").get_string().get(text)) return OkStatus();
  const Path definition{nullptr, "definition"};
  return Fault(Path{&definition, "statement"}, "7.2.1.3", "is required and a string");
}

// Languages other than STIX's own are opaque.
Status CheckPattern(const dom::object& object, const ParseOptions& options, Object& facts) {
  if (facts.pattern_type != "stix") return OkStatus();
  const Path path{nullptr, "pattern"};
  const StatusOr<Pattern> pattern = ParsePattern(StringOf(object, path.name));
  if (!pattern.ok()) return Fault(path, "9", fmt::format("is no STIX pattern: {}", Message(pattern.status())));
  if (!options.warn) return OkStatus();
  if (!pattern->legacy.empty() && StringOf(object, "pattern_version") != "2.0") {
    AddWarning(facts, Warning::Kind::kPatternStix20,
               fmt::format("property `pattern` is STIX 2.0, not 2.1: {} (STIX 2.1 §9)", pattern->legacy));
  }
  if (pattern->unchecked_regexes > 0) {
    AddWarning(facts, Warning::Kind::kPatternRegex,
               fmt::format("property `pattern` has {} regular expressions beyond RE2, which were not checked", pattern->unchecked_regexes));
  }
  return OkStatus();
}

// What binds one type only and is not a matter of presence and kind.
Status CheckSpecial(const dom::object& object, const ParseOptions& options, Object& facts) {
  const std::string_view type = facts.type;
  if (type == "relationship") {
    const std::string_view name = StringOf(object, "relationship_type");
    const auto legal = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (name.empty() || !std::all_of(name.begin(), name.end(), legal)) {
      return Fault(Path{nullptr, "relationship_type"}, "5.1", "must be of a-z, 0-9 and `-`");
    }
  } else if (type == "indicator") {
    return CheckPattern(object, options, facts);
  } else if (type == "malware") {
    if (IsTrue(object, "is_family") && !Has(object, "name")) {
      return Fault(Path{nullptr, "name"}, "4.11", "is required of a malware family");
    }
  } else if (type == "email-message") {
    const std::string_view wrong = IsTrue(object, "is_multipart") ? "body" : "body_multipart";
    if (Has(object, wrong)) return Fault(Path{nullptr, wrong}, "6.6", "contradicts `is_multipart`");
  } else if (type == "network-traffic") {
    if (IsTrue(object, "is_active") && Has(object, "end")) {
      return Fault(Path{nullptr, "end"}, "6.12", "contradicts `is_active`");
    }
  } else if (type == "language-content") {
    return CheckLanguageContents(object);
  } else if (type == "extension-definition") {
    return CheckExtensionDefinition(object);
  } else if (type == "marking-definition") {
    return CheckStatement(object);
  }
  return OkStatus();
}

}  // namespace

Status CheckRules(const dom::object& object, const Shape& shape, const Path* parent) {
  for (const Rule& rule : shape.rules) NOROSHI_TRY(CheckRule(object, rule, shape, parent));
  return OkStatus();
}

Status Validate(const dom::object& object, const ParseOptions& options, Object& facts) {
  const TypeTable& table = TableOfType(facts.type);
  const Shape& shape = table.shape();
  uint64_t seen = 0;
  for (const dom::key_value_pair member : object) {
    const int place = table.Find(member.key);
    if (place < 0) continue;
    seen |= uint64_t{1} << place;
    const TypeTable::Entry& entry = table.entries()[place];
    const Path path{nullptr, entry.property->name};
    const std::string_view section = entry.common ? "3.2" : shape.section;
    if (entry.property->kind == Kind::kForbidden) {
      return Fault(path, section, fmt::format("is not allowed on type `{}`", shape.name));
    }
    NOROSHI_TRY(CheckValue(member.value, *entry.property, path, section));
  }
  if (const uint64_t missing = table.required() & ~seen; missing != 0) {
    const TypeTable::Entry& entry = table.entries()[std::countr_zero(missing)];
    return Fault(Path{nullptr, entry.property->name}, entry.common ? "3.2" : shape.section,
                 fmt::format("is required for type `{}`", shape.name));
  }
  NOROSHI_TRY(CheckRules(object, shape, nullptr));
  NOROSHI_TRY(CheckSpecial(object, options, facts));
  if (std::find(facts.marking_refs.begin(), facts.marking_refs.end(), facts.id) != facts.marking_refs.end()) {
    return Fault(Path{nullptr, "object_marking_refs"}, "7.2.1", "must not refer to the object itself");
  }
  NOROSHI_TRY(CheckNotInFuture(object, options));
  if (options.warn) CollectWarnings(object, facts);
  return OkStatus();
}

}  // namespace noroshi::stix
