// Parse and ParseTrusted over the vectors, the facts they take, and hostile JSON (abuse cases AC-58 to AC-64,
// AC-70).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "common/base/limits.h"
#include "common/stix/object.h"
#include "tests/unit/stix/vectors.h"

namespace noroshi::stix {
namespace {

using testing::TestWithParam;
using Json = nlohmann::ordered_json;

constexpr char kIndicatorId[] = "indicator--00000001-0000-4000-8000-000000000001";

// An indicator with further members, written as JSON text with a leading comma.
std::string Indicator(const std::string& members = "") {
  return std::string(R"({"type":"indicator","spec_version":"2.1","id":")") + kIndicatorId +
         R"(","created":"2026-03-01T08:00:00.000Z","modified":"2026-03-01T09:00:00.000Z","pattern":"[url:value = 'p']",)"
         R"("pattern_type":"stix","valid_from":"2026-03-01T08:00:00Z")" +
         members + "}";
}

std::string ErrorOf(std::string_view bytes) {
  const StatusOr<Object> object = Parse(bytes);
  return object.ok() ? "accepted" : std::string(Message(object.status()));
}

TEST(Parse, AcceptsOneOfEachTypeAndTrustedAgrees) {
  const auto lines = VectorLines("accepted.ndjson");
  ASSERT_GE(lines.size(), 50u);
  for (const std::string& line : lines) {
    const StatusOr<Object> object = Parse(line);
    ASSERT_TRUE(object.ok()) << object.status() << "\n" << line;
    const StatusOr<Object> trusted = ParseTrusted(line);
    ASSERT_TRUE(trusted.ok()) << trusted.status();
    EXPECT_EQ(object->id, trusted->id);
    EXPECT_EQ(object->refs, trusted->refs);
    EXPECT_EQ(object->marking_refs, trusted->marking_refs);
    EXPECT_EQ(object->content_hash, trusted->content_hash);
    EXPECT_EQ(object->marking_fault, "") << line;
  }
}

TEST(Parse, RefusesWhatBreaksTheStandardAndNamesTheProperty) {
  const auto lines = VectorLines("refused.tsv");
  ASSERT_GE(lines.size(), 90u);
  for (const std::string& line : lines) {
    const size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos);
    EXPECT_NE(ErrorOf(line.substr(tab + 1)).find(line.substr(0, tab)), std::string::npos)
        << "wanted: " << line.substr(0, tab) << "\nsaid:   " << ErrorOf(line.substr(tab + 1)) << "\n"
        << line.substr(tab + 1);
  }
}

TEST(Parse, ErrorBeginsWithTheId) {
  Json object = Json::parse(Indicator());
  object.erase("valid_from");
  EXPECT_EQ(
      ErrorOf(object.dump()),
      std::string(kIndicatorId) + ": property `valid_from` is required for type `indicator` (STIX 2.1 §4.7)");
}

struct RequiredCase {
  const char* type;
  std::vector<std::string> properties;
};

