// Checks 1, 2 and 5 of sharing.md section 4: each refusal once, and who is refused with it.
#include "common/relay/admit.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/base/limits.h"
#include "tests/support/sim/objects.h"
#include "tests/unit/relay/layers.h"

namespace noroshi::relay {
namespace {

using policy::Reason;
using policy::Verdict;
using test::kNow;
using test::Layers;
using test::MakeObject;
using test::SourceOf;
using test::Wish;
using Kind = Source::Kind;

const std::string kIndicator = MakeObject({.nickname = "indicator-1"});

// Publications at delta's own edge: the log is its own, nothing is signed.
struct WishCase {
  const char* name;
  Wish wish;
  Reason reason;  // kNone: taken
  v1::Tlp tlp = v1::TLP_AMBER;
};
class AtTheFirstRelay : public testing::TestWithParam<WishCase> {};
TEST_P(AtTheFirstRelay, WishesAreHeardOrRefused) {
  const Layers layers;
  const auto& [name, wish, reason, tlp] = GetParam();
  const Source source = SourceOf(Kind::kOwn, "delta", "delta-edge");
  const Admitted admitted = Admit(layers.Of("delta-edge"), source, 4, layers.Publication("delta-edge", wish).SerializeAsString(), kNow);
  EXPECT_EQ(admitted.kind, Admitted::Kind::kObject);
  EXPECT_EQ(admitted.offset, 4u);
  EXPECT_EQ(admitted.grant.submission(), "s-1") << "whatever becomes of it, the publisher is answered";
  EXPECT_EQ(admitted.grant.number(), 3u);
  ASSERT_EQ(admitted.fault ? admitted.fault->reason : Reason::kNone, reason) << (admitted.fault ? admitted.fault->message : "");
  if (reason != Reason::kNone) return;
  EXPECT_TRUE(admitted.grant.first_relay());
  EXPECT_EQ(admitted.grant.tlp(), tlp);
  EXPECT_EQ(admitted.facts.object_id(), test::IdOf("indicator-1"));
}
INSTANTIATE_TEST_SUITE_P(
    Table, AtTheFirstRelay,
    testing::Values(WishCase{"Sector", {"delta", kIndicator, "sector"}, Reason::kNone}, WishCase{"National", {"delta", kIndicator}, Reason::kNone},
                    WishCase{"ExplicitTlp", {"delta", kIndicator, "public", v1::TLP_CLEAR}, Reason::kNone, v1::TLP_CLEAR},
                    WishCase{"OwnGroup", {"delta", kIndicator, "group:solar"}, Reason::kNone},
                    WishCase{"GroupOfStrangers", {"delta", kIndicator, "group:traders"}, Reason::kRecipientUnknown},
                    WishCase{"NoSuchGroup", {"delta", kIndicator, "group:nosuch"}, Reason::kRecipientUnknown},
                    WishCase{"NoSuchOrganisation", {"delta", kIndicator, "orgs:nosuch"}, Reason::kRecipientUnknown},
                    WishCase{"NoSuchSector", {"delta", kIndicator, "sectors:nosuch"}, Reason::kRecipientUnknown},
                    WishCase{"Anonymous", {"delta", kIndicator, "sector", v1::TLP_UNSPECIFIED, v1::ATTRIBUTION_ANONYMOUS}, Reason::kUnsupported},
                    WishCase{"RedForOthers", {"delta", kIndicator, "orgs:echo", v1::TLP_RED}, Reason::kUnsupported},
                    // Beyond the ceiling is check 4, which decide makes: names in the scope are not even looked at before.
                    WishCase{"BeyondTheCeiling", {"delta", kIndicator, "group:nosuch", v1::TLP_RED}, Reason::kNone, v1::TLP_RED},
                    WishCase{"NotJson", {"delta", "{\"type\":", "sector"}, Reason::kInvalidObject},
                    WishCase{"NoPattern", {"delta", R"({"type":"indicator","spec_version":"2.1"})", "sector"}, Reason::kInvalidObject},
                    WishCase{"StrangerAsOrigin", {"nobody", kIndicator, "sector"}, Reason::kUnknownOrigin}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(AdmitTlp, TheStrictestOfMarkingAndEnvelopeCounts) {
  const Layers layers;
  const std::string red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
  const Wish wish{"delta", MakeObject({.nickname = "indicator-1", .markings = {red}}), "org", v1::TLP_CLEAR};
  const Source source = SourceOf(Kind::kOwn, "delta", "delta-edge");
  const Admitted admitted = Admit(layers.Of("delta-edge"), source, 0, layers.Publication("delta-edge", wish).SerializeAsString(), kNow);
  EXPECT_EQ(admitted.grant.tlp(), v1::TLP_RED);
}

// What comes from other nodes. `tamper` sees the record before it is admitted.
struct ForeignCase {
  const char* name;
  Kind kind;
  std::string from;      // node that writes the ingress, by the directory
  std::function<std::string(const Layers&)> record;
  Reason reason;
};
class FromOthers : public testing::TestWithParam<ForeignCase> {};
TEST_P(FromOthers, OnlyWhatIsProvedIsJudged) {
  const Layers layers;
  const ForeignCase& given = GetParam();
  const Source source = SourceOf(given.kind, "energy", given.from);
  const Admitted admitted = Admit(layers.Of("energy-broker"), source, 0, given.record(layers), kNow);
  ASSERT_EQ(admitted.fault ? admitted.fault->reason : Reason::kNone, given.reason) << (admitted.fault ? admitted.fault->message : "");
  if (given.reason != Reason::kNone) {
    EXPECT_EQ(admitted.fault->verdict, given.reason == Reason::kGroupDenied ? Verdict::kWithhold : Verdict::kQuarantine);
    return;
  }
  EXPECT_EQ(admitted.facts.object_id(), test::IdOf("indicator-1"));
  EXPECT_EQ(admitted.grant.origin_org(), "delta");
  EXPECT_EQ(admitted.grant.first_relay(), given.kind == Kind::kGateway);
  EXPECT_EQ(admitted.link_sequence, given.kind == Kind::kGateway ? 41u : 9u);
  EXPECT_EQ(admitted.link_epoch, 2u);
}

const Wish kWish{"delta", kIndicator, "sector"};
std::string Changed(std::string record, const std::function<void(v1::Envelope&)>& change) {
  v1::Envelope envelope;
  envelope.ParseFromString(record);
  change(envelope);
  return envelope.SerializeAsString();
}
void OtherBytes(v1::Envelope& envelope) { envelope.set_payload(MakeObject({.nickname = "indicator-1", .text = "other"})); }
void WiderScope(v1::Envelope& envelope) {
  v1::RelayHeader header;
  header.ParseFromString(envelope.relay_header());
  header.mutable_scope()->set_kind(v1::SCOPE_PUBLIC);
  envelope.set_relay_header(header.SerializeAsString());
}
void LowerTlp(v1::Envelope& envelope) {
  v1::OriginHeader header;
  header.ParseFromString(envelope.origin_header());
  header.set_tlp(v1::TLP_CLEAR);
  envelope.set_origin_header(header.SerializeAsString());
}
std::string AtGateway(const Layers& l, const Wish& wish, const std::string& signer = "") {
  return l.AtGateway("energy-gateway", l.Publication("energy-gateway", wish), signer);
}

INSTANTIATE_TEST_SUITE_P(
    Table, FromOthers,
    testing::Values(
        ForeignCase{"GatewayPublication", Kind::kGateway, "energy-gateway", [](const Layers& l) { return AtGateway(l, kWish); }, Reason::kNone},
        ForeignCase{"GatewaySignedBySomebodyElse", Kind::kGateway, "energy-gateway", [](const Layers& l) { return AtGateway(l, kWish, "finance-gateway"); },
                    Reason::kBadSignature},
        ForeignCase{"GatewayForAStrangersMember", Kind::kGateway, "energy-gateway",
                    [](const Layers& l) { return AtGateway(l, {"alfa", kIndicator, "sectors:energy"}); }, Reason::kUnknownOrigin},
        ForeignCase{"GatewayUnsigned", Kind::kGateway, "energy-gateway",
                    [](const Layers& l) { return l.Publication("energy-gateway", kWish).SerializeAsString(); }, Reason::kBadSignature},
        ForeignCase{"MemberForwards", Kind::kMember, "delta-edge", [](const Layers& l) { return l.Forwarded(kWish); }, Reason::kNone},
        ForeignCase{"MemberForwardsToItsGroup", Kind::kMember, "delta-edge",
                    [](const Layers& l) { return l.Forwarded({"delta", kIndicator, "group:" + test::kSolar}); }, Reason::kNone},
        ForeignCase{"MemberForwardsToAGroupOfOthers", Kind::kMember, "foxtrot-edge",
                    [](const Layers& l) { return l.Forwarded({"foxtrot", kIndicator, "group:" + test::kSolar}); }, Reason::kGroupDenied},
        ForeignCase{"SomebodyElsesRecordInMyIngress", Kind::kMember, "echo-edge", [](const Layers& l) { return l.Forwarded(kWish); }, Reason::kBadSignature},
        ForeignCase{"MemberSpeaksForAnother", Kind::kMember, "echo-edge",
                    [](const Layers& l) { return l.Forwarded(kWish, "echo-edge"); }, Reason::kUnknownOrigin},
        ForeignCase{"OtherBytes", Kind::kMember, "delta-edge", [](const Layers& l) { return Changed(l.Forwarded(kWish), OtherBytes); }, Reason::kBadSignature},
        ForeignCase{"WiderScope", Kind::kMember, "delta-edge", [](const Layers& l) { return Changed(l.Forwarded(kWish), WiderScope); }, Reason::kBadSignature},
        ForeignCase{"LowerTlp", Kind::kMember, "delta-edge", [](const Layers& l) { return Changed(l.Forwarded(kWish), LowerTlp); }, Reason::kBadSignature},
        ForeignCase{"NoOriginProof", Kind::kMember, "delta-edge",
                    [](const Layers& l) { return Changed(l.Forwarded(kWish), [](v1::Envelope& e) { e.clear_origin_proof(); }); }, Reason::kBadSignature},
        ForeignCase{"NoHop", Kind::kMember, "delta-edge",
                    [](const Layers& l) { return Changed(l.Forwarded(kWish), [](v1::Envelope& e) { e.clear_hops(); }); }, Reason::kBadSignature}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Admit, WhatIsNoRecordIsUnreadableAndNothingMore) {
  const Layers layers;
  const Source source = SourceOf(Kind::kMember, "energy", "delta-edge");
  for (const std::string& record : {std::string("\xff\xff\xff"), std::string(limits::kRecordBytesMax + 1, 'x')}) {
    const Admitted admitted = Admit(layers.Of("energy-broker"), source, 3, record, kNow);
    EXPECT_EQ(admitted.kind, Admitted::Kind::kUnreadable);
    ASSERT_TRUE(admitted.fault);
    EXPECT_EQ(admitted.fault->reason, Reason::kBadSignature);
  }
}

TEST(Admit, AnExpiredDirectoryJudgesNothingForeignAndItsOwnOn) {
  const Layers layers(kNow);
  const Admitted foreign = Admit(layers.Of("energy-broker"), SourceOf(Kind::kMember, "energy", "delta-edge"), 0, layers.Forwarded(kWish), kNow);
  ASSERT_TRUE(foreign.fault);
  EXPECT_EQ(foreign.fault->reason, Reason::kMembershipExpired);
  const Admitted own = Admit(layers.Of("delta-edge"), SourceOf(Kind::kOwn, "delta", "delta-edge"), 0,
                             layers.Publication("delta-edge", kWish).SerializeAsString(), kNow);
  EXPECT_FALSE(own.fault);
}

TEST(Admit, WhatHasNoVersionIsKnownByItsStamp) {
  const Layers layers;
  const Wish wish{"delta", MakeObject({.nickname = "address-a"}), "sector"};
  const Admitted admitted = Admit(layers.Of("energy-broker"), SourceOf(Kind::kMember, "energy", "delta-edge"), 0, layers.Forwarded(wish), kNow);
  ASSERT_FALSE(admitted.fault) << admitted.fault->message;
  EXPECT_EQ(admitted.facts.version(), "2026-02-02T02:40:00.000000Z");
}

}  // namespace
}  // namespace noroshi::relay
