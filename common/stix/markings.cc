// Data markings: granular ones (STIX 2.1 section 7.2.3) and the Traffic Light Protocol (sharing.md section
// 3).
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "common/stix/document.h"
#include "common/stix/ids.h"
#include "common/stix/schema.h"
#include "common/stix/tlp.h"
#include "common/stix/validate.h"

namespace noroshi::stix {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kGranularSection = "7.2.3";
constexpr std::string_view kTlp2Extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
constexpr std::string_view kTlp1Created = "2017-01-20T00:00:00.000Z";
constexpr std::string_view kTlp2Created = "2022-10-01T00:00:00.000Z";

// --- granular markings

// The index in `[n]`, without sign or leading zeros.
std::optional<size_t> IndexOf(std::string_view step) {
  if (step.size() < 3 || step.front() != '[' || step.back() != ']') return std::nullopt;
  const std::string_view digits = step.substr(1, step.size() - 2);
  if (digits.front() == '0' && digits.size() > 1) return std::nullopt;
  size_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '-')
    return std::nullopt;
  return index;
}

bool SelectsSomething(const dom::object& object, std::string_view selector) {
  dom::element at;
  for (bool first = true; first || !selector.empty(); first = false) {
    const size_t dot = std::min(selector.find('.'), selector.size());
    const std::string_view step = selector.substr(0, dot);
    if (dot + 1 == selector.size()) return false;  // ends with a dot
    selector.remove_prefix(std::min(dot + 1, selector.size()));
    if (first) {
      if (object.at_key(step).get(at)) return false;
    } else if (step.starts_with('[')) {
      dom::array list;
      const std::optional<size_t> index = IndexOf(step);
      if (!index || at.get_array().get(list) || list.at(*index).get(at)) return false;
    } else {
      dom::object members;
      if (at.get_object().get(members) || members.at_key(step).get(at)) return false;
    }
  }
  return true;
}

Status CheckSelectors(const dom::object& object, const dom::element& value, const Path& path) {
  dom::array selectors;
  if (value.get_array().get(selectors)) return Fault(path, kGranularSection, "must be a list");
  std::vector<std::string_view> seen;
  for (const dom::element item : selectors) {
    const Path place{&path, {}, static_cast<int64_t>(seen.size())};
    std::string_view selector;
    if (item.get_string().get(selector)) return Fault(place, kGranularSection, "must be a string");
    if (selector == "id" || selector == "type")
      return Fault(place, kGranularSection, "must not select `id` or `type`");
    if (!SelectsSomething(object, selector))
      return Fault(place, kGranularSection, "selects nothing that is present");
    seen.push_back(selector);
  }
  if (seen.empty()) return Fault(path, kGranularSection, "is an empty list");
  std::sort(seen.begin(), seen.end());
  if (std::adjacent_find(seen.begin(), seen.end()) == seen.end()) return OkStatus();
  return Fault(path, kGranularSection, "selects the same twice");
}

Status CheckGranularMarking(const dom::object& object, const dom::element& value, const Path& path) {
  static constexpr Property kMarkingRef{"marking_ref", Kind::kIdentifier, Need::kOptional,
                                        "marking-definition"};
  static constexpr Property kLang{"lang", Kind::kLanguage};
  dom::object marking;
  dom::element ref, lang, selectors;
  if (value.get_object().get(marking)) return Fault(path, kGranularSection, "must be an object");
  const bool has_ref = !marking.at_key("marking_ref").get(ref);
  const bool has_lang = !marking.at_key("lang").get(lang);
  if (has_ref == has_lang) return Fault(path, kGranularSection, "needs exactly one of marking_ref, lang");
  if (has_ref) NOROSHI_TRY(CheckValue(ref, kMarkingRef, Path{&path, kMarkingRef.name}, kGranularSection));
  if (has_lang) NOROSHI_TRY(CheckValue(lang, kLang, Path{&path, kLang.name}, kGranularSection));
  const Path place{&path, "selectors"};
  if (marking.at_key("selectors").get(selectors)) return Fault(place, kGranularSection, "is required");
  return CheckSelectors(object, selectors, place);
}

// --- TLP

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }

