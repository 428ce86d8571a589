// The table of sharing.md section 2: one function per relay kind.
#include <algorithm>
#include <set>
#include <utility>

#include "common/policy/evaluate.h"
#include "common/policy/scope.h"

namespace noroshi::policy {
namespace {

const Boundary kCommunity{BoundaryKind::kCommunity, {}};
const Boundary kPublic{BoundaryKind::kPublic, {}};

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// One grant at one relay, and the questions that its rows of the table ask.
class Router {
 public:
  Router(const Membership& membership, const RelayContext& relay, const GrantView& grant)
      : membership_(membership), relay_(relay), grant_(grant), recipients_(Recipients(membership, grant.scope)) {}

  std::vector<Boundary> Run() && {
    switch (relay_.kind) {
      case LayerKind::kOrganisation: AtOrganisation(); break;
      case LayerKind::kSector: AtSector(); break;
      case LayerKind::kNational: AtHub(); break;
    }
    return {out_.begin(), out_.end()};
  }

 private:
  // Organisations that the scope names one by one.
  static std::set<std::string> Recipients(const Membership& membership, const Scope& scope) {
    std::set<std::string> recipients;
    if (scope.kind == ScopeKind::kOrgs) recipients.insert(scope.names.begin(), scope.names.end());
    if (scope.kind == ScopeKind::kGroup && scope.names.size() == 1) {
      if (const Group* group = membership.FindGroup(scope.names.front())) recipients = group->members;
    }
    return recipients;
  }

  void AtOrganisation();
  void AtSector();
  void AtHub();

  bool NamesOrganisations() const { return grant_.scope.kind == ScopeKind::kOrgs || grant_.scope.kind == ScopeKind::kGroup; }
  bool ReachesAll() const { return grant_.scope.kind == ScopeKind::kNational || grant_.scope.kind == ScopeKind::kPublic; }
  bool InSector(const std::string& org, const std::string& sector) const { return Contains(membership_.SectorsOf(org), sector); }
  // Read at the national layer itself: an ISAC's inbox is in its own sector, so it is not.
  bool IsDirect(const std::string& org) const {
    const Layer* national = membership_.National();
    return national && national->members.contains(org) && membership_.SectorsOf(org).empty();
  }
  // The organisation's inbox and groups are at this layer.
  bool LivesIn(const std::string& org, const Layer& layer) const {
    return layer.kind == LayerKind::kSector ? InSector(org, layer.name) : layer.kind == LayerKind::kNational && IsDirect(org);
  }
  template <class Predicate>
  bool AnyRecipient(Predicate predicate) const {
    return std::any_of(recipients_.begin(), recipients_.end(), predicate);
  }
  // This layer's own community or its inboxes and groups are in the scope.
  bool ReachesLayer(const Layer& layer) const;
  void Emit(Boundary boundary) { out_.insert(std::move(boundary)); }
  void EmitInboxesOrGroup(const Layer& here);
  void EmitUplink(const std::string& layer) {
    if (layer != grant_.from_layer) Emit({BoundaryKind::kUplink, layer});
  }