// The tables of the standard once more, written down apart from the implementation.
TEST(Parse, MissesEveryRequiredProperty) {
  const RequiredCase cases[] = {
      {"attack-pattern", {"name"}},
      {"campaign", {"name"}},
      {"course-of-action", {"name"}},
      {"grouping", {"context", "object_refs"}},
      {"identity", {"name"}},
      {"incident", {"name"}},
      {"indicator", {"pattern", "pattern_type", "valid_from"}},
      {"infrastructure", {"name"}},
      {"intrusion-set", {"name"}},
      {"malware", {"is_family"}},
      {"malware-analysis", {"product"}},
      {"note", {"content", "object_refs"}},
      {"observed-data", {"first_observed", "last_observed", "number_observed"}},
      {"opinion", {"opinion", "object_refs"}},
      {"report", {"name", "published", "object_refs"}},
      {"threat-actor", {"name"}},
      {"tool", {"name"}},
      {"vulnerability", {"name"}},
      {"relationship", {"relationship_type", "source_ref", "target_ref"}},
      {"sighting", {"sighting_of_ref"}},
      {"language-content", {"object_ref", "contents"}},
      {"extension-definition", {"name", "schema", "version", "extension_types", "created_by_ref"}},
      {"marking-definition", {"created", "spec_version"}},
      {"autonomous-system", {"number"}},
      {"directory", {"path"}},
      {"domain-name", {"value"}},
      {"email-addr", {"value"}},
      {"email-message", {"is_multipart"}},
      {"ipv4-addr", {"value"}},
      {"ipv6-addr", {"value"}},
      {"mac-addr", {"value"}},
      {"mutex", {"name"}},
      {"network-traffic", {"protocols"}},
      {"software", {"name"}},
      {"url", {"value"}},
  };
  size_t tried = 0;
  for (const std::string& line : VectorLines("accepted.ndjson")) {
    for (const RequiredCase& wanted : cases) {
      const Json whole = Json::parse(line);
      if (whole["type"] != wanted.type) continue;
      for (const std::string& property : wanted.properties) {
        Json object = whole;
        object.erase(property);
        object.erase("granular_markings");  // its selectors would point at nothing
        EXPECT_NE(ErrorOf(object.dump()).find("property `" + property + "` is required"), std::string::npos)
            << wanted.type << ": " << ErrorOf(object.dump());
        ++tried;
      }
    }
  }
  EXPECT_GE(tried, 55u);
}

TEST(Parse, TakesTheFacts) {
  const StatusOr<Object> object = Parse(Indicator(
      R"(,"created_by_ref":"identity--00000002-0000-4000-8000-000000000002","confidence":70,"lang":"en",)"
      R"("labels":["a","b"],"revoked":true,"object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"],)"
      R"("x_seen_ref":"file--00000003-0000-4000-8000-000000000003",)"
      R"("x_nested":[{"deep":{"of_refs":["tool--00000004-0000-4000-8000-000000000004","free text",7]}}],)"
      R"("x_self_ref":"indicator--00000001-0000-4000-8000-000000000001","x_marks":{"marking_ref":)"
      R"("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"},"x_again_ref":"file--00000003-0000-4000-8000-000000000003")"));
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->id, kIndicatorId);
  EXPECT_EQ(object->type, "indicator");
  EXPECT_EQ(object->version, "2026-03-01T09:00:00.000Z");
  EXPECT_EQ(object->version_us, 1772355600000000);
  EXPECT_TRUE(object->versioned);
  EXPECT_TRUE(object->revoked);
  EXPECT_EQ(object->created_by, "identity--00000002-0000-4000-8000-000000000002");
  EXPECT_EQ(object->confidence, 70);
  EXPECT_EQ(object->lang, "en");
  EXPECT_EQ(object->pattern_type, "stix");
  EXPECT_EQ(object->labels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(object->refs, (std::vector<std::string>{"identity--00000002-0000-4000-8000-000000000002",
                                                    "file--00000003-0000-4000-8000-000000000003",
                                                    "tool--00000004-0000-4000-8000-000000000004"}));
  EXPECT_EQ(object->marking_refs,
            (std::vector<std::string>{"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
                                      "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"}));
  EXPECT_EQ(object->tlp, Tlp::kAmber);
}

TEST(Parse, VersionOfWhatHasNoModifiedIsCreatedOrEmpty) {
  for (const std::string& line : VectorLines("accepted.ndjson")) {
    const StatusOr<Object> object = Parse(line);
    ASSERT_TRUE(object.ok());
    const Json json = Json::parse(line);
    EXPECT_EQ(object->versioned, json.contains("modified"));
    EXPECT_EQ(object->version, json.value("modified", json.value("created", "")));
    EXPECT_EQ(object->version_us == 0, object->version.empty());
  }
}

TEST(Parse, RefusesWhatLiesBeyondTheNewestAllowed) {
  const ParseOptions before{ParseTimestamp("2026-03-01T08:59:59.999999Z").value()};
  const ParseOptions at{ParseTimestamp("2026-03-01T09:00:00Z").value()};
  EXPECT_FALSE(Parse(Indicator(), before).ok());
  EXPECT_TRUE(Parse(Indicator(), at).ok());
}

