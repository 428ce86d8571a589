#include "common/policy/scope.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/limits.h"

namespace noroshi::policy {
namespace {

constexpr std::array<std::string_view, 8> kScopeNames = {"unspecified", "org", "orgs", "group", "sector", "sectors", "national", "public"};
constexpr std::array<std::string_view, 6> kBoundaryNames = {"community", "group", "inbox", "public", "transit", "uplink"};
constexpr std::string_view kScopeForms =
    "`org`, `orgs:NAME,NAME`, `group:NAME or UUID`, `sector`, `sectors:NAME,NAME`, `national` or `public`";

// Sorted, distinct; an empty name is an error. No name at all: an empty list.
StatusOr<std::vector<std::string>> ParseNames(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view name = list.substr(0, comma);
    if (name.empty() || name.find_first_of(" \t\r\n:/") != std::string_view::npos) {
      return InvalidArgument("`{}` is no name", name);
    }
    names.emplace_back(name);
    if (names.size() > limits::kRecipientsMax) return InvalidArgument("a scope has more than {} names", limits::kRecipientsMax);
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
    if (list.empty()) return InvalidArgument("a name is missing behind the last comma");
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool IsMember(const Layer* layer, const std::string& org) { return layer && layer->members.contains(org); }

StatusOr<ResolvedScope> ResolveOrgs(const Membership& membership, const Scope& wanted) {
  if (wanted.names.empty()) return InvalidArgument("recipient_unknown scope `orgs` names no organisation");
  for (const std::string& name : wanted.names) {
    if (!membership.FindOrganisation(name)) return InvalidArgument("recipient_unknown no organisation `{}`", name);
  }
  return ResolvedScope{wanted, {}};
}

StatusOr<ResolvedScope> ResolveGroup(const Membership& membership, std::string_view publisher, const Scope& wanted) {
  if (wanted.names.size() != 1) return InvalidArgument("scope_ambiguous scope `group` has {} names, wanted 1", wanted.names.size());
  const std::string& name = wanted.names.front();
  const Group* group = membership.FindGroupFor(name, publisher);
  if (!group) {
    // A UUID cannot be guessed: who has it knows of the group. A name can, so a name of strangers is like no name.
    if (membership.FindGroup(name)) return InvalidArgument("group_denied group `{}` is for its owner and members", name);
    const auto has_name = [&](const auto& entry) {
      const Group& g = entry.second;
      return g.name == name && (g.owner == publisher || g.members.contains(std::string(publisher)));
    };
    if (std::any_of(membership.groups().begin(), membership.groups().end(), has_name)) {
      return InvalidArgument("scope_ambiguous several groups have the name `{}`: give the UUID", name);
    }
    return InvalidArgument("recipient_unknown no group `{}`", name);
  }
  ResolvedScope resolved{{ScopeKind::kGroup, {group->id}}, {}};
  const bool others = std::any_of(group->members.begin(), group->members.end(), [&](const std::string& m) { return m != publisher; });
  if (!others) resolved.warning = fmt::format("group `{}` has no other member: nobody outside the own organisation is reached", name);
  return resolved;
}

StatusOr<ResolvedScope> ResolveSector(const Membership& membership, std::string_view publisher, const Scope& wanted) {
  const std::vector<std::string> own = membership.SectorsOf(publisher);
  if (wanted.names.size() == 1 && std::find(own.begin(), own.end(), wanted.names.front()) != own.end()) {
    return ResolvedScope{wanted, {}};  // resolved before
  }
  if (!wanted.names.empty()) return InvalidArgument("recipient_unknown `sector` means the own one; name others with `sectors:`");
  if (own.size() != 1) {
    return InvalidArgument("scope_ambiguous the organisation is in {} sectors, `sector` needs exactly 1: name them with `sectors:`", own.size());
  }
  return ResolvedScope{{ScopeKind::kSector, own}, {}};
}

StatusOr<ResolvedScope> ResolveSectors(const Membership& membership, const Scope& wanted) {
  if (wanted.names.empty()) return InvalidArgument("recipient_unknown scope `sectors` names no sector");
  for (const std::string& name : wanted.names) {
    const Layer* layer = membership.FindLayer(name);
    if (!layer || layer->kind != LayerKind::kSector) return InvalidArgument("recipient_unknown no sector `{}`", name);
  }
  return ResolvedScope{wanted, {}};
}

void AddMembers(const Layer* layer, std::set<std::string>& organisations) {
  if (layer) organisations.insert(layer->members.begin(), layer->members.end());
}

}  // namespace

StatusOr<Scope> ParseScope(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const auto it = std::find(kScopeNames.begin() + 1, kScopeNames.end(), word);
  if (it == kScopeNames.end()) return InvalidArgument("`{}` is no scope, wanted {}", word, kScopeForms);
  Scope scope{static_cast<ScopeKind>(it - kScopeNames.begin()), {}};
  if (colon != std::string_view::npos) {
    auto names = ParseNames(text.substr(colon + 1));
    if (!names.ok()) return InvalidArgument("scope `{}`: {}, wanted {}", word, Message(names.status()), kScopeForms);
    scope.names = *std::move(names);
  }
  const bool list = scope.kind == ScopeKind::kOrgs || scope.kind == ScopeKind::kSectors;
  const bool right = list                                 ? !scope.names.empty()
                     : scope.kind == ScopeKind::kGroup    ? scope.names.size() == 1
                     : scope.kind == ScopeKind::kSector   ? colon == std::string_view::npos || scope.names.size() == 1  // resolved
                                                          : colon == std::string_view::npos;
  if (!right) return InvalidArgument("scope `{}` has {} names, wanted {}", word, scope.names.size(), kScopeForms);
  return scope;
}

std::string_view ScopeKindName(ScopeKind kind) {
  const auto index = static_cast<size_t>(kind);
  return index < kScopeNames.size() ? kScopeNames[index] : kScopeNames[0];
}

std::string FormatScope(const Scope& scope) {
  std::string text(ScopeKindName(scope.kind));
  for (size_t i = 0; i < scope.names.size(); ++i) {
    text += i == 0 ? ':' : ',';
    text += scope.names[i];
  }
  return text;
}

std::string FormatBoundary(const Boundary& boundary) {
  const auto index = static_cast<size_t>(boundary.kind);
  std::string text(index < kBoundaryNames.size() ? kBoundaryNames[index] : "none");
  if (!boundary.name.empty()) text += '/' + boundary.name;
  return text;
}

StatusOr<Boundary> ParseBoundary(std::string_view text) {
  const size_t slash = text.find('/');
  const auto it = std::find(kBoundaryNames.begin(), kBoundaryNames.end(), text.substr(0, slash));
  if (it == kBoundaryNames.end()) return InvalidArgument("`{}` is no audience", text);
  Boundary boundary{static_cast<BoundaryKind>(it - kBoundaryNames.begin()), {}};
  const bool named = boundary.kind != BoundaryKind::kCommunity && boundary.kind != BoundaryKind::kPublic;
  if (slash != std::string_view::npos) boundary.name = text.substr(slash + 1);
  const bool has_name = slash != std::string_view::npos;
  if (named != has_name || (named && (boundary.name.empty() || boundary.name.find('/') != std::string::npos))) {
    return InvalidArgument("`{}` is no audience", text);
  }
  return boundary;
}

std::string AudienceTopic(std::string_view layer, const Boundary& boundary) {
  std::string audience = FormatBoundary(boundary);
  std::replace(audience.begin(), audience.end(), '/', '.');
  return fmt::format("{}.audience.{}", layer, audience);
}

StatusOr<ResolvedScope> ResolveScope(const Membership& membership, std::string_view publisher, const Scope& wanted) {
  switch (wanted.kind) {
    case ScopeKind::kOrg:
    case ScopeKind::kNational:
    case ScopeKind::kPublic: return ResolvedScope{{wanted.kind, {}}, {}};
    case ScopeKind::kOrgs: return ResolveOrgs(membership, wanted);
    case ScopeKind::kGroup: return ResolveGroup(membership, publisher, wanted);
    case ScopeKind::kSector: return ResolveSector(membership, publisher, wanted);
    case ScopeKind::kSectors: return ResolveSectors(membership, wanted);
    case ScopeKind::kUnspecified: break;
  }
  return InvalidArgument("scope_ambiguous no scope given");
}

Reach ReachOf(const Membership& membership, const GrantView& grant) {
  Reach reach;
  if (!grant.origin_org.empty()) reach.organisations.insert(grant.origin_org);
  switch (grant.scope.kind) {
    case ScopeKind::kUnspecified:
    case ScopeKind::kOrg: break;
    case ScopeKind::kOrgs: reach.organisations.insert(grant.scope.names.begin(), grant.scope.names.end()); break;
    case ScopeKind::kGroup:
      for (const std::string& id : grant.scope.names) {
        if (const Group* group = membership.FindGroup(id)) reach.organisations.insert(group->members.begin(), group->members.end());
      }
      break;
    case ScopeKind::kSector:
    case ScopeKind::kSectors:
      for (const std::string& name : grant.scope.names) {
        const Layer* layer = membership.FindLayer(name);
        if (layer && layer->kind == LayerKind::kSector) AddMembers(layer, reach.organisations);
      }
      break;
    case ScopeKind::kPublic: reach.everybody = true; [[fallthrough]];
    case ScopeKind::kNational:
      reach.national = true;
      for (const auto& [name, layer] : membership.layers()) {
        if (layer.kind != LayerKind::kOrganisation) AddMembers(&layer, reach.organisations);
      }
      break;
  }
  return reach;
}

Reach Beyond(const Membership& membership, const RelayContext& relay, const Boundary& boundary, const Reach& reach) {
  Reach beyond;
  beyond.everybody = reach.everybody;
  if (boundary.kind == BoundaryKind::kTransit) {
    const Layer* layer = membership.FindLayer(boundary.name);
    for (const std::string& org : reach.organisations) {
      if (IsMember(layer, org)) beyond.organisations.insert(org);
    }
    return beyond;
  }
  if (boundary.kind != BoundaryKind::kUplink) return {};  // read here: nothing lies behind it
  beyond.national = reach.national;
  for (const std::string& org : reach.organisations) {
    // Behind an uplink are all who are somewhere else as well: an upper layer passes on to every other sector.
    const auto elsewhere = [&](const auto& entry) {
      const Layer& layer = entry.second;
      return layer.kind != LayerKind::kOrganisation && layer.name != relay.layer && layer.members.contains(org);
    };
    if (org == relay.org && relay.kind == LayerKind::kOrganisation) continue;
    if (std::any_of(membership.layers().begin(), membership.layers().end(), elsewhere)) beyond.organisations.insert(org);
  }
  return beyond;
}

bool Covers(const Reach& outer, const Reach& inner) {
  if (outer.everybody) return true;
  if (inner.everybody || (inner.national && !outer.national)) return false;
  return std::includes(outer.organisations.begin(), outer.organisations.end(), inner.organisations.begin(), inner.organisations.end());
}

bool Entitled(const Membership& membership, std::string_view org, const GrantView& grant) {
  const std::string name(org);
  if (name.empty()) return false;
  if (name == grant.origin_org) return true;
  const std::vector<std::string>& names = grant.scope.names;
  switch (grant.scope.kind) {
    case ScopeKind::kUnspecified:
    case ScopeKind::kOrg: return false;
    case ScopeKind::kOrgs: return std::find(names.begin(), names.end(), name) != names.end();
    case ScopeKind::kGroup:
      return std::any_of(names.begin(), names.end(), [&](const std::string& id) {
        const Group* group = membership.FindGroup(id);
        return group && group->members.contains(name);
      });
    case ScopeKind::kSector:
    case ScopeKind::kSectors:
      return std::any_of(names.begin(), names.end(), [&](const std::string& sector) {
        const Layer* layer = membership.FindLayer(sector);
        return layer && layer->kind == LayerKind::kSector && IsMember(layer, name);
      });
    case ScopeKind::kNational:
      return IsMember(membership.National(), name) || membership.IsInSomeSector(name);
    case ScopeKind::kPublic: return true;
  }
  return false;
}

std::set<std::string> ReadersOf(const Membership& membership, std::string_view layer_name, const Boundary& boundary) {
  const Layer* layer = membership.FindLayer(layer_name);
  std::set<std::string> members;
  if (layer) {
    members = layer->members;
  } else if (membership.FindOrganisation(layer_name)) {
    members.insert(std::string(layer_name));  // an organisation's own layer need not be listed
  }
  switch (boundary.kind) {
    case BoundaryKind::kCommunity:
    case BoundaryKind::kPublic: return members;
    case BoundaryKind::kInbox:
      if (!members.contains(boundary.name)) return {};
      return {boundary.name};
    case BoundaryKind::kGroup: {
      const Group* group = membership.FindGroup(boundary.name);
      if (!group) return {};
      std::erase_if(members, [&](const std::string& org) { return !group->members.contains(org); });
      return members;
    }
    case BoundaryKind::kTransit: {
      const Layer* behind = membership.FindLayer(boundary.name);
      if (!behind) return {};
      return {behind->operator_org};
    }
    case BoundaryKind::kUplink: break;
  }
  return {};
}

}  // namespace noroshi::policy
