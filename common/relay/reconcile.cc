#include "common/relay/reconcile.h"

#include <algorithm>
#include <set>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/policy/rescope.h"
#include "common/relay/codec.h"
#include "common/stix/object.h"

namespace noroshi::relay {
namespace {

using policy::Boundary;
using policy::Decision;
using policy::Kinds;
using policy::Reason;
using policy::Verdict;

// An official TLP marking, a directory organisation's identity, a named reference set: never in the way (sharing.md section 6).
bool AlwaysFine(const Context& context, const std::string& id, const v1::CatalogObject* known) {
  if (stix::OfficialTlp(id) || context.membership.FindByIdentity(id) != nullptr) return true;
  if (context.membership.IsReferenceSet(id)) return true;
  return known != nullptr && known->grants_size() > 0 && context.membership.IsReferenceSet(known->grants(0).facts().created_by());
}

void AddVisible(const v1::CatalogGrant& grant, std::map<Boundary, Kinds>& visible) {
  for (const v1::Placement& placement : grant.placements()) {
    if (!placement.released()) continue;
    const StatusOr<Boundary> boundary = policy::ParseBoundary(placement.verdict().boundary());
    if (boundary.ok()) visible[*boundary] |= placement.verdict().kinds();
  }
}

policy::VersionGrant VersionGrantOf(const v1::CatalogGrant& state, uint64_t order, const std::string& own_org) {
  policy::VersionGrant grant;
  const v1::ObjectFacts& facts = state.facts();
  grant.order = order;
  grant.origin_org = state.grant().origin_org();
  grant.version = facts.versioned() ? facts.version() : "";
  grant.version_us = facts.versioned() ? facts.version_us() : 0;
  grant.content = HashFromBytes(ContentOf(facts));
  grant.created_by = facts.created_by();
  grant.scope = FromProto(state.grant().scope());
  // What came by another layer's audience was judged against its scope there, and is one grant by however many audiences it came.
  if (state.grant().vias_size() > 0) grant.scope = {policy::ScopeKind::kOrgs, {own_org}};
  grant.tlp = FromProto(state.grant().tlp());
  grant.attribution = FromProto(state.grant().attribution());
  grant.declassify = state.grant().declassify();
  grant.marking_fault = facts.marking_fault();
  grant.first_relay = state.grant().first_relay();
  grant.barred = BarredReason(state);
  return grant;
}

bool MergeVias(const v1::Grant& from, v1::Grant& to) {
  bool grew = false;
  for (const std::string& via : from.vias()) {
    if (std::find(to.vias().begin(), to.vias().end(), via) != to.vias().end()) continue;
    to.add_vias(via);
    grew = true;
  }
  return grew;
}

}  // namespace

std::optional<Reason> BarredReason(const v1::CatalogGrant& grant) {
  if (grant.status() == "withdrawn" || grant.status() == "recalled") return Reason::kRecalled;
  if (grant.status() != "refused" && grant.status() != "quarantined") return std::nullopt;
  const StatusOr<Reason> reason = policy::ParseReason(grant.reason());
  if (!reason.ok()) return Reason::kBadSignature;
  if (IsOwnFault(*reason)) return *reason;
  return std::nullopt;
}

policy::GrantStatus GrantStatusOf(const v1::CatalogGrant& grant) {
  if (grant.status() == "withdrawn" || grant.status() == "recalled") return policy::GrantStatus::kRecalled;
  if (grant.status() == "refused" || grant.status() == "quarantined") return policy::GrantStatus::kBarred;
  return policy::GrantStatus::kActive;
}

bool IsOwnFault(Reason reason) {
  switch (reason) {
    case Reason::kBadSignature:
    case Reason::kUnknownOrigin:
    case Reason::kReplayed:
    case Reason::kRateLimited:
    case Reason::kInvalidObject:
    case Reason::kGroupDenied:
    case Reason::kRecipientUnknown:
    case Reason::kScopeAmbiguous:
    case Reason::kBelowK:
    case Reason::kRescopeDenied:
    case Reason::kUnsupported:
    case Reason::kMembershipExpired: return true;
    default: return false;
  }
}

WorkingSet::WorkObject& WorkingSet::Load(const std::string& object_id) {
  if (const auto it = objects_.find(object_id); it != objects_.end()) return *it->second;
  auto object = std::make_unique<WorkObject>();
  object->id = object_id;
  if (const v1::CatalogObject* known = catalog_.Find(object_id)) {
    object->known_before = true;
    object->recalls = known->recalls();
    for (const v1::CatalogGrant& state : known->grants()) {
      WorkGrant grant;
      grant.state = state;
      grant.arrival = state.publication();
      object->grants.push_back(std::move(grant));
      AddVisible(state, object->visible_before);
    }
    object->reach_before = ReachOf(*object);
  }
  order_.push_back(object.get());
  return *objects_.emplace(object_id, std::move(object)).first->second;
}

void WorkingSet::Add(Admitted admitted, uint64_t arrival) {
  WorkObject& object = Load(admitted.facts.object_id());
  WorkGrant added;
  added.arrival = arrival;
  added.is_new = true;
  v1::CatalogGrant& state = added.state;
  state.set_publication(arrival);  // so that a withdrawal in the same step finds it
  state.mutable_input()->set_topic(admitted.source->topic);
  state.mutable_input()->set_offset(admitted.offset);
  state.mutable_facts()->Swap(&admitted.facts);
  state.mutable_grant()->Swap(&admitted.grant);
  state.set_status("accepted");
  if (admitted.fault) {
    state.set_status(admitted.fault->verdict == Verdict::kQuarantine ? "quarantined" : "refused");
    state.set_reason(std::string(policy::ReasonName(admitted.fault->reason)));
    state.set_detail(admitted.fault->message);
  }
  if (object.grants.size() >= limits::kGrantsPerObjectMax) {
    state.set_status("quarantined");
    state.set_reason(std::string(policy::ReasonName(Reason::kRateLimited)));
    state.set_detail(fmt::format("the object has {} grants, limit is {}", object.grants.size(), limits::kGrantsPerObjectMax));
  }
  object.grants.push_back(std::move(added));
  NormaliseContent(object, object.grants.back());
  CheckRescope(object, object.grants.back());
  CheckFollowed(object, object.grants.back());
  v1::CatalogGrant& settled = object.grants.back().state;
  if (settled.status() == "accepted" && IsRecalled(object.recalls, settled)) End(object.grants.back(), "recalled");
}

void WorkingSet::Touch(const std::string& object_id) { Load(object_id); }

void WorkingSet::Redo(const std::string& object_id) { Load(object_id).draws_referrers = true; }

void WorkingSet::End(WorkGrant& grant, const char* status) {
  grant.state.set_status(status);
  grant.state.set_reason(std::string(policy::ReasonName(Reason::kRecalled)));
  grant.state.clear_detail();
  grant.ended_now = true;
}

bool WorkingSet::Recall(const Admitted& admitted) {
  v1::LedgerEntry entry;
  entry.set_kind(v1::ENTRY_RECALL);
  entry.mutable_input()->set_topic(admitted.source->topic);
  entry.mutable_input()->set_offset(admitted.offset);
  *entry.mutable_facts() = admitted.facts;
  *entry.mutable_grant() = admitted.grant;
  entry.set_status("recalled");
  WorkObject& object = Load(admitted.facts.object_id());
  if (!AddRecall(RecallOf(entry), object.recalls)) return false;
  const std::string& version = admitted.facts.version();
  for (WorkGrant& grant : object.grants) {
    if (grant.state.grant().origin_org() != admitted.grant.origin_org()) continue;
    if (!version.empty() && !SameVersion(version, grant.state.facts().version())) continue;
    // Recalled, and the recall not in the ledger: a crash has cut off what follows.
    if (grant.state.status() == "recalled") object.draws_referrers = true;
    // What was refused on its own facts never stood, and must not come to count as if it had.
    if (grant.state.status() != "withdrawn" && BarredReason(grant.state)) continue;
    End(grant, "recalled");
  }
  recalls_.push_back(std::move(entry));
  return true;
}

// Bytes may differ and the JSON value be the same (sharing.md section 8); an unversioned object keeps the version under which this layer first knew it.
void WorkingSet::NormaliseContent(WorkObject& object, WorkGrant& added) {
  v1::ObjectFacts& facts = *added.state.mutable_facts();
  std::set<std::string> compared;
  for (WorkGrant& other : object.grants) {
    if (&other == &added) break;
    const v1::ObjectFacts& have = other.state.facts();
    if (facts.versioned() != have.versioned() || (facts.versioned() && facts.version_us() != have.version_us())) continue;
    const std::string& content = ContentOf(have);
    bool same = content == facts.content_hash() || have.content_hash() == facts.content_hash();
    if (!same && compared.insert(content).second) {
      const auto first = bodies_.Get(other.state.input());
      const auto second = bodies_.Get(added.state.input());
      same = first.ok() && second.ok() && stix::SameValue((*first)->payload(), (*second)->payload());
    }
    if (!same) continue;
    if (content != facts.content_hash()) facts.set_same_as(content);
    if (!facts.versioned()) facts.set_version(have.version());
    return;
  }
}

// Nobody gives a version that was released to him more readers than it came with (sharing.md section 8).
void WorkingSet::CheckRescope(const WorkObject& object, WorkGrant& added) {
  const v1::Grant& grant = added.state.grant();
  // What comes home from another layer goes no further, and was checked there.
  if (context_.relay.kind == policy::LayerKind::kOrganisation && !grant.first_relay()) return;
  if (added.state.status() != "accepted" || AlwaysFine(context_, object.id, catalog_.Find(object.id))) return;
  const policy::Organisation* creator = context_.membership.FindByIdentity(added.state.facts().created_by());
  if (creator != nullptr && creator->name == grant.origin_org()) return;
  std::vector<policy::EarlierGrant> earlier;
  for (const WorkGrant& other : object.grants) {
    if (&other == &added) break;
    const policy::GrantStatus status = GrantStatusOf(other.state);
    if (status == policy::GrantStatus::kBarred || ContentOf(other.state.facts()) != ContentOf(added.state.facts())) continue;
    const bool stands = status == policy::GrantStatus::kActive;
    if (stands) {
      for (policy::EarlierGrant& before : earlier) before.stands = before.stands && before.grant.origin_org != other.state.grant().origin_org();
    }
    earlier.push_back({ViewOf(other.state.grant()), stands});
  }
  std::string denial = policy::DenyRescope(context_.membership, ViewOf(grant), earlier);
  if (denial.empty()) return;
  added.state.set_status("refused");
  added.state.set_reason(std::string(policy::ReasonName(Reason::kRescopeDenied)));
  added.state.set_detail(std::move(denial));
}

// What an organisation published at another layer's gateway lives there. A later word of its that this relay would not hand on to that layer would leave it as
// it is, so it is refused, and says where it has to be said.
void WorkingSet::CheckFollowed(const WorkObject& object, WorkGrant& added) {
  const v1::Grant& grant = added.state.grant();
  if (added.state.status() != "accepted" || !grant.first_relay()) return;
  const v1::ObjectFacts& facts = added.state.facts();
  const std::vector<Boundary> routed = policy::Route(context_.membership, context_.relay, ViewOf(grant));
  for (const WorkGrant& other : object.grants) {
    if (&other == &added) break;
    const v1::ObjectFacts& said = other.state.facts();
    const std::string& layer = other.state.grant().from_layer();
    if (other.state.grant().origin_org() != grant.origin_org() || GrantStatusOf(other.state) != policy::GrantStatus::kActive) continue;
    if (facts.versioned() ? said.version_us() > facts.version_us() : ContentOf(said) != ContentOf(facts)) continue;
    const policy::Layer* lives = context_.membership.FindLayer(layer);
    if (lives == nullptr || lives->kind == policy::LayerKind::kOrganisation) continue;
    const bool above = std::find(context_.relay.uplinks.begin(), context_.relay.uplinks.end(), layer) != context_.relay.uplinks.end();
    const Boundary there{above ? policy::BoundaryKind::kUplink : policy::BoundaryKind::kTransit, layer};
    if (std::find(routed.begin(), routed.end(), there) != routed.end()) continue;
    added.state.set_status("refused");
    added.state.set_reason(std::string(policy::ReasonName(Reason::kScopeAmbiguous)));
    added.state.set_detail(fmt::format("published at the gateway of `{}` before, where this scope changes nothing: publish with it there, or DELETE it there first", layer));
    return;
  }
}

void WorkingSet::Withdraw(const std::string& object_id, uint64_t publication, const std::string& via) {
  WorkObject& object = Load(object_id);
  for (WorkGrant& grant : object.grants) {
    if (grant.arrival != publication || grant.state.status() == "withdrawn" || grant.state.status() == "recalled") continue;
    if (!via.empty()) {
      auto* vias = grant.state.mutable_grant()->mutable_vias();
      const auto at = std::find(vias->begin(), vias->end(), via);
      if (at == vias->end()) return;
      vias->erase(at);
      grant.vias_changed = true;
      if (!vias->empty()) return;
    }
    End(grant, "withdrawn");
  }
}

const v1::CatalogGrant* WorkingSet::FindGrantBy(const std::string& object_id, uint64_t publication) {
  for (const WorkGrant& grant : Load(object_id).grants) {
    if (grant.arrival == publication) return &grant.state;
  }
  return nullptr;
}

std::vector<const v1::CatalogGrant*> WorkingSet::GrantsOf(const std::string& object_id) {
  std::vector<const v1::CatalogGrant*> grants;
  for (const WorkGrant& grant : Load(object_id).grants) grants.push_back(&grant.state);
  return grants;
}

// What its sender withdrew is judged as if it had never come: the sender may have withdrawn it for what it refers to, and hand it in again.
void WorkingSet::Judge(WorkObject& object) {
  std::vector<policy::VersionGrant> versions;
  std::vector<WorkGrant*> judged;
  for (WorkGrant& grant : object.grants) {
    grant.standing = {};
    grant.standing.decision = Decision::Withhold(Reason::kRecalled);
    if (grant.state.status() == "withdrawn") continue;
    versions.push_back(VersionGrantOf(grant.state, grant.arrival, context_.relay.org));
    judged.push_back(&grant);
  }
  policy::ObjectJudgement judgement = policy::JudgeObject(context_.membership, object.id, versions);
  object.owner = std::move(judgement.owner);
  for (size_t i = 0; i < judged.size(); ++i) judged[i]->standing = std::move(judgement.standings[i]);
  for (WorkGrant& grant : object.grants) JudgeGrant(object, grant);
}

void WorkingSet::JudgeGrant(WorkObject& object, WorkGrant& grant) {
  grant.base.clear();
  grant.ruled.clear();
  grant.outcome.clear();
  const v1::ObjectFacts& facts = grant.state.facts();
  if (grant.is_new && grant.standing.duplicate) {
    for (WorkGrant& other : object.grants) {
      if (&other == &grant) break;
      if (other.state.grant().origin_org() != grant.state.grant().origin_org() || other.standing.duplicate) continue;
      if (other.state.facts().version() != facts.version()) continue;
      grant.duplicate = true;
      grant.duplicate_of = other.arrival;
      if (MergeVias(grant.state.grant(), *other.state.mutable_grant())) {
        other.vias_changed = true;
        JudgeGrant(object, other);
      }
    }
    if (grant.duplicate) return;
  }
  if (!grant.standing.decision.releases() || grant.standing.superseded) return;
  const policy::GrantView view = ViewOf(grant.state.grant());
  std::optional<int> confidence;
  if (facts.confidence() != 0) confidence = static_cast<int>(facts.confidence()) - 1;
  const std::vector<std::string> labels(facts.labels().begin(), facts.labels().end());
  const stix::Tlp tlp = std::max(view.tlp, grant.standing.tlp_bound);
  for (const Boundary& boundary : policy::Route(context_.membership, context_.relay, view)) {
    bool bounded = grant.standing.stays_here && !boundary.IsReadHere();
    for (const policy::Scope& scope : grant.standing.scope_bounds) {
      policy::GrantView narrower = view;
      narrower.scope = scope;
      const std::vector<Boundary> reached = policy::Route(context_.membership, context_.relay, narrower);
      bounded = bounded || std::find(reached.begin(), reached.end(), boundary) == reached.end();
    }
    if (bounded) continue;
    Kinds kinds = policy::kAllKinds;
    if (boundary.IsReadHere()) {
      kinds = 0;
      if (grant.state.grant().vias().empty()) kinds = policy::KindsFor(context_.relay.kind, boundary, tlp);
      for (const std::string& via : grant.state.grant().vias()) {
        const StatusOr<Boundary> from = policy::ParseBoundary(via);
        if (from.ok()) kinds |= policy::KindsFor(context_.relay.kind, boundary, tlp, from->kind);
      }
      if (kinds == 0) continue;
    }
    const Decision ruled =
        policy::ApplyRules(context_.policy, {facts.object_type(), labels, confidence, facts.pattern_type(), view}, boundary);
    if (ruled.releases()) {
      grant.base.emplace(boundary, kinds);
    } else {
      grant.ruled.emplace(boundary, ruled);
    }
  }
}

// Answers for every id: objects of this step without their candidates' placements, all others from the catalog.
class WorkingSet::Targets final : public policy::TargetSource {
 public:
  explicit Targets(WorkingSet& work) : work_(work) {}
  const policy::Target& Find(const std::string& object_id) override {
    const auto [it, fresh] = targets_.try_emplace(object_id);
    if (!fresh) return it->second;
    policy::Target& target = it->second;
    if (const auto in = work_.objects_.find(object_id); in != work_.objects_.end()) {
      FromWork(*in->second, target);
    } else {
      const v1::CatalogObject* known = work_.catalog_.Find(object_id);
      target.always_fine = AlwaysFine(work_.context_, object_id, known);
      if (known != nullptr && !target.always_fine) FromCatalog(*known, target);
    }
    return target;
  }

