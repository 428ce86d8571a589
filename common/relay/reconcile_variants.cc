// The variants of an object without versions: which is shown to whom, and what their publishers are told (sharing.md section 8).
#include <algorithm>
#include <set>

#include "common/policy/variants.h"
#include "common/relay/codec.h"
#include "common/relay/reconcile.h"
#include "common/relay/record.h"

namespace noroshi::relay {

using policy::Boundary;
using policy::Decision;
using policy::Kinds;
using policy::Reason;

// Of the variants of an object without versions each kind of account is shown one in an audience. Where the object as such can be seen is not changed by that,
// so references need not be asked again. Relays further on get every variant, and choose for their own audiences.
void WorkingSet::ShareVariants(WorkObject& object) {
  std::set<Boundary> audiences;
  bool several = false;
  for (const WorkGrant& grant : object.grants) {
    several = several || grant.standing.later_variant;
    for (const auto& [boundary, outcome] : grant.outcome) {
      if (boundary.IsReadHere() && outcome.decision.releases()) audiences.insert(boundary);
    }
  }
  if (!several) return;
  for (const Boundary& audience : audiences) {
    std::vector<policy::VariantClaim> claims;
    std::vector<policy::BoundaryOutcome*> outcomes;
    for (WorkGrant& grant : object.grants) {
      const auto outcome = grant.outcome.find(audience);
      if (outcome == grant.outcome.end() || !outcome->second.decision.releases()) continue;
      const v1::Placement* placement = FindPlacement(grant.state, policy::FormatBoundary(audience));
      claims.push_back({HashFromBytes(ContentOf(grant.state.facts())), outcome->second.kinds,
                        placement != nullptr && placement->released() ? placement->verdict().kinds() : 0, grant.arrival});
      outcomes.push_back(&outcome->second);
    }
    const std::vector<Kinds> shares = policy::ShareAmongVariants(claims);
    for (size_t i = 0; i < shares.size(); ++i) {
      outcomes[i]->kinds = shares[i];
      if (shares[i] == 0) *outcomes[i] = {Decision::Withhold(Reason::kNone), 0, false};
    }
  }
}

bool WorkingSet::KnowsEveryVariant(const WorkObject& object, const WorkGrant& grant) const {
  if (context_.relay.kind == policy::LayerKind::kOrganisation) return true;
  return std::all_of(object.grants.begin(), object.grants.end(), [&](const WorkGrant& other) {
    return ContentOf(other.state.facts()) == ContentOf(grant.state.facts()) ||
           policy::Entitled(context_.membership, grant.state.grant().origin_org(), ViewOf(other.state.grant()));
  });
}

// A publisher who may not know of the variant that an audience shows instead of his is answered as if there were none, and hears nothing when that changes.
void WorkingSet::TellNothingOfVariants(const WorkObject& object, const WorkGrant& grant, v1::LedgerEntry& entry) const {
  if (grant.state.facts().versioned() || grant.duplicate || entry.status() == "quarantined" || KnowsEveryVariant(object, grant)) return;
  bool hides = false, only = !grant.is_new && entry.status().empty() && entry.hold_until_us() == grant.state.hold_until_us();
  for (const v1::LedgerVerdict& verdict : entry.verdicts()) {
    const v1::Placement* placement = FindPlacement(grant.state, verdict.boundary());
    const bool now = IsOtherVariantShown(verdict), before = placement != nullptr && IsOtherVariantShown(placement->verdict());
    hides = hides || now;
    only = only && (now || before || verdict.restrict());
  }
  if (hides) entry.set_concealed(true);
  if (!only) return;
  entry.mutable_grant()->clear_from_node();  // nobody is sent a receipt
  entry.mutable_grant()->clear_from_layer();
}

}  // namespace noroshi::relay
