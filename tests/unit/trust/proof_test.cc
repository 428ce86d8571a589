#include "common/trust/proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/limits.h"
#include "tests/unit/trust/world.h"

namespace noroshi::trust {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kIngress[] = "energy.ingress.delta";
constexpr char kAudience[] = "energy.audience.community";

v1::Envelope Publication(const std::string& submission = "") {
  v1::Envelope envelope;
  envelope.set_kind(v1::RECORD_OBJECT);
  envelope.set_payload(R"({"type":"ipv4-addr","value":"198.51.100.7"})");
  v1::OriginHeader origin;
  origin.set_object_id("ipv4-addr--00000000-0000-5000-8000-000000000001");
  origin.set_content_hash(AsBytes(Sha256(envelope.payload())));
  origin.set_origin_org("delta");
  origin.set_origin_node("delta-edge");
  envelope.set_origin_header(origin.SerializeAsString());
  v1::RelayHeader relay;
  relay.mutable_scope()->set_kind(v1::SCOPE_SECTOR);
  relay.set_origin_sequence(77);
  relay.set_submission(submission);
  envelope.set_relay_header(relay.SerializeAsString());
  return envelope;
}

v1::Attestation Hop(const std::string& destination) {
  v1::Attestation hop;
  hop.set_destination(destination);
  return hop;
}

// delta's edge publishes onto its sector's ingress.
v1::Envelope OnIngress(World& world) {
  v1::Envelope envelope = Publication();
  Commit(envelope, world.random);
  SignOrigins(world.edge, {&envelope});
  v1::LayerHeader layer;
  layer.set_link_sequence(12);
  envelope.set_layer_header(layer.SerializeAsString());
  SignHops(world.edge, {&envelope}, {Hop(kIngress)});
  return envelope;
}

// The broker releases it into its community.
v1::Envelope Released(World& world) {
  v1::Envelope envelope = OnIngress(world);
  v1::LayerHeader layer;
  layer.set_ledger_sequence(4711);
  envelope.set_layer_header(layer.SerializeAsString());
  v1::Attestation hop = Hop(kAudience);
  hop.set_date_added_us(1'000'001);
  hop.set_relay_epoch(3);
  hop.set_policy_version(2);
  hop.set_ledger_leaf(AsBytes(Sha256("entry")));
  SignHops(world.broker, {&envelope}, {hop});
  return envelope;
}

v1::Envelope Withdrawal(World& world) {
  v1::Envelope envelope;
  envelope.set_kind(v1::RECORD_WITHDRAWAL);
  v1::Change& change = *envelope.mutable_change();
  change.set_version("2026-01-31T12:00:00.000000Z");
  change.set_grant("delta");
  change.set_origin_sequence(77);
  change.set_origin_node("delta-edge");
  SignHops(world.broker, {&envelope}, {Hop(kAudience)});
  return envelope;
}

v1::Envelope Receipts(World& world) {
  v1::Envelope envelope;
  envelope.set_kind(v1::RECORD_RECEIPT);
  for (int i = 0; i < 2; ++i) {
    v1::Receipt& receipt = *envelope.add_receipts();
    receipt.set_object_id("ipv4-addr--1");
    receipt.set_status("accepted");
    receipt.set_submission("11111111-0000-4000-8000-000000000000");
    receipt.set_number(static_cast<uint64_t>(i) + 1);
    receipt.add_verdicts()->set_audience("community");
  }
  SignHops(world.broker, {&envelope}, {Hop("energy.receipts.delta")});
  return envelope;
}

const Expected kOnIngress{"delta-edge", kIngress, false};
const Expected kInCommunity{"energy-broker", kAudience, false};

TEST(Proof, VerifiesAtEachStepOfTheWay) {
  World world;
  EXPECT_TRUE(VerifyEnvelope(world.verifier, OnIngress(world), kOnIngress).ok());
  EXPECT_TRUE(VerifyEnvelope(world.verifier, Released(world), kInCommunity).ok());
  EXPECT_TRUE(VerifyEnvelope(world.verifier, Withdrawal(world), kInCommunity).ok());
  EXPECT_TRUE(VerifyEnvelope(world.verifier, Receipts(world), {"energy-broker", "energy.receipts.delta", false}).ok());
}

TEST(Proof, StillVerifiesAfterAMemberLostWhatIsNotForIt) {
  World world;
  for (v1::Envelope envelope : {Released(world), Withdrawal(world)}) {
    StripForMember(envelope);
    EXPECT_TRUE(VerifyEnvelope(world.verifier, envelope, kInCommunity).ok());
    EXPECT_TRUE(envelope.relay_header().empty());
    EXPECT_TRUE(envelope.layer_header().empty());
    EXPECT_TRUE(envelope.private_salt().empty());
    EXPECT_EQ(envelope.change().grant(), "");
    EXPECT_EQ(envelope.change().origin_sequence(), 0u);
    for (const v1::Attestation& hop : envelope.hops()) EXPECT_TRUE(hop.salt().empty());
  }
  v1::Envelope receipts = Receipts(world);
  StripForMember(receipts);
  EXPECT_EQ(receipts.receipts(1).submission(), "");
  EXPECT_EQ(receipts.receipts(1).number(), 0u);
  EXPECT_TRUE(VerifyEnvelope(world.verifier, receipts, {}).ok());
}

TEST(Proof, StillVerifiesInTheNextLayerAndKeepsWhatItDecidesWith) {
  World world;
  v1::Envelope envelope = Released(world);
  const std::string relay_header = envelope.relay_header();
  StripForNextLayer(envelope);
  EXPECT_EQ(envelope.relay_header(), relay_header);
  EXPECT_TRUE(envelope.layer_header().empty());
  EXPECT_TRUE(VerifyEnvelope(world.verifier, envelope, kInCommunity).ok());
  v1::Envelope withdrawal = Withdrawal(world);
  StripForNextLayer(withdrawal);
  EXPECT_EQ(withdrawal.change().origin_sequence(), 77u);
  EXPECT_TRUE(VerifyEnvelope(world.verifier, withdrawal, kInCommunity).ok());
}

// Two records that differ only in what members do not get look the same to a member but for random bytes: nothing there can be guessed and compared.
TEST(Proof, LeavesAMemberNothingThatOpensACommitment) {
  World world;
  v1::Envelope full = Released(world);
  v1::Envelope member = full;
  StripForMember(member);
  const std::string bytes = member.SerializeAsString();
  EXPECT_EQ(bytes.find(full.hops(1).salt()), std::string::npos);
  v1::RelayHeader relay;
  ASSERT_TRUE(relay.ParseFromString(full.relay_header()));
  ASSERT_EQ(relay.nonce().size(), 16u);
  EXPECT_EQ(bytes.find(relay.nonce()), std::string::npos);
  v1::Envelope withdrawal = Withdrawal(world);
  const std::string private_salt = withdrawal.private_salt();
  ASSERT_EQ(private_salt.size(), 16u);
  StripForMember(withdrawal);
  EXPECT_EQ(withdrawal.SerializeAsString().find(private_salt), std::string::npos);
}

// Members get no relay header and no salt: a flip that turns one of these into an unknown field only takes it away, and that verifies.
bool OnlyLostAnOpening(v1::Envelope flipped, v1::Envelope original) {
  flipped.DiscardUnknownFields();
  const int last = original.hops_size() - 1;
  if (flipped.relay_header().empty()) original.clear_relay_header();
  if (flipped.hops_size() == last + 1 && flipped.hops(last).salt().empty()) original.mutable_hops(last)->clear_salt();
  return flipped.SerializeAsString() == original.SerializeAsString();
}

// Every byte of every kind of record, whole and stripped.
TEST(Proof, FailsForEveryFlippedByte) {
  World world;
  std::vector<v1::Envelope> envelopes = {Released(world), Withdrawal(world), Receipts(world)};
  for (size_t i = 0; i < 3; ++i) {
    envelopes.push_back(envelopes[i]);
    StripForMember(envelopes.back());
  }
  for (const v1::Envelope& envelope : envelopes) {
    const std::string bytes = envelope.SerializeAsString();
    ASSERT_TRUE(VerifyEnvelope(world.verifier, envelope, {}).ok());
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
      v1::Envelope parsed;
      if (!parsed.ParseFromString(flipped) || OnlyLostAnOpening(parsed, envelope)) continue;
      ASSERT_FALSE(VerifyEnvelope(world.verifier, parsed, {}).ok())
          << "kind " << envelope.kind() << " byte " << i << " of " << bytes.size() << "\n" << parsed.DebugString();
    }
  }
}

