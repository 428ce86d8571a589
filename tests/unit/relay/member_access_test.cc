// Who may append to, read and subscribe to what of a layer: every kind of topic and every kind of peer (sharing.md sections 2 and 3).
#include "common/relay/member_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/relay/codec.h"
#include "common/relay/record.h"
#include "common/trust/proof.h"
#include "tests/support/sim/federation.h"
#include "tests/support/sim/objects.h"
#include "tests/unit/relay/layers.h"

namespace noroshi::relay {
namespace {

using test::kSolar;
using test::Layers;
using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> kTopics = {"energy.ingress.delta-edge",     "energy.ingress.foxtrot-edge",    "energy.ingress.energy-gateway",
                                          "energy.ingress.uplink.national", "energy.receipts.delta-edge",    "energy.receipts.foxtrot-edge", "energy.receipts.energy-gateway",
                                          "energy.ledger",                  "energy.control",                "energy.audience.community",
                                          "energy.audience.public",         "energy.audience.inbox.delta",   "energy.audience.transit.finance",
                                          "energy.audience.group." + kSolar, "finance.audience.community",   "finance.ingress.delta-edge"};

struct Fixture {
  explicit Fixture(const std::string& node = "energy-broker", std::optional<WallTime> expires = {})
      : layers(expires), access([context = layers.SharedOf(node)] { return context; }, clock) {}
  std::vector<std::string> Appendable(const log::Peer& peer) const {
    std::vector<std::string> out;
    for (const std::string& topic : kTopics) {
      if (access.MayAppend(peer, topic)) out.push_back(topic);
    }
    return out;
  }
  std::vector<std::string> Readable(const log::Peer& peer) const {
    std::vector<std::string> out;
    for (const std::string& topic : kTopics) {
      if (access.MayReadRaw(peer, topic)) out.push_back(topic);
    }
    return out;
  }
  std::vector<std::string> Audiences(const log::Peer& peer) const {
    std::vector<std::string> out;
    for (const auto& one : access.Subscribable(peer)) {
      EXPECT_EQ(AudienceOfTopic(one.topic.substr(0, one.topic.find('.')), one.topic).has_value(), true) << one.topic;
      out.push_back(one.audience);
    }
    return out;
  }

