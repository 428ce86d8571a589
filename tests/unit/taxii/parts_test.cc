// Negotiation, filters and cursors, each on its own.
#include <gtest/gtest.h>

#include "common/taxii/cursor.h"
#include "common/taxii/filters.h"
#include "common/taxii/negotiation.h"

namespace noroshi::taxii {
namespace {

struct AcceptCase {
  const char* accept;
  bool want;
};
class Accept : public testing::TestWithParam<AcceptCase> {};
TEST_P(Accept, IsJudgedAsItems22To29Say) { EXPECT_EQ(Acceptable(GetParam().accept), GetParam().want) << GetParam().accept; }
INSTANTIATE_TEST_SUITE_P(
    Table, Accept,
    testing::Values(AcceptCase{"application/taxii+json;version=2.1", true}, AcceptCase{"application/taxii+json", true},
                    AcceptCase{"application/taxii+json; version=2.1", true}, AcceptCase{"APPLICATION/TAXII+JSON;VERSION=\"2.1\"", true},
                    AcceptCase{"application/taxii+json;version=2", true},
                    AcceptCase{"text/html, application/stix+json;version=2.1;q=0.5,application/taxii+json;version=2.1", true}, AcceptCase{"", true},
                    AcceptCase{"*/*", true}, AcceptCase{"application/json, text/plain, */*", true},
                    AcceptCase{"application/vnd.oasis.taxii+json; version=2.1", true}, AcceptCase{"application/vnd.oasis.taxii+json; version=2.0", false},
                    AcceptCase{"application/taxii+json;version=2.0", false}, AcceptCase{"text/html", false},
                    AcceptCase{"application/taxii+json;version=2.1;q=0", false}, AcceptCase{"application/taxii+json;version=2.1;q=0.000", false}));

TEST(BodyType, IsTaxiiOrStixOfOurVersion) {
  EXPECT_TRUE(ReadableBody("application/taxii+json; version=2.1; charset=utf-8"));
  EXPECT_TRUE(ReadableBody("application/stix+json; version=2.1"));
  for (const char* type : {"", "text/xml", "application/json", "application/taxii+json;version=2.0"}) EXPECT_FALSE(ReadableBody(type)) << type;
}

class BadQuery : public testing::TestWithParam<const char*> {};
TEST_P(BadQuery, IsRefused) { EXPECT_FALSE(ParseFilters(GetParam(), FilterSet::kObjects).ok()) << GetParam(); }
INSTANTIATE_TEST_SUITE_P(Table, BadQuery,
                         testing::Values("limit=0", "limit=-1", "limit=abc", "limit=1.5", "limit=", "limit=1&limit=1", "limit=%D9%A1", "limit=NaN", "added_after=yesterday",
                                         "added_after=2026-13-01T00:00:00Z", "added_after=", "added_after=2026-01-01T00:00:00Z,2026-01-02T00:00:00Z",
                                         "match[id]=a&match%5Bid%5D=b", "match[id]=", "match[type]=a,,b", "match[version]=last,last", "match[version]=all,last",
                                         "match[version]=x", "match[version]=2026-01-01T00:00:00Z,2026-01-01T00:00:00.000Z", "next=", "match[spec_version]=2.1,2.1",
                                         "match[id]=%zz"));

TEST(Query, TakesWhatClientsSend) {
  const auto filters = ParseFilters("added_after=2026-01-01T00:00:00+00:00&limit=99999999999999999999&match%5Btype%5D=b,a&x=%zz&match[foo]=1", FilterSet::kObjects);
  ASSERT_TRUE(filters.ok()) << filters.status();
  EXPECT_EQ(filters->added_after_text, "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(filters->limit, 1000);
  EXPECT_EQ(filters->types, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(ParseFilters("match[id]=x", FilterSet::kObject)->ids.empty()) << "the object endpoint does not take it";
}

TEST(CursorToken, OpensOnlyWithItsKeyAndContextAndUnchanged) {
  const std::string key(kCursorKeyBytes, 'k');
  const std::string token = SealCursor(key, "alfa", {1234567, {{"match[type]", "indicator"}}});
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"), std::string::npos);
  const auto opened = OpenCursor(key, "alfa", token);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->after_us, 1234567);
  EXPECT_EQ(opened->filters.at("match[type]"), "indicator");
  EXPECT_FALSE(OpenCursor(key, "bravo", token).ok());
  EXPECT_FALSE(OpenCursor(std::string(kCursorKeyBytes, 'x'), "alfa", token).ok());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string edited = token;
    edited[i] = edited[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(OpenCursor(key, "alfa", edited).ok()) << i;
  }
  EXPECT_FALSE(OpenCursor(key, "alfa", "garbage").ok());
  EXPECT_FALSE(OpenCursor(key, "alfa", "").ok());
}

TEST(StableIds, AreVersion4AndTheSameAgain) {
  const std::string key(kCursorKeyBytes, 'k');
  const std::string id = StableId(key, "community");
  EXPECT_EQ(id, StableId(key, "community"));
  EXPECT_NE(id, StableId(key, "public"));
  EXPECT_EQ(id[14], '4');
}

}  // namespace
}  // namespace noroshi::taxii