 private:
  void FromWork(const WorkObject& object, policy::Target& target) {
    target.always_fine = AlwaysFine(work_.context_, object.id, nullptr) ||
                         (!object.grants.empty() && work_.context_.membership.IsReferenceSet(object.grants.front().state.facts().created_by()));
    for (const WorkGrant& grant : object.grants) {
      if (grant.duplicate || grant.state.status() == "withdrawn") continue;  // withdrawn: as if it had never come, as for Judge
      const Decision& decision = grant.standing.decision;
      policy::GrantStatus status = policy::GrantStatus::kActive;
      if (!decision.releases() && decision.reason != Reason::kNone) status = policy::GrantStatus::kBarred;
      if (decision.reason == Reason::kRecalled) status = policy::GrantStatus::kRecalled;
      target.grants.push_back({ViewOf(grant.state.grant()), status});
    }
  }
  void FromCatalog(const v1::CatalogObject& known, policy::Target& target) {
    for (const v1::CatalogGrant& grant : known.grants()) {
      if (grant.status() == "withdrawn") continue;
      target.grants.push_back({ViewOf(grant.grant()), GrantStatusOf(grant)});
      AddVisible(grant, target.visible);
      target.pending = target.pending || (grant.hold_until_us() != 0 && GrantStatusOf(grant) == policy::GrantStatus::kActive);
    }
    if (!target.visible.empty()) target.pending = false;
  }

