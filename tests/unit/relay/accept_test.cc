// accept: what a node takes from its publishers, and what it writes into its ingress.
#include "common/relay/accept.h"

#include <gtest/gtest.h>

#include "common/base/limits.h"
#include "common/log/backends.h"
#include "common/relay/codec.h"
#include "common/relay/node_acceptor.h"
#include "common/trust/proof.h"
#include "tests/support/sim/fault_log.h"
#include "tests/support/sim/federation.h"
#include "tests/support/sim/objects.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/relay/layers.h"

namespace noroshi::relay {
namespace {

using test::MakeObject;

class AcceptTest : public testing::Test {
 protected:
  AcceptTest() : log_(log::CreateMemoryLog()), shaky_(*log_, faults_) {}
  void Open(const std::string& node) {
    acceptor_.reset();
    node_ = node;
    layer_ = layers_.Of(node).relay.layer;
    for (const std::string& topic : {IngressTopic(layer_, node), ReceiptsTopic(layer_, node)}) ASSERT_EQ(log_->EnsureTopic(topic), OkStatus());
    NodeAcceptor::Options options{directory_.path() + "/" + node, layer_, node, node.ends_with("-gateway")};
    auto made = NodeAcceptor::Create(options, [this, node] { return layers_.SharedOf(node); }, shaky_, clock_);
    ASSERT_TRUE(made.ok()) << made.status();
    acceptor_ = *std::move(made);
  }
  StatusOr<std::vector<ItemResult>> Accept(const PublishOptions& options, const std::vector<std::string>& objects) {
    std::vector<stix::InputItem> items;
    for (const std::string& object : objects) items.push_back({items.size() + 1, object, OkStatus()});
    return acceptor_->Accept("s", options, items);
  }
  std::vector<v1::Envelope> Ingress() const {
    std::vector<v1::Envelope> out;
    const std::string topic = IngressTopic(layer_, node_);
    const log::Bounds bounds = *log_->GetBounds(topic);
    const auto reader = *log_->Read({{topic, 0}});
    while (out.size() < bounds.end) {
      const auto batch = reader->Poll(std::chrono::milliseconds(0));
      for (const std::string& record : batch->records) out.emplace_back().ParseFromString(record);
    }
    return out;
  }
  static v1::RelayHeader RelayHeaderOf(const v1::Envelope& envelope) {
    v1::RelayHeader header;
    header.ParseFromString(envelope.relay_header());
    return header;
  }
  static PublishOptions As(const std::string& org, const std::string& scope = "") {
    PublishOptions options;
    options.org = org;
    options.account = "analyst";
    if (!scope.empty()) options.scope = *policy::ParseScope(scope);
    return options;
  }

  const test::TempDirectory directory_;
  const test::Layers layers_;
  test::VirtualClock clock_;
  const std::unique_ptr<log::Log> log_;
  test::FaultPlan faults_;  // of appends
  test::FaultLog shaky_;
  std::unique_ptr<NodeAcceptor> acceptor_;
  std::string node_, layer_;
};

TEST_F(AcceptTest, KeepsTheBytesAndWhatWasWished) {
  Open("delta-edge");
  PublishOptions options = As("delta", "orgs:echo,alfa");
  options.tlp = stix::Tlp::kGreen;
  options.declassify = true;
  const std::string object = MakeObject({.nickname = "indicator-1", .text = "  spaces \\u00e9 stay "});
  const auto results = Accept(options, {object});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->at(0).state, ItemState::kPending);
  EXPECT_EQ(results->at(0).id, test::IdOf("indicator-1"));
  const v1::Envelope envelope = Ingress().at(0);
  EXPECT_EQ(envelope.payload(), object);
  const v1::RelayHeader header = RelayHeaderOf(envelope);
  EXPECT_EQ(header.scope().kind(), v1::SCOPE_ORGS);
  EXPECT_EQ(header.scope().names_size(), 2);
  EXPECT_EQ(header.envelope_tlp(), v1::TLP_GREEN);
  EXPECT_TRUE(header.declassify());
  EXPECT_EQ(header.account(), "analyst");
  EXPECT_EQ(envelope.hops_size(), 0) << "an edge's own ingress is its own: nothing to prove";
}

TEST_F(AcceptTest, NothingSaidTakesTheNodesDefaultsAndClaimsNoTlp) {
  Open("delta-edge");
  ASSERT_TRUE(Accept(As("delta"), {MakeObject({.nickname = "indicator-1"})}).ok());
  const v1::RelayHeader header = RelayHeaderOf(Ingress().at(0));
  EXPECT_EQ(header.scope().kind(), v1::SCOPE_SECTOR);
  EXPECT_EQ(header.envelope_tlp(), v1::TLP_UNSPECIFIED) << "the relay fills the default in, and knows that it was one";
  EXPECT_EQ(header.attribution(), v1::ATTRIBUTION_NAMED);
}

TEST_F(AcceptTest, AFaultyObjectCostsItselfAndIsNamed) {
  Open("delta-edge");
  const std::string good = MakeObject({.nickname = "indicator-1"}), other = MakeObject({.nickname = "indicator-3"});
  std::string bad = MakeObject({.nickname = "indicator-2"});
  bad.replace(bad.find("\"pattern\""), 9, "\"x_other\"");
  const auto results = Accept(As("delta"), {good, bad, other});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->at(1).state, ItemState::kRefused);
  EXPECT_EQ(results->at(1).reason, "invalid_object");
  EXPECT_EQ(results->at(1).id, test::IdOf("indicator-2"));
  EXPECT_NE(results->at(1).message.find("pattern"), std::string::npos) << results->at(1).message;
  EXPECT_EQ(Ingress().size(), 2u);
  const auto state = acceptor_->Find("s", "delta", 0, 10);
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(std::make_tuple(state->total, state->refused), std::make_tuple(3u, 1u));
}

