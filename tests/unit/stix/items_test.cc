// Items 140 to 170 of taxii.md, one table; the number of the item is in each case's name. A last test says that none is without a case.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "common/stix/object.h"
#include "tests/unit/stix/vectors.h"

namespace noroshi::stix {
namespace {

using Json = nlohmann::ordered_json;

// A valid object of the type, from tests/vectors.
Json Base(const std::string& type) {
  static const auto* const bases = [] {
    auto* map = new std::map<std::string, Json>();
    for (const std::string& line : VectorLines("accepted.ndjson")) {
      Json object = Json::parse(line);
      object.erase("granular_markings");
      map->emplace(object["type"], object);
    }
    return map;
  }();
  return bases->at(type);
}

// The same with these members, one by one; a name with `-` in front goes.
std::string With(const std::string& type, const std::string& members) {
  Json object = Base(type);
  const Json changes = Json::parse(members);
  for (const auto& [name, value] : changes.items()) {
    if (name.starts_with('-')) {
      object.erase(name.substr(1));
    } else {
      object[name] = value;
    }
  }
  return object.dump();
}

std::string Judge(const std::string& text) {
  ParseOptions options;
  options.warn = true;
  options.newest_allowed = ParseTimestamp("2027-01-01T00:00:00Z").value();
  const StatusOr<Object> object = Parse(text, options);
  if (!object.ok()) return std::string(Message(object.status()));
  if (!object->marking_fault.empty()) return "fault: " + object->marking_fault;
  return object->warnings.empty() ? "accepted" : JoinWarnings(object->warnings);
}

struct ItemCase {
  int item;
  std::string name;
  std::string object;
  const char* want;  // part of what Judge says
};

const std::string kUuid = "aaaaaaaa-0000-4000-8000-00000000000a";
std::string Id(const std::string& type) { return type + "--" + kUuid; }

std::vector<ItemCase> Identity() {
  return {
      {140, "TypeMissing", With("tool", R"({"-type":0})"), "property `type` is required"},
      {140, "TypeNoString", With("tool", R"({"type":1})"), "property `type` must be a string"},
      {140, "TypeWithTwoHyphens", With("tool", R"({"type":"x--a","id":"x--a--aaaaaaaa-0000-4000-8000-00000000000a"})"), "property `id`"},
      {140, "TypeOf251", With("x-grid-asset", R"({"type":")" + std::string(251, 'a') + R"(","id":")" + Id(std::string(251, 'a')) + R"("})"),
       "3 to 250"},
      {141, "PrefixOfAnotherType", With("tool", R"({"id":")" + Id("malware") + R"("})"), "must begin with the object's `type`"},
      {141, "UpperCase", With("tool", R"({"id":"tool--AAAAAAAA-0000-4000-8000-00000000000a"})"), "lower-case hex"},
      {141, "Nil", With("tool", R"({"id":"tool--00000000-0000-0000-0000-000000000000"})"), "no RFC 4122 version"},
      {141, "Version1IsToldOf", With("tool", R"({"id":"tool--aaaaaaaa-0000-1000-8000-00000000000a"})"),
       "warning: property `id` holds a UUID of version 1"},
      {141, "Version7", With("tool", R"({"id":"tool--aaaaaaaa-0000-7000-8000-00000000000a"})"), "accepted"},
      {142, "SpecVersionMissing", With("tool", R"({"-spec_version":0})"), "property `spec_version` is required"},
      {142, "SpecVersion20", With("tool", R"({"spec_version":"2.0"})"), "property `spec_version` must be one of 2.1"},
      {142, "OptionalOnObservables", With("url", R"({"-spec_version":0})"), "accepted"},
      {143, "CreatedMissing", With("tool", R"({"-created":0})"), "property `created` is required"},
      {143, "ModifiedMissing", With("relationship", R"({"-modified":0})"), "property `modified` is required"},
      {143, "ExtensionDefinitionNeedsCreator", With("extension-definition", R"({"-created_by_ref":0})"), "property `created_by_ref` is required"},
      {143, "MarkingHasNoModified", With("marking-definition", R"({"modified":"2026-03-01T08:00:00.000Z"})"),
       "`modified` is not allowed on type `marking-definition`"},
      {143, "ObservableHasNoLabels", With("url", R"({"labels":["a"]})"), "property `labels` is not allowed on type `url`"},
      {144, "IndicatorNeedsPattern", With("indicator", R"({"-pattern":0})"), "property `pattern` is required for type `indicator`"},
      {144, "SightingNeedsTarget", With("sighting", R"({"-sighting_of_ref":0})"), "property `sighting_of_ref` is required"},
      {144, "LanguageContentsAreNamedByTags", With("language-content", R"({"contents":{"not a tag":{"name":"x"}}})"),
       "`contents.not a tag` must be named by an RFC 5646"},
      {145, "Offset", With("tool", R"({"modified":"2026-03-01T08:00:00.000+00:00"})"), "property `modified` is not a timestamp"},
      {145, "NoRealDate", With("indicator", R"({"valid_from":"2026-02-30T08:00:00Z"})"), "property `valid_from` is not a real date"},
      {145, "TwoDigits", With("tool", R"({"modified":"2026-03-01T08:00:00.00Z"})"), "at least 3"},
      {145, "TwelveDigits", With("tool", R"({"modified":"2026-03-01T08:00:00.123456789012Z"})"), "accepted"},
      {145, "Year9999", With("tool", R"({"modified":"9999-12-31T23:59:59.999Z"})"), "property `modified` is too far in the future"},
      {147, "EmptyList", With("tool", R"({"labels":[]})"), "property `labels` is an empty list"},
      {147, "Null", With("tool", R"({"description":null})"), "property `description` is null"},
      {147, "EmptyDictionary", With("process", R"({"environment_variables":{}})"), "is an empty dictionary"},
      {147, "AllThreeInCustomContent", With("tool", R"({"x_a":[],"x_b":{},"x_c":null,"x_d":[{"e":null}]})"), "accepted"},
      {148, "Confidence101", With("tool", R"({"confidence":101})"), "property `confidence` must be a whole number from 0 to 100"},
      {148, "ConfidenceAHalf", With("tool", R"({"confidence":0.5})"), "property `confidence` must be a whole number"},
      {148, "RevokedNoBoolean", With("tool", R"({"revoked":"true"})"), "property `revoked` must be true or false"},
      {148, "DefangedOnlyOnObservables", With("tool", R"({"defanged":true})"), "property `defanged` is not allowed"},
      {148, "LabelsNoStrings", With("tool", R"({"labels":[1]})"), "property `labels.[0]` must be a string"},
      {149, "NoSourceName", With("tool", R"({"external_references":[{"url":"u"}]})"), "`external_references.[0].source_name` is required"},
      {149, "OnlySourceName", With("tool", R"({"external_references":[{"source_name":"s"}]})"),
       "`external_references.[0]` needs at least one of description,url,external_id"},
      {149, "WithDescription", With("tool", R"({"external_references":[{"source_name":"s","description":"d"}]})"), "accepted"},
  };
}

// Item 146: every ordered pair of times in the standard. `strict`: equal ones are refused too.
std::vector<ItemCase> Order() {
  struct Pair {
    const char *type, *later, *earlier;
    bool strict;
  };
  static constexpr Pair kPairs[] = {
      {"tool", "modified", "created", false},
      {"x-grid-asset", "modified", "created", false},
      {"extension-definition", "modified", "created", false},
      {"campaign", "last_seen", "first_seen", false},
      {"infrastructure", "last_seen", "first_seen", false},
      {"intrusion-set", "last_seen", "first_seen", false},
      {"malware", "last_seen", "first_seen", false},
      {"threat-actor", "last_seen", "first_seen", false},
      {"sighting", "last_seen", "first_seen", false},
      {"indicator", "valid_until", "valid_from", true},
      {"relationship", "stop_time", "start_time", true},
      {"observed-data", "last_observed", "first_observed", false},
      {"network-traffic", "end", "start", false},
  };
  std::vector<ItemCase> cases;
  const auto add = [&](const Pair& pair, const char* what, const char* later, const char* earlier, const char* want) {
    std::string name = std::string(pair.type) + "_" + pair.later + "_" + what;
    std::replace(name.begin(), name.end(), '-', '_');
    cases.push_back({146, name,
                     With(pair.type, std::string("{\"") + pair.later + "\":\"" + later + "\",\"" + pair.earlier + "\":\"" + earlier + "\"}"), want});
  };
  for (const Pair& pair : kPairs) {
    const char *first = "2026-03-01T08:00:00.0000001Z", *second = "2026-03-01T08:00:00.0000002Z";
    const char* refused = pair.strict ? "must be after" : "must not be before";
    add(pair, "Before", first, second, refused);
    add(pair, "Equal", first, first, pair.strict ? refused : "accepted");
    add(pair, "After", second, first, "accepted");
  }
  return cases;
}

std::vector<ItemCase> Language() {
  std::vector<ItemCase> cases;
  for (const char* tag : {"en", "de-CH", "zh-Hant-TW", "sl-rozaj-biske", "de-DE-u-co-phonebk", "x-whatever", "i-klingon", "es-419", "ca-valencia", "en-a-bbb-x-a", "zh-min-nan"}) {
    cases.push_back({148, "Tag" + std::to_string(cases.size()), With("tool", std::string(R"({"lang":")") + tag + "\"}"), "accepted"});
  }
  for (const char* tag : {"", "e", "en_US", "en-", "-en", "de--CH", "en-1", "a-b", "en-u", "x", "419", "en-x", "de-DE-DE-DE"}) {
    cases.push_back({148, "NoTag" + std::to_string(cases.size()), With("tool", std::string(R"({"lang":")") + tag + "\"}"), "property `lang` must be an RFC 5646"});
  }
  return cases;
}

std::vector<ItemCase> References() {
  const auto ref = [](const char* type, const char* property, const std::string& to) {
    const std::string value = std::string(property).ends_with("s") ? "[\"" + Id(to) + "\"]" : "\"" + Id(to) + "\"";
    return With(type, std::string("{\"") + property + "\":" + value + "}");
  };
  return {
      {150, "NoIdentifier", With("tool", R"({"created_by_ref":"me"})"), "property `created_by_ref` must be an identifier"},
      {150, "NoList", With("report", R"({"object_refs":")" + Id("tool") + R"("})"), "property `object_refs` must be a list"},
      {150, "EmptyList", With("report", R"({"object_refs":[]})"), "property `object_refs` is an empty list"},
      {150, "Creator", ref("tool", "created_by_ref", "tool"), "must refer to an object of type identity"},
      {150, "Marking", ref("tool", "object_marking_refs", "identity"), "must refer to an object of type marking-definition"},
      {150, "Source", ref("relationship", "source_ref", "sighting"), "must not refer"},
      {150, "Sighting", ref("sighting", "sighting_of_ref", "url"), "must not refer"},
      {150, "SightingOfCustom", ref("sighting", "sighting_of_ref", "x-own"), "accepted"},
      {150, "Observed", ref("sighting", "observed_data_refs", "tool"), "must refer to an object of type observed-data"},
      {150, "WhereSighted", ref("sighting", "where_sighted_refs", "tool"), "must refer to an object of type identity,location"},
      {150, "AnalysisOfDomainObject", ref("malware-analysis", "sample_ref", "malware"), "must not refer"},
      {150, "AnalysisResults", ref("malware-analysis", "analysis_sco_refs", "relationship"), "must not refer"},
      {150, "AnalysisOfFile", ref("malware-analysis", "sample_ref", "file"), "accepted"},
      {150, "Sample", ref("malware", "sample_refs", "url"), "must refer to an object of type artifact,file"},
      {150, "ObservedDomainObject", ref("observed-data", "object_refs", "tool"), "must not refer"},
      {150, "ObservedRelationship", ref("observed-data", "object_refs", "relationship"), "accepted"},
      {150, "LanguageOfMarking", ref("language-content", "object_ref", "marking-definition"), "must not refer"},
      {150, "Resolves", ref("domain-name", "resolves_to_refs", "url"), "must refer to an object of type ipv4-addr,ipv6-addr,domain-name"},
      {150, "Dangling", ref("report", "object_refs", "x-never-seen"), "accepted"},
  };
}

std::vector<ItemCase> ObservableIds() {
  const std::string v5 = "aaaaaaaa-0000-5000-8000-00000000000a";
  return {
      {151, "RightUuid5", With("mutex", R"({"name":"__CLEANSWEEP__","id":"mutex--f93fe911-e545-5239-b9b0-597840d0c871"})"), "accepted"},
      {151, "WrongUuid5IsToldOf", With("mutex", R"({"name":"other","id":"mutex--f93fe911-e545-5239-b9b0-597840d0c871"})"),
       "warning: property `id` is not the UUIDv5 of the id-contributing properties (STIX 2.1 §2.9)"},
      {151, "Uuid4", With("mutex", R"({"name":"other"})"), "accepted"},
      {151, "Uuid5OfADomainObject", With("tool", R"({"id":"tool--)" + v5 + R"("})"), "accepted"},
      {152, "Uuid5OfAProcess", With("process", R"({"id":"process--)" + v5 + R"("})"),
       "warning: property `id` holds a UUID of version 5 where no property contributes"},
      {152, "Uuid4OfAProcess", With("process", "{}"), "accepted"},
      {153, "NonAsciiIsRaw", With("domain-name", R"({"value":"bücher.example","id":"domain-name--dbf3aff2-b3cd-57d2-9616-0ddfde9d01ad"})"),
       "accepted"},
      {153, "OnlyTheFirstHash",
       With("file", R"({"-name":0,"-extensions":0,"hashes":{"SHA-256":")" + std::string(64, '0') +
                        R"(","MD5":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},"id":"file--aba4f1e7-e3b9-59a9-a722-60a6ada7a8ec"})"),
       "accepted"},
  };
}

