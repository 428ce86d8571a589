// An organisation ends its own grant (sharing.md section 11, taxii 130-134, AC-33): in the layer where it says so, and wherever that layer's relay handed it on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sim/federation.h"

namespace noroshi::test {
namespace {

using stix::Tlp;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Places = std::set<std::string>;

// `layer audience` wherever the version (its number; 0: any) of the object is.
Places PlacesOf(const SimFederation& federation, const std::string& nickname, int version = 0) {
  Places places;
  for (const auto& [where, set] : federation.VisibleEverywhere()) {
    for (const Shown& shown : set) {
      if (shown.id == IdOf(nickname) && (version == 0 || std::stoi(shown.version.substr(17, 2)) == version)) places.insert(where);
    }
  }
  return places;
}

std::string VersionText(int version) { return fmt::format("2026-01-01T00:00:{:02}.000Z", version); }

std::string Indicator(int version = 1, const std::string& text = "text") {
  return MakeObject({.nickname = "indicator-a", .creator = "delta", .version = version, .text = text});
}

const Places kNoPlaces;
const Places kDeltaAlone = {"delta community"};
const Places kEnergy = {"delta community", "energy community", "echo community", "foxtrot community"};

class Recall : public testing::Test {
 protected:
  void Say(const Publication& publication) {
    last_ = federation_.Publish(publication);
    federation_.RunUntilQuiet();
  }
  void End(const std::string& org, const std::string& nickname, const std::string& version = "", const std::string& at = "") {
    federation_.Recall(org, IdOf(nickname), version, at);
    federation_.RunUntilQuiet();
  }
  void TearDown() override { EXPECT_EQ(federation_.FindBreach(), ""); }

  SimFederation federation_;
  uint64_t last_ = 0;
};

TEST_F(Recall, WithdrawsFromEveryAudienceAndUplinkThatTheGrantReached) {
  Say({"delta", Indicator(), "national", {}});
  ASSERT_EQ(PlacesOf(federation_, "indicator-a").size(), 10u);
  End("delta", "indicator-a");
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kNoPlaces);
}

TEST_F(Recall, AtASectorsGatewayLeavesTheOriginItsOwn) {
  Say({"delta", Indicator(), "national", {}});
  End("delta", "indicator-a", "", "energy");
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kDeltaAlone);
}

TEST_F(Recall, OfOneVersionLeavesTheOthersAndBringsNoneBackAsNewest) {
  Say({"delta", Indicator(1), "sector", {}});
  Say({"delta", Indicator(2), "sector", {}});
  End("delta", "indicator-a", VersionText(2));
  EXPECT_EQ(PlacesOf(federation_, "indicator-a", 2), kNoPlaces);
  EXPECT_EQ(PlacesOf(federation_, "indicator-a", 1), kEnergy);
}

// The publisher said `sector` last. That he took that version back does not make the nation hear of the one before.
TEST_F(Recall, OfAVersionThatNarrowedWidensNothing) {
  Say({"delta", Indicator(1), "national", Tlp::kGreen});
  Say({"delta", Indicator(2), "sector", Tlp::kAmber});
  ASSERT_EQ(PlacesOf(federation_, "indicator-a", 1), kEnergy);
  End("delta", "indicator-a", VersionText(2), "energy");
  EXPECT_EQ(PlacesOf(federation_, "indicator-a", 1), kEnergy) << "at energy the recalled version is known";
  End("delta", "indicator-a", VersionText(2));
  EXPECT_EQ(PlacesOf(federation_, "indicator-a", 1), kDeltaAlone) << "beyond the edge nobody knows it, so nobody is asked to bound";
  for (const Shown& shown : federation_.Visible("delta", "community")) EXPECT_EQ(shown.kinds, "mc");
}

TEST_F(Recall, PublishedAgainItIsAcceptedAndStaysRecalled) {
  Say({"delta", Indicator(), "sector", {}});
  End("delta", "indicator-a");
  for (const char* scope : {"sector", "national", "org"}) {
    Say({"delta", Indicator(), scope, {}});
    EXPECT_EQ(federation_.AnswerTo(last_).status, "recalled") << scope;
    EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kNoPlaces) << scope;
  }
  Say({"delta", Indicator(2), "sector", {}});
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kEnergy) << "a new version is something new";
}

TEST_F(Recall, BeforeItsPublicationHoldsAllTheSame) {
  End("delta", "indicator-a", VersionText(1));
  Say({"delta", Indicator(), "sector", {}});
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kNoPlaces);
  End("delta", "indicator-b", VersionText(1), "energy");
  Say({"delta", MakeObject({.nickname = "indicator-b", .creator = "delta"}), "national", {}});
  EXPECT_EQ(PlacesOf(federation_, "indicator-b"), kDeltaAlone);
}

TEST_F(Recall, NeverTouchesAnotherOriginsGrant) {
  const std::string object = MakeObject({.nickname = "indicator-a"});
  Say({"delta", object, "sector", {}});
  Say({"foxtrot", object, "sector", {}});
  Say({"alfa", object, "sector", {}});
  const auto before = federation_.Ledger("energy").size();
  End("alfa", "indicator-a");
  EXPECT_EQ(federation_.Ledger("energy").size(), before) << "nothing of it concerns energy";
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kEnergy);
  End("foxtrot", "indicator-a");
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kEnergy);
  End("delta", "indicator-a");
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kNoPlaces);
}

