// A later, narrower word of an organisation ends what went further, wherever it said the first (sharing.md section 8): at its edge or at a gateway.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sim/federation.h"

namespace noroshi::test {
namespace {

using stix::Tlp;
using Places = std::set<std::string>;

Places PlacesOf(const SimFederation& federation, const std::string& nickname) {
  Places places;
  for (const auto& [where, set] : federation.VisibleEverywhere()) {
    for (const Shown& shown : set) {
      if (shown.id == IdOf(nickname)) places.insert(where);
    }
  }
  return places;
}

const Places kDeltaAlone = {"delta community"};
const Places kEnergy = {"delta community", "energy community", "echo community", "foxtrot community"};

class Narrowing : public testing::Test {
 protected:
  // At the gateway of the layer `at`; empty: at home.
  Answer Say(const std::string& org, int version, const std::string& scope, const std::string& at = "", std::optional<Tlp> tlp = {}) {
    Publication publication{org, MakeObject({.nickname = "indicator-a", .creator = org, .version = version}), scope, tlp};
    publication.at = at;
    const uint64_t number = federation_.Publish(publication);
    federation_.RunUntilQuiet();
    return federation_.AnswerTo(number);
  }
  Places Where() const { return PlacesOf(federation_, "indicator-a"); }
  void TearDown() override { EXPECT_EQ(federation_.FindBreach(), ""); }

  SimFederation federation_;
};

TEST_F(Narrowing, AtTheGatewayOfWhatTheEdgePublishedIsFollowed) {
  Say("delta", 1, "national");
  ASSERT_EQ(Where().size(), 10u);
  EXPECT_EQ(Say("delta", 1, "sector", "energy").status, "accepted");
  EXPECT_EQ(Where(), kEnergy);
}

TEST_F(Narrowing, AtTheEdgeIsFollowedWhereItReachesTheGatewaysLayer) {
  Say("delta", 1, "national", "energy");
  ASSERT_EQ(Where().size(), 10u);
  EXPECT_EQ(Say("delta", 1, "sector").status, "accepted");
  EXPECT_EQ(Where(), kEnergy);
}

// The edge tells the sector nothing of what stays at home, so it cannot end there what the sector's gateway took.
TEST_F(Narrowing, AtTheEdgeBelowTheGatewaysLayerIsRefused) {
  Say("delta", 1, "sector", "energy");
  ASSERT_EQ(Where(), kEnergy);
  for (const int version : {1, 2}) {
    const Answer answer = Say("delta", version, "org");
    EXPECT_EQ(answer.status + " " + answer.reason, "refused scope_ambiguous") << version;
  }
  std::string told;
  for (const v1::LedgerEntry& entry : federation_.Ledger("delta")) {
    if (entry.reason() == "scope_ambiguous") told = entry.detail();
  }
  EXPECT_THAT(told, testing::HasSubstr("gateway of `energy`")) << "and it says where";
  EXPECT_EQ(Where(), kEnergy);
  federation_.Recall("delta", IdOf("indicator-a"), "", "energy");
  federation_.RunUntilQuiet();
  EXPECT_EQ(Say("delta", 2, "org").status, "accepted") << "as told: ended there first";
  EXPECT_EQ(Where(), kDeltaAlone);
}

TEST_F(Narrowing, OfAnIsacBelowTheNationIsRefused) {
  Say("energy-isac", 1, "national", "national");
  ASSERT_TRUE(Where().contains("finance community"));
  EXPECT_EQ(Say("energy-isac", 1, "sector", "energy").reason, "scope_ambiguous");
  EXPECT_EQ(Say("energy-isac", 2, "sectors:energy,finance", "energy").status, "accepted") << "what reaches the nation changes it there";
}

// --- what a member's own relay is told of what it never had ---

std::vector<std::string> GivenTo(const SimFederation& federation, const std::string& org) {
  std::vector<std::string> given;
  for (const auto& [header, payload] : federation.DeliveriesTo("energy", org, org + "-edge")) {
    if (header.find(IdOf("address-a")) == std::string::npos) continue;
    given.push_back(header.substr(0, header.find(' ', 10)) + (payload.find("two") != std::string::npos ? " two" : payload.empty() ? "" : " one"));
  }
  return given;
}

class Unseen : public testing::Test {
 protected:
  // Members and clients are shown delta's variant, so that foxtrot's is for partners only: no member's relay is given it.
  void SetUp() override {
    federation_.Publish({"delta", MakeObject({.nickname = "address-a", .text = "one"}), "sector", Tlp::kAmber});
    federation_.RunUntilQuiet();
    federation_.Publish({"foxtrot", MakeObject({.nickname = "address-a", .text = "two"}), "sector", Tlp::kGreen});
    federation_.RunUntilQuiet();
    ASSERT_THAT(GivenTo(federation_, "echo"), testing::ElementsAre("community 1 one"));
  }
  SimFederation federation_;
};

TEST_F(Unseen, IsGoneWithoutAWord) {
  federation_.Recall("foxtrot", IdOf("address-a"));
  federation_.RunUntilQuiet();
  EXPECT_THAT(GivenTo(federation_, "echo"), testing::ElementsAre("community 1 one"));
}

TEST_F(Unseen, IsGivenOnceMembersMayReadIt) {
  federation_.Recall("delta", IdOf("address-a"));
  federation_.RunUntilQuiet();
  EXPECT_THAT(GivenTo(federation_, "echo"), testing::UnorderedElementsAre("community 1 one", "community 2", "community 1 two"));
  EXPECT_EQ(PlacesOf(federation_, "address-a").count("echo community"), 1u);
  EXPECT_EQ(federation_.FindBreach(), "");
}

}  // namespace
}  // namespace noroshi::test
