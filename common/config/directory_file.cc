#include <algorithm>
#include <array>

#include "common/base/limits.h"
#include "common/config/setting.h"

namespace noroshi::config {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr size_t kKeyDigits = 44;  // 32 bytes, one `=`

// Canonical base64 of exactly 32 bytes.
std::string EncodeKey(const trust::PublicKey& key) {
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (uint8_t byte : key) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) text += kDigits[bits >> (count - 6) & 63];
  }
  text += kDigits[bits << (6 - count) & 63];
  return text + "=";
}

StatusOr<trust::PublicKey> DecodeKey(const std::string& text) {
  trust::PublicKey key{};
  uint32_t bits = 0;
  int count = 0;
  size_t bytes = 0;
  for (size_t i = 0; i + 1 < kKeyDigits && text.size() == kKeyDigits; ++i) {
    const size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) key[bytes++] = static_cast<uint8_t>(bits >> (count -= 8));
  }
  if (bytes != key.size() || EncodeKey(key) != text) return InvalidArgument("is no key: base64 of 32 bytes ({} digits)", kKeyDigits);
  return key;
}

// Lists of names as the file has them; sets and keys are made of them afterwards.
struct LayerEntry {
  policy::Layer layer;
  std::vector<std::string> members;
};
struct GroupEntry {
  policy::Group group;
  std::vector<std::string> members;
};
struct NodeEntry {
  trust::Node node;
  std::vector<std::string> keys;
};
struct Entries {
  std::string federation;
  uint64_t epoch = 0;
  std::optional<WallTime> expires;
  std::vector<policy::Organisation> organisations;
  std::vector<LayerEntry> layers;
  std::vector<NodeEntry> nodes;
  std::vector<GroupEntry> groups;
  std::vector<std::string> reference_sets;
};

constexpr std::pair<std::string_view, policy::LayerKind> kKinds[] = {{"organisation", policy::LayerKind::kOrganisation},
                                                                     {"sector", policy::LayerKind::kSector},
                                                                     {"national", policy::LayerKind::kNational}};

Table OrganisationTable(policy::Organisation& org) {
  return {Name("name", org.name, "").Required(), Text("identity", org.identity, "").Required()};
}

Table LayerTable(LayerEntry& entry) {
  return {
      Name("name", entry.layer.name, "").Required(),
      Word(
          "kind", {"organisation", "sector", "national"},
          [&entry] {
            return std::string(std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& k) { return k.second == entry.layer.kind; })->first);
          },
          [&entry](const std::string& word) {
            entry.layer.kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& k) { return k.first == word; })->second;
          },
          "")
          .Required(),
      Name("operator", entry.layer.operator_org, "").Required(),
      Words("members", entry.members, "organisations", ""),
  };
}

Table NodeEntryTable(NodeEntry& entry) {
  return {
      Name("name", entry.node.name, "").Required(),
      Name("org", entry.node.org, "").Required(),
      Word(
          "role", {"edge", "broker", "hub", "gateway", "tool"}, [&entry] { return std::string(trust::NodeRoleName(entry.node.role)); },
          [&entry](const std::string& word) { entry.node.role = *trust::ParseNodeRole(word); }, "")
          .Required(),
      Name("layer", entry.node.layer, ""),
      Words("keys", entry.keys, "base64 of Ed25519 public keys, newest first", ""),
  };
}

Table GroupTable(GroupEntry& entry) {
  return {
      Text("id", entry.group.id, "").Required(),
      Name("name", entry.group.name, "").Required(),
      Name("owner", entry.group.owner, "").Required(),
      Words("members", entry.members, "organisations", ""),
  };
}

Table DirectoryTable(Entries& entries) {
  return {
      Name("federation", entries.federation, "").Required(),
      Number(
          "epoch", 0, INT64_MAX, "", [&entries] { return static_cast<int64_t>(entries.epoch); },
          [&entries](int64_t n) { entries.epoch = static_cast<uint64_t>(n); }, "")
          .Required(),
      Value(
          "expires", "RFC 3339 time",
          [&entries](const std::string& text) -> Status {
            NOROSHI_ASSIGN(entries.expires, ParseTimestamp(text));
            return OkStatus();
          },
          [&entries] { return entries.expires ? std::optional(FormatTimestamp(*entries.expires)) : std::nullopt; }, ""),
      Items("organisations", entries.organisations, limits::kNodesMax, OrganisationTable, "").Required(),
      Items("layers", entries.layers, limits::kNodesMax, LayerTable, "").Required(),
      Items("nodes", entries.nodes, limits::kNodesMax, NodeEntryTable, "").Required(),
      Items("groups", entries.groups, limits::kNodesMax, GroupTable, ""),
      Words("reference_sets", entries.reference_sets, "identity ids", ""),
  };
}

bool Fits(trust::NodeRole role, policy::LayerKind kind) {
  switch (role) {
    case trust::NodeRole::kEdge: return kind == policy::LayerKind::kOrganisation;
    case trust::NodeRole::kBroker: return kind == policy::LayerKind::kSector;
    case trust::NodeRole::kHub: return kind == policy::LayerKind::kNational;
    case trust::NodeRole::kGateway: return true;
    case trust::NodeRole::kTool: return true;
  }
  return false;
}

