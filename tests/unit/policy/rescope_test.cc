#include "common/policy/rescope.h"

#include <gtest/gtest.h>

#include "tests/unit/policy/world.h"

namespace noroshi::policy {
namespace {

using testing::MakeWorld;
using testing::Resolved;

struct Said {
  const char* org;
  const char* scope;
  stix::Tlp tlp = stix::Tlp::kAmber;
  bool stands = true;
};

struct RescopeCase {
  const char* name;
  std::vector<Said> earlier;  // in order of arrival
  Said added;
  bool denied;
};

class Rescope : public ::testing::TestWithParam<RescopeCase> {};

TEST_P(Rescope, GivesNobodyMoreReadersThanItCameWith) {
  const auto& [name, earlier, added, denied] = GetParam();
  const Membership membership = MakeWorld();
  const auto view = [&membership](const Said& said) { return GrantView{said.org, Resolved(membership, said.org, said.scope), said.tlp, ""}; };
  std::vector<EarlierGrant> grants;
  for (const Said& said : earlier) grants.push_back({view(said), said.stands});
  const std::string answer = DenyRescope(membership, view(added), grants);
  EXPECT_EQ(!answer.empty(), denied) << answer;
}

constexpr stix::Tlp kClear = stix::Tlp::kClear, kGreen = stix::Tlp::kGreen, kAmber = stix::Tlp::kAmber, kStrict = stix::Tlp::kAmberStrict;

INSTANTIATE_TEST_SUITE_P(
    Table, Rescope,
    ::testing::Values(
        RescopeCase{"NothingCame", {}, {"echo", "national"}, false},
        RescopeCase{"SameScopeAndTlp", {{"delta", "sector"}}, {"echo", "sector"}, false},
        RescopeCase{"Narrower", {{"delta", "national"}}, {"echo", "sector"}, false},
        RescopeCase{"Wider", {{"delta", "sector"}}, {"echo", "national"}, true},
        RescopeCase{"NotGivenToHim", {{"delta", "orgs:foxtrot"}}, {"echo", "national"}, false},
        RescopeCase{"HisOwnCameFirst", {{"echo", "sector"}, {"delta", "sector"}}, {"echo", "national"}, false},
        // Handing it on once as it came frees nobody for a second, wider step.
        RescopeCase{"HisOwnCameBehind", {{"delta", "sector"}, {"echo", "sector"}}, {"echo", "national"}, true},
        RescopeCase{"TwoGave", {{"delta", "sector"}, {"alfa", "national"}}, {"echo", "national"}, false},
        RescopeCase{"LowerTlp", {{"delta", "sector", kStrict}}, {"echo", "sector", kAmber}, true},
        RescopeCase{"MuchLowerTlp", {{"delta", "sector", kStrict}}, {"echo", "sector", kClear}, true},
        RescopeCase{"StricterTlp", {{"delta", "sector", kAmber}}, {"echo", "sector", kStrict}, false},
        RescopeCase{"LowerThanOneAndNotThanTheOther", {{"delta", "sector", kStrict}, {"foxtrot", "sector", kGreen}}, {"echo", "sector", kGreen}, false},
        RescopeCase{"TakenBack", {{"delta", "sector", kAmber, false}}, {"echo", "sector"}, true},
        RescopeCase{"TakenBackAndKeptToHimself", {{"delta", "sector", kAmber, false}}, {"echo", "org"}, false},
        RescopeCase{"TakenBackAndLowered", {{"delta", "sector", kStrict, false}}, {"echo", "org", kAmber}, true},
        RescopeCase{"NarrowedButStillHis", {{"delta", "sector", kAmber, false}, {"delta", "orgs:echo"}}, {"echo", "sector"}, true},
        RescopeCase{"TakenBackByOneOfTwo", {{"delta", "sector", kAmber, false}, {"foxtrot", "sector"}}, {"echo", "sector"}, false}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace noroshi::policy