struct HostileCase {
  const char* name;
  std::string members;
  const char* want;  // part of the error, or `accepted`
};
class ParseHostile : public TestWithParam<HostileCase> {};
TEST_P(ParseHostile, IsRefusedOrKept) {
  const HostileCase& c = GetParam();
  EXPECT_NE(ErrorOf(Indicator(c.members)).find(c.want), std::string::npos) << ErrorOf(Indicator(c.members));
  const bool accepted = std::string_view(c.want) == "accepted";
  EXPECT_EQ(ParseTrusted(Indicator(c.members)).ok(), accepted);
}

std::string Nested(size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

std::string Members(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += fmt::format(",\"x_{}\":1", i);
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseHostile,
    testing::Values(
        HostileCase{"Depth64", ",\"x\":" + Nested(63), "accepted"},
        HostileCase{"Depth65", ",\"x\":" + Nested(64), "nested deeper than 64"},
        HostileCase{"Depth100000", ",\"x\":" + Nested(100'000), "nested deeper than 64"},
        HostileCase{"String50MB", ",\"x\":\"" + std::string(50'000'000, 'a') + "\"", "limit is 1048576"},
        HostileCase{"Key250", ",\"" + std::string(250, 'a') + "\":1", "accepted"},
        HostileCase{"Key251", ",\"" + std::string(251, 'a') + "\":1", "limit is 250"},
        HostileCase{"Members19900", Members(19'900), "accepted"},
        HostileCase{"Members20001", Members(20'001), "more than 20000 members"},
        HostileCase{"IdTwice", ",\"id\":\"indicator--00000009-0000-4000-8000-000000000009\"",
                    "`id` appears twice"},
        HostileCase{"IdTwiceByEscape", ",\"\\u0069d\":\"a\"", "`id` appears twice"},
        HostileCase{"MarkingsTwice", ",\"x\":{\"object_marking_refs\":[],\"object_marking_refs\":[]}",
                    "appears twice"},
        HostileCase{"TwiceAmongMany", Members(200) + ",\"x_7\":2", "`x_7` appears twice"},
        HostileCase{"SameSignature", ",\"x_aaaaaa1bbbbbbbb\":1,\"x_aaaaaa2bbbbbbbb\":1", "accepted"},
        HostileCase{"Number1e400", ",\"x\":1e400", "number is malformed"},
        HostileCase{"NumberMinusZero", ",\"x\":-0", "accepted"},
        HostileCase{"NumberMax", ",\"x\":[9007199254740991,-9007199254740991]", "accepted"},
        HostileCase{"NumberMaxPlus1", ",\"x\":9007199254740992", "outside +-(2^53-1)"},
        HostileCase{"NumberMinMinus1", ",\"x\":-9007199254740992", "outside +-(2^53-1)"},
        HostileCase{"Number2To63", ",\"x\":9223372036854775808", "outside +-(2^53-1)"},
        HostileCase{"Number2To64", ",\"x\":18446744073709551616", "number is malformed"},
        HostileCase{"Number100Digits", ",\"x\":" + std::string(100, '9'), "number is malformed"},
        HostileCase{"Number01", ",\"x\":01", "number is malformed"},
        HostileCase{"NumberNaN", ",\"x\":NaN", "not well-formed"},
        HostileCase{"ConfidenceOnePointZero", ",\"confidence\":1.0", "accepted"},
        HostileCase{"InvalidUtf8", ",\"x\":\"\xff\"", "not valid UTF-8"},
        HostileCase{"Overlong", ",\"x\":\"\xc0\xaf\"", "not valid UTF-8"},
        HostileCase{"RawSurrogate", ",\"x\":\"\xed\xa0\x80\"", "not valid UTF-8"},
        HostileCase{"LoneHighSurrogate", R"(,"x":"\ud800")", "lone surrogate"},
        HostileCase{"LoneLowSurrogate", R"(,"x":"\udc00")", "lone surrogate"},
        HostileCase{"PairedSurrogates", R"(,"x":"\ud83d\ude00")", "accepted"},
        HostileCase{"NulInKey", R"(,"x\u0000":1)", "`x?` holds a control character"},
        HostileCase{"NulInCustomValue", R"(,"x":"a\u0000b")", "accepted"},
        HostileCase{"RawControl", ",\"x\":\"a\nb\"", "unescaped control"},
        HostileCase{"BidiText", ",\"x\":\"\xe2\x80\xae\"", "accepted"},
        HostileCase{"NotClosed", ",\"x\":[1", "not well-formed"},
        HostileCase{"TrailingText", "} x {", "not well-formed"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Parse, RefusesWhatIsNoObject) {
  EXPECT_EQ(ErrorOf(""), "object is empty");
  EXPECT_EQ(ErrorOf("[]"), "not a JSON object");
  EXPECT_EQ(ErrorOf("null"), "not a JSON object");
  EXPECT_EQ(ErrorOf("\xef\xbb\xbf{}"), "begins with a byte order mark (I-JSON)");
  EXPECT_EQ(ErrorOf("{}"), "property `type` is required (STIX 2.1 §3.2)");
}

TEST(Parse, AnIdWithNulIsNotItsPrefix) {
  std::string text = Indicator();
  text.insert(text.find(kIndicatorId) + std::string_view(kIndicatorId).size(), "\\u0000");
  EXPECT_NE(ErrorOf(text).find("`id`"), std::string::npos);
}

TEST(Parse, BoundsDistinctReferences) {
  const auto object = [](size_t count) {
    std::string refs;
    for (size_t i = 0; i < count; ++i)
      refs += fmt::format("{}\"tool--{:08x}-0000-4000-8000-000000000000\"", i ? "," : "", i);
    return Indicator(",\"x_refs\":[" + refs + "]");
  };
  const StatusOr<Object> most = Parse(object(limits::kRefsPerObjectMax));
  ASSERT_TRUE(most.ok()) << most.status();
  EXPECT_EQ(most->refs.size(), limits::kRefsPerObjectMax);
  EXPECT_FALSE(Parse(object(limits::kRefsPerObjectMax + 1)).ok());
}

TEST(Parse, ErrorsHoldNoContent) {
  const std::string canary = "canary-8f2a";
  for (const std::string& members :
       {",\"lang\":\"" + canary + "_\"", ",\"created_by_ref\":\"" + canary + "\"",
        ",\"external_references\":\"" + canary + "\"", ",\"labels\":[\"" + canary + "\",1]",
        ",\"object_marking_refs\":[\"" + canary + "\"]",
        ",\"granular_markings\":[{\"lang\":\"en\",\"selectors\":[\"" + canary + "\"]}]",
        ",\"x\":\"" + canary}) {
    EXPECT_EQ(ErrorOf(Indicator(members)).find(canary), std::string::npos) << ErrorOf(Indicator(members));
    EXPECT_NE(ErrorOf(Indicator(members)), "accepted");
  }
}

// AC-70: what one document left behind in a parser shows in no other.
TEST(Parse, NothingPassesFromOneDocumentToAnother) {
  const auto work = [](int worker) {
    const std::string canary = fmt::format("canary-{}", worker);
    for (int i = 0; i < 300; ++i) {
      const auto full = Parse(Indicator(
          fmt::format(R"(,"labels":["{}"],"lang":"en-x-{}","confidence":{})", canary, worker, worker)));
      ASSERT_TRUE(full.ok()) << full.status();
      ASSERT_EQ(full->labels, std::vector<std::string>{canary});
      ASSERT_FALSE(Parse(Indicator(",\"x\":\"" + canary)).ok());
      const auto bare = Parse(Indicator());
      ASSERT_TRUE(bare.ok());
      ASSERT_TRUE(bare->labels.empty() && bare->lang.empty() && !bare->confidence && bare->refs.empty());
    }
  };
  std::vector<std::thread> workers;
  for (int worker = 1; worker <= 4; ++worker) workers.emplace_back(work, worker);
  for (std::thread& worker : workers) worker.join();
}

}  // namespace
}  // namespace noroshi::stix
