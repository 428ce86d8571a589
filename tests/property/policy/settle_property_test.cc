// Laws of references: the same answer as the naive model, whatever the order and the batches; restrictions only narrow; what is hidden leaves no trace.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/property/policy/generators.h"
#include "tests/property/policy/second_settle.h"

namespace noroshi::policy {
namespace {

using namespace testing;  // NOLINT

RelayContext AnyRelay(const Membership& world) { return RelayOf(world, *rc::gen::elementOf(kRelays)); }

// `0 community 3` ...: what can be seen in the end, candidate by candidate.
std::vector<std::string> Visible(const std::vector<Outcome>& outcomes) {
  std::vector<std::string> visible;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    for (const auto& [boundary, at] : outcomes[i]) {
      if (at.decision.releases()) visible.push_back(fmt::format("{} {} {} {}", i, FormatBoundary(boundary), at.kinds, at.dangling));
    }
  }
  return visible;
}

std::map<std::string, Target> AnyOutside(const Membership& world, const RelayContext& relay) {
  std::map<std::string, Target> outside;
  for (int id = 6; id < 10; ++id) {  // some of them candidates as well
    if (*rc::gen::inRange(0, 2) == 0) continue;
    Target& target = outside[ObjectId(id)];
    TargetGrant grant{AnyGrantAt(world, relay), static_cast<GrantStatus>(*rc::gen::inRange(0, 3))};
    if (grant.status == GrantStatus::kActive && *rc::gen::inRange(0, 3) != 0) {
      for (const Boundary& b : Route(world, relay, grant.grant)) target.visible[b] = KindsFor(relay.kind, b, grant.grant.tlp);
      std::erase_if(target.visible, [](const auto& entry) { return entry.first.IsReadHere() && entry.second == 0; });
    }
    target.grants.push_back(std::move(grant));
    target.pending = *rc::gen::inRange(0, 5) == 0;
    target.always_fine = *rc::gen::inRange(0, 8) == 0;
  }
  return outside;
}

RC_GTEST_PROP(Settle, AgreesWithTheNaiveModel, ()) {
  const Membership world = MakeWorld();
  const RelayContext relay = AnyRelay(world);
  const std::vector<Candidate> candidates = AnyCandidates(world, relay);
  const std::map<std::string, Target> outside = AnyOutside(world, relay);
  MapSource source(outside);
  const std::vector<Outcome> outcomes = Settle(world, relay, candidates, source);
  model::NaiveSettle naive{{world, relay}, candidates, outside, {}, {}, {}};
  naive.Run();
  RC_ASSERT(outcomes.size() == candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    RC_ASSERT(outcomes[i].size() == candidates[i].base.size());
    for (const auto& [boundary, at] : outcomes[i]) {
      RC_ASSERT((at.decision.verdict == Verdict::kQuarantine) == (naive.stopped.count(i) > 0));
      if (naive.stopped.count(i)) continue;
      const auto want = naive.state[i].at(boundary);
      RC_ASSERT(at.decision.releases() == (want == model::NaiveSettle::kReleased));
      RC_ASSERT((at.decision.verdict == Verdict::kHold) == (want == model::NaiveSettle::kHeld));
      if (at.decision.releases() && boundary.IsReadHere()) RC_ASSERT(model::Model::Implied(at.kinds) == naive.kinds[i].at(boundary));
    }
  }
  RC_CLASSIFY(!naive.stopped.empty(), "quarantines");
  RC_CLASSIFY(!Visible(outcomes).empty(), "releases");
}

RC_GTEST_PROP(Settle, AnyPermutationEndsInTheSameVisibleSets, ()) {
  const Membership world = MakeWorld();
  const RelayContext relay = AnyRelay(world);
  const std::vector<Candidate> candidates = AnyCandidates(world, relay);
  std::vector<size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[*rc::gen::inRange<size_t>(0, i)]);
  std::vector<Candidate> shuffled;
  for (const size_t i : order) shuffled.push_back(candidates[i]);
  MapSource source;
  const std::vector<Outcome> straight = Settle(world, relay, candidates, source), mixed = Settle(world, relay, shuffled, source);
  std::vector<Outcome> back(candidates.size());
  for (size_t i = 0; i < order.size(); ++i) back[order[i]] = mixed[i];
  RC_ASSERT(Visible(straight) == Visible(back));
}

