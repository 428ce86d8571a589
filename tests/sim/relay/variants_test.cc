// Of an object without versions an audience shows its first variant (sharing.md section 8), whatever other audiences are shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/relay/codec.h"
#include "tests/support/sim/federation.h"

namespace noroshi::test {
namespace {

using stix::Tlp;
using testing::HasSubstr;

std::vector<v1::Envelope> RecordsOf(const SimFederation& federation, const std::string& topic, const std::string& nickname) {
  std::vector<v1::Envelope> found;
  for (const std::string& record : federation.Records(topic.substr(0, topic.find('.')), topic)) {
    v1::Envelope envelope;
    v1::OriginHeader origin;
    if (envelope.ParseFromString(record) && origin.ParseFromString(envelope.origin_header()) && origin.object_id() == IdOf(nickname)) {
      found.push_back(std::move(envelope));
    }
  }
  return found;
}

TEST(Sco, ShowsTheFirstOfThoseThatReachTheAudience) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "address-a", .text = "one"}), "orgs:echo", {}});
  federation.RunUntilQuiet();
  federation.Publish({"foxtrot", MakeObject({.nickname = "address-a", .text = "two"}), "national", Tlp::kGreen});
  federation.RunUntilQuiet();
  for (const char* topic : {"energy.audience.community", "national.audience.community", "finance.audience.community"}) {
    const auto records = RecordsOf(federation, topic, "address-a");
    ASSERT_EQ(records.size(), 1u) << topic;
    EXPECT_THAT(records[0].payload(), HasSubstr("two")) << topic;
  }
  // Where both came, the first is shown to whom it may be, and the second to the others.
  for (const auto& [org, first_kinds] : std::map<std::string, policy::Kinds>{{"delta", policy::kMember | policy::kClient}, {"echo", policy::kMember}}) {
    const auto records = RecordsOf(federation, org + ".audience.community", "address-a");
    ASSERT_EQ(records.size(), 2u) << org;
    v1::LayerHeader first, second;
    ASSERT_TRUE(first.ParseFromString(records[0].layer_header()) && second.ParseFromString(records[1].layer_header()));
    EXPECT_EQ(first.kinds(), first_kinds) << org;
    EXPECT_EQ(second.kinds(), (policy::kMember | policy::kClient | policy::kPartner) & ~first_kinds) << org;
  }
  EXPECT_EQ(federation.FindBreach(), "");
}

TEST(Sco, ShowsTheNextWhenTheFirstIsGone) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "address-a", .text = "one"}), "sector", {}});
  federation.RunUntilQuiet();
  federation.Publish({"foxtrot", MakeObject({.nickname = "address-a", .text = "two"}), "sector", {}});
  federation.RunUntilQuiet();
  ASSERT_EQ(RecordsOf(federation, "energy.audience.community", "address-a").size(), 1u);
  federation.Recall("delta", IdOf("address-a"));
  federation.RunUntilQuiet();
  const auto records = RecordsOf(federation, "energy.audience.community", "address-a");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1].kind() == v1::RECORD_WITHDRAWAL ? records[2].kind() : records[1].kind(), v1::RECORD_OBJECT);
  const auto echo = RecordsOf(federation, "echo.audience.community", "address-a");
  EXPECT_THAT(echo.back().kind() == v1::RECORD_OBJECT ? echo.back().payload() : echo.at(1).payload(), HasSubstr("two"));
}

// What a layer told a publisher of his: `layer audience verdict`, in order.
std::vector<std::string> Told(const SimFederation& federation, const std::string& layer, const std::string& node) {
  std::vector<std::string> told;
  for (const std::string& record : federation.Records(layer, relay::ReceiptsTopic(layer, node))) {
    v1::Envelope envelope;
    EXPECT_TRUE(envelope.ParseFromString(record));
    for (const v1::Receipt& receipt : envelope.receipts()) {
      if (receipt.layer() != layer) continue;  // of members further on, which answer when they get something
      told.push_back(receipt.status() + " " + receipt.reason());
      for (const v1::Verdict& verdict : receipt.verdicts()) told.push_back(verdict.audience() + " " + verdict.verdict() + " " + verdict.reason());
    }
  }
  return told;
}

// Foxtrot may not know what delta gave echo: its sector tells it what it would tell it without (sharing.md section 8), then and later.
TEST(Sco, AVariantThatOneMayNotKnowIsNotToBeInferred) {
  std::vector<std::vector<std::string>> told;
  for (const bool exists : {false, true}) {
    SimFederation federation;
    if (exists) federation.Publish({"delta", MakeObject({.nickname = "address-a", .text = "one"}), "orgs:echo", {}});
    federation.RunUntilQuiet();
    federation.Publish({"foxtrot", MakeObject({.nickname = "address-a", .text = "two"}), "orgs:echo", {}});
    federation.RunUntilQuiet();
    told.push_back(Told(federation, "energy", "foxtrot-edge"));
    if (exists) federation.Recall("delta", IdOf("address-a"));
    federation.RunUntilQuiet();
    EXPECT_THAT(RecordsOf(federation, "energy.audience.inbox.echo", "address-a").back().payload(), HasSubstr("two"));
    told.push_back(Told(federation, "energy", "foxtrot-edge"));
  }
  EXPECT_THAT(told, testing::Each(told[0]));
  EXPECT_THAT(told[0], testing::ElementsAre("accepted ", "inbox/echo release "));
}

}  // namespace
}  // namespace noroshi::test
