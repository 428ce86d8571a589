// The entries of a step: what must change for each grant, referred-to before referring.
#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "common/relay/codec.h"
#include "common/relay/reconcile.h"

namespace noroshi::relay {

using policy::Boundary;
using policy::Decision;
using policy::Reason;
using policy::Verdict;

std::vector<WorkingSet::WorkObject*> WorkingSet::ReferredFirst() {
  enum class Mark : uint8_t { kNew, kOpen, kDone };
  std::unordered_map<WorkObject*, Mark> marks;
  std::vector<WorkObject*> sorted;
  sorted.reserve(order_.size());
  struct Visit {
    WorkObject* object;
    std::vector<WorkObject*> before;
    size_t next = 0;
  };
  const auto begin = [this](WorkObject* object) {
    Visit visit{object, {}, 0};
    for (const WorkGrant& grant : object->grants) {
      for (const auto* refs : {&grant.state.facts().refs(), &grant.state.facts().marking_refs()}) {
        for (const std::string& id : *refs) {
          if (const auto it = objects_.find(id); it != objects_.end()) visit.before.push_back(it->second.get());
        }
      }
    }
    return visit;
  };
  for (WorkObject* root : order_) {
    if (marks[root] != Mark::kNew) continue;
    std::vector<Visit> stack;
    stack.push_back(begin(root));
    marks[root] = Mark::kOpen;
    while (!stack.empty()) {
      Visit& top = stack.back();
      if (top.next == top.before.size()) {
        marks[top.object] = Mark::kDone;
        sorted.push_back(top.object);
        stack.pop_back();
        continue;
      }
      WorkObject* object = top.before[top.next++];
      Mark& mark = marks[object];
      if (mark != Mark::kNew) continue;  // done, or a cycle
      mark = Mark::kOpen;
      stack.push_back(begin(object));
    }
  }
  return sorted;
}

int64_t WorkingSet::FirstDate(const WorkObject& object, const WorkGrant& grant, const std::string& boundary) const {
  int64_t first = 0;
  for (const WorkGrant& other : object.grants) {
    if (&other == &grant || other.state.facts().version() != grant.state.facts().version()) continue;
    if (!other.standing.decision.releases() || other.standing.superseded) continue;  // on its way out
    const v1::Placement* placement = FindPlacement(other.state, boundary);
    if (placement == nullptr || !placement->released()) continue;
    if (first == 0 || placement->date_us() < first) first = placement->date_us();
  }
  return first;
}

// What earlier grants of others make of this one is told only to a publisher who may see one of them, or whose own object says as much (AC-63).
bool WorkingSet::MayTell(Reason reason, const WorkObject& object, const WorkGrant& grant) const {
  if (reason != Reason::kEquivocation && reason != Reason::kNotOwner && reason != Reason::kNotCustodian) return true;
  const std::string& origin = grant.state.grant().origin_org();
  if (reason == Reason::kNotOwner) {
    const policy::Organisation* creator = context_.membership.FindByIdentity(grant.state.facts().created_by());
    if (context_.membership.FindByIdentity(object.id) != nullptr || (creator != nullptr && creator->name != origin)) return true;
  }
  for (const WorkGrant& other : object.grants) {
    if (&other == &grant || other.arrival > grant.arrival || GrantStatusOf(other.state) == policy::GrantStatus::kBarred) continue;
    if (reason == Reason::kEquivocation && other.state.facts().version() != grant.state.facts().version()) continue;
    if (policy::Entitled(context_.membership, origin, ViewOf(other.state.grant()))) return true;
  }
  return false;
}

void WorkingSet::AddVerdicts(WorkObject& object, WorkGrant& grant, v1::LedgerEntry& entry) {
  std::map<std::string, v1::LedgerVerdict> wanted;
  const auto want = [&wanted](const Boundary& boundary, const Decision& decision) -> v1::LedgerVerdict& {
    const std::string name = policy::FormatBoundary(boundary);
    v1::LedgerVerdict& verdict = wanted[name];
    verdict.set_boundary(name);
    verdict.set_verdict(std::string(policy::VerdictName(decision.verdict)));
    verdict.set_reason(std::string(policy::ReasonName(decision.reason)));
    verdict.set_rule(decision.rule);
    return verdict;
  };
  for (const auto& [boundary, decision] : grant.ruled) want(boundary, decision);
  for (const auto& [boundary, outcome] : grant.outcome) {
    v1::LedgerVerdict& verdict = want(boundary, outcome.decision);
    verdict.set_kinds(outcome.kinds);
    verdict.set_dangling(outcome.dangling);
    verdict.set_concealed(grant.concealed_at.contains(boundary));
  }
  // What is out and is wanted nowhere any more: the reason is the standing's, or the narrower scope.
  const Decision gone = grant.standing.decision.releases() ? Decision::Withhold(Reason::kOutOfScope) : grant.standing.decision;
  for (const v1::Placement& placement : grant.state.placements()) {
    const StatusOr<Boundary> boundary = policy::ParseBoundary(placement.verdict().boundary());
    if (boundary.ok() && !wanted.contains(placement.verdict().boundary())) want(*boundary, gone);
  }
  if (grant.is_new && !grant.standing.decision.releases() && wanted.empty()) {
    v1::LedgerVerdict& whole = wanted[""];
    whole.set_verdict(std::string(policy::VerdictName(grant.standing.decision.verdict)));
    whole.set_reason(std::string(policy::ReasonName(grant.standing.decision.reason)));
  }
  for (auto& [name, verdict] : wanted) {
    const v1::Placement* placement = FindPlacement(grant.state, name);
    const bool was = placement != nullptr && placement->released();
    const bool is = verdict.verdict() == "release";
    const policy::Kinds had = was ? placement->verdict().kinds() : 0;
    // Members' own relays never had what only other kinds could read: where members gain it, it is released once more.
    const bool again = was && is && (had & ~verdict.kinds()) == 0 && (verdict.kinds() & ~had & policy::kMember) != 0;
    verdict.set_withdraw(was && !is);
    verdict.set_restrict(was && is && had != verdict.kinds() && !again);
    if (verdict.withdraw() || verdict.restrict()) verdict.set_had_kinds(had);
    if (placement != nullptr && placement->verdict().verdict() == verdict.verdict() && placement->verdict().reason() == verdict.reason() &&
        !verdict.restrict() && !again) {
      continue;
    }
    if (is && !was) verdict.set_first_date_us(FirstDate(object, grant, name));
    *entry.add_verdicts() = std::move(verdict);
  }
}

// STIX forbids versions behind a revoked one. They stand, as a mistaken revocation has no other cure, and the publisher is told; only of what
// came from it, so that nothing is told of what others sent.
std::string WorkingSet::RevokedBefore(const WorkObject& object, const WorkGrant& grant) {
  const v1::ObjectFacts& facts = grant.state.facts();
  for (const WorkGrant& other : object.grants) {
    const v1::ObjectFacts& earlier = other.state.facts();
    if (!facts.versioned() || !earlier.revoked() || earlier.version_us() >= facts.version_us()) continue;
    if (other.state.status() != "accepted" || other.state.grant().origin_org() != grant.state.grant().origin_org()) continue;
    return "warning: an earlier version of this object is revoked (STIX 2.1 §3.6)";
  }
  return {};
}

// `until_us`: so far; 0: it was not held.
int64_t WorkingSet::HoldUntil(int64_t until_us) const {
  if (until_us == 0) return now_us_ + std::chrono::microseconds(context_.settings.hold).count();
  return until_us <= now_us_ ? kUntilTargetsAre : until_us;
}

// Of the grant as a whole. That audiences show what others said before it is their affair, unless there is no other.
Decision WorkingSet::DecisionOf(const WorkGrant& grant) {
  std::optional<Decision> set_aside;
  bool elsewhere = false;
  for (const auto& [boundary, outcome] : grant.outcome) {
    const bool quarantined = outcome.decision.verdict == Verdict::kQuarantine;
    if (quarantined && outcome.decision.reason == Reason::kUnknownMarking) return outcome.decision;
    if (quarantined && !grant.concealed_at.contains(boundary)) {
      set_aside = outcome.decision;
    } else {
      elsewhere = elsewhere || boundary.IsReadHere();
    }
  }
  return set_aside && !elsewhere ? *set_aside : grant.standing.decision;
}

std::optional<v1::LedgerEntry> WorkingSet::EntryFor(WorkObject& object, WorkGrant& grant) {
  v1::LedgerEntry entry;
  entry.set_kind(grant.is_new ? v1::ENTRY_DECISION : v1::ENTRY_REVISION);
  entry.set_publication(grant.is_new ? grant.arrival : grant.state.publication());
  if (grant.duplicate) {
    entry.set_status("duplicate");
    entry.set_publication(grant.duplicate_of);
  } else {
    AddVerdicts(object, grant, entry);
    std::string status = grant.state.status(), reason = grant.state.reason(), detail = grant.state.detail();
    if (status != "withdrawn" && !BarredReason(grant.state)) {
      const Decision decision = DecisionOf(grant);
      const bool shown = decision.releases() || decision.reason == Reason::kNone;
      const bool refused = !shown && grant.state.grant().first_relay() && decision.reason == Reason::kScopeExceedsTlp;
      const bool recalled = decision.reason == Reason::kRecalled;  // published again
      status = shown ? "accepted" : refused ? "refused" : recalled ? "recalled" : "quarantined";
      reason = shown ? "" : std::string(policy::ReasonName(decision.reason));
      detail = decision.message;
      if (shown && grant.is_new && detail.empty()) detail = RevokedBefore(object, grant);
      const bool by_standing = !grant.standing.decision.releases();
      entry.set_concealed(!shown && by_standing && !MayTell(decision.reason, object, grant));
    }
    if (grant.is_new || grant.ended_now || status != grant.state.status() || reason != grant.state.reason()) {
      entry.set_status(status);
      entry.set_reason(reason);
      entry.set_detail(detail);
    }
  }
  bool held = false;
  for (const auto& [boundary, outcome] : grant.outcome) held = held || outcome.decision.verdict == Verdict::kHold;
  if (held) entry.set_hold_until_us(HoldUntil(grant.state.hold_until_us()));
  const bool hold_changed = entry.hold_until_us() != grant.state.hold_until_us();
  if (!grant.is_new && entry.verdicts_size() == 0 && entry.status().empty() && !hold_changed && !grant.vias_changed) return std::nullopt;
  *entry.mutable_input() = grant.state.input();
  *entry.mutable_facts() = grant.state.facts();
  *entry.mutable_grant() = grant.state.grant();
  TellNothingOfHidden(object, grant, entry);
  return entry;
}

std::vector<v1::LedgerEntry> WorkingSet::TakeEntries() {
  std::vector<v1::LedgerEntry> entries;
  for (WorkObject* object : ReferredFirst()) {
    for (WorkGrant& grant : object->grants) {
      if (std::optional<v1::LedgerEntry> entry = EntryFor(*object, grant)) entries.push_back(std::move(*entry));
    }
  }
  std::move(recalls_.begin(), recalls_.end(), std::back_inserter(entries));
  return entries;
}

}  // namespace noroshi::relay
