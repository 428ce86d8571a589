// Identifiers, RFC 8785 and deterministic ids (taxii.md items 141, 151-153).
#include "common/stix/ids.h"

#include <gtest/gtest.h>

#include "common/stix/object.h"

namespace noroshi::stix {
namespace {

TEST(CheckId, TakesEveryUuidVersionInLowerCase) {
  for (const char version : {'1', '2', '3', '4', '5', '6', '7', '8'}) {
    EXPECT_TRUE(CheckId(std::string("file--00000000-0000-") + version + "000-8000-000000000000").ok())
        << version;
  }
  EXPECT_TRUE(CheckId(std::string(250, 'a') + "--00000000-0000-4000-b000-000000000000").ok());
}

TEST(CheckId, RefusesTheRest) {
  const std::string uuid = "00000000-0000-4000-8000-000000000000";
  for (const std::string& id :
       {std::string(), std::string("file"), "--" + uuid, "fi--" + uuid, "file-" + uuid, "file---" + uuid,
        std::string(251, 'a') + "--" + uuid, "File--" + uuid, "fi_le--" + uuid, "file--" + uuid + "0",
        "file--" + uuid + '\0', std::string("file--00000000-0000-4000-8000-00000000000G"),
        std::string("file--00000000-0000-4000-8000-00000000000A"),
        std::string("file--00000000-0000-0000-0000-000000000000"),
        std::string("file--00000000-0000-9000-8000-000000000000"),
        std::string("file--00000000-0000-4000-c000-000000000000"),
        std::string("file--{0000000-0000-4000-8000-000000000000"),
        std::string("file--../../../../../../../../etc/passwd"), std::string(300, 'a')}) {
    EXPECT_FALSE(CheckId(id).ok()) << id;
  }
}

TEST(TypeOfId, IsWhatStandsBeforeTheDashes) {
  EXPECT_EQ(TypeOfId("attack-pattern--1"), "attack-pattern");
  EXPECT_EQ(TypeOfId("attack-pattern"), "");
}

struct IdCase {
  const char* name;
  const char* object;
  const char* want;
};
class DeterministicIdVector : public testing::TestWithParam<IdCase> {};
TEST_P(DeterministicIdVector, Agrees) {
  const StatusOr<std::string> id = DeterministicId(GetParam().object);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Table, DeterministicIdVector,
    testing::Values(
        IdCase{"DomainName", R"({"type":"domain-name","value":"bücher.example","defanged":true})",
               "domain-name--dbf3aff2-b3cd-57d2-9616-0ddfde9d01ad"},
        IdCase{"DomainNameByEscape", R"({"value":"b\u00fccher.example","type":"domain-name"})",
               "domain-name--dbf3aff2-b3cd-57d2-9616-0ddfde9d01ad"},
        IdCase{"AutonomousSystem", R"({"type":"autonomous-system","number":15139,"name":"x"})",
               "autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff"},
        IdCase{"Mutex", R"({"type":"mutex","name":"__CLEANSWEEP__"})",
               "mutex--f93fe911-e545-5239-b9b0-597840d0c871"},
        IdCase{"FileByMd5", R"({"type":"file","hashes":{"MD5":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}})",
               "file--aba4f1e7-e3b9-59a9-a722-60a6ada7a8ec"},
        IdCase{
            "FileByMd5BesideOthers",
            R"({"type":"file","size":3,"hashes":{"SHA-256":"00","MD5":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}})",
            "file--aba4f1e7-e3b9-59a9-a722-60a6ada7a8ec"},
        IdCase{"ProcessHasNone", R"({"type":"process","pid":1})", ""},
        IdCase{"NoContributingProperty", R"({"type":"file","size":1})", ""},
        IdCase{"NotAnObservable", R"({"type":"indicator","name":"a"})", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(DeterministicId, RefusesWhatCannotBeCanonical) {
  EXPECT_FALSE(DeterministicId("[]").ok());
  EXPECT_FALSE(DeterministicId("{}").ok());
  EXPECT_FALSE(DeterministicId(R"({"type":"autonomous-system","number":9007199254740993})").ok());
  EXPECT_FALSE(DeterministicId(R"({"type":"url","value":"\ud800"})").ok());
}

struct CanonicalCase {
  const char* json;
  const char* want;
};
TEST(CanonicalJson, FollowsRfc8785) {
  const CanonicalCase cases[] = {
      {R"( { "b" : [ 1 , 2 ] , "a" : true } )", R"({"a":true,"b":[1,2]})"},
      {"[-0,0.0,1.0,-1.50,1e2]", "[0,0,1,-1.5,100]"},
      {"[1e21,1e20,1.2345678901234568e20,1.5e300]",
       "[1e+21,100000000000000000000,123456789012345680000,1.5e+300]"},
      {"[0.000001,0.0000001,1.25e-9,5e-324]", "[0.000001,1e-7,1.25e-9,5e-324]"},
      {"[333333333.33333329,1E30,4.50,2e-3]", "[333333333.3333333,1e+30,4.5,0.002]"},
      {"[9007199254740991,1.7976931348623157e308]", "[9007199254740991,1.7976931348623157e+308]"},
      {R"(["\u0000\u001F\b\t\n\f\r\"\\\/\u007f\u20ac"])",
       "[\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\x7f\xe2\x82\xac\"]"},
      // U+1F600 is a surrogate pair in UTF-16 and therefore sorts before U+FB33.
      {R"({"\ufb33":1,"\ud83d\ude00":2,"\u20ac":3,"1":4,"\ue000":6})",
       "{\"1\":4,\"\xe2\x82\xac\":3,\"\xf0\x9f\x98\x80\":2,\"\xee\x80\x80\":6,\"\xef\xac\xb3\":1}"},
      {"{}", "{}"},
      {"[[],{},null,\"\"]", "[[],{},null,\"\"]"},
  };
  for (const CanonicalCase& c : cases) {
    const StatusOr<std::string> canonical = CanonicalJson(c.json);
    ASSERT_TRUE(canonical.ok()) << canonical.status() << " " << c.json;
    EXPECT_EQ(*canonical, c.want);
    const StatusOr<std::string> again = CanonicalJson(*canonical);
    // 1e20 is a legal number whose canonical spelling is an integer beyond I-JSON, which is refused on the
    // way in.
    if (std::string_view(c.want).find("0000000000000") == std::string_view::npos) {
      ASSERT_TRUE(again.ok()) << again.status() << " " << *canonical;
      EXPECT_EQ(*again, c.want) << "not its own canonical form";
    }
  }
  EXPECT_FALSE(CanonicalJson(R"({"a":1,"\u0061":1})").ok());
}

TEST(SameValue, LooksThroughOrderAndSpelling) {
  EXPECT_TRUE(SameValue(R"({"a":1,"b":"\u0041"})", R"({ "b":"A", "a":1.0 })"));
  EXPECT_TRUE(SameValue("{}", "{}"));
  EXPECT_FALSE(SameValue(R"({"a":1})", R"({"a":2})"));
  EXPECT_FALSE(SameValue(R"({"a":[1,2]})", R"({"a":[2,1]})"));
  EXPECT_FALSE(SameValue(R"({"a":1})", R"({"a":1,"b":null})"));
  EXPECT_FALSE(SameValue(R"({"a":1})", R"({"a":"1"})"));
  EXPECT_FALSE(SameValue("{", "{"));
  EXPECT_FALSE(SameValue(R"({"a":9007199254740993})", R"({"a":9007199254740992})"));
}

}  // namespace
}  // namespace noroshi::stix