TEST_F(Recall, OfWhatOneWasGivenChangesNothing) {
  Say({"delta", Indicator(), "sector", {}});
  End("echo", "indicator-a");
  End("echo", "indicator-a", "", "energy");
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kEnergy);
}

TEST_F(Recall, KeepsThePromiseOfThoseWhoHadBeenGivenIt) {
  const std::string object = MakeObject({.nickname = "indicator-a"});
  Say({"delta", object, "sector", {}});
  End("delta", "indicator-a", "", "energy");
  Say({"energy-isac", object, "national", {}});
  EXPECT_EQ(federation_.AnswerTo(last_).reason, "rescope_denied");
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kDeltaAlone);
}

TEST_F(Recall, TakesWhatRefersToItAlong) {
  Say({"delta", MakeObject({.nickname = "indicator-t", .creator = "delta"}), "sector", {}});
  Say({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}, .creator = "delta"}), "sector", {}});
  ASSERT_EQ(PlacesOf(federation_, "report-r"), kEnergy);
  End("delta", "indicator-t");
  EXPECT_EQ(PlacesOf(federation_, "report-r"), kNoPlaces);
  Say({"delta", MakeObject({.nickname = "report-s", .refs = {"indicator-t"}, .creator = "delta"}), "sector", {}});
  EXPECT_EQ(PlacesOf(federation_, "report-s"), kNoPlaces) << "hidden_reference";
}

// The same id, other bytes: what is wrong with an SCO can be put right under its id, and only that.
TEST_F(Recall, OfAnObjectWithoutVersionsEndsItsContent) {
  const std::string first = MakeObject({.nickname = "address-a", .text = "one"}), second = MakeObject({.nickname = "address-a", .text = "two"});
  Say({"delta", first, "sector", {}});
  End("delta", "address-a");
  Say({"delta", first, "sector", {}});
  EXPECT_EQ(PlacesOf(federation_, "address-a"), kNoPlaces);
  Say({"delta", second, "sector", {}});
  EXPECT_EQ(PlacesOf(federation_, "address-a"), kEnergy);
}

TEST_F(Recall, IsInTheLedgerBehindWhatItWithdraws) {
  Say({"delta", Indicator(), "sector", {}});
  End("delta", "indicator-a");
  const std::vector<v1::LedgerEntry> ledger = federation_.Ledger("delta");
  const v1::LedgerEntry& last = ledger.back();
  EXPECT_EQ(last.kind(), v1::ENTRY_RECALL);
  EXPECT_EQ(last.grant().origin_org(), "delta");
  EXPECT_EQ(last.grant().account(), "sim");
  EXPECT_EQ(last.facts().object_id(), IdOf("indicator-a"));
  const v1::LedgerEntry& revision = ledger.at(ledger.size() - 2);
  EXPECT_EQ(revision.status(), "recalled");
  for (const v1::LedgerVerdict& verdict : revision.verdicts()) EXPECT_TRUE(verdict.withdraw() && verdict.reason() == "recalled") << verdict.boundary();
}

TEST_F(Recall, OutlivesALostCatalog) {
  Say({"delta", Indicator(), "national", {}});
  End("delta", "indicator-a", "", "energy");
  federation_.Crash("energy", /*lose_catalog=*/true);
  federation_.RunUntilQuiet();
  Say({"delta", Indicator(), "sector", {}});
  EXPECT_EQ(PlacesOf(federation_, "indicator-a"), kDeltaAlone);
}

// Whatever part of the step's entries reached the ledger before the append failed.
TEST_F(Recall, IsFinishedAfterAnAppendThatLandedInPart) {
  for (const Fault fault : {Fault::kLost, Fault::kPrefixLanded, Fault::kLanded}) {
    SimFederation federation;
    federation.Publish({"delta", MakeObject({.nickname = "indicator-t", .creator = "delta"}), "sector", {}});
    federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}, .creator = "delta"}), "sector", {}});
    federation.RunUntilQuiet();
    bool failed = false;
    federation.SetFaults([&](std::string_view topic) {
      if (topic != "delta.ledger" || failed) return Fault::kNone;
      failed = true;
      return fault;
    });
    federation.Recall("delta", IdOf("indicator-t"));
    federation.RunUntilQuiet();
    EXPECT_TRUE(failed);
    EXPECT_EQ(ToString(federation.VisibleEverywhere()), "") << static_cast<int>(fault);
    EXPECT_EQ(federation.FindBreach(), "");
  }
}

// Only the nodes that take the organisation's publications in this layer take its recalls.
TEST_F(Recall, OfAForeignOrganisationIsNotTaken) {
  Say({"alfa", MakeObject({.nickname = "indicator-b", .creator = "alfa"}), "national", {}});
  const auto before = ToString(federation_.VisibleEverywhere());
  End("alfa", "indicator-b", "", "energy");
  EXPECT_EQ(federation_.Ledger("energy").back().reason(), "unknown_origin");
  const std::string replayed = federation_.Records("energy", "energy.ingress.energy-gateway").back();
  federation_.AppendRaw("energy", "energy.ingress.delta-edge", replayed);
  federation_.AppendRaw("finance", "finance.ingress.finance-gateway", replayed);
  federation_.RunUntilQuiet();
  EXPECT_EQ(ToString(federation_.VisibleEverywhere()), before);
}

}  // namespace
}  // namespace noroshi::test