  const Membership& membership_;
  const RelayContext& relay_;
  const GrantView& grant_;
  const std::set<std::string> recipients_;
  std::set<Boundary> out_;
};

bool Router::ReachesLayer(const Layer& layer) const {
  switch (grant_.scope.kind) {
    case ScopeKind::kUnspecified:
    case ScopeKind::kOrg: return false;
    case ScopeKind::kOrgs:
    case ScopeKind::kGroup:
      return AnyRecipient([&](const std::string& o) { return o != relay_.org && LivesIn(o, layer); });
    case ScopeKind::kSector: return grant_.scope.names.size() == 1 && grant_.scope.names.front() == layer.name;
    case ScopeKind::kSectors: return Contains(grant_.scope.names, layer.name);
    case ScopeKind::kNational:
    case ScopeKind::kPublic: return layer.kind != LayerKind::kOrganisation;
  }
  return false;
}

void Router::EmitInboxesOrGroup(const Layer& here) {
  if (grant_.scope.kind == ScopeKind::kGroup) {
    if (AnyRecipient([&](const std::string& o) { return LivesIn(o, here); })) Emit({BoundaryKind::kGroup, grant_.scope.names.front()});
    return;
  }
  const Layer* from = membership_.FindLayer(grant_.from_layer);
  const bool from_member = !from || from->kind == LayerKind::kOrganisation;  // an organisation's layer has its name
  for (const std::string& org : recipients_) {
    if (from_member && org == grant_.from_layer) continue;  // its own edge has it
    if (LivesIn(org, here)) Emit({BoundaryKind::kInbox, org});
  }
}

void Router::AtOrganisation() {
  // Everything the own organisation published or was sent is for its own people, whatever the scope.
  if (grant_.tlp == stix::Tlp::kRed) return Emit({BoundaryKind::kInbox, relay_.org});
  Emit(kCommunity);
  if (!grant_.from_layer.empty()) return;  // a recipient's edge: never further

  const auto lives_behind_uplink = [&](const std::string& org) {
    return std::any_of(relay_.uplinks.begin(), relay_.uplinks.end(), [&](const std::string& uplink) {
      const Layer* layer = membership_.FindLayer(uplink);
      return layer && LivesIn(org, *layer);
    });
  };
  for (const std::string& uplink : relay_.uplinks) {
    const Layer* layer = membership_.FindLayer(uplink);
    if (layer && ReachesLayer(*layer)) EmitUplink(uplink);
  }
  bool passed_on = false;  // somebody in the scope is in none of the own uplinks' layers: the first one passes it on
  if (NamesOrganisations()) {
    passed_on = AnyRecipient([&](const std::string& o) { return o != relay_.org && !lives_behind_uplink(o); });
  } else if (grant_.scope.kind == ScopeKind::kSectors) {
    passed_on = std::any_of(grant_.scope.names.begin(), grant_.scope.names.end(),
                            [&](const std::string& sector) { return !Contains(relay_.uplinks, sector); });
  }
  if (passed_on && !relay_.uplinks.empty()) EmitUplink(relay_.uplinks.front());
}

void Router::AtSector() {
  if (grant_.tlp == stix::Tlp::kRed) return;  // carried sealed, or not at all (sharing.md section 9)
  const Layer* here = membership_.FindLayer(relay_.layer);
  if (!here) return;
  if (NamesOrganisations()) {
    EmitInboxesOrGroup(*here);
  } else if (ReachesLayer(*here)) {
    Emit(kCommunity);
    if (grant_.scope.kind == ScopeKind::kPublic) Emit(kPublic);
  }
  const bool reaches_others =
      ReachesAll() || AnyRecipient([&](const std::string& o) { return !InSector(o, here->name); }) ||
      (grant_.scope.kind == ScopeKind::kSectors &&
       std::any_of(grant_.scope.names.begin(), grant_.scope.names.end(), [&](const std::string& s) { return s != here->name; }));
  if (!reaches_others) return;
  for (const std::string& uplink : relay_.uplinks) {
    const Layer* layer = membership_.FindLayer(uplink);
    if (!layer) continue;
    if (layer->kind == LayerKind::kNational || ReachesLayer(*layer)) EmitUplink(uplink);
  }
}

void Router::AtHub() {
  if (grant_.tlp == stix::Tlp::kRed) return;
  const Layer* here = membership_.FindLayer(relay_.layer);
  if (!here || grant_.scope.kind == ScopeKind::kSector) return;  // a sector's own matter has no business here
  if (NamesOrganisations()) {
    EmitInboxesOrGroup(*here);
  } else if (ReachesAll()) {
    Emit(kCommunity);
    if (grant_.scope.kind == ScopeKind::kPublic) Emit(kPublic);
  }
  for (const auto& [name, layer] : membership_.layers()) {
    if (layer.kind == LayerKind::kSector && name != grant_.from_layer && ReachesLayer(layer)) Emit({BoundaryKind::kTransit, name});
  }
}

}  // namespace

std::vector<Boundary> Route(const Membership& membership, const RelayContext& relay, const GrantView& grant) {
  // A contradiction is never narrowed to what would fit. What reached an edge by an uplink has no scope to compare: members do not get it.
  const bool at_recipient = relay.kind == LayerKind::kOrganisation && !grant.from_layer.empty();
  if (!at_recipient && !TlpPermits(grant.tlp, grant.scope.kind)) return {};
  return Router(membership, relay, grant).Run();
}

}  // namespace noroshi::policy
