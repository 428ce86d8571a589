// The Merkle tree of RFC 6962 section 2.1, over leaf hashes that the caller made with MerkleLeaf. A leaf and a node are
// hashed under different prefixes, so that a node can never pass for a leaf. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/hash.h"

namespace noroshi::trust {

Hash MerkleLeaf(std::string_view leaf);                    // SHA-256(0x00 || leaf)
Hash MerkleNode(const Hash& left, const Hash& right);      // SHA-256(0x01 || left || right)

class MerkleTree {
 public:
  explicit MerkleTree(std::vector<Hash> leaf_hashes);
  size_t size() const { return levels_.front().size(); }
  // Of no leaves: SHA-256 of nothing.
  Hash root() const;
  // Sibling hashes of leaf `index` < size(), leaf side first, 32 bytes each.
  std::string Path(size_t index) const;

 private:
  std::vector<std::vector<Hash>> levels_;  // leaves first; an odd last node rises unchanged
};

// The root that a path leads to. Nothing: index >= size, or a path of another length than this leaf's.
std::optional<Hash> MerkleRootFrom(const Hash& leaf_hash, uint64_t index, uint64_t size, std::string_view path);

}  // namespace noroshi::trust