// A relay that gets them batch by batch: what has just come and all that points at it, over any number of steps, is decided again.
RC_GTEST_PROP(Settle, AnyPartitionEndsInTheSameVisibleSets, ()) {
  const Membership world = MakeWorld();
  const RelayContext relay = AnyRelay(world);
  const std::vector<Candidate> candidates = AnyCandidates(world, relay);
  std::vector<Outcome> known(candidates.size());
  std::vector<int> batch_of(candidates.size());
  for (int& batch : batch_of) batch = *rc::gen::inRange(0, 4);
  for (int batch = 0; batch < 4; ++batch) {
    std::set<size_t> affected;
    std::set<std::string> changed;
    for (size_t before = 1; before != affected.size();) {
      before = affected.size();
      for (size_t i = 0; i < candidates.size(); ++i) {
        const Candidate& c = candidates[i];
        const auto points = [&](const std::vector<std::string>& refs) {
          return std::any_of(refs.begin(), refs.end(), [&](const std::string& id) { return changed.contains(id); });
        };
        if (batch_of[i] == batch || (batch_of[i] < batch && (points(c.refs) || points(c.marking_refs)))) {
          affected.insert(i);
          changed.insert(c.object_id);
        }
      }
    }
    std::map<std::string, Target> outside;
    std::vector<Candidate> again;
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (affected.contains(i)) again.push_back(candidates[i]);
      if (batch_of[i] > batch || affected.contains(i)) continue;
      Target& target = outside[candidates[i].object_id];
      bool barred = false;
      for (const auto& [boundary, at] : known[i]) {
        if (at.decision.releases()) target.visible[boundary] |= at.kinds;
        target.pending |= at.decision.verdict == Verdict::kHold;
        barred |= at.decision.verdict == Verdict::kQuarantine;
      }
      target.grants.push_back({candidates[i].grant, barred ? GrantStatus::kBarred : GrantStatus::kActive});
    }
    MapSource source(outside);
    const std::vector<Outcome> outcomes = Settle(world, relay, again, source);
    size_t next = 0;
    for (const size_t i : affected) known[i] = outcomes[next++];
  }
  MapSource nothing;
  RC_ASSERT(Visible(known) == Visible(Settle(world, relay, candidates, nothing)));
}

RC_GTEST_PROP(Settle, ReleasesNothingBeyondTheBase, ()) {
  const Membership world = MakeWorld();
  const RelayContext relay = AnyRelay(world);
  const std::vector<Candidate> candidates = AnyCandidates(world, relay);
  MapSource source(AnyOutside(world, relay));
  const std::vector<Outcome> outcomes = Settle(world, relay, candidates, source);
  for (size_t i = 0; i < candidates.size(); ++i) {
    for (const auto& [boundary, at] : outcomes[i]) {
      const Kinds base = candidates[i].base.at(boundary);
      RC_ASSERT((at.kinds & ~(boundary.IsReadHere() ? model::Model::Implied(base) : base)) == 0u);
      RC_ASSERT(at.decision.releases() || at.kinds == 0u);
    }
  }
}

// Where something may no longer go, nothing else goes further (markings apart: a quarantine makes its object unknown to others).
RC_GTEST_PROP(Settle, AnAddedRestrictionNeverWidens, ()) {
  const Membership world = MakeWorld();
  const RelayContext relay = AnyRelay(world);
  std::vector<Candidate> candidates = AnyCandidates(world, relay, /*with_markings=*/false);
  MapSource source(AnyOutside(world, relay));
  const std::vector<Outcome> before = Settle(world, relay, candidates, source);
  Candidate& restricted = candidates[*rc::gen::inRange<size_t>(0, candidates.size())];
  if (restricted.base.empty()) RC_DISCARD("goes nowhere anyway");
  restricted.base.erase(std::next(restricted.base.begin(), *rc::gen::inRange<size_t>(0, restricted.base.size())));
  const std::vector<Outcome> after = Settle(world, relay, candidates, source);
  for (size_t i = 0; i < candidates.size(); ++i) {
    for (const auto& [boundary, at] : after[i]) RC_ASSERT(!at.decision.releases() || before[i].at(boundary).decision.releases());
  }
}

// Two worlds that differ only in what a publisher may not know look the same to it.
RC_GTEST_PROP(Settle, WhatIsHiddenFromAPublisherLooksLikeWhatIsUnknown, ()) {
  const Membership world = MakeWorld();
  const RelayContext relay = RelayOf(world, *rc::gen::element<std::string>("national", "finance", "energy"));
  std::vector<Candidate> candidates{AnyCandidate(world, relay, 2)};
  candidates[0].refs.push_back(ObjectId(50));
  Target hidden;
  hidden.grants.push_back({AnyGrantAt(world, relay), static_cast<GrantStatus>(*rc::gen::inRange(0, 3))});
  hidden.grants[0].grant.from_layer.clear();
  hidden.pending = *rc::gen::arbitrary<bool>();
  if (model::Model{world, relay}.Reaches(candidates[0].grant.origin_org, hidden.grants[0].grant)) RC_DISCARD("he knows it");
  MapSource with({{ObjectId(50), hidden}}), without;
  const auto seen = Settle(world, relay, candidates, with), unseen = Settle(world, relay, candidates, without);
  for (const auto& [boundary, at] : seen[0]) {
    const BoundaryOutcome& other = unseen[0].at(boundary);
    RC_ASSERT(at.decision.verdict == other.decision.verdict && at.decision.reason == other.decision.reason);
    RC_ASSERT(at.kinds == other.kinds && at.dangling == other.dangling);
  }
}

}  // namespace
}  // namespace noroshi::policy
