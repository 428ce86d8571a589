// Section 6 of sharing.md, at the broker of energy unless a test says otherwise.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/policy/world.h"

namespace noroshi::policy {
namespace {

using namespace testing;  // NOLINT

class Known : public TargetSource {
 public:
  std::map<std::string, Target> targets;
  const Target& Find(const std::string& id) override { return targets.contains(id) ? targets[id] : unknown_; }

 private:
  Target unknown_;
};

class References : public ::testing::Test {
 protected:
  GrantView Grant(const std::string& origin, const std::string& scope, stix::Tlp tlp = stix::Tlp::kAmber) {
    return {origin, Resolved(world, origin, scope), tlp, relay.kind == LayerKind::kOrganisation ? "" : origin};
  }
  Candidate Publish(const std::string& id, const std::string& origin, const std::string& scope, std::vector<std::string> refs,
                    stix::Tlp tlp = stix::Tlp::kAmber) {
    Candidate candidate{id, Grant(origin, scope, tlp), {}, std::move(refs), {}, false, false};
    for (const Boundary& b : Route(world, relay, candidate.grant)) candidate.base[b] = KindsFor(relay.kind, b, tlp);
    return candidate;
  }
  void Release(const std::string& id, const GrantView& grant) {
    Target& target = known.targets[id];
    target.grants.push_back({grant, GrantStatus::kActive});
    for (const Boundary& b : Route(world, relay, grant)) target.visible[b] |= KindsFor(relay.kind, b, grant.tlp);
  }
  // `release`, `withhold hidden_reference` ... of the first candidate (or another) at a boundary.
  std::string At(const std::vector<Candidate>& candidates, const std::string& boundary, size_t which = 0) {
    const BoundaryOutcome at = Settle(world, relay, candidates, known)[which].at(BoundaryOf(boundary));
    std::string text(VerdictName(at.decision.verdict));
    if (at.decision.reason != Reason::kNone) text += " " + std::string(ReasonName(at.decision.reason));
    return at.dangling ? text + " dangling" : text;
  }
  Kinds KindsAt(const std::vector<Candidate>& candidates, const std::string& boundary) {
    return Settle(world, relay, candidates, known)[0].at(BoundaryOf(boundary)).kinds;
  }
  ReferenceAnswer Judge(const GrantView& referrer, const std::string& at, const std::string& id, bool hidden = false) {
    return JudgeReference(world, relay, referrer, BoundaryOf(at), known.Find(id), hidden).answer;
  }

