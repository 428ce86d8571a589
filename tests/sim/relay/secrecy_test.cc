// Non-interference: two incidents that differ only in what somebody may not see look the same to him.
#include <gtest/gtest.h>

#include <set>

#include "tests/sim/relay/world.h"

namespace noroshi::test {
namespace {

constexpr uint64_t kSeeds = 5;

// What echo's and bravo's relays, and a tool of echo, are given at their sector: headers, order and payloads; proofs and salts are chance. Markers left out.
std::vector<std::string> ViewOf(const SimFederation& federation, const std::string& org) {
  std::vector<std::string> view;
  const std::string layer = org == "bravo" ? "finance" : "energy";
  for (const std::string& node : {org + "-edge", org + "-tool"}) {
    for (const auto& [header, payload] : federation.DeliveriesTo(layer, org, node)) view.push_back(node + " " + header + " " + payload);
  }
  return view;
}

// Both worlds get the same publications in the same order; the second, here and there, one more that is for charlie and foxtrot only.
TEST(Secrecy, WhatOneMayNotSeeChangesNothingThatHeIsGiven) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Dice dice(seed);
    const World world = AnyWorld(dice, 12);
    SimFederation without, with;
    for (const World::Step& step : world.steps) {
      without.Publish(step.publication);
      with.Publish(step.publication);
      const std::string hidden = fmt::format("indicator-hidden-{}", dice.Below(4));
      if (dice.Chance(50)) {
        with.Publish({"charlie", MakeObject({.nickname = hidden, .creator = "charlie", .text = "secret"}), "orgs:foxtrot", stix::Tlp::kAmber});
      } else {
        with.Publish({"charlie", MakeObject({.nickname = "report-hidden", .refs = {hidden}, .creator = "charlie"}), "orgs:foxtrot", stix::Tlp::kGreen});
      }
      if (!dice.Chance(30)) continue;
      without.RunUntilQuiet();
      with.RunUntilQuiet();
    }
    for (SimFederation* federation : {&without, &with}) {
      federation->RunUntilQuiet();
      federation->Advance(std::chrono::seconds(61));
      federation->RunUntilQuiet();
    }
    for (const std::string org : {"echo", "bravo"}) {
      const std::vector<std::string> before = ViewOf(without, org), after = ViewOf(with, org);
      ASSERT_EQ(before.size(), after.size()) << "seed " << seed << " " << org;
      for (size_t i = 0; i < before.size(); ++i) ASSERT_EQ(before[i], after[i]) << "seed " << seed << " " << org << " delivery " << i;
    }
    EXPECT_NE(ToString({{"foxtrot", with.Visible("foxtrot", "community")}}).find(IdOf("report-hidden")), std::string::npos) << "nothing was hidden";
  }
}

// A publication that refers to what its publisher may not know fares like one that refers to nothing known (sharing.md section 6).
TEST(Secrecy, AReferenceToAHiddenObjectFaresLikeOneToNothing) {
  std::vector<std::vector<std::string>> views;
  std::vector<Answer> answers;
  for (const bool exists : {false, true}) {
    SimFederation federation;
    if (exists) federation.Publish({"delta", MakeObject({.nickname = "indicator-t"}), "orgs:foxtrot", {}});
    federation.RunUntilQuiet();
    const uint64_t number = exists ? 2 : 1;
    federation.Publish({"echo", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "national", {}});
    federation.RunUntilQuiet();
    federation.Advance(std::chrono::seconds(61));
    federation.RunUntilQuiet();
    views.push_back(ViewOf(federation, "echo"));
    answers.push_back(federation.AnswerTo(number));
  }
  EXPECT_EQ(views[0], views[1]);
  EXPECT_EQ(answers[0], answers[1]);
}

// A member's record has the hash of the entry that let it go: who could write the entry down from what he knows, would find the rest of it by trying.
TEST(Secrecy, NoEntryOfALedgerCanBeGuessedFromItsHash) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-s"}), "orgs:echo,foxtrot", {}});
  federation.RunUntilQuiet();
  std::set<std::string> salts;
  size_t entries = 0;
  for (const std::string layer : {"delta", "energy"}) {
    for (const v1::LedgerEntry& entry : federation.Ledger(layer)) {
      if (entry.verdicts().empty()) continue;  // a marker; its hash goes nowhere
      EXPECT_EQ(entry.salt().size(), 16u) << layer;
      salts.insert(entry.salt());
      ++entries;
    }
  }
  EXPECT_GE(entries, 2u);
  EXPECT_EQ(salts.size(), entries);
}

}  // namespace
}  // namespace noroshi::test
