#include "common/policy/membership.h"

#include <algorithm>
#include <utility>

namespace noroshi::policy {
namespace {

constexpr size_t kNameBytesMax = 32;  // sharing.md section 1

// [a-z0-9-]{1,32}
bool IsName(std::string_view text) {
  if (text.empty() || text.size() > kNameBytesMax) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// Lower case, hyphens in place; no statement about its version.
bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    if (hyphen ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

// An ISAC in another sector's layer is there for its own sector, which is then its only one.
std::map<std::string, std::vector<std::string>, std::less<>> SectorsByOrganisation(const std::map<std::string, Layer, std::less<>>& layers) {
  std::map<std::string, std::vector<std::string>, std::less<>> member, own;
  for (const auto& [name, layer] : layers) {
    if (layer.kind != LayerKind::kSector) continue;
    own[layer.operator_org].push_back(name);
    for (const std::string& org : layer.members) member[org].push_back(name);
  }
  for (auto& [org, sectors] : own) member[org] = std::move(sectors);
  return member;
}

bool Uses(const Group& group, std::string_view org) { return group.owner == org || group.members.contains(std::string(org)); }

}  // namespace

StatusOr<Membership> Membership::Create(uint64_t epoch, std::vector<Organisation> organisations, std::vector<Layer> layers,
                                        std::vector<Group> groups, std::vector<std::string> reference_sets) {
  Membership m;
  m.epoch_ = epoch;
  for (Organisation& org : organisations) {
    if (!IsName(org.name)) return InvalidArgument("organisation name `{}` is not 1 to {} of a-z, 0-9 and `-`", org.name, kNameBytesMax);
    if (!org.identity.empty() && !m.by_identity_.emplace(org.identity, org.name).second) {
      return InvalidArgument("organisations `{}` and `{}` have the same identity", m.by_identity_[org.identity], org.name);
    }
    std::string name = org.name;
    if (!m.organisations_.emplace(name, std::move(org)).second) return InvalidArgument("organisation `{}` is named twice", name);
  }
  for (Layer& layer : layers) {
    if (!IsName(layer.name)) return InvalidArgument("layer name `{}` is not 1 to {} of a-z, 0-9 and `-`", layer.name, kNameBytesMax);
    if (!m.FindOrganisation(layer.operator_org)) {
      return InvalidArgument("operator `{}` of layer `{}` is no organisation", layer.operator_org, layer.name);
    }
    if (layer.kind == LayerKind::kOrganisation && layer.name != layer.operator_org) {
      return InvalidArgument("organisation layer `{}` does not have the name of its operator `{}`", layer.name, layer.operator_org);
    }
    if (layer.kind == LayerKind::kNational) {
      if (!m.national_.empty()) return InvalidArgument("layers `{}` and `{}` are both national", m.national_, layer.name);
      m.national_ = layer.name;
    }
    layer.members.insert(layer.operator_org);
    for (const std::string& member : layer.members) {
      if (!m.FindOrganisation(member)) return InvalidArgument("member `{}` of layer `{}` is no organisation", member, layer.name);
    }
    std::string name = layer.name;
    if (!m.layers_.emplace(name, std::move(layer)).second) return InvalidArgument("layer `{}` is named twice", name);
  }
  for (Group& group : groups) {
    if (!IsUuid(group.id)) return InvalidArgument("group `{}` has the id `{}`, which is no UUID in lower case", group.name, group.id);
    if (!IsName(group.name)) return InvalidArgument("group name `{}` is not 1 to {} of a-z, 0-9 and `-`", group.name, kNameBytesMax);
    if (!m.FindOrganisation(group.owner)) return InvalidArgument("owner `{}` of group `{}` is no organisation", group.owner, group.name);
    for (const std::string& member : group.members) {
      if (!m.FindOrganisation(member)) return InvalidArgument("member `{}` of group `{}` is no organisation", member, group.name);
    }
    std::string id = group.id;
    if (!m.groups_.emplace(id, std::move(group)).second) return InvalidArgument("group `{}` is defined twice", id);
  }
  m.reference_sets_.insert(reference_sets.begin(), reference_sets.end());
  m.sectors_of_ = SectorsByOrganisation(m.layers_);
  return m;
}

const Organisation* Membership::FindOrganisation(std::string_view name) const {
  const auto it = organisations_.find(name);
  return it == organisations_.end() ? nullptr : &it->second;
}

const Organisation* Membership::FindByIdentity(std::string_view identity) const {
  const auto it = by_identity_.find(identity);
  return it == by_identity_.end() ? nullptr : FindOrganisation(it->second);
}

const Layer* Membership::FindLayer(std::string_view name) const {
  const auto it = layers_.find(name);
  return it == layers_.end() ? nullptr : &it->second;
}

const Group* Membership::FindGroup(std::string_view id) const {
  const auto it = groups_.find(id);
  return it == groups_.end() ? nullptr : &it->second;
}

const Group* Membership::FindGroupFor(std::string_view id_or_name, std::string_view asker) const {
  if (const Group* group = FindGroup(id_or_name)) return Uses(*group, asker) ? group : nullptr;
  // Names are given by owners who need not know of each other, so two groups may share one: then only the UUID says which.
  const Group* found = nullptr;
  for (const auto& [id, group] : groups_) {
    if (group.name != id_or_name || !Uses(group, asker)) continue;
    if (found) return nullptr;
    found = &group;
  }
  return found;
}

std::vector<std::string> Membership::SectorsOf(std::string_view org) const {
  const auto it = sectors_of_.find(org);
  return it == sectors_of_.end() ? std::vector<std::string>{} : it->second;
}

const Layer* Membership::National() const { return national_.empty() ? nullptr : FindLayer(national_); }

bool Membership::IsReferenceSet(std::string_view created_by) const { return !created_by.empty() && reference_sets_.contains(created_by); }

}  // namespace noroshi::policy
