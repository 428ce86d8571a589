// What a record says to its next readers, and what it keeps to itself.
#include "common/relay/record.h"

#include <gtest/gtest.h>

#include "common/base/limits.h"
#include "common/relay/codec.h"
#include "common/trust/proof.h"
#include "tests/support/sim/objects.h"
#include "tests/unit/relay/layers.h"

namespace noroshi::relay {
namespace {

using test::Layers;
using test::MakeObject;

template <class Message>
Message Parsed(const std::string& bytes) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  return message;
}

class RecordTest : public testing::Test {
 protected:
  v1::Envelope Seal(Outgoing record) const {
    std::vector<Outgoing> records;
    records.push_back(std::move(record));
    return Parsed<v1::Envelope>(Sealed(context_, std::move(records)).front());
  }
  Outgoing Object() const { return ObjectRecord(context_, entry_, entry_.verdicts(0), leaf_, publication_, "delta.audience.community"); }

  const Layers layers_;
  const Context& context_ = layers_.Of("delta-edge");
  const v1::Envelope publication_ = layers_.Publication("delta-edge", {"delta", MakeObject({.nickname = "indicator-1"}), "sector"});
  const v1::LedgerEntry entry_ = test::Released(publication_, 12, {"community"});
  const Hash leaf_ = Sha256(entry_.SerializeAsString());
};

TEST_F(RecordTest, AFirstRelaysReleaseHoldsTheBytesAndAProofThatVerifies) {
  const v1::Envelope envelope = Seal(Object());
  EXPECT_EQ(envelope.payload(), publication_.payload());
  trust::Expected expected;
  expected.from_node = "delta-edge";
  expected.destination = "delta.audience.community";
  EXPECT_EQ(trust::VerifyEnvelope(*layers_.Of("energy-broker").verifier, envelope, expected), OkStatus());
  ASSERT_EQ(envelope.hops_size(), 1);
  EXPECT_EQ(envelope.hops(0).date_added_us(), entry_.stamp_us());
  EXPECT_EQ(envelope.hops(0).relay_epoch(), 4u);
  EXPECT_EQ(envelope.hops(0).ledger_leaf(), AsBytes(leaf_));
}

TEST_F(RecordTest, TheSubmissionAndItsAccountNeverLeaveTheFirstRelay) {
  const auto relay = Parsed<v1::RelayHeader>(Seal(Object()).relay_header());
  EXPECT_TRUE(relay.submission().empty());
  EXPECT_TRUE(relay.account().empty());
  EXPECT_EQ(relay.number(), 0u);
  EXPECT_EQ(relay.scope().kind(), v1::SCOPE_SECTOR);
}

TEST_F(RecordTest, AMemberGetsNeitherScopeNorNumberAndTheProofStillHolds) {
  v1::Envelope envelope = Seal(Object());
  trust::StripForMember(envelope);
  EXPECT_TRUE(envelope.relay_header().empty());
  EXPECT_TRUE(envelope.layer_header().empty());
  EXPECT_EQ(trust::VerifyEnvelope(*layers_.Of("energy-broker").verifier, envelope, {"delta-edge", "delta.audience.community"}), OkStatus());
}

TEST_F(RecordTest, OnALinkTheLayersOwnHeaderGivesWayToTheLinksNumber) {
  Outgoing record = Object();
  EXPECT_EQ(Parsed<v1::LayerHeader>(record.envelope.layer_header()).ledger_sequence(), 12u);
  trust::StripForNextLayer(record.envelope);
  NumberOnLink(context_, 77, record, 5);
  const auto link = Parsed<v1::LayerHeader>(record.envelope.layer_header());
  EXPECT_EQ(link.ledger_sequence(), 0u) << "nobody further on can count what went elsewhere";
  EXPECT_EQ(link.link_sequence(), 77u);
  EXPECT_EQ(link.link_epoch(), 5u);
}

TEST_F(RecordTest, TwoRecordsOfOneEntryDifferInTheirNonces) {
  EXPECT_NE(Object().envelope.layer_header(), Object().envelope.layer_header()) << "a commitment cannot be guessed open";
}

TEST_F(RecordTest, ALaterRelayAddsAHopAndKeepsTheOriginsProof) {
  const auto body = Parsed<v1::Envelope>(layers_.Forwarded({"delta", MakeObject({.nickname = "indicator-1"}), "sector"}));
  v1::LedgerEntry entry = entry_;
  entry.mutable_grant()->set_first_relay(false);
  const Context& broker = layers_.Of("energy-broker");
  std::vector<Outgoing> records;
  records.push_back(ObjectRecord(broker, entry, entry.verdicts(0), leaf_, body, "energy.audience.community"));
  EXPECT_FALSE(records.front().sign_origin);
  const auto envelope = Parsed<v1::Envelope>(Sealed(broker, std::move(records)).front());
  EXPECT_EQ(envelope.origin_proof().SerializeAsString(), body.origin_proof().SerializeAsString());
  ASSERT_EQ(envelope.hops_size(), 2);
  EXPECT_EQ(envelope.hops(1).from_node(), "energy-broker");
  EXPECT_EQ(trust::VerifyEnvelope(*layers_.Of("echo-edge").verifier, envelope, {"energy-broker", "energy.audience.community"}), OkStatus());
}

TEST_F(RecordTest, AWithdrawalNamesThePublicationAndHasNoBody) {
  v1::LedgerVerdict gone = entry_.verdicts(0);
  gone.set_withdraw(true);
  const v1::Envelope envelope = Seal(ChangeRecord(context_, entry_, gone, leaf_, "delta.audience.community"));
  EXPECT_EQ(envelope.kind(), v1::RECORD_WITHDRAWAL);
  EXPECT_TRUE(envelope.payload().empty());
  EXPECT_EQ(envelope.change().version(), entry_.facts().version());
  EXPECT_EQ(envelope.change().origin_node(), "delta-edge");
  EXPECT_EQ(envelope.change().origin_sequence(), 12u);
  gone.set_withdraw(false);
  EXPECT_EQ(Seal(ChangeRecord(context_, entry_, gone, leaf_, "delta.audience.community")).kind(), v1::RECORD_RESTRICT);
}

TEST_F(RecordTest, AReceiptNamesTheRuleAtHomeAndNotAbroad) {
  v1::LedgerEntry entry = entry_;
  entry.mutable_verdicts(0)->set_verdict("withhold");
  entry.mutable_verdicts(0)->set_reason("rule_denied");
  entry.mutable_verdicts(0)->set_rule("no-malware");
  EXPECT_EQ(ReceiptOf(context_, entry, false).verdicts(0).rule(), "no-malware");
  EXPECT_EQ(ReceiptOf(context_, entry, true).verdicts(0).rule(), "");
  EXPECT_EQ(ReceiptOf(context_, entry, true).verdicts(0).reason(), "rule_denied");
}

TEST_F(RecordTest, AConcealedAnswerReadsAsAnyOther) {
  v1::LedgerEntry entry = entry_;
  entry.set_concealed(true);
  entry.set_status("quarantined");
  entry.set_reason("equivocation");
  entry.set_detail("another content stands first");
  const v1::Receipt receipt = ReceiptOf(context_, entry, false);
  EXPECT_EQ(receipt.status(), "accepted");
  EXPECT_EQ(receipt.reason() + receipt.message(), "");
  for (const v1::Verdict& verdict : receipt.verdicts()) EXPECT_EQ(verdict.verdict(), "release");
}

TEST_F(RecordTest, AReceiptIsFinalUnlessSomethingIsHeld) {
  v1::LedgerEntry held = entry_;
  held.set_hold_until_us(1);
  EXPECT_TRUE(ReceiptOf(context_, entry_, false).final());
  EXPECT_FALSE(ReceiptOf(context_, held, false).final());
}

TEST(Appends, AreCutByCountAndByBytesAndKeepTheOrder) {
  std::vector<std::string> many;
  for (size_t i = 0; i < 2 * limits::kAppendRecordsMax + 1; ++i) many.push_back(std::to_string(i));
  const auto by_count = InAppends(many);
  ASSERT_EQ(by_count.size(), 3u);
  EXPECT_EQ(by_count[0].size(), limits::kAppendRecordsMax);
  EXPECT_EQ(by_count[2].front(), std::to_string(2 * limits::kAppendRecordsMax));
  const std::string large(limits::kAppendBytesMax / 2 + 1, 'x');
  const auto by_bytes = InAppends({large, large, "small"});
  ASSERT_EQ(by_bytes.size(), 2u);
  EXPECT_EQ(by_bytes[1].back(), "small");
  EXPECT_TRUE(InAppends({}).empty());
}

}  // namespace
}  // namespace noroshi::relay