  Membership world = MakeWorld();
  RelayContext relay = RelayOf(world, "energy");
  Known known;
};

TEST_F(References, ToWhatAllReadersSeeAreFine) {
  Release("t", Grant("echo", "sector"));
  EXPECT_EQ(At({Publish("r", "delta", "sector", {"t"})}, "community"), "release");
  EXPECT_EQ(At({Publish("r", "delta", "orgs:foxtrot", {"t"})}, "inbox/foxtrot"), "release");
}

TEST_F(References, AreFineWhenGroupsAndInboxesTogetherCoverTheReaders) {
  Release("t", Grant("delta", "orgs:echo,foxtrot", stix::Tlp::kGreen));
  EXPECT_EQ(At({Publish("r", "delta", "orgs:echo", {"t"})}, "inbox/echo"), "release");
  // group power-only: delta reads no inbox of it
  EXPECT_EQ(At({Publish("r", "delta", "group:power-only", {"t"})}, "group/" + kPowerOnly), "withhold hidden_reference");
  Release("t", Grant("echo", "orgs:delta", stix::Tlp::kGreen));
  known.targets["t"].visible[BoundaryOf("inbox/delta")] = kMember;
  EXPECT_EQ(At({Publish("r", "delta", "group:power-only", {"t"}, stix::Tlp::kGreen)}, "group/" + kPowerOnly), "release");
  EXPECT_EQ(KindsAt({Publish("r", "delta", "group:power-only", {"t"}, stix::Tlp::kGreen)}, "group/" + kPowerOnly), kMember);
}

TEST_F(References, ToWhatThePublisherKnowsAndSomeReaderDoesNotAreHidden) {
  Release("t", Grant("echo", "group:power-only"));
  EXPECT_EQ(At({Publish("r", "delta", "sector", {"t"})}, "community"), "withhold hidden_reference");
  EXPECT_EQ(At({Publish("r", "delta", "group:power-only", {"t"})}, "group/" + kPowerOnly), "release");
}

TEST_F(References, ToWhatThePublisherDoesNotKnowLookLikeTheUnknown) {
  Release("t", Grant("echo", "orgs:foxtrot"));
  Candidate waiting = Publish("r", "delta", "sector", {"t"});
  waiting.may_wait = true;
  Candidate unknown = Publish("r", "delta", "sector", {"nowhere"});
  unknown.may_wait = true;
  EXPECT_EQ(At({waiting}, "community"), "hold unresolved_reference");
  EXPECT_EQ(At({unknown}, "community"), "hold unresolved_reference");
  waiting.may_wait = unknown.may_wait = false;
  EXPECT_EQ(At({waiting}, "community"), "release dangling");
  EXPECT_EQ(At({unknown}, "community"), "release dangling");
  unknown.deny_dangling = true;
  EXPECT_EQ(At({unknown}, "community"), "withhold unresolved_reference");
}

TEST_F(References, ToRecalledOrRefusedObjectsAreHiddenFromThoseWhoKnewThem) {
  known.targets["recalled"].grants.push_back({Grant("echo", "sector"), GrantStatus::kRecalled});
  known.targets["refused"].grants.push_back({Grant("delta", "sector"), GrantStatus::kBarred});
  EXPECT_EQ(Judge(Grant("delta", "sector"), "community", "recalled"), ReferenceAnswer::kHidden);
  EXPECT_EQ(Judge(Grant("delta", "sector"), "community", "refused"), ReferenceAnswer::kHidden);
  EXPECT_EQ(Judge(Grant("echo", "sector"), "community", "refused"), ReferenceAnswer::kUnresolved);
}

TEST_F(References, ToPendingObjectsWaitWhereThePublisherKnowsThem) {
  known.targets["t"].grants.push_back({Grant("echo", "sector"), GrantStatus::kActive});
  known.targets["t"].pending = true;
  EXPECT_EQ(Judge(Grant("delta", "sector"), "community", "t"), ReferenceAnswer::kPending);
  EXPECT_EQ(At({Publish("r", "delta", "sector", {"t"})}, "community"), "hold unresolved_reference");
  known.targets["t"].grants[0].grant = Grant("echo", "orgs:foxtrot");
  EXPECT_EQ(Judge(Grant("delta", "sector"), "community", "t"), ReferenceAnswer::kUnresolved);
}

TEST_F(References, HiddenOnesWinOverThoseThatWait) {
  Release("t", Grant("delta", "orgs:echo"));
  Candidate candidate = Publish("r", "delta", "sector", {"nowhere", "t"});
  candidate.may_wait = true;
  EXPECT_EQ(At({candidate}, "community"), "withhold hidden_reference");
}

TEST_F(References, NarrowTheKindsOfAccountThatMayRead) {
  Release("t", Grant("echo", "sector", stix::Tlp::kAmberStrict));
  EXPECT_EQ(KindsAt({Publish("r", "delta", "sector", {"t"}, stix::Tlp::kGreen)}, "community"), kMember);
  EXPECT_EQ(KindsAt({Publish("r", "delta", "sector", {}, stix::Tlp::kGreen)}, "community"), kMember | kClient | kPartner);
}

TEST_F(References, InPublicNeedTheTargetInPublic) {
  Release("t", Grant("delta", "national", stix::Tlp::kClear));
  EXPECT_EQ(At({Publish("r", "delta", "public", {"t"}, stix::Tlp::kClear)}, "public"), "withhold hidden_reference");
  EXPECT_EQ(At({Publish("r", "delta", "public", {"t"}, stix::Tlp::kClear)}, "community"), "release");
  Release("t", Grant("delta", "public", stix::Tlp::kClear));
  EXPECT_EQ(KindsAt({Publish("r", "delta", "public", {"t"}, stix::Tlp::kClear)}, "public"), kMember | kClient | kPartner | kAnonymous);
}

TEST_F(References, AtAnEdgeToRedAreForTheCleared) {
  relay = RelayOf(world, "delta");
  Release("t", Grant("delta", "org", stix::Tlp::kRed));
  EXPECT_EQ(KindsAt({Publish("r", "delta", "sector", {"t"})}, "community"), kRed);
  EXPECT_EQ(At({Publish("r", "delta", "sector", {"t"})}, "uplink/energy"), "withhold hidden_reference");
  Release("plain", Grant("delta", "org"));
  EXPECT_EQ(KindsAt({Publish("r", "delta", "org", {"plain"}, stix::Tlp::kRed)}, "inbox/delta"), kRed);
}

TEST_F(References, CrossAnUplinkWhenTheTargetDidOrCameFromThere) {
  Release("sent", Grant("delta", "national"));
  known.targets["from-above"].grants.push_back({{"alfa", ScopeOf("national"), stix::Tlp::kAmber, "national"}, GrantStatus::kActive});
  Release("stays", Grant("delta", "sector"));
  EXPECT_EQ(At({Publish("r", "delta", "national", {"sent", "from-above"})}, "uplink/national"), "release");
  EXPECT_EQ(At({Publish("r", "delta", "national", {"stays"})}, "uplink/national"), "withhold hidden_reference");
  EXPECT_EQ(At({Publish("r", "delta", "national", {"stays"})}, "community"), "release");
}

TEST_F(References, BeyondAHiddenNameCompareScopes) {
  Release("wide", Grant("delta", "national"));
  Release("narrow", Grant("delta", "sectors:finance"));
  EXPECT_EQ(Judge(Grant("delta", "national"), "uplink/national", "narrow"), ReferenceAnswer::kFine);
  EXPECT_EQ(Judge(Grant("delta", "national"), "uplink/national", "narrow", /*hidden=*/true), ReferenceAnswer::kHidden);
  EXPECT_EQ(Judge(Grant("delta", "national"), "uplink/national", "wide", /*hidden=*/true), ReferenceAnswer::kFine);
}

TEST_F(References, OfACycleAreReleasedTogetherOrNotAtAll) {
  std::vector<Candidate> cycle = {Publish("a", "delta", "sector", {"b", "a"}), Publish("b", "echo", "sector", {"c"}), Publish("c", "delta", "sector", {"a"})};
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(At(cycle, "community", i), "release");
  cycle[2] = Publish("c", "delta", "sector", {"a", "nowhere"});
  cycle[2].may_wait = true;
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(At(cycle, "community", i), "hold unresolved_reference");
  Release("secret", Grant("delta", "orgs:echo"));
  cycle[2].refs.push_back("secret");
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(At(cycle, "community", i), "withhold hidden_reference");
}

TEST_F(References, SeeAnyVersionOfTheTarget) {
  const std::vector<Candidate> candidates = {Publish("r", "delta", "sector", {"t"}), Publish("t", "delta", "orgs:echo", {}), Publish("t", "delta", "sector", {})};
  EXPECT_EQ(At(candidates, "community"), "release");
}

TEST_F(References, ToAnUnknownMarkingStopTheWholeGrantWhenTheWaitEnds) {
  Release("narrow", Grant("delta", "orgs:echo"));
  Candidate candidate = Publish("r", "delta", "national", {"narrow"});
  candidate.marking_refs = {"marking"};
  candidate.may_wait = true;
  EXPECT_EQ(At({candidate}, "uplink/national"), "withhold hidden_reference");
  candidate.refs.clear();
  EXPECT_EQ(At({candidate}, "community"), "hold unresolved_reference");
  candidate.may_wait = false;
  EXPECT_EQ(At({candidate}, "community"), "quarantine unknown_marking");
  EXPECT_EQ(At({candidate}, "uplink/national"), "quarantine unknown_marking");
  // For its own publisher it is hidden now, for others unknown.
  EXPECT_EQ(At({Publish("own", "delta", "sector", {"r"}), candidate}, "community"), "withhold hidden_reference");
  EXPECT_EQ(At({Publish("other", "echo", "sector", {"r"}), candidate}, "community"), "release dangling");
  Release("marking", Grant("echo", "national"));
  EXPECT_EQ(At({candidate}, "community"), "release");
}

TEST_F(References, AtARecipientsEdgeFollowWhatIsThere) {
  relay = RelayOf(world, "alfa");
  const GrantView foreign{"delta", {}, stix::Tlp::kAmber, "finance"};
  known.targets["withheld"].grants.push_back({{"echo", {}, stix::Tlp::kAmber, "finance"}, GrantStatus::kActive});
  EXPECT_EQ(Judge(foreign, "community", "withheld"), ReferenceAnswer::kHidden);
  EXPECT_EQ(Judge(foreign, "community", "nowhere"), ReferenceAnswer::kUnresolved);
  known.targets["official"].always_fine = true;
  EXPECT_EQ(Judge(foreign, "community", "official"), ReferenceAnswer::kFine);
}

TEST_F(References, InALongChainNeedNoStack) {
  std::vector<Candidate> chain;
  for (int i = 0; i < 100'000; ++i) chain.push_back(Publish("o" + std::to_string(i), "delta", "sector", {"o" + std::to_string(i + 1)}));
  chain.back().deny_dangling = true;
  const std::vector<Outcome> outcomes = Settle(world, relay, chain, known);
  for (const size_t i : {size_t{0}, chain.size() / 2, chain.size() - 2}) {
    EXPECT_EQ(outcomes[i].at(BoundaryOf("community")).decision.reason, Reason::kHiddenReference);
  }
  chain.back().deny_dangling = false;
  EXPECT_TRUE(Settle(world, relay, chain, known)[0].at(BoundaryOf("community")).decision.releases());
}

TEST_F(References, OfAThousandToOneHubAreDecidedTogether) {
  std::vector<Candidate> star;
  std::vector<std::string> all;
  for (int i = 0; i < 1'000; ++i) {
    all.push_back("o" + std::to_string(i));
    star.push_back(Publish(all.back(), "delta", "national", {"hub"}));
  }
  star.push_back(Publish("hub", "delta", "national", all));  // and back: one component
  for (const Outcome& outcome : Settle(world, relay, star, known)) EXPECT_TRUE(outcome.at(BoundaryOf("uplink/national")).decision.releases());
  star.back() = Publish("hub", "delta", "sector", all);
  for (const Outcome& outcome : Settle(world, relay, star, known)) EXPECT_TRUE(outcome.at(BoundaryOf("community")).decision.releases());
  EXPECT_EQ(At(star, "uplink/national"), "withhold hidden_reference");
}

}  // namespace
}  // namespace noroshi::policy
