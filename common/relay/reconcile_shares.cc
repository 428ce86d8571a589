// What several origins said of one object: which of it each audience is shown, and what their publishers are told (sharing.md section 8).
#include <algorithm>
#include <set>

#include "common/policy/custody.h"
#include "common/policy/variants.h"
#include "common/relay/codec.h"
#include "common/relay/reconcile.h"

namespace noroshi::relay {

using policy::Boundary;
using policy::Decision;
using policy::Kinds;
using policy::Reason;

namespace {

Kinds ShownAt(const v1::CatalogGrant& grant, const Boundary& audience) {
  const v1::Placement* placement = FindPlacement(grant, policy::FormatBoundary(audience));
  return placement != nullptr && placement->released() ? placement->verdict().kinds() : 0;
}

}  // namespace

// Who can see a grant of the object, before any is set aside for another.
class WorkingSet::Sight {
 public:
  Sight(const Context& context, const WorkObject& object) : context_(context), own_(*context.membership.FindLayer(context.relay.layer)) {
    for (const WorkGrant& grant : object.grants) {
      for (const auto& [boundary, outcome] : grant.outcome) {
        if (!boundary.IsReadHere() || !outcome.decision.releases() || !(outcome.kinds & policy::kMember)) continue;
        released_[&grant].insert(boundary);
        if (!readers_.contains(boundary)) readers_[boundary] = policy::ReadersOf(context.membership, context.relay.layer, boundary);
      }
    }
  }
  // What it sees in other layers is for their relays to know: there the scope has to do.
  bool Sees(const std::string& org, const WorkGrant& grant) const {
    if (!own_.members.contains(org)) return policy::Entitled(context_.membership, org, ViewOf(grant.state.grant()));
    const auto released = released_.find(&grant);
    return released != released_.end() &&
           std::any_of(released->second.begin(), released->second.end(), [&](const Boundary& audience) { return readers_.at(audience).contains(org); });
  }

 private:
  const Context& context_;
  const policy::Layer& own_;
  std::map<const WorkGrant*, std::set<Boundary>> released_;
  std::map<Boundary, std::set<std::string>> readers_;
};

// Each kind of account keeps sight of the object as such, so references need not be asked again. Relays further on get every grant, and choose for
// their own audiences.
void WorkingSet::ShareAudiences(WorkObject& object) {
  std::set<std::string> origins;
  bool variants = false;
  for (WorkGrant& grant : object.grants) {
    grant.concealed_at.clear();
    variants = variants || grant.standing.later_variant;
    if (grant.state.facts().versioned() && !grant.outcome.empty()) origins.insert(grant.state.grant().origin_org());
  }
  const bool custody = object.owner.empty() && origins.size() > 1;
  if (!variants && !custody) return;
  std::map<Boundary, std::vector<WorkGrant*>> audiences;
  for (WorkGrant& grant : object.grants) {
    for (const auto& [boundary, outcome] : grant.outcome) {
      if (boundary.IsReadHere() && outcome.decision.releases()) audiences[boundary].push_back(&grant);
    }
  }
  const Sight sight(context_, object);
  for (const auto& [audience, grants] : audiences) {
    if (custody) {
      ShareByCustody(audience, grants, sight);
    } else {
      ShareVariants(object, audience, grants);
    }
  }
}

// Of the variants of an object without versions each kind of account is shown one in an audience.
void WorkingSet::ShareVariants(const WorkObject& object, const Boundary& audience, const std::vector<WorkGrant*>& grants) {
  std::vector<policy::VariantClaim> claims;
  for (const WorkGrant* grant : grants) {
    claims.push_back({HashFromBytes(ContentOf(grant->state.facts())), grant->outcome.at(audience).kinds, ShownAt(grant->state, audience), grant->arrival});
  }
  const std::vector<Kinds> shares = policy::ShareAmongVariants(claims);
  for (size_t i = 0; i < shares.size(); ++i) {
    policy::BoundaryOutcome& outcome = grants[i]->outcome.at(audience);
    outcome.kinds = shares[i];
    if (shares[i] != 0) continue;
    outcome = {Decision::Withhold(Reason::kNone), 0, false};
    if (!KnowsEveryContent(object, *grants[i])) grants[i]->concealed_at.insert(audience);
  }
}

// Its publisher may know of everything else that was said of the object, now or before.
bool WorkingSet::KnowsEveryContent(const WorkObject& object, const WorkGrant& grant) const {
  if (context_.relay.kind == policy::LayerKind::kOrganisation) return true;
  if (grant.state.facts().versioned() && !object.owner.empty()) return true;
  return std::all_of(object.grants.begin(), object.grants.end(), [&](const WorkGrant& other) {
    return ContentOf(other.state.facts()) == ContentOf(grant.state.facts()) ||
           policy::Entitled(context_.membership, grant.state.grant().origin_org(), ViewOf(other.state.grant()));
  });
}

// Of an object that nobody in the directory owns each audience has a custodian of its own.
void WorkingSet::ShareByCustody(const Boundary& audience, const std::vector<WorkGrant*>& grants, const Sight& sight) {
  std::vector<policy::CustodyClaim> claims;
  for (const WorkGrant* grant : grants) {
    const v1::ObjectFacts& facts = grant->state.facts();
    claims.push_back({grant->state.grant().origin_org(), facts.version_us(), HashFromBytes(ContentOf(facts)), grant->outcome.at(audience).kinds,
                      ShownAt(grant->state, audience), grant->arrival, false});
  }
  const auto sees = [&](const std::string& org, size_t claim) { return sight.Sees(org, *grants[claim]); };
  const std::vector<policy::CustodyShare> shares = policy::ShareByCustody(claims, sees);
  for (size_t i = 0; i < shares.size(); ++i) {
    const policy::CustodyClaim& claim = claims[i];
    policy::BoundaryOutcome& outcome = grants[i]->outcome.at(audience);
    outcome.kinds = shares[i].kinds;
    if (shares[i].kinds != 0) continue;
    outcome = {Decision::Quarantine(shares[i].reason), 0, false};
    bool sees_first = shares[i].reason != Reason::kEquivocation;
    for (size_t other = 0; other < shares.size() && !sees_first; ++other) {
      sees_first = claims[other].version_us == claim.version_us && shares[other].kinds != 0 && claims[other].origin != claim.origin && sees(claim.origin, other);
    }
    if (!sees_first) grants[i]->concealed_at.insert(audience);
  }
}

// A publisher is told nothing when only that changes which he may not know.
void WorkingSet::TellNothingOfHidden(const WorkObject& object, const WorkGrant& grant, v1::LedgerEntry& entry) const {
  if (grant.is_new || grant.duplicate || entry.verdicts().empty()) return;
  if (!entry.status().empty() || entry.hold_until_us() != grant.state.hold_until_us()) return;
  for (const v1::LedgerVerdict& verdict : entry.verdicts()) {
    const v1::Placement* placement = FindPlacement(grant.state, verdict.boundary());
    const bool before = placement != nullptr && placement->verdict().concealed();
    const bool shares = verdict.restrict() && !KnowsEveryContent(object, grant);
    if (!verdict.concealed() && !before && !shares) return;
  }
  entry.mutable_grant()->clear_from_node();  // nobody is sent a receipt
  entry.mutable_grant()->clear_from_layer();
}

}  // namespace noroshi::relay
