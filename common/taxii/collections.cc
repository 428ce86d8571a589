#include "common/taxii/collections.h"

#include <algorithm>

#include "common/taxii/cursor.h"

namespace noroshi::taxii {
namespace {

using policy::Boundary;
using policy::BoundaryKind;
using policy::LayerKind;

bool HasMembersHere(const policy::Group& group, const policy::Layer& layer) {
  return std::any_of(group.members.begin(), group.members.end(), [&](const std::string& org) { return layer.members.contains(org); });
}

}  // namespace

Collections::Collections(const policy::Membership& membership, const policy::Layer& layer, std::string_view federation, std::string_view key) {
  const auto add = [&](std::string alias, std::string title, bool publish, Boundary audience) {
    const std::string name = publish ? "publish" : policy::FormatBoundary(audience);
    // Titles hold no `.`: some connectors take one for a separator (taxii Q10).
    std::replace(title.begin(), title.end(), '.', '-');
    all_.push_back({StableId(key, fmt::format("collection\n{}\n{}\n{}", federation, layer.name, name)), std::move(alias), std::move(title), publish,
                    std::move(audience), name});
  };
  add("publish", fmt::format("{} publish", layer.name), true, {});
  add("community", fmt::format("{} community", layer.name), false, {BoundaryKind::kCommunity, ""});
  if (layer.kind != LayerKind::kOrganisation) {
    add("public", fmt::format("{} public", layer.name), false, {BoundaryKind::kPublic, ""});
    for (const auto& [id, group] : membership.groups()) {
      if (HasMembersHere(group, layer)) add("group-" + group.name, fmt::format("{} group {}", layer.name, group.name), false, {BoundaryKind::kGroup, id});
    }
  }
  for (const std::string& org : layer.members) add("inbox", fmt::format("{} inbox", layer.name), false, {BoundaryKind::kInbox, org});
  std::sort(all_.begin(), all_.end(), [](const Collection& a, const Collection& b) { return a.id < b.id; });
}

const Collection* Collections::Find(std::string_view id_or_alias, const policy::Membership& membership, const policy::Layer& layer, const Account& account) const {
  for (const Collection& collection : all_) {
    if (collection.id == id_or_alias) return &collection;
    if (collection.alias == id_or_alias && RightsOf(collection, membership, layer, account).listed()) return &collection;
  }
  return nullptr;
}

Rights RightsOf(const Collection& collection, const policy::Membership& membership, const policy::Layer& layer, const Account& account) {
  const bool publishes = account.publisher && account.caller.kind == policy::kMember && layer.members.contains(account.caller.org);
  if (collection.publish) return {false, publishes};
  if (!policy::MayEnter(membership, layer, collection.audience, account.caller)) return {};
  return {policy::ReadsAs(account.caller) != 0, publishes && collection.audience.kind != BoundaryKind::kInbox};
}

}  // namespace noroshi::taxii
