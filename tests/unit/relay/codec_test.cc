#include "common/relay/codec.h"

#include <gtest/gtest.h>

#include "tests/support/sim/objects.h"

namespace noroshi::relay {
namespace {

TEST(Codec, AnUnknownTlpIsReadAsRed) {
  EXPECT_EQ(FromProto(v1::TLP_UNSPECIFIED), stix::Tlp::kRed);
  EXPECT_EQ(FromProto(static_cast<v1::Tlp>(99)), stix::Tlp::kRed);
  EXPECT_EQ(FromProto(static_cast<v1::Tlp>(-1)), stix::Tlp::kRed);
  EXPECT_EQ(OptionalTlp(v1::TLP_UNSPECIFIED), std::nullopt);
  EXPECT_EQ(OptionalTlp(static_cast<v1::Tlp>(99)), stix::Tlp::kRed);
}

TEST(Codec, EveryTlpComesBack) {
  for (const stix::Tlp tlp : {stix::Tlp::kClear, stix::Tlp::kGreen, stix::Tlp::kAmber, stix::Tlp::kAmberStrict, stix::Tlp::kRed}) {
    EXPECT_EQ(FromProto(ToProto(tlp)), tlp);
  }
}

TEST(Codec, EveryScopeComesBackWithItsNames) {
  for (const char* text : {"org", "orgs:delta,echo", "group:solar", "sector", "sectors:energy,finance", "national", "public"}) {
    const auto scope = policy::ParseScope(text);
    ASSERT_TRUE(scope.ok()) << text;
    const policy::Scope back = FromProto(ToProto(*scope));
    EXPECT_EQ(back.kind, scope->kind) << text;
    EXPECT_EQ(back.names, scope->names) << text;
  }
}

TEST(Codec, AnUnknownScopeReachesNobody) {
  v1::Scope scope;
  scope.set_kind(static_cast<v1::ScopeKind>(42));
  scope.add_names("delta");
  EXPECT_EQ(FromProto(scope).kind, policy::ScopeKind::kUnspecified);
}

TEST(Codec, AnUnknownAttributionHidesMost) {
  EXPECT_EQ(FromProto(v1::ATTRIBUTION_UNSPECIFIED), policy::Attribution::kNamed);
  EXPECT_EQ(FromProto(static_cast<v1::Attribution>(77)), policy::Attribution::kAnonymous);
}

TEST(Codec, FactsHoldReferencesAndMarkingsButNoOfficialTlp) {
  const std::string amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
  const auto object = stix::Parse(test::MakeObject({.nickname = "report-a", .refs = {"indicator-1"}, .markings = {"marking-x", amber}, .creator = "delta"}));
  ASSERT_TRUE(object.ok()) << object.status();
  const v1::ObjectFacts facts = FactsOf(*object);
  EXPECT_EQ(facts.object_id(), test::IdOf("report-a"));
  EXPECT_EQ(facts.created_by(), test::IdentityOf("delta"));
  EXPECT_EQ(facts.object_tlp(), v1::TLP_AMBER);
  ASSERT_EQ(facts.marking_refs_size(), 1);
  EXPECT_EQ(facts.marking_refs(0), test::IdOf("marking-x"));
  EXPECT_EQ(facts.refs_size(), 2);
  EXPECT_EQ(facts.confidence(), 0u) << "absent";
}

TEST(Codec, AStampIsTheVersionOfWhatHasNone) { EXPECT_EQ(StampVersion(1'770'000'000'000'001), "2026-02-02T02:40:00.000001Z"); }

struct TopicCase {
  const char* name;
  const char* topic;
  const char* audience;  // empty: no audience of layer `energy`
};
class AudienceTopics : public testing::TestWithParam<TopicCase> {};
TEST_P(AudienceTopics, AreReadStrictly) {
  const auto boundary = AudienceOfTopic("energy", GetParam().topic);
  EXPECT_EQ(boundary ? policy::FormatBoundary(*boundary) : "", GetParam().audience);
}
INSTANTIATE_TEST_SUITE_P(
    Table, AudienceTopics,
    testing::Values(TopicCase{"Community", "energy.audience.community", "community"}, TopicCase{"Public", "energy.audience.public", "public"},
                    TopicCase{"Inbox", "energy.audience.inbox.delta", "inbox/delta"}, TopicCase{"Transit", "energy.audience.transit.finance", "transit/finance"},
                    TopicCase{"Group", "energy.audience.group.11111111-1111-4111-8111-111111111111", "group/11111111-1111-4111-8111-111111111111"},
                    TopicCase{"OtherLayer", "finance.audience.community", ""}, TopicCase{"LongerLayer", "energy2.audience.community", ""},
                    TopicCase{"Ledger", "energy.ledger", ""}, TopicCase{"Ingress", "energy.ingress.delta-edge", ""},
                    TopicCase{"Nothing", "energy.audience.", ""}, TopicCase{"Unknown", "energy.audience.friends", ""}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace noroshi::relay