struct ForgeryCase {
  const char* name;
  void (*forge)(v1::Envelope&);
  const char* want;
};
class Forgery : public testing::TestWithParam<ForgeryCase> {};
TEST_P(Forgery, IsRefused) {
  World world;
  v1::Envelope envelope = Released(world);
  GetParam().forge(envelope);
  const Status status = VerifyEnvelope(world.verifier, envelope, kInCommunity);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(Message(status)), StartsWith("bad_signature"));
  EXPECT_THAT(std::string(Message(status)), HasSubstr(GetParam().want));
}
INSTANTIATE_TEST_SUITE_P(
    Table, Forgery,
    testing::Values(
        ForgeryCase{"OtherPayload", [](auto& e) { e.set_payload("{}"); }, "content hash"},
        ForgeryCase{"NoOriginProof", [](auto& e) { e.clear_origin_proof(); }, "no origin proof"},
        ForgeryCase{"NoHop", [](auto& e) { e.clear_hops(); }, "no hop"},
        ForgeryCase{"LastHopCut", [](auto& e) { e.mutable_hops()->RemoveLast(); }, "not the node of the last hop"},
        ForgeryCase{"FirstHopCut", [](auto& e) { e.mutable_hops()->DeleteSubrange(0, 1); }, "does not continue"},
        ForgeryCase{"HopsSwapped", [](auto& e) { e.mutable_hops()->SwapElements(0, 1); }, "last hop"},
        ForgeryCase{"ManyHops", [](auto& e) { while (e.hops_size() <= 8) *e.add_hops() = e.hops(1); }, "9 hops, limit is 8"},
        ForgeryCase{"OtherTopic", [](auto& e) { e.mutable_hops(1)->set_destination("energy.audience.public"); }, "another topic"},
        ForgeryCase{"OtherKind", [](auto& e) { e.set_kind(v1::RECORD_RESTRICT); }, "only an object"},
        ForgeryCase{"OtherScope", [](auto& e) { e.mutable_relay_header()->push_back('\0'); }, "relay header"},
        ForgeryCase{"OtherLedgerSequence", [](auto& e) { e.mutable_layer_header()->back() ^= 1; }, "layer header"},
        ForgeryCase{"LayerHeaderWithoutSalt", [](auto& e) { e.mutable_hops(1)->clear_salt(); }, "another layer"},
        ForgeryCase{"SaltOnAnEarlierHop", [](auto& e) { e.mutable_hops(0)->set_salt(std::string(16, 's')); }, "another layer"},
        ForgeryCase{"AddedChange", [](auto& e) { e.mutable_change()->set_version("1"); }, "chain"},
        ForgeryCase{"AddedGrant", [](auto& e) { e.mutable_change()->set_grant("delta"); }, "without their salt"},
        ForgeryCase{"HopOfAnotherNode", [](auto& e) { e.mutable_hops(1)->mutable_proof()->set_node("hub"); }, "its own node"},
        ForgeryCase{"LongSalt", [](auto& e) { e.set_salt(std::string(17, 's')); }, "salt has 17"},
        ForgeryCase{"LargePayload", [](auto& e) { e.set_payload(std::string(limits::kObjectBytesMax + 1, 'x')); }, "limit is"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Proof, OfAWriterWhoIsNotTheOneConnectedIsRefused) {
  World world;
  EXPECT_FALSE(VerifyEnvelope(world.verifier, OnIngress(world), {"energy-broker", kIngress, false}).ok());
  EXPECT_FALSE(VerifyEnvelope(world.verifier, OnIngress(world), {"delta-edge", "energy.ingress.echo", false}).ok());
}

TEST(Proof, OfAnotherNodesOriginIsRefused) {
  World world;
  v1::Envelope envelope = Publication();  // says delta-edge
  Commit(envelope, world.random);
  SignOrigins(world.broker, {&envelope});
  SignHops(world.broker, {&envelope}, {Hop(kAudience)});
  const Status status = VerifyEnvelope(world.verifier, envelope, kInCommunity);
  EXPECT_THAT(std::string(Message(status)), HasSubstr("not by the origin node"));
}

TEST(Proof, OfAnUnknownNodeSaysUnknownOrigin) {
  World world;
  const BatchSigner stranger("demo", "nobody", 1, KnownKey(9), world.random);
  v1::Envelope envelope = Publication();
  SignHops(stranger, {&envelope}, {Hop(kIngress)});
  const Status status = VerifyEnvelope(world.verifier, envelope, {"", "", true});
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(std::string(Message(status)), StartsWith("unknown_origin"));
}

TEST(Proof, OfAGatewaysPublicationNeedsNoOriginProofButExactlyOneHop) {
  World world;
  v1::Envelope envelope = Publication("11111111-0000-4000-8000-000000000000");
  SignHops(world.edge, {&envelope}, {Hop(kIngress)});
  EXPECT_TRUE(VerifyEnvelope(world.verifier, envelope, {"delta-edge", kIngress, true}).ok());
  EXPECT_FALSE(VerifyEnvelope(world.verifier, envelope, kOnIngress).ok());
  SignHops(world.edge, {&envelope}, {Hop(kIngress)});
  EXPECT_FALSE(VerifyEnvelope(world.verifier, envelope, {"delta-edge", kIngress, true}).ok());
}

TEST(Proof, OfABatchIsMadeWithOneSignature) {
  World world;
  std::vector<v1::Envelope> envelopes(40, Publication());
  std::vector<v1::Envelope*> pointers;
  for (v1::Envelope& envelope : envelopes) {
    Commit(envelope, world.random);
    pointers.push_back(&envelope);
  }
  SignOrigins(world.edge, pointers);
  SignHops(world.edge, pointers, std::vector<v1::Attestation>(40, Hop(kIngress)));
  for (const v1::Envelope& envelope : envelopes) {
    ASSERT_TRUE(VerifyEnvelope(world.verifier, envelope, kOnIngress).ok());
    EXPECT_EQ(envelope.origin_proof().signature(), envelopes[0].origin_proof().signature());
    EXPECT_EQ(envelope.hops(0).proof().signature(), envelopes[0].hops(0).proof().signature());
  }
}

}  // namespace
}  // namespace noroshi::trust
