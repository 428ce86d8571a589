#include "common/trust/directory.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/limits.h"

namespace noroshi::trust {
namespace {

struct RoleEntry {
  NodeRole role;
  std::string_view name;
};
constexpr RoleEntry kRoles[] = {{NodeRole::kEdge, "edge"},
                                {NodeRole::kBroker, "broker"},
                                {NodeRole::kHub, "hub"},
                                {NodeRole::kGateway, "gateway"},
                                {NodeRole::kTool, "tool"}};

Status CheckName(std::string_view what, std::string_view name, size_t bytes_max) {
  if (name.empty() || name.size() > bytes_max) {
    return InvalidArgument("{} `{}` has {} characters, allowed are 1 to {}", what, name.substr(0, 100), name.size(), bytes_max);
  }
  const bool fine = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!fine) return InvalidArgument("{} `{}` may contain a-z, 0-9 and - only", what, name);
  return OkStatus();
}

// Without this a small-order key would accept one signature for many messages (libsodium checks again at each verify).
Status CheckKey(const Node& node, size_t number) {
  if (crypto_core_ed25519_is_valid_point(node.keys[number].data()) != 1) {
    return InvalidArgument("key {} of node `{}` is not an Ed25519 public key", number, node.name);
  }
  return OkStatus();
}

Status CheckNode(const Node& node) {
  NOROSHI_TRY(CheckName("node", node.name, limits::kNodeNameBytesMax));
  NOROSHI_TRY(CheckName("organisation", node.org, limits::kOrgNameBytesMax));
  if (node.role == NodeRole::kTool) {
    if (!node.layer.empty()) return InvalidArgument("tool `{}` must not name a layer", node.name);
    if (!node.keys.empty()) return InvalidArgument("tool `{}` signs nothing and must have no key", node.name);
    return OkStatus();
  }
  NOROSHI_TRY(CheckName("layer", node.layer, limits::kNodeNameBytesMax));
  if (node.keys.size() > limits::kNodeKeysMax) {
    return InvalidArgument("node `{}` has {} keys, limit is {}", node.name, node.keys.size(), limits::kNodeKeysMax);
  }
  for (size_t i = 0; i < node.keys.size(); ++i) NOROSHI_TRY(CheckKey(node, i));
  return OkStatus();
}

}  // namespace

KeyId KeyIdOf(const PublicKey& key) {
  const Hash hash = Sha256(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
  KeyId id;
  std::memcpy(id.data(), hash.data(), id.size());
  return id;
}

std::string_view NodeRoleName(NodeRole role) {
  for (const RoleEntry& entry : kRoles) {
    if (entry.role == role) return entry.name;
  }
  return "";
}

StatusOr<NodeRole> ParseNodeRole(std::string_view name) {
  for (const RoleEntry& entry : kRoles) {
    if (entry.name == name) return entry.role;
  }
  return InvalidArgument("unknown role `{}`, expected edge, broker, hub, gateway or tool", name);
}

StatusOr<Directory> Directory::Create(std::string federation, uint64_t epoch, std::vector<Node> nodes,
                                      std::optional<WallTime> expires) {
  NOROSHI_CHECK(sodium_init() >= 0);
  NOROSHI_TRY(CheckName("federation", federation, limits::kNodeNameBytesMax));
  if (nodes.size() > limits::kNodesMax) {
    return InvalidArgument("the directory has {} nodes, limit is {}", nodes.size(), limits::kNodesMax);
  }
  Directory directory;
  directory.federation_ = std::move(federation);
  directory.epoch_ = epoch;
  directory.expires_ = expires;
  for (Node& node : nodes) {
    NOROSHI_TRY(CheckNode(node));
    const std::string name = node.name;
    for (const PublicKey& key : node.keys) {
      const auto [at, is_new] = directory.keys_.try_emplace(KeyIdOf(key), OwnedKey{name, key});
      if (!is_new) return InvalidArgument("nodes `{}` and `{}` list the same key", at->second.node, name);
    }
    if (!directory.nodes_.try_emplace(name, std::move(node)).second) {
      return InvalidArgument("node `{}` is listed twice", name);
    }
  }
  return directory;
}

const Node* Directory::Find(std::string_view node) const {
  const auto at = nodes_.find(node);
  return at == nodes_.end() ? nullptr : &at->second;
}

const PublicKey* Directory::FindKey(std::string_view node, std::string_view key_id) const {
  KeyId id;
  if (key_id.size() != id.size()) return nullptr;
  std::memcpy(id.data(), key_id.data(), id.size());
  const auto at = keys_.find(id);
  return at != keys_.end() && at->second.node == node ? &at->second.key : nullptr;
}

const Node* Directory::FindPeer(std::string_view org, std::string_view node) const {
  const Node* found = Find(node);
  return found != nullptr && found->org == org ? found : nullptr;
}

}  // namespace noroshi::trust
