// TLP, refusals at the first relay, layer rules, names of verdicts and reasons.
#include <gtest/gtest.h>

#include "tests/unit/policy/world.h"

namespace noroshi::policy {
namespace {

using namespace testing;  // NOLINT
using stix::Tlp;

TEST(EffectiveTlp, IsTheStrictestAndTheDefaultOnlyWhereNothingIsSaid) {
  EXPECT_EQ(EffectiveTlp({}, {}, Tlp::kAmber), Tlp::kAmber);
  EXPECT_EQ(EffectiveTlp({}, Tlp::kClear, Tlp::kAmber), Tlp::kClear);
  EXPECT_EQ(EffectiveTlp(Tlp::kGreen, {}, Tlp::kAmber), Tlp::kGreen);
  EXPECT_EQ(EffectiveTlp(Tlp::kRed, Tlp::kClear, Tlp::kAmber), Tlp::kRed);
  EXPECT_EQ(EffectiveTlp(Tlp::kGreen, Tlp::kAmberStrict, Tlp::kAmber), Tlp::kAmberStrict);
}

TEST(ScopesAllowed, ListsTheCeiling) {
  EXPECT_EQ(ScopesAllowed(Tlp::kRed), "org, orgs");
  EXPECT_EQ(ScopesAllowed(Tlp::kAmberStrict), "org, orgs, group, sector");
  EXPECT_EQ(ScopesAllowed(Tlp::kAmber), "org, orgs, group, sector, sectors, national");
  EXPECT_EQ(ScopesAllowed(Tlp::kGreen), ScopesAllowed(Tlp::kAmber));
  EXPECT_EQ(ScopesAllowed(Tlp::kClear), "org, orgs, group, sector, sectors, national, public");
}

struct RefusalCase {
  const char* name;
  std::string publisher, scope;
  Tlp tlp;
  Attribution attribution;
  Reason want;
};
void PrintTo(const RefusalCase& c, std::ostream* out) { *out << c.name; }
const RefusalCase kRefusals[] = {
    {"Fine", "delta", "sector", Tlp::kAmber, Attribution::kNamed, Reason::kNone},
    {"UnknownOrganisation", "delta", "orgs:nobody", Tlp::kAmber, Attribution::kNamed, Reason::kRecipientUnknown},
    {"UnknownSector", "delta", "sectors:water", Tlp::kAmber, Attribution::kNamed, Reason::kRecipientUnknown},
    {"NationalIsNoSector", "delta", "sectors:national", Tlp::kAmber, Attribution::kNamed, Reason::kRecipientUnknown},
    {"UnknownGroup", "delta", "group:no-such", Tlp::kAmber, Attribution::kNamed, Reason::kRecipientUnknown},
    {"GroupOfStrangersByName", "delta", "group:strangers", Tlp::kAmber, Attribution::kNamed, Reason::kRecipientUnknown},
    {"GroupOfStrangersByUuid", "delta", "group:" + kStrangers, Tlp::kAmber, Attribution::kNamed, Reason::kGroupDenied},
    {"OwnEmptyGroup", "delta", "group:nobody", Tlp::kAmber, Attribution::kNamed, Reason::kNone},
    {"SectorOfTwo", "hotel", "sector", Tlp::kAmber, Attribution::kNamed, Reason::kScopeAmbiguous},
    {"SectorOfNone", "golf", "sector", Tlp::kAmber, Attribution::kNamed, Reason::kScopeAmbiguous},
    {"SectorOfAnother", "delta", "sector:finance", Tlp::kAmber, Attribution::kNamed, Reason::kRecipientUnknown},
    {"SectorOfAnIsac", "energy-isac", "sector", Tlp::kAmber, Attribution::kNamed, Reason::kNone},
    {"AsSector", "delta", "sector", Tlp::kAmber, Attribution::kSector, Reason::kUnsupported},
    {"Anonymous", "delta", "sector", Tlp::kAmber, Attribution::kAnonymous, Reason::kUnsupported},
    {"RedAtHome", "delta", "org", Tlp::kRed, Attribution::kNamed, Reason::kNone},
    {"RedToItself", "delta", "orgs:delta", Tlp::kRed, Attribution::kNamed, Reason::kNone},
    {"RedToOthers", "delta", "orgs:delta,echo", Tlp::kRed, Attribution::kNamed, Reason::kUnsupported},
};
class Refusal : public ::testing::TestWithParam<RefusalCase> {};
TEST_P(Refusal, HasItsReason) {
  const RefusalCase& c = GetParam();
  const auto refused = RefuseAtFirstRelay(MakeWorld(), c.publisher, ScopeOf(c.scope), c.tlp, c.attribution);
  EXPECT_EQ(refused ? refused->reason : Reason::kNone, c.want);
  if (!refused) return;
  EXPECT_EQ(refused->verdict, Verdict::kWithhold);
  EXPECT_FALSE(refused->message.empty());
}
INSTANTIATE_TEST_SUITE_P(Cases, Refusal, ::testing::ValuesIn(kRefusals), [](const auto& info) { return std::string(info.param.name); });

TEST(Refusal, OfAStrangersGroupReadsLikeThatOfNoGroup) {
  const Membership world = MakeWorld();
  const auto strangers = RefuseAtFirstRelay(world, "delta", ScopeOf("group:strangers"), Tlp::kAmber, Attribution::kNamed);
  const auto nothing = RefuseAtFirstRelay(world, "delta", ScopeOf("group:nothingss"), Tlp::kAmber, Attribution::kNamed);
  EXPECT_EQ(strangers->message, "no group `strangers`");
  EXPECT_EQ(nothing->message, "no group `nothingss`");
}

TEST(ResolveScope, WarnsThatAnEmptyGroupReachesNobody) {
  const Membership world = MakeWorld();
  const auto empty = ResolveScope(world, "delta", ScopeOf("group:nobody"));
  ASSERT_TRUE(empty.ok());
  EXPECT_FALSE(empty->warning.empty());
  EXPECT_EQ(empty->scope.names, std::vector<std::string>{kNobody});
  EXPECT_TRUE(ResolveScope(world, "delta", ScopeOf("group:solar-watch"))->warning.empty());
}

TEST(ParseScope, TakesTheFormsOfTheContractOnly) {
  for (const char* text : {"org", "orgs:alfa,delta", "group:solar-watch", "sector", "sectors:energy,finance", "national", "public"}) {
    const auto scope = ParseScope(text);
    ASSERT_TRUE(scope.ok()) << text;
    EXPECT_EQ(FormatScope(*scope), text);
  }
  EXPECT_EQ(FormatScope(*ParseScope("orgs:delta,alfa,delta")), "orgs:alfa,delta");
  for (const char* text : {"", "unspecified", "everyone", "org:delta", "orgs", "orgs:", "orgs:alfa,", "orgs:,alfa", "orgs:a b", "group", "group:a,b", "national:",
                           "public:energy", "sectors", "Sector", "org ", "sector:a,b"}) {
    EXPECT_FALSE(ParseScope(text).ok()) << text;
  }
}

TEST(ParseBoundary, IsTheInverseOfFormat) {
  for (const std::string text : {"community", "public", "inbox/echo", "transit/energy", "uplink/national", "group/x"}) {
    const auto boundary = ParseBoundary(text);
    ASSERT_TRUE(boundary.ok()) << text;
    EXPECT_EQ(FormatBoundary(*boundary), text);
  }
  for (const char* text : {"", "inbox", "inbox/", "community/x", "group/a/b", "nowhere/x"}) EXPECT_FALSE(ParseBoundary(text).ok()) << text;
  EXPECT_EQ(AudienceTopic("energy", BoundaryOf("inbox/echo")), "energy.audience.inbox.echo");
}

TEST(Names, OfVerdictsAndReasonsAreDistinctAndParse) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Reason::kMembershipExpired); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_TRUE(names.insert(ReasonName(reason)).second);
    EXPECT_EQ(ParseReason(ReasonName(reason)).value(), reason);
  }
  for (int i = 0; i <= static_cast<int>(Verdict::kQuarantine); ++i) {
    EXPECT_EQ(ParseVerdict(VerdictName(static_cast<Verdict>(i))).value(), static_cast<Verdict>(i));
  }
  EXPECT_EQ(ReasonName(Reason::kScopeExceedsTlp), "scope_exceeds_tlp");
  EXPECT_EQ(ReasonName(Reason::kBelowK), "below_k");
  EXPECT_EQ(ReasonName(Reason::kMembershipExpired), "membership_expired");
  EXPECT_FALSE(ParseReason("no_such").ok());
}