std::vector<ItemCase> Markings() {
  const std::string red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", red2 = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
  const auto granular = [](const std::string& marking) { return With("indicator", R"({"labels":["a","b"],"granular_markings":[)" + marking + "]}"); };
  const std::string ref = R"("marking_ref":")" + red + "\"";
  return {
      {154, "NeitherDefinitionNorExtensions", With("marking-definition", R"({"-definition":0,"-definition_type":0,"-extensions":0})"),
       "needs at least one of definition,extensions"},
      {154, "DefinitionWithoutType", With("marking-definition", R"({"-extensions":0,"-definition_type":0,"definition":{"statement":"s"}})"),
       "`definition` needs `definition_type`"},
      {154, "TypeWithoutDefinition",
       With("marking-definition", R"({"-definition":0,"definition_type":"statement","extensions":{"x-own-ext":{"a":1}}})"),
       "`definition_type` needs `definition`"},
      {154, "Revoked", With("marking-definition", R"({"revoked":false})"), "property `revoked` is not allowed"},
      {154, "MarksItself",
       With("marking-definition", R"({"id":")" + Id("marking-definition") + R"(","object_marking_refs":[")" + Id("marking-definition") + R"("]})"),
       "must not refer to the object itself"},
      {154, "MarksItselfGranularly",
       With("marking-definition",
        R"({"id":")" + Id("marking-definition") + R"(","granular_markings":[{"selectors":["created"],"marking_ref":")" + Id("marking-definition") + R"("}]})"),
       "must not refer to the object itself"},
      {155, "OwnTlp1", With("marking-definition", R"({"-extensions":0,"definition_type":"tlp","definition":{"tlp":"red"}})"),
       "fault: looks like a TLP marking"},
      {155, "Official",
       With("marking-definition", R"({"-extensions":0,"-name":0,"definition_type":"tlp","definition":{"tlp":"red"},"created":"2017-01-20T00:00:00.000Z","id":")" + red + "\"}"),
       "accepted"},
      {156, "OwnTlp2",
       With("marking-definition",
            R"({"-definition":0,"-definition_type":0,"extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"red"}}})"),
       "fault: looks like a TLP marking"},
      {157, "OfficialIdWithOtherContent",
       With("marking-definition", R"({"-extensions":0,"definition_type":"statement","definition":{"statement":"s"},"id":")" + red2 + "\"}"),
       "fault: an official TLP id with other content"},
      {157, "LabelStricterThanTheMarking",
       With("tool", R"({"labels":["tlp:red"],"object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]})"),
       "fault: a label says TLP red"},
      {158, "NoSelectors", granular("{" + ref + "}"), "`granular_markings.[0].selectors` is required"},
      {158, "EmptySelectors", granular(R"({"selectors":[],)" + ref + "}"), "`granular_markings.[0].selectors` is an empty list"},
      {158, "Neither", granular(R"({"selectors":["name"]})"), "needs exactly one of marking_ref, lang"},
      {158, "Both", granular(R"({"selectors":["labels"],"lang":"en",)" + ref + "}"), "needs exactly one of marking_ref, lang"},
      {158, "Absent", granular(R"({"selectors":["nothing"],)" + ref + "}"), "selects nothing that is present"},
      {158, "IndexOfAString", granular(R"({"selectors":["pattern.[0]"],)" + ref + "}"), "selects nothing that is present"},
      {158, "PastTheEnd", granular(R"({"selectors":["labels.[2]"],)" + ref + "}"), "selects nothing that is present"},
      {158, "InTheList", granular(R"({"selectors":["labels.[1]","pattern"],)" + ref + "}"), "accepted"},
      {158, "LanguageNoTag", granular(R"({"selectors":["labels"],"lang":"en_US"})"), "`granular_markings.[0].lang` must be an RFC 5646"},
      {159, "OneRedPropertyWithAGreenLabel", granular(R"({"selectors":["pattern"],)" + ref + "}"), "accepted"},
  };
}