  WorkingSet& work_;
  std::unordered_map<std::string, policy::Target> targets_;
};

void WorkingSet::SettleAll() {
  std::vector<policy::Candidate> candidates;
  std::vector<WorkGrant*> settled;
  for (WorkObject* object : order_) {
    for (WorkGrant& grant : object->grants) {
      grant.outcome.clear();
      if (grant.base.empty()) continue;
      policy::Candidate candidate;
      candidate.object_id = object->id;
      candidate.grant = ViewOf(grant.state.grant());
      candidate.base = grant.base;
      const v1::ObjectFacts& facts = grant.state.facts();
      candidate.refs.assign(facts.refs().begin(), facts.refs().end());
      candidate.refs.insert(candidate.refs.end(), facts.marking_refs().begin(), facts.marking_refs().end());
      candidate.marking_refs.assign(facts.marking_refs().begin(), facts.marking_refs().end());
      const int64_t until = grant.state.hold_until_us();
      candidate.may_wait = grant.state.grant().first_relay() && (grant.is_new || (until != 0 && until != kUntilTargetsAre && now_us_ < until));
      candidate.deny_dangling = context_.settings.deny_dangling;
      candidates.push_back(std::move(candidate));
      settled.push_back(&grant);
    }
  }
  Targets targets(*this);
  std::vector<policy::Outcome> outcomes = policy::Settle(context_.membership, context_.relay, candidates, targets);
  for (size_t i = 0; i < settled.size(); ++i) settled[i]->outcome = std::move(outcomes[i]);
  for (WorkObject* object : order_) ShareAudiences(*object);
}

std::map<Boundary, Kinds> WorkingSet::VisibleAfter(const WorkObject& object) const {
  std::map<Boundary, Kinds> visible;
  for (const WorkGrant& grant : object.grants) {
    for (const auto& [boundary, outcome] : grant.outcome) {
      if (outcome.decision.releases()) visible[boundary] |= outcome.kinds;
    }
  }
  return visible;
}

std::string WorkingSet::ReachOf(const WorkObject& object) const {
  std::set<std::string> parts;
  for (const WorkGrant& grant : object.grants) {
    if (grant.duplicate) continue;
    const v1::Grant& origin = grant.state.grant();
    const bool bars = grant.state.status() == "accepted" && !grant.standing.decision.message.empty();
    parts.insert(fmt::format("{}|{}|{}|{}|{}", origin.origin_org(), policy::FormatScope(FromProto(origin.scope())), static_cast<int>(origin.tlp()),
                             grant.state.status(), bars));
  }
  std::string text;
  for (const std::string& part : parts) text += part + "\n";
  return text;
}

bool WorkingSet::FullyReleased(const WorkObject& object) const {
  for (const WorkGrant& grant : object.grants) {
    for (const auto& [boundary, kinds] : grant.base) {
      const v1::Placement* placement = FindPlacement(grant.state, policy::FormatBoundary(boundary));
      if (placement == nullptr || !placement->released() || placement->verdict().kinds() != kinds) return false;
    }
  }
  return true;
}

// Draws in what refers to the objects of the set. `only_open`: those whose decision could still grow, before the settlement (so that whole
// chains and cycles are settled together); otherwise all, of objects that the settlement changed for others. True if the set grew.
bool WorkingSet::DrawReferrers(bool only_open) {
  bool grew = false;
  for (size_t i = 0; i < order_.size(); ++i) {  // grows while we walk
    WorkObject& object = *order_[i];
    if (object.referrers_drawn) continue;
    if (!object.known_before && !object.draws_referrers && !catalog_.Wanted(object.id)) continue;
    if (only_open) {
      if (object.known_before && FullyReleased(object)) continue;
    } else if (!object.draws_referrers && object.visible_before == VisibleAfter(object) && object.reach_before == ReachOf(object)) {
      continue;
    }
    object.referrers_drawn = true;
    for (const std::string& id : catalog_.ReferrersOf(object.id, limits::kHeldObjectsMax)) {
      if (objects_.contains(id)) continue;
      WorkObject& referrer = Load(id);
      referrer.draws_referrers = object.draws_referrers;
      Judge(referrer);
      grew = true;
    }
  }
  return grew;
}

void WorkingSet::Reconcile() {
  for (WorkObject* object : order_) Judge(*object);
  do {
    DrawReferrers(true);
    SettleAll();
  } while (DrawReferrers(false));
}

}  // namespace noroshi::relay