// Nodes against organisations and layers. The operator runs its layer's relay and gateways.
void CheckNodes(const Entries& entries, Reader& reader) {
  std::map<std::string, std::string> relays;  // layer -> relay
  for (size_t i = 0; i < entries.nodes.size(); ++i) {
    const trust::Node& node = entries.nodes[i].node;
    const std::string path = fmt::format("nodes[{}]", i);
    const auto org = std::find_if(entries.organisations.begin(), entries.organisations.end(), [&](const auto& o) { return o.name == node.org; });
    if (!node.org.empty() && org == entries.organisations.end()) reader.AddFaultAt(path + ".org", fmt::format("`{}` is no organisation", node.org));
    if (node.role == trust::NodeRole::kTool) continue;
    const auto at = std::find_if(entries.layers.begin(), entries.layers.end(), [&](const auto& l) { return l.layer.name == node.layer; });
    if (at == entries.layers.end()) {
      reader.AddFaultAt(path + ".layer", node.layer.empty() ? "is missing" : fmt::format("`{}` is no layer", node.layer));
      continue;
    }
    if (!Fits(node.role, at->layer.kind)) {
      reader.AddFaultAt(path + ".role", fmt::format("is {}, which does not fit the kind of layer `{}`", trust::NodeRoleName(node.role), node.layer));
    }
    if (node.org != at->layer.operator_org) {
      reader.AddFaultAt(path + ".org", fmt::format("is `{}`, the operator of layer `{}` is `{}`", node.org, node.layer, at->layer.operator_org));
    }
    if (node.role == trust::NodeRole::kGateway) continue;
    const auto [relay, is_first] = relays.try_emplace(node.layer, node.name);
    if (!is_first) reader.AddFaultAt(path + ".layer", fmt::format("`{}` has the relay `{}` already", node.layer, relay->second));
  }
}

std::vector<trust::Node> NodesOf(Entries& entries, Reader& reader) {
  std::vector<trust::Node> nodes;
  for (size_t i = 0; i < entries.nodes.size(); ++i) {
    NodeEntry& entry = entries.nodes[i];
    for (size_t k = 0; k < entry.keys.size(); ++k) {
      const StatusOr<trust::PublicKey> key = DecodeKey(entry.keys[k]);
      if (key.ok()) {
        entry.node.keys.push_back(*key);
      } else {
        reader.AddFaultAt(fmt::format("nodes[{}].keys[{}]", i, k), std::string(Message(key.status())));
      }
    }
    nodes.push_back(entry.node);
  }
  return nodes;
}

StatusOr<policy::Membership> MembershipOf(const Entries& entries) {
  std::vector<policy::Layer> layers;
  for (const LayerEntry& entry : entries.layers) {
    layers.push_back(entry.layer);
    layers.back().members = {entry.members.begin(), entry.members.end()};
  }
  std::vector<policy::Group> groups;
  for (const GroupEntry& entry : entries.groups) {
    groups.push_back(entry.group);
    groups.back().members = {entry.members.begin(), entry.members.end()};
  }
  return policy::Membership::Create(entries.epoch, entries.organisations, std::move(layers), std::move(groups), entries.reference_sets);
}

}  // namespace

Loaded<DirectoryFile> LoadDirectory(const std::string& file) {
  Loaded<DirectoryFile> out;
  Loaded<Yaml> yaml = LoadYaml(file);
  if (!yaml.value) {
    out.faults = std::move(yaml.faults);
    return out;
  }
  Entries entries;
  Reader reader(file);
  ReadTable(DirectoryTable(entries), *yaml.value, "", reader);
  std::vector<trust::Node> nodes = NodesOf(entries, reader);
  CheckNodes(entries, reader);
  // What these two say would only repeat faults of single entries.
  if (reader.faults.empty()) {
    StatusOr<trust::Directory> directory = trust::Directory::Create(entries.federation, entries.epoch, std::move(nodes), entries.expires);
    if (!directory.ok()) reader.AddFaultAt("nodes", std::string(Message(directory.status())));
    StatusOr<policy::Membership> membership = MembershipOf(entries);
    if (!membership.ok()) reader.AddFaultAt("layers", std::string(Message(membership.status())));
    if (reader.faults.empty()) out.value = DirectoryFile{*std::move(directory), *std::move(membership)};
  }
  out.faults = std::move(reader.faults);
  if (!entries.expires) out.warnings.push_back("the directory has no `expires`: a removed organisation stays where this file is not replaced");
  return out;
}

std::string WriteDirectory(const std::string& federation, uint64_t epoch, const std::vector<trust::Node>& nodes,
                           const policy::Membership& membership) {
  Entries entries;
  entries.federation = federation;
  entries.epoch = epoch;
  for (const auto& [name, org] : membership.organisations()) entries.organisations.push_back(org);
  for (const auto& [name, layer] : membership.layers()) entries.layers.push_back({layer, {layer.members.begin(), layer.members.end()}});
  for (const auto& [id, group] : membership.groups()) entries.groups.push_back({group, {group.members.begin(), group.members.end()}});
  for (const trust::Node& node : nodes) {
    NodeEntry entry{node, {}};
    for (const trust::PublicKey& key : node.keys) entry.keys.push_back(EncodeKey(key));
    entries.nodes.push_back(std::move(entry));
  }
  for (const std::string& id : membership.reference_sets()) entries.reference_sets.push_back(id);
  return WriteYaml(WriteTable(DirectoryTable(entries)));
}

}  // namespace noroshi::config