  test::VirtualClock clock;
  Layers layers;
  MemberAccess access;
};

struct PeerCase {
  const char* name;
  log::Peer peer;
  std::vector<std::string> append, read, audiences;
};
class AtASectorsRelay : public testing::TestWithParam<PeerCase> {};
TEST_P(AtASectorsRelay, EachPeerHasItsOwnAndNoMore) {
  const Fixture fixture;
  const PeerCase& given = GetParam();
  EXPECT_EQ(fixture.Appendable(given.peer), given.append);
  EXPECT_EQ(fixture.Readable(given.peer), given.read);
  EXPECT_EQ(fixture.Audiences(given.peer), given.audiences);
}
INSTANTIATE_TEST_SUITE_P(
    Table, AtASectorsRelay,
    testing::Values(
        PeerCase{"MembersEdge", {"test", "delta", "delta-edge"}, {"energy.ingress.delta-edge"}, {"energy.receipts.delta-edge"},
                 {"community", "inbox/delta", "group/" + kSolar}},
        PeerCase{"MembersEdgeOutsideTheGroup", {"test", "foxtrot", "foxtrot-edge"}, {"energy.ingress.foxtrot-edge"}, {"energy.receipts.foxtrot-edge"},
                 {"community", "inbox/foxtrot"}},
        PeerCase{"MembersTool", {"test", "delta", "delta-tool"}, {}, {}, {"community", "public", "inbox/delta", "group/" + kSolar}},
        PeerCase{"Gateway", {"test", "energy-isac", "energy-gateway"}, {"energy.ingress.energy-gateway"},
                 {"energy.ingress.energy-gateway", "energy.receipts.energy-gateway", "energy.audience.community", "energy.audience.public",
                  "energy.audience.inbox.delta", "energy.audience.group." + kSolar},
                 {}},
        PeerCase{"AnotherSectorsGateway", {"test", "finance-isac", "finance-gateway"}, {}, {}, {}},
        PeerCase{"AnotherSectorsEdge", {"test", "alfa", "alfa-edge"}, {}, {}, {}},
        PeerCase{"AnotherSectorsBroker", {"test", "finance-isac", "finance-broker"}, {}, {}, {}},
        PeerCase{"TheLayerAbove", {"test", "cert", "hub"}, {}, {}, {}},
        PeerCase{"TheRelayItself", {"test", "energy-isac", "energy-broker"}, {}, {}, {}},
        PeerCase{"AnotherFederation", {"other", "delta", "delta-edge"}, {}, {}, {}},
        PeerCase{"AnotherOrganisationsName", {"test", "echo", "delta-edge"}, {}, {}, {}},
        PeerCase{"Unknown", {"test", "delta", "delta-laptop"}, {}, {}, {}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(AtTheNation, ABrokerSubscribesToTheTransitOfItsSectorOnly) {
  const Fixture fixture("hub");
  EXPECT_THAT(fixture.Audiences({"test", "energy-isac", "energy-broker"}), ElementsAre("transit/energy"));
  EXPECT_THAT(fixture.Audiences({"test", "delta", "delta-edge"}), IsEmpty()) << "no member of the nation";
  EXPECT_TRUE(fixture.access.MayAppend({"test", "energy-isac", "energy-broker"}, "national.ingress.energy-broker"));
  EXPECT_FALSE(fixture.access.MayAppend({"test", "energy-isac", "energy-broker"}, "national.ingress.finance-broker"));
}

TEST(MemberAccess, AnExpiredDirectoryOpensNothing) {
  test::VirtualClock clock;
  const Fixture fixture("energy-broker", clock.Now());
  for (const log::Peer& peer : {log::Peer{"test", "delta", "delta-edge"}, log::Peer{"test", "energy-isac", "energy-gateway"}}) {
    EXPECT_THAT(fixture.Appendable(peer), IsEmpty());
    EXPECT_THAT(fixture.Readable(peer), IsEmpty());
    EXPECT_THAT(fixture.Audiences(peer), IsEmpty());
  }
}

// A release of energy's relay, as it stands in an audience.
std::string Release(const Layers& layers, const test::Wish& wish, const std::string& audience) {
  const relay::Context& context = layers.Of("energy-broker");
  const v1::Envelope publication = layers.Publication("energy-gateway", wish);
  const v1::LedgerEntry entry = test::Released(publication, 8, {audience});
  std::vector<Outgoing> records;
  records.push_back(ObjectRecord(context, entry, entry.verdicts(0), Sha256("leaf"), publication, "energy.audience." + audience));
  return Sealed(context, std::move(records)).front();
}

struct DeliveryCase {
  const char* name;
  const char* org;        // whose edge asks
  const char* audience;
  const char* scope;
  v1::Tlp tlp;
  bool delivered;
};
class Deliveries : public testing::TestWithParam<DeliveryCase> {};
TEST_P(Deliveries, AreDecidedRecordByRecord) {
  const Fixture fixture;
  const auto& [name, org, audience, scope, tlp, delivered] = GetParam();
  const std::string record = Release(fixture.layers, {"delta", test::MakeObject({.nickname = "indicator-1"}), scope, tlp}, audience);
  const auto got = fixture.access.ForMember({"test", org, std::string(org) + "-edge"}, audience, record);
  ASSERT_EQ(got.has_value(), delivered);
  if (!delivered) return;
  v1::Envelope envelope;
  ASSERT_TRUE(envelope.ParseFromString(*got));
  EXPECT_TRUE(envelope.relay_header().empty()) << "scope and origin's account stay in the layer";
  EXPECT_TRUE(envelope.layer_header().empty()) << "so does the ledger's number: nobody may count what he was not given";
}
INSTANTIATE_TEST_SUITE_P(
    Table, Deliveries,
    testing::Values(DeliveryCase{"Community", "echo", "community", "sectors:energy", v1::TLP_AMBER, true},
                    DeliveryCase{"StrictToAMember", "echo", "community", "sector", v1::TLP_AMBER_STRICT, true},
                    // A relay's mistake: what never should have come to this audience is stopped here.
                    DeliveryCase{"RedInTheCommunity", "echo", "community", "sectors:energy", v1::TLP_RED, false},
                    DeliveryCase{"OwnInbox", "echo", "inbox/echo", "orgs:echo", v1::TLP_AMBER, true},
                    DeliveryCase{"ForeignInbox", "foxtrot", "inbox/echo", "orgs:echo", v1::TLP_AMBER, false},
                    DeliveryCase{"NotForThisSector", "echo", "community", "sectors:finance", v1::TLP_AMBER, false},
                    DeliveryCase{"NotInTheLayer", "alfa", "community", "sectors:energy", v1::TLP_AMBER, false},
                    DeliveryCase{"TransitOfAnother", "echo", "transit/finance", "national", v1::TLP_AMBER, false},
                    DeliveryCase{"NoAudience", "echo", "friends", "sectors:energy", v1::TLP_AMBER, false}),
    [](const auto& info) { return std::string(info.param.name); });

struct ChangeCase {
  const char* name;
  const char* org;
  const char* audience;
  policy::Kinds had, has;  // has 0: withdrawn
  bool delivered;
};
class Changes : public testing::TestWithParam<ChangeCase> {};
TEST_P(Changes, AreForThoseWhoHadItAndHaveItNoMore) {
  const Fixture fixture;
  const auto& [name, org, audience, had, has, delivered] = GetParam();
  const relay::Context& context = fixture.layers.Of("energy-broker");
  const v1::Envelope publication = fixture.layers.Publication("energy-gateway", {"delta", test::MakeObject({.nickname = "indicator-1"}), "sector"});
  const v1::LedgerEntry entry = test::Released(publication, 8, {audience});
  v1::LedgerVerdict verdict = entry.verdicts(0);
  verdict.set_withdraw(has == 0);
  verdict.set_restrict(has != 0);
  verdict.set_kinds(has);
  verdict.set_had_kinds(had);
  std::vector<Outgoing> records;
  records.push_back(ChangeRecord(context, entry, verdict, Sha256("leaf"), std::string("energy.audience.") + audience));
  const std::string record = Sealed(context, std::move(records)).front();
  EXPECT_EQ(fixture.access.ForMember({"test", org, std::string(org) + "-edge"}, audience, record).has_value(), delivered);
}
constexpr policy::Kinds kM = policy::kMember, kC = policy::kClient, kP = policy::kPartner;
INSTANTIATE_TEST_SUITE_P(
    Table, Changes,
    testing::Values(ChangeCase{"Withdrawn", "echo", "community", kM | kC, 0, true}, ChangeCase{"WithdrawnFromClients", "echo", "community", kC | kP, 0, false},
                    ChangeCase{"TakenFromMembers", "echo", "community", kM | kC, kC, true}, ChangeCase{"TakenFromClients", "echo", "community", kM | kC, kM, false},
                    ChangeCase{"TakenFromPartnersOnly", "echo", "community", kC | kP, kC, false}, ChangeCase{"OwnInbox", "echo", "inbox/echo", kM, 0, true},
                    ChangeCase{"ForeignInbox", "foxtrot", "inbox/echo", kM, 0, false}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(MemberAccess, NothingGoesBackToWhereItCameFrom) {
  const Fixture fixture;
  EXPECT_EQ(fixture.access.ForMember({"test", "delta", "delta-edge"}, "community", fixture.layers.Forwarded({"delta", test::MakeObject({.nickname = "indicator-1"}), "sector"})),
            std::nullopt);
}

TEST(MemberAccess, AnAppendHoldsOnlyEnvelopesThatTheCallerHandsOn) {
  const Fixture fixture;
  const std::string mine = fixture.layers.Forwarded({"delta", test::MakeObject({.nickname = "indicator-1"}), "sector"});
  const log::Peer delta{"test", "delta", "delta-edge"}, echo{"test", "echo", "echo-edge"};
  EXPECT_EQ(fixture.access.CheckAppend(delta, "energy.ingress.delta-edge", {mine, mine}), OkStatus());
  for (const std::vector<std::string>& records : {std::vector<std::string>{mine, "\xff"}, {mine, v1::Envelope().SerializeAsString()}}) {
    EXPECT_EQ(fixture.access.CheckAppend(delta, "energy.ingress.delta-edge", records).code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(fixture.access.CheckAppend(echo, "energy.ingress.echo-edge", {mine}).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace noroshi::relay