bool IsLetterOrDigit(char c) { return IsLetter(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// `TLP:RED`, `\ttlp red`, `TLP2`, `Marked TLP:RED, do not share`; not `tlpx`, not `xtlp`.
bool NamesTlp(std::string_view text) {
  const std::string lower = Lower(text);
  for (size_t at = lower.find("tlp"); at != std::string::npos; at = lower.find("tlp", at + 1)) {
    const bool begins = at == 0 || !IsLetterOrDigit(lower[at - 1]);
    const bool ends = at + 3 == lower.size() || !IsLetter(lower[at + 3]);
    if (begins && ends) return true;
  }
  return false;
}

// A label names a TLP by its letters: `tlp:red`, `TLP:AMBER+STRICT`, `tlp-amber-strict`, `tlp="white"`.
std::optional<Tlp> TlpOfLabel(std::string_view label) {
  if (label.size() > 40) return std::nullopt;
  std::string letters = Lower(label);
  std::erase_if(letters, [](char c) { return !IsLetter(c); });
  if (!letters.starts_with("tlp")) return std::nullopt;
  letters.erase(0, 3);
  return letters == "amberstrict" ? Tlp::kAmberStrict : ParseTlp(letters);
}

std::string_view StringAt(const dom::object& object, std::string_view name) {
  std::string_view text;
  if (object.at_key(name).get_string().get(text)) return {};
  return text;
}

bool HasTlpMember(const dom::element& value) {
  dom::object object;
  if (value.get_object().get(object)) return false;
  return std::any_of(object.begin(), object.end(),
                     [](const dom::key_value_pair& m) { return NamesTlp(m.key); });
}

bool LooksLikeTlp(const dom::object& marking) {
  if (NamesTlp(StringAt(marking, "definition_type")) || NamesTlp(StringAt(marking, "name")))
    return true;
  dom::element definition, extensions;
  if (!marking.at_key("definition").get(definition)) {
    std::string_view text;
    if (HasTlpMember(definition)) return true;
    if (!definition.at_key("statement").get_string().get(text) && NamesTlp(text)) return true;
  }
  dom::object members;
  if (marking.at_key("extensions").get_object().get(members)) return false;
  return std::any_of(members.begin(), members.end(), [](const dom::key_value_pair& m) {
    return m.key == kTlp2Extension || HasTlpMember(m.value);
  });
}

// Exactly the members named, each of them a string with that value; an empty value stands for any.
struct Expected {
  std::string_view name;
  std::string_view value;
};
bool Equals(const dom::element& value, std::initializer_list<Expected> expected) {
  dom::object object;
  if (value.get_object().get(object) || object.size() != expected.size()) return false;
  return std::all_of(expected.begin(), expected.end(),
                     [&](const Expected& member) { return StringAt(object, member.name) == member.value; });
}

// The content that the standards give for this id; `name` may be left out, nothing may be added.
bool IsOfficialContent(const dom::object& marking, Tlp tlp) {
  dom::element definition, extensions;
  const bool first_generation = !marking.at_key("definition").get(definition);
  std::string_view color = TlpName(tlp);
  if (first_generation && tlp == Tlp::kClear) color = "white";
  const std::string_view created = first_generation ? kTlp1Created : kTlp2Created;
  for (const dom::key_value_pair member : marking) {
    const std::string_view key = member.key;
    if (key == "type" || key == "spec_version" || key == "id") continue;
    if (key == "created" && CompareTimestamps(StringAt(marking, key), created) == 0) continue;
    if (key == "name" && Lower(StringAt(marking, key)) == fmt::format("tlp:{}", color)) continue;
    if (key == "definition_type" && first_generation && StringAt(marking, key) == "tlp") continue;
    if (key == "definition" && Equals(member.value, {{"tlp", color}})) continue;
    if (key == "extensions" && !first_generation) {
      dom::object members;
      if (!member.value.get_object().get(members) && members.size() == 1 &&
          !members.at_key(kTlp2Extension).get(extensions) &&
          Equals(extensions, {{"extension_type", "property-extension"}, {"tlp_2_0", color}})) {
        continue;
      }
    }
    return false;
  }
  const bool generation_fits = first_generation == (OfficialGeneration(StringAt(marking, "id")) == 1);
  return generation_fits && !StringAt(marking, "created").empty() &&
         (first_generation || !extensions.is_null());
}

}  // namespace

Status CheckGranularMarkings(const dom::object& object) {
  const Path path{nullptr, "granular_markings"};
  dom::element value;
  if (object.at_key(path.name).get(value)) return OkStatus();
  dom::array markings;
  if (value.get_array().get(markings)) return Fault(path, kGranularSection, "must be a list");
  int64_t index = 0;
  for (const dom::element marking : markings) {
    NOROSHI_TRY(CheckGranularMarking(object, marking, Path{&path, {}, index++}));
  }
  return index > 0 ? OkStatus() : Fault(path, kGranularSection, "is an empty list; leave it out");
}

void JudgeMarkings(const dom::object& object, Object& facts) {
  for (const std::string& id : facts.marking_refs) {
    const std::optional<Tlp> tlp = OfficialTlp(id);
    if (tlp && (!facts.tlp || *facts.tlp < *tlp)) facts.tlp = tlp;
  }
  for (const std::string& label : facts.labels) {
    const std::optional<Tlp> tlp = TlpOfLabel(label);
    if (tlp && (!facts.label_tlp || *facts.label_tlp < *tlp)) facts.label_tlp = tlp;
  }
  if (facts.tlp && facts.label_tlp && *facts.label_tlp > *facts.tlp) {
    facts.marking_fault = fmt::format("a label says TLP {}, the markings say {}", TlpName(*facts.label_tlp),
                                      TlpName(*facts.tlp));
  }
  if (facts.type != "marking-definition") return;
  if (const std::optional<Tlp> tlp = OfficialTlp(facts.id)) {
    if (!IsOfficialContent(object, *tlp)) facts.marking_fault = "an official TLP id with other content";
  } else if (LooksLikeTlp(object)) {
    facts.marking_fault = "looks like a TLP marking and is not an official one";
  }
}

}  // namespace noroshi::stix