std::vector<ItemCase> Extensions() {
  const std::string key = Id("extension-definition");
  const auto extension = [&](const std::string& content) { return With("tool", R"({"extensions":{")" + key + "\":" + content + "}}"); };
  const auto definition = [](const std::string& names) {
    return With("extension-definition", R"({"extension_types":["toplevel-property-extension"],"extension_properties":)" + names + "}");
  };
  return {
      {160, "NoSchema", With("extension-definition", R"({"-schema":0})"), "property `schema` is required"},
      {160, "UnknownType", With("extension-definition", R"({"extension_types":["own"]})"), "`extension_types.[0]` must be one of new-sdo"},
      {160, "PropertiesWithoutToplevel", With("extension-definition", R"({"extension_types":["new-sdo"],"extension_properties":["rank"]})"),
       "is only for an extension"},
      {160, "Properties", definition(R"(["rank","toxicity"])"), "accepted"},
      {160, "PropertyOfAnotherSpelling", definition(R"(["rank","Not This"])"), "`extension_properties.[1]` must be 3 to 250 characters of a-z"},
      {160, "PropertyShadowsCore", definition(R"(["object_marking_refs"])"), "`extension_properties.[0]` must not be a common property"},  // AC-66
      {161, "NoType", extension("{\"rank\":1}"), "extension_type` is required"},
      {161, "UnknownType", extension(R"({"extension_type":"own"})"), "extension_type` must be one of new-sdo"},  // AC-66
      {161, "NoObject", extension("1"), "must be an object"},
      {161, "Empty", With("tool", R"({"extensions":{}})"), "is an empty dictionary"},
      {161, "ToplevelDoesNotShadowCore",
       With("tool", R"({"extensions":{")" + key + R"(":{"extension_type":"toplevel-property-extension"}},"confidence":"high"})"),
       "property `confidence` must be"},
      {161, "UnknownIsKept", extension(R"({"extension_type":"property-extension","x_sharing":"public","deep":[{"a":{}}]})"), "accepted"},
      {162, "NoPrefix", With("tool", R"({"rank_of_ours":1})"), "accepted"},
      {162, "OtherCharactersAreToldOf", With("tool", R"({"Rank-1":1})"), "warning: property `Rank-1` has a name other than"},
      {162, "TypeWithoutPrefix", With("x-grid-asset", R"({"type":"grid-asset","id":")" + Id("grid-asset") + "\"}"), "accepted"},
      {163, "Severity", With("tool", R"({"severity":1})"), "warning: property `severity` has a reserved name (STIX 2.1 §3.8)"},
      {163, "TheOthers", With("tool", R"({"username":1,"phone_number":1,"action":1})"),
       "property `username` has a reserved name (STIX 2.1 §3.8); property `phone_number` has"},
      {167, "Bundle", R"({"type":"bundle","id":"bundle--aaaaaaaa-0000-4000-8000-00000000000a"})", "a bundle is not a STIX object"},
  };
}