class Rules : public ::testing::Test {
 protected:
  std::string Ask(const std::string& boundary) {
    const Decision decision = ApplyRules(policy, {type, labels, confidence, pattern_type, grant}, BoundaryOf(boundary));
    std::string text(VerdictName(decision.verdict));
    if (decision.reason != Reason::kNone) text += " " + std::string(ReasonName(decision.reason)) + " " + decision.rule;
    return text;
  }
  PolicySet policy;
  std::string type = "indicator", pattern_type = "stix";
  std::vector<std::string> labels = {"alpha", "beta"};
  std::optional<int> confidence;
  GrantView grant{"delta", ScopeOf("national"), Tlp::kAmber, ""};
};

TEST_F(Rules, ThatAreNoneRelease) { EXPECT_EQ(Ask("community"), "release"); }

TEST_F(Rules, ThatForbidBeatThoseThatReview) {
  policy.rules = {{.id = "look", .effect = Effect::kRequireReview}, {.id = "no", .effect = Effect::kForbid, .labels = {"beta"}, .boundaries = {"uplink/*"}}};
  EXPECT_EQ(Ask("community"), "hold review_pending look");
  EXPECT_EQ(Ask("uplink/national"), "withhold rule_denied no");
}

TEST_F(Rules, MatchOnlyWhenEveryConditionDoes) {
  policy.rules = {{.id = "r", .types = {"indicator"}, .labels = {"gamma"}}};
  EXPECT_EQ(Ask("community"), "release");
  policy.rules = {{.id = "r", .types = {"malware", "indicator"}, .origins = {"delta"}, .pattern_types = {"stix"}, .tlp_at_least = Tlp::kAmber}};
  EXPECT_EQ(Ask("community"), "withhold rule_denied r");
  grant.tlp = Tlp::kGreen;
  EXPECT_EQ(Ask("community"), "release");
}