TEST_F(AcceptTest, ObjectsWithoutAVersionGetDifferentStampsAtOneMoment) {
  Open("delta-edge");
  const auto results = Accept(As("delta"), {MakeObject({.nickname = "address-a"}), MakeObject({.nickname = "address-b"})});
  ASSERT_TRUE(results.ok());
  EXPECT_LT(results->at(0).version, results->at(1).version);
}

TEST_F(AcceptTest, MoreThanARequestMayHoldIsRefusedWholeWithBothNumbers) {
  Open("delta-edge");
  const std::vector<stix::InputItem> items(limits::kObjectsPerRequestMax + 1);
  const Status status = acceptor_->Accept("s", As("delta"), items).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(Message(status).find(std::to_string(limits::kObjectsPerRequestMax)), std::string_view::npos);
  EXPECT_TRUE(Ingress().empty());
}

TEST_F(AcceptTest, AGatewaySignsAndNumbersAndGoesOnBehindARestart) {
  for (uint64_t round = 1; round <= 2; ++round) {
    Open("energy-gateway");
    ASSERT_TRUE(Accept(As("foxtrot"), {MakeObject({.nickname = "indicator-1"}), MakeObject({.nickname = "indicator-2"})}).ok());
  }
  const std::vector<v1::Envelope> records = Ingress();
  ASSERT_EQ(records.size(), 4u);
  for (size_t i = 0; i < records.size(); ++i) {
    v1::LayerHeader link;
    ASSERT_TRUE(link.ParseFromString(records[i].layer_header()));
    EXPECT_EQ(link.link_sequence(), i + 1);
    EXPECT_EQ(trust::VerifyEnvelope(*layers_.Of("energy-broker").verifier, records[i], {"energy-gateway", "energy.ingress.energy-gateway", true}), OkStatus());
  }
}

// The first append behind a restart of the layer's relay fails with the stream it was for; the publisher need not know.
TEST_F(AcceptTest, AGatewayAsksASecondTimeAndNothingIsThereTwice) {
  using test::Fault;
  Open("energy-gateway");
  const std::vector<std::string> objects = {MakeObject({.nickname = "indicator-1"}), MakeObject({.nickname = "indicator-2"}), MakeObject({.nickname = "indicator-3"})};
  uint64_t number = 0;
  for (const Fault fault : {Fault::kNone, Fault::kLost, Fault::kPrefixLanded, Fault::kLanded, Fault::kNone}) {
    faults_ = [fault, asked = 0](std::string_view) mutable { return asked++ == 0 ? fault : Fault::kNone; };
    const auto accepted = Accept(As("foxtrot"), objects);
    ASSERT_TRUE(accepted.ok()) << static_cast<int>(fault) << " " << accepted.status();
    for (const v1::Envelope& record : Ingress()) {
      v1::LayerHeader link;
      ASSERT_TRUE(link.ParseFromString(record.layer_header()));
      number = std::max(number, link.link_sequence());
    }
    EXPECT_EQ(number, Ingress().size()) << static_cast<int>(fault) << ": no hole, nothing twice";
  }
  EXPECT_EQ(number, 15u);
}

TEST_F(AcceptTest, AGatewayThatFailsTwiceSaysSoAndGoesOnLater) {
  Open("energy-gateway");
  faults_ = [](std::string_view) { return test::Fault::kLost; };
  EXPECT_EQ(Accept(As("foxtrot"), {MakeObject({.nickname = "indicator-1"})}).status().code(), StatusCode::kUnavailable);
  faults_ = {};
  EXPECT_TRUE(Accept(As("foxtrot"), {MakeObject({.nickname = "indicator-2"})}).ok());
  EXPECT_EQ(Ingress().size(), 1u);
}

TEST_F(AcceptTest, AnEdgeDoesNotAskTwice) {
  Open("delta-edge");
  faults_ = [asked = 0](std::string_view) mutable { return asked++ == 0 ? test::Fault::kLanded : test::Fault::kNone; };
  EXPECT_EQ(Accept(As("delta"), {MakeObject({.nickname = "indicator-1"})}).status().code(), StatusCode::kUnavailable) << "it could not tell what landed";
}

}  // namespace
}  // namespace noroshi::relay