std::vector<ItemCase> Values() {
  const auto pattern = [](const std::string& text, const std::string& type = "stix") {
    return With("indicator", Json({{"pattern", text}, {"pattern_type", type}}).dump());
  };
  return {
      {168, "Good", pattern("[url:value = 'x'] WITHIN 5 SECONDS"), "accepted"},
      {168, "Bad", pattern("[url:value = 'x'"),
       "property `pattern` is no STIX pattern: expected `]`, `AND` or `OR` at byte 16, found the end (STIX 2.1 §9)"},
      {168, "OtherLanguagesAreOpaque", pattern("rule x { condition: true }", "yara"), "accepted"},
      {168, "Stix20IsToldOf", pattern("[file:hashes.SHA-1 LIKE 'x']"),
       "warning: property `pattern` is STIX 2.0, not 2.1: a property name with a hyphen"},
      {168, "Stix20AsItSays", With("indicator", R"({"pattern":"[file:hashes.SHA-1 LIKE 'x']","pattern_version":"2.0"})"), "accepted"},
      {168, "LookAroundIsToldOf", pattern("[url:value MATCHES '(?=x)']"), "warning: property `pattern` has 1 regular expressions beyond RE2"},
      {169, "Twice", R"({"type":"tool","x_a":1,"x_\u0061":2})", "property `x_a` appears twice"},
      {169, "IntegerOf2To53", With("tool", R"({"x_a":9007199254740992})"), "outside +-(2^53-1)"},
      {169, "LoneSurrogate", R"({"type":"tool","x_a":"\ud800"})", "lone surrogate"},
      {170, "Binary", With("artifact", R"({"-url":0,"-hashes":0,"payload_bin":"a"})"), "property `payload_bin` must be base64"},
      {170, "UpperHex", With("file", R"({"magic_number_hex":"FFD8"})"), "property `magic_number_hex` must be an even number of lower-case hex"},
      {170, "OddHex", With("file", R"({"magic_number_hex":"ffd"})"), "property `magic_number_hex` must be an even number"},
      {170, "HashName", With("file", R"({"hashes":{"M5":"x"}})"), "has a hash name other than 3 to 250"},
      {170, "HashValue", With("file", R"({"hashes":{"SHA-1":"abc"}})"), "property `hashes.SHA-1` does not fit its hash algorithm"},
  };
}

