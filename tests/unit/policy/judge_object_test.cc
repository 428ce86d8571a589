// Checks 3 and 4 of sharing.md section 4 and the version rules of section 8: each case is the grants in order of arrival and what becomes of each.
#include <gtest/gtest.h>

#include "tests/unit/policy/world.h"

namespace noroshi::policy {
namespace {

using namespace testing;  // NOLINT

const std::string kOutside = "identity--outside";

// Short for one grant; defaults make it a plain first version by delta.
struct Say {
  std::string origin = "delta";
  int version = 1;  // 0: not versioned
  char content = 'a';
  std::string created_by = IdentityOf("delta");
  std::string scope = "national";
  stix::Tlp tlp = stix::Tlp::kAmber;
  bool declassify = false;
  bool approved = false;
  std::string marking_fault = {};
  std::optional<Reason> barred = {};
  bool first_relay = true;
};

struct ObjectCase {
  const char* name;
  std::vector<Say> said;
  std::vector<std::string> want;
  std::vector<std::string> custodians = {};
};
void PrintTo(const ObjectCase& c, std::ostream* out) { *out << c.name; }

constexpr auto kClear = stix::Tlp::kClear, kGreen = stix::Tlp::kGreen, kAmberTlp = stix::Tlp::kAmber, kRedTlp = stix::Tlp::kRed;

ObjectJudgement JudgeSaid(const Membership& world, const std::vector<Say>& said, const std::vector<std::string>& custodians = {},
                          const std::string& id = "malware--1") {
  std::vector<VersionGrant> grants;
  for (const Say& s : said) {
    VersionGrant g;
    g.order = grants.size() + 1;
    g.origin_org = s.origin;
    g.version = s.version ? "2024-01-0" + std::to_string(s.version) + "T00:00:00.000Z" : "";
    g.version_us = s.version;
    g.content[0] = static_cast<uint8_t>(s.content);
    g.created_by = s.created_by;
    g.scope = s.scope.empty() ? Scope{} : Resolved(world, s.origin, s.scope);
    g.tlp = s.tlp;
    g.declassify = s.declassify;
    g.approved = s.approved;
    g.marking_fault = s.marking_fault;
    g.barred = s.barred;
    g.first_relay = s.first_relay;
    grants.push_back(std::move(g));
  }
  return JudgeObject(world, id, grants, custodians);
}

std::string Text(const Standing& standing) {
  std::string text(VerdictName(standing.decision.verdict));
  if (standing.decision.reason != Reason::kNone) text += " " + std::string(ReasonName(standing.decision.reason));
  if (standing.duplicate) text = "duplicate";
  if (standing.superseded) text = "superseded";
  if (standing.later_variant && standing.decision.releases()) text = "later variant";
  return text;
}

const ObjectCase kCases[] = {
    {"OwnerPublishes", {{}}, {"release"}},
    {"AnotherPublishesTheSame", {{}, {.origin = "echo"}}, {"release", "quarantine not_owner"}},
    {"AnotherPublishesANewVersionWithoutCreator", {{}, {.origin = "echo", .version = 2, .created_by = ""}}, {"release", "quarantine not_owner"}},
    {"AnotherComesFirst", {{.origin = "echo"}, {}}, {"quarantine not_owner", "release"}},
    {"OlderVersionComesLater", {{.version = 2}, {.version = 1}}, {"release", "release"}},
    {"Duplicate", {{}, {}}, {"release", "duplicate"}},
    {"DuplicateOfASupersededStaysSuperseded", {{}, {}, {.scope = "sector"}}, {"superseded", "duplicate", "release"}},
    {"ScopeChanges", {{}, {.scope = "sector"}}, {"superseded", "release"}},
    {"ScopeChangesBack", {{}, {.scope = "sector"}, {}}, {"superseded", "superseded", "release"}},
    {"TlpRises", {{}, {.scope = "org", .tlp = kRedTlp}}, {"superseded", "release"}},
    {"TlpFalls", {{}, {.tlp = kGreen}}, {"release", "quarantine declassify_required"}},
    {"TlpFallsDeclassified", {{}, {.tlp = kGreen, .declassify = true}}, {"superseded", "release"}},
    {"NewVersionTlpFalls", {{}, {.version = 2, .tlp = kClear}}, {"release", "quarantine declassify_required"}},
    {"NewVersionTlpFallsDeclassified", {{}, {.version = 2, .tlp = kClear, .declassify = true}, {.version = 3, .tlp = kClear}}, {"release", "release", "release"}},
    {"NewerVersionCameFirst", {{.version = 2, .tlp = kClear}, {.version = 1}}, {"quarantine declassify_required", "release"}},
    {"OtherContent", {{}, {.content = 'b'}}, {"release", "quarantine equivocation"}},
    {"Recalled", {{.barred = Reason::kRecalled}, {}}, {"withhold recalled", "withhold recalled"}},
    {"RecalledKeepsTheOwner", {{.barred = Reason::kRecalled}, {.origin = "echo", .version = 2, .created_by = ""}}, {"withhold recalled", "quarantine not_owner"}},
    {"RecalledKeepsTheTlp", {{.barred = Reason::kRecalled}, {.version = 2, .tlp = kClear}}, {"withhold recalled", "quarantine declassify_required"}},
    {"BarredStaysBarred", {{.barred = Reason::kBadSignature}, {}}, {"quarantine bad_signature", "release"}},
    {"UnknownMarking", {{.marking_fault = "looks like TLP"}}, {"quarantine unknown_marking"}},
    {"BeyondTheTlp", {{.scope = "national", .tlp = kRedTlp}}, {"withhold scope_exceeds_tlp"}},
    {"BeyondTheTlpLater", {{.scope = "public", .first_relay = false}}, {"quarantine scope_exceeds_tlp"}},
    {"BeyondTheTlpReplacesNothing", {{.scope = "sector"}, {.scope = "public"}}, {"release", "withhold scope_exceeds_tlp"}},
    {"NotOwnerComesBeforeTheTlp", {{}, {.origin = "echo", .scope = "public"}}, {"release", "quarantine not_owner"}},
    {"OwnReturnsWithoutScope", {{}, {.scope = "", .first_relay = false}}, {"release", "duplicate"}},
    // Created by nobody of the directory.
    {"OutsideTheSameOfAnother", {{.created_by = kOutside}, {.origin = "echo", .created_by = kOutside}}, {"release", "release"}},
    // Whose is shown is each audience's affair (custody_test.cc).
    {"OutsideOtherContent", {{.created_by = kOutside}, {.origin = "echo", .content = 'b', .created_by = kOutside}}, {"release", "release"}},
    {"OutsideNewVersion", {{.created_by = kOutside}, {.origin = "echo", .version = 2, .created_by = kOutside}}, {"release", "release"}},
    {"OutsideNewVersionApproved", {{.created_by = kOutside}, {.origin = "echo", .version = 2, .created_by = kOutside, .approved = true}, {.origin = "alfa", .version = 2, .created_by = kOutside}}, {"release", "release", "release"}},
    {"OutsideNamedCustodian", {{.origin = "echo", .created_by = kOutside}, {.version = 2, .created_by = kOutside}}, {"quarantine not_custodian", "release"}, {"delta"}},
    {"OutsideNotByTheNamedCustodian", {{.created_by = kOutside}, {.origin = "echo", .version = 2, .created_by = kOutside}}, {"release", "quarantine not_custodian"}, {"delta"}},
    {"OutsideOtherContentOfTheSameOrigin", {{.created_by = kOutside}, {.content = 'b', .created_by = kOutside}}, {"release", "quarantine equivocation"}},
    {"OutsideRefusedBesideAnother", {{.origin = "echo", .created_by = kOutside, .scope = "public"}, {.content = 'b', .created_by = kOutside}}, {"withhold scope_exceeds_tlp", "release"}},
    {"OutsideRefusedAlone", {{.origin = "echo", .created_by = kOutside, .scope = "public"}}, {"withhold scope_exceeds_tlp"}},
    {"RefusedAndNotItsOwn", {{.origin = "echo", .scope = "public"}}, {"quarantine not_owner"}},
    {"OutsideEachOriginItsOwnTlp", {{.created_by = kOutside}, {.origin = "echo", .created_by = kOutside, .tlp = kGreen}}, {"release", "release"}},
    {"OutsideCreatorStaysOutside", {{.created_by = kOutside}, {.origin = "echo", .version = 2, .created_by = IdentityOf("echo")}}, {"release", "release"}},
    // Objects without versions.
    {"UnversionedSame", {{.version = 0, .created_by = ""}, {.origin = "echo", .version = 0, .created_by = ""}}, {"release", "release"}},
    {"UnversionedVariant", {{.version = 0, .created_by = ""}, {.origin = "echo", .version = 0, .content = 'b', .created_by = ""}}, {"release", "later variant"}},
    {"UnversionedVariantOfTheSameOrigin", {{.version = 0, .created_by = ""}, {.version = 0, .content = 'b', .created_by = ""}, {.version = 0, .created_by = ""}}, {"release", "later variant", "duplicate"}},
    {"UnversionedVariantRepeated", {{.version = 0, .created_by = ""}, {.version = 0, .content = 'b', .created_by = "", .scope = "sector"}, {.version = 0, .content = 'b', .created_by = ""}}, {"release", "superseded", "later variant"}},
    {"UnversionedVariantTlpFalls", {{.version = 0, .created_by = ""}, {.version = 0, .content = 'b', .created_by = "", .tlp = kGreen}}, {"release", "quarantine declassify_required"}},
    {"UnversionedRecalledByContent", {{.version = 0, .created_by = "", .barred = Reason::kRecalled}, {.version = 0, .content = 'b', .created_by = ""}, {.version = 0, .created_by = ""}}, {"withhold recalled", "release", "withhold recalled"}},
    {"UnversionedTlpFalls", {{.version = 0, .created_by = ""}, {.version = 0, .created_by = "", .tlp = kGreen}}, {"release", "quarantine declassify_required"}},
    {"UnversionedRecalledGivesWay", {{.version = 0, .created_by = "", .barred = Reason::kRecalled}, {.origin = "echo", .version = 0, .content = 'b', .created_by = ""}}, {"withhold recalled", "release"}},
    {"UnversionedWithOwner", {{.version = 0}, {.origin = "echo", .version = 0}}, {"release", "quarantine not_owner"}},
};

class JudgeObjectCase : public ::testing::TestWithParam<ObjectCase> {};
TEST_P(JudgeObjectCase, GivesEachGrantItsPlace) {
  const ObjectCase& c = GetParam();
  const ObjectJudgement judgement = JudgeSaid(MakeWorld(), c.said, c.custodians);
  std::vector<std::string> got;
  for (const Standing& standing : judgement.standings) got.push_back(Text(standing));
  EXPECT_EQ(got, c.want);
}
INSTANTIATE_TEST_SUITE_P(Cases, JudgeObjectCase, ::testing::ValuesIn(kCases), [](const auto& info) { return std::string(info.param.name); });

TEST(JudgeObject, GivesAnIdentityToItsOrganisation) {
  const Membership world = MakeWorld();
  const ObjectJudgement judgement = JudgeSaid(world, {{.origin = "echo", .created_by = IdentityOf("echo")}, {}}, {}, IdentityOf("delta"));
  EXPECT_EQ(judgement.owner, "delta");
  EXPECT_EQ(Text(judgement.standings[0]), "quarantine not_owner");
  EXPECT_EQ(Text(judgement.standings[1]), "release");
}

TEST(JudgeObject, NamesTheScopesThatATlpAllows) {
  const ObjectJudgement judgement = JudgeSaid(MakeWorld(), {{.scope = "national", .tlp = kRedTlp}});
  EXPECT_EQ(judgement.standings[0].decision.message, "TLP RED allows scopes org, orgs; asked for national");
}

TEST(JudgeObject, BoundsAnOlderVersionByWhatCameAfter) {
  const Membership world = MakeWorld();
  const ObjectJudgement judgement = JudgeSaid(world, {{.scope = "national"}, {.version = 2, .scope = "sector", .tlp = stix::Tlp::kAmberStrict}, {.version = 3, .scope = "sector", .tlp = stix::Tlp::kAmberStrict}});
  const Standing &first = judgement.standings[0], &last = judgement.standings[2];
  EXPECT_EQ(first.tlp_bound, stix::Tlp::kAmberStrict);
  EXPECT_EQ(first.scope_bounds, std::vector<Scope>{ScopeOf("sector:energy")});
  EXPECT_EQ(last.tlp_bound, kClear);
  EXPECT_TRUE(last.scope_bounds.empty());
  const RelayContext energy = RelayOf(world, "energy");
  const GrantView grant{"delta", ScopeOf("national"), kAmberTlp, "delta"};
  EXPECT_EQ(Join(Route(world, energy, grant)), "community uplink/national uplink/telecom");
  EXPECT_EQ(Join(RouteStanding(world, energy, grant, first)), "community");
}

TEST(JudgeObject, AWiderScopeOfANewVersionBoundsNothing) {
  const ObjectJudgement judgement = JudgeSaid(MakeWorld(), {{.scope = "orgs:echo"}, {.version = 2, .scope = "sector"}});
  EXPECT_TRUE(judgement.standings[0].scope_bounds.empty());
}

// A recalled version takes nothing back of what it narrowed, and relays further on do not know it: the older one goes to none of them.
TEST(JudgeObject, ARecalledVersionBoundsTheOlderOnesAtThisRelay) {
  const Membership world = MakeWorld();
  const GrantView grant{"delta", ScopeOf("national"), kAmberTlp, "delta"};
  for (const Say& recalled : {Say{.version = 2, .scope = "sector", .barred = Reason::kRecalled}, Say{.version = 2, .scope = "sector", .tlp = stix::Tlp::kAmberStrict, .barred = Reason::kRecalled}}) {
    const ObjectJudgement judgement = JudgeSaid(world, {{.scope = "national"}, recalled});
    EXPECT_EQ(Text(judgement.standings[0]), "release");
    EXPECT_EQ(Join(RouteStanding(world, RelayOf(world, "energy"), grant, judgement.standings[0])), "community");
    EXPECT_TRUE(judgement.standings[0].stays_here);
    EXPECT_EQ(judgement.standings[0].tlp_bound, recalled.tlp);
  }
  const ObjectJudgement again = JudgeSaid(world, {{.scope = "national"}, {.version = 2, .scope = "sector", .barred = Reason::kRecalled}, {.version = 3, .scope = "sector"}});
  EXPECT_FALSE(again.standings[0].stays_here) << "a version that stands says the same everywhere";
  const ObjectJudgement wider = JudgeSaid(world, {{.scope = "sector"}, {.version = 2, .scope = "national", .barred = Reason::kRecalled}});
  EXPECT_FALSE(wider.standings[0].stays_here);
  EXPECT_TRUE(wider.standings[0].scope_bounds.empty());
}

}  // namespace
}  // namespace noroshi::policy