TEST_F(Rules, OnConfidenceAssumeTheWorstWhereNoneIsStated) {
  policy.rules = {{.id = "r", .confidence_below = 50}};
  EXPECT_EQ(Ask("community"), "withhold rule_denied r");
  confidence = 50;
  EXPECT_EQ(Ask("community"), "release");
  confidence = 49;
  EXPECT_EQ(Ask("community"), "withhold rule_denied r");
}

TEST_F(Rules, ThatBoundTheTlpForbidWhatIsStricter) {
  policy.rules = {{.id = "r", .effect = Effect::kMaxTlp, .max_tlp = Tlp::kGreen, .boundaries = {"community"}}};
  EXPECT_EQ(Ask("community"), "withhold rule_denied r");
  EXPECT_EQ(Ask("public"), "release");
  grant.tlp = Tlp::kGreen;
  EXPECT_EQ(Ask("community"), "release");
}

TEST(Membership, RefusesWhatContradictsItself) {
  const Organisation a{"a", "identity--a"}, b{"b", "identity--b"};
  const auto create = [&](std::vector<Organisation> orgs, std::vector<Layer> layers, std::vector<Group> groups = {}) {
    return Membership::Create(1, std::move(orgs), std::move(layers), std::move(groups)).ok();
  };
  EXPECT_TRUE(create({a, b}, {{"s", LayerKind::kSector, "a", {"b"}}}));
  EXPECT_FALSE(create({a, a}, {}));
  EXPECT_FALSE(create({{"A", ""}}, {}));
  EXPECT_FALSE(create({{"", ""}}, {}));
  EXPECT_FALSE(create({{std::string(33, 'a'), ""}}, {}));
  EXPECT_FALSE(create({a, {"b", "identity--a"}}, {}));
  EXPECT_FALSE(create({a}, {{"s", LayerKind::kSector, "", {"a"}}}));
  EXPECT_FALSE(create({a}, {{"s", LayerKind::kSector, "a", {"b"}}}));
  EXPECT_FALSE(create({a}, {{"s", LayerKind::kOrganisation, "a", {}}}));
  EXPECT_FALSE(create({a}, {{"s", LayerKind::kSector, "a", {}}, {"s", LayerKind::kSector, "a", {}}}));
  EXPECT_FALSE(create({a}, {{"n", LayerKind::kNational, "a", {}}, {"m", LayerKind::kNational, "a", {}}}));
  EXPECT_FALSE(create({a}, {}, {{"no-uuid", "g", "a", {}}}));
  EXPECT_FALSE(create({a}, {}, {{kNobody, "g", "b", {}}}));
  EXPECT_FALSE(create({a}, {}, {{kNobody, "g", "a", {"b"}}}));
  EXPECT_FALSE(create({a}, {}, {{kNobody, "g", "a", {}}, {kNobody, "h", "a", {}}}));
}

TEST(Membership, AnswersForEachOrganisation) {
  const Membership world = MakeWorld();
  EXPECT_EQ(world.SectorsOf("hotel"), (std::vector<std::string>{"energy", "finance"}));
  EXPECT_EQ(world.SectorsOf("energy-isac"), std::vector<std::string>{"energy"}) << "its own, though it is a member of telecom";
  EXPECT_TRUE(world.SectorsOf("golf").empty());
  EXPECT_EQ(world.National()->name, "national");
  EXPECT_EQ(world.FindByIdentity(IdentityOf("delta"))->name, "delta");
  EXPECT_EQ(world.FindGroupFor("solar-watch", "alfa")->id, kSolarWatch);
  EXPECT_EQ(world.FindGroupFor("solar-watch", "bravo"), nullptr);
  EXPECT_EQ(world.FindGroupFor(kSolarWatch, "bravo"), nullptr);
  EXPECT_TRUE(world.IsReferenceSet("identity--reference"));
  EXPECT_FALSE(world.IsReferenceSet(""));
}

}  // namespace
}  // namespace noroshi::policy