std::vector<ItemCase> AllCases() {
  std::vector<ItemCase> all;
  for (const auto& part : {Identity(), Order(), Language(), References(), ObservableIds(), Markings(), Extensions(), Values()}) all.insert(all.end(), part.begin(), part.end());
  return all;
}

class Item : public testing::TestWithParam<ItemCase> {};
TEST_P(Item, IsJudged) {
  const std::string said = Judge(GetParam().object);
  EXPECT_NE(said.find(GetParam().want), std::string::npos) << "said:   " << said << "\nwanted: " << GetParam().want << "\n" << GetParam().object;
}
INSTANTIATE_TEST_SUITE_P(Taxii, Item, testing::ValuesIn(AllCases()),
                         [](const auto& info) { return std::to_string(info.param.item) + "_" + info.param.name; });

// What no single object shows is tested where it is decided.
struct Elsewhere {
  int item;
  const char* file;
  const char* test;
};
constexpr Elsewhere kElsewhere[] = {
    {164, "tests/integration/test_hostile_stix.py", "test_164_"},
    {165, "tests/unit/policy/judge_object_test.cc", "NotOwnerComesBeforeTheTlp"},
    {166, "tests/interop/test_taxii2_client.py", "comes_back_once_and_unchanged"},
};

TEST(Items, EachFrom140To170HasACase) {
  std::set<int> covered;
  for (const ItemCase& c : AllCases()) covered.insert(c.item);
  for (const Elsewhere& other : kElsewhere) {
    EXPECT_NE(ReadFile(SourceDir() + "/" + other.file).find(other.test), std::string::npos) << other.file << " has no test " << other.test;
    covered.insert(other.item);
  }
  for (int item = 140; item <= 170; ++item) EXPECT_TRUE(covered.contains(item)) << item;
}

TEST(Warnings, AreBoundedAndOnlyWhereAskedFor) {
  Json object = Base("tool");
  for (int i = 0; i < 100; ++i) object["Bad " + std::to_string(i)] = 1;
  ParseOptions options;
  EXPECT_TRUE(Parse(object.dump(), options)->warnings.empty());
  options.warn = true;
  EXPECT_EQ(Parse(object.dump(), options)->warnings.size(), 8u);
}

TEST(Warnings, HaveDistinctNames) {
  std::set<std::string_view> names;
  for (const Warning::Kind kind : kWarningKinds) {
    EXPECT_EQ(&kWarningKinds[static_cast<size_t>(kind)] - kWarningKinds, static_cast<ptrdiff_t>(kind));
    EXPECT_TRUE(names.insert(WarningName(kind)).second && !WarningName(kind).empty());
  }
}

}  // namespace
}  // namespace noroshi::stix
