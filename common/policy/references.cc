#include "common/policy/references.h"

#include <algorithm>
#include <utility>

#include "common/policy/coverage.h"
#include "common/policy/entitlement.h"

namespace noroshi::policy {
namespace {

void Merge(Reach& into, const Reach& other) {
  into.organisations.insert(other.organisations.begin(), other.organisations.end());
  into.national |= other.national;
  into.everybody |= other.everybody;
}

bool IsKnownBeyond(const Boundary& boundary, const Target& target) {
  const auto came_from_there = [&](const TargetGrant& g) { return g.status == GrantStatus::kActive && g.grant.from_layer == boundary.name; };
  return target.visible.contains(boundary) || std::any_of(target.grants.begin(), target.grants.end(), came_from_there);
}

// Scopes compared, because later relays cannot ask what the hidden publisher may see.
bool CoversBeyond(const Membership& membership, const RelayContext& relay, const Boundary& boundary, const Target& target,
                  const GrantView& referrer) {
  Reach reach;
  for (const TargetGrant& g : target.grants) {
    if (g.status == GrantStatus::kActive) Merge(reach, ReachOf(membership, g.grant));
  }
  return Covers(Beyond(membership, relay, boundary, reach), Beyond(membership, relay, boundary, ReachOf(membership, referrer)));
}

}  // namespace

bool KnowsOf(const Membership& membership, const RelayContext& relay, std::string_view org, const GrantView& grant, GrantStatus status) {
  if (status == GrantStatus::kBarred) return grant.origin_org == org;
  // Whatever is at an organisation's own relay was meant for it.
  return relay.kind == LayerKind::kOrganisation || Entitled(membership, org, grant);
}

ReferenceJudgement JudgeReference(const Membership& membership, const RelayContext& relay, const GrantView& referrer, const Boundary& at,
                                  const Target& target, bool attribution_hidden) {
  if (target.always_fine) return {ReferenceAnswer::kFine, kAllKinds};
  if (at.IsReadHere()) {
    BoundaryTable table(membership, relay);
    Visibility visibility;
    for (const auto& [boundary, kinds] : target.visible) {
      if (kinds) visibility.emplace_back(table.Number(boundary), kinds);
    }
    std::sort(visibility.begin(), visibility.end());
    if (const Kinds kinds = table.CommonKinds(table.Number(at), visibility)) return {ReferenceAnswer::kFine, kinds};
  } else if (IsKnownBeyond(at, target)) {
    const bool fine = !attribution_hidden || CoversBeyond(membership, relay, at, target, referrer);
    return {fine ? ReferenceAnswer::kFine : ReferenceAnswer::kHidden, fine ? kAllKinds : 0};
  }
  const bool known = std::any_of(target.grants.begin(), target.grants.end(), [&](const TargetGrant& g) {
    return KnowsOf(membership, relay, referrer.origin_org, g.grant, g.status);
  });
  // What is held but not known to this publisher must look like what is unknown.
  if (target.pending && (known || target.grants.empty())) return {ReferenceAnswer::kPending, 0};
  return {known ? ReferenceAnswer::kHidden : ReferenceAnswer::kUnresolved, 0};
}

}  // namespace noroshi::policy
