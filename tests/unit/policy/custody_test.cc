// Whose versions an audience is shown of an object that nobody in the directory owns (sharing.md section 8).
#include "common/policy/custody.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace noroshi::policy {
namespace {

constexpr Kinds kBoth = kMember | kClient;

struct Say {
  std::string origin;
  int version = 1;
  char content = 'a';
  Kinds kinds = kBoth;
  Kinds shown = 0;
  bool approved = false;
};
struct CustodyCase {
  const char* name;
  std::vector<Say> said;              // in order of arrival
  std::vector<std::string> want;      // `mc` where members and clients are shown it, else the reason
  std::string hidden = {};            // origins whose grants no other sees
};
void PrintTo(const CustodyCase& c, std::ostream* out) { *out << c.name; }

std::string Text(const CustodyShare& share) {
  std::string text = std::string(share.kinds & kMember ? "m" : "") + (share.kinds & kClient ? "c" : "");
  if (share.reason != Reason::kNone) text += (text.empty() ? "" : " ") + std::string(ReasonName(share.reason));
  return text;
}

const CustodyCase kCases[] = {
    {"Alone", {{"a"}}, {"mc"}},
    {"TheSameOfAnother", {{"a"}, {"b"}}, {"mc", "mc"}},
    {"AnotherContent", {{"a"}, {"b", 1, 'b'}}, {"mc", "not_custodian"}},
    {"AnotherVersion", {{"a"}, {"b", 2}}, {"mc", "not_custodian"}},
    {"AVersionBeforeTheCustodianHasIt", {{"a"}, {"b", 2}, {"a", 2}}, {"mc", "mc", "mc"}},
    {"AVersionThatTheCustodianSaysOtherwise", {{"a"}, {"b", 2, 'b'}, {"a", 2}}, {"mc", "not_custodian", "mc"}},
    {"AnApprovedVersion", {{"a"}, {"b", 2, 'a', kBoth, 0, true}, {"c", 2}}, {"mc", "mc", "mc"}},
    {"WhoHeldItBackIsNoCustodian", {{"a"}, {"b", 2, 'a', kBoth, kBoth}}, {"not_custodian", "mc"}},
    {"WhoCameFirstStaysIt", {{"a", 1, 'a', kBoth, kBoth}, {"b", 1, 'a', kBoth, kBoth}, {"b", 2}}, {"mc", "mc", "not_custodian"}},
    {"OfAKindTheFirstThatItMayRead", {{"a", 1, 'a', kMember}, {"b", 2}}, {"m", "c not_custodian"}},
    // What the publisher cannot see decides nothing, but that readers are shown one content of one version.
    {"BesideAHiddenVersion", {{"a"}, {"b", 2}}, {"mc", "mc"}, "a"},
    {"BesideAHiddenContent", {{"a"}, {"b", 1, 'b'}}, {"mc", "equivocation"}, "a"},
    {"BesideAHiddenGrantOfTheSame", {{"a"}, {"b"}, {"b", 2}}, {"mc", "mc", "mc"}, "a"},
    {"BetweenAHiddenAndASeenOne", {{"a"}, {"b", 2}, {"c", 3}}, {"mc", "mc", "not_custodian"}, "a"},
    {"BesideOneSetAside", {{"a"}, {"b", 2}, {"c", 3}}, {"mc", "not_custodian", "not_custodian"}},
    {"OneSetAsideIsNotFirstOfItsVersion", {{"a"}, {"b", 2, 'b'}, {"a", 2, 'a'}}, {"mc", "not_custodian", "mc"}},
};

class CustodyCases : public testing::TestWithParam<CustodyCase> {};
TEST_P(CustodyCases, ShareAnAudience) {
  std::vector<CustodyClaim> claims;
  for (const Say& say : GetParam().said) {
    Hash content{};
    content[0] = static_cast<uint8_t>(say.content);
    claims.push_back({say.origin, say.version, content, say.kinds, say.shown, claims.size() + 1, say.approved});
  }
  const auto sees = [&](const std::string&, size_t other) { return GetParam().hidden.find(claims[other].origin) == std::string::npos; };
  std::vector<std::string> got;
  for (const CustodyShare& share : ShareByCustody(claims, sees)) got.push_back(Text(share));
  EXPECT_EQ(got, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(Cases, CustodyCases, testing::ValuesIn(kCases), [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace noroshi::policy
