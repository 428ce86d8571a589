#include "common/policy/readers.h"

#include <algorithm>

#include "common/policy/evaluate.h"

namespace noroshi::policy {
namespace {

bool IsAccountKind(Kinds kind) { return kind == kMember || kind == kClient || kind == kPartner; }

// The scope names this audience of this layer. Written without Route on purpose: a relay's mistake must not be repeated here.
bool ScopeReaches(const Layer& layer, const Boundary& audience, const Scope& scope) {
  const auto named = [&](const std::string& name) { return std::find(scope.names.begin(), scope.names.end(), name) != scope.names.end(); };
  const bool everywhere = scope.kind == ScopeKind::kNational || scope.kind == ScopeKind::kPublic;
  switch (audience.kind) {
    case BoundaryKind::kCommunity:
      if (layer.kind == LayerKind::kNational) return everywhere;
      return everywhere || ((scope.kind == ScopeKind::kSector || scope.kind == ScopeKind::kSectors) && named(layer.name));
    case BoundaryKind::kGroup: return scope.kind == ScopeKind::kGroup && named(audience.name);
    case BoundaryKind::kInbox: return scope.kind == ScopeKind::kOrgs && named(audience.name);
    case BoundaryKind::kPublic: return scope.kind == ScopeKind::kPublic;
    case BoundaryKind::kTransit:
    case BoundaryKind::kUplink: break;
  }
  return false;
}

}  // namespace

Kinds KindsFor(LayerKind layer, const Boundary& audience, stix::Tlp tlp, BoundaryKind via) {
  if (!audience.IsReadHere()) return 0;  // a relay reads it, no account does
  const bool at_organisation = layer == LayerKind::kOrganisation;
  const bool to_few = at_organisation && (via == BoundaryKind::kInbox || via == BoundaryKind::kGroup);
  Kinds kinds = 0;
  switch (tlp) {
    case stix::Tlp::kRed: return at_organisation && audience.kind == BoundaryKind::kInbox ? kRed : 0;
    case stix::Tlp::kAmberStrict: kinds = kMember; break;
    case stix::Tlp::kAmber: kinds = kMember | kClient; break;
    case stix::Tlp::kGreen: kinds = kMember | kClient | kPartner; break;
    case stix::Tlp::kClear:
      kinds = kMember | kClient | kPartner;
      if (audience.kind == BoundaryKind::kPublic) kinds |= kAnonymous;
      break;
  }
  if (audience.kind == BoundaryKind::kPublic && tlp != stix::Tlp::kClear) return 0;
  return to_few ? kinds & kMember : kinds;
}

Kinds ReadsAs(const Caller& caller) {
  if (caller.org.empty()) return caller.kind == kAnonymous ? kAnonymous : 0;
  if (!caller.reader || !IsAccountKind(caller.kind)) return 0;
  return caller.kind == kMember && caller.red ? kMember | kRed : caller.kind;
}

bool MayEnter(const Membership& membership, const Layer& layer, const Boundary& audience, const Caller& caller) {
  const bool at_organisation = layer.kind == LayerKind::kOrganisation;
  if (audience.kind == BoundaryKind::kPublic) return !at_organisation;  // an organisation's layer has none
  if (caller.org.empty() || !IsAccountKind(caller.kind) || !layer.members.contains(caller.org)) return false;
  const bool invited = caller.kind == kMember || caller.granted.contains(FormatBoundary(audience));
  switch (audience.kind) {
    case BoundaryKind::kCommunity: return true;
    case BoundaryKind::kInbox:
      if (audience.name != caller.org) return false;
      return at_organisation ? caller.kind == kMember && caller.red : invited;  // at an edge it is for RED alone
    case BoundaryKind::kGroup: {
      const Group* group = membership.FindGroup(audience.name);
      return !at_organisation && group && group->members.contains(caller.org) && invited;
    }
    case BoundaryKind::kPublic:
    case BoundaryKind::kTransit:
    case BoundaryKind::kUplink: break;
  }
  return false;
}

bool MayRead(const Membership& membership, const Layer& layer, const Boundary& audience, const Caller& caller, const ReadFacts& facts) {
  const Kinds reads = ReadsAs(caller);
  if ((reads & KindsFor(layer.kind, audience, facts.tlp, facts.via)) == 0) return false;
  if ((reads & facts.reference_kinds) == 0) return false;
  if (!MayEnter(membership, layer, audience, caller)) return false;
  if (layer.kind == LayerKind::kOrganisation) {
    // Whatever the organisation published is in its own community; what came by an uplink has no scope here.
    return facts.scope.kind == ScopeKind::kUnspecified || TlpPermits(facts.tlp, facts.scope.kind);
  }
  return TlpPermits(facts.tlp, facts.scope.kind) && ScopeReaches(layer, audience, facts.scope);
}

}  // namespace noroshi::policy
