// The nodes of the federation and their keys. A value; identity of a peer = its certificate's SPIFFE URI listed here.
// Who belongs to which layer or group is policy::Membership.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace noroshi::trust {

using PublicKey = std::array<uint8_t, 32>;  // Ed25519
using KeyId = std::array<uint8_t, 8>;       // first 8 bytes of SHA-256 of the public key
KeyId KeyIdOf(const PublicKey& key);

enum class NodeRole : uint8_t { kEdge, kBroker, kHub, kGateway, kTool };  // kTool: the CLI of an organisation; signs nothing
std::string_view NodeRoleName(NodeRole role);
StatusOr<NodeRole> ParseNodeRole(std::string_view name);

struct Node {
  std::string name;
  std::string org;
  NodeRole role = NodeRole::kTool;
  std::string layer;                // whose relay or gateway it is; empty for tools
  std::vector<PublicKey> keys;      // signing keys, newest first; old ones verify only
};

class Directory {
 public:
  Directory() = default;
  // Error: a malformed or repeated name, a node other than a tool without layer, a tool with keys, a key that is no
  // point of the prime-order group, a key listed twice (also at two nodes), more than kNodesMax or kNodeKeysMax.
  // `expires`: from then on nothing foreign is judged (sharing.md section 4); absent: never.
  static StatusOr<Directory> Create(std::string federation, uint64_t epoch, std::vector<Node> nodes, std::optional<WallTime> expires = {});
  const std::string& federation() const { return federation_; }
  uint64_t epoch() const { return epoch_; }
  const Node* Find(std::string_view node) const;
  // Key of that node with this id (8 bytes); null: no such node, or no such key there.
  const PublicKey* FindKey(std::string_view node, std::string_view key_id) const;
  // Null unless the node exists and belongs to that organisation.
  const Node* FindPeer(std::string_view org, std::string_view node) const;
  bool ExpiredAt(WallTime now) const { return expires_ && now >= *expires_; }
  const std::map<std::string, Node, std::less<>>& nodes() const { return nodes_; }

 private:
  std::string federation_;
  uint64_t epoch_ = 0;
  std::optional<WallTime> expires_;
  std::map<std::string, Node, std::less<>> nodes_;
  struct OwnedKey {
    std::string node;
    PublicKey key;
  };
  std::map<KeyId, OwnedKey> keys_;  // INVARIANT: a key id belongs to one node (Create)
};

}  // namespace noroshi::trust
