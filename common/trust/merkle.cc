#include "common/trust/merkle.h"

#include <cstring>

#include "common/base/check.h"

namespace noroshi::trust {

Hash MerkleLeaf(std::string_view leaf) { return Sha256({std::string_view("\x00", 1), leaf}); }

Hash MerkleNode(const Hash& left, const Hash& right) {
  char buffer[1 + 2 * sizeof(Hash)];  // one call to the hash function instead of three
  buffer[0] = 1;
  std::memcpy(buffer + 1, left.data(), left.size());
  std::memcpy(buffer + 1 + left.size(), right.data(), right.size());
  return Sha256(std::string_view(buffer, sizeof buffer));
}

MerkleTree::MerkleTree(std::vector<Hash> leaf_hashes) {
  levels_.push_back(std::move(leaf_hashes));
  while (levels_.back().size() > 1) {
    const std::vector<Hash>& below = levels_.back();
    std::vector<Hash> level;
    level.reserve((below.size() + 1) / 2);
    for (size_t i = 0; i + 1 < below.size(); i += 2) level.push_back(MerkleNode(below[i], below[i + 1]));
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels_.push_back(std::move(level));
  }
}

Hash MerkleTree::root() const { return levels_.back().empty() ? Sha256("") : levels_.back().front(); }

std::string MerkleTree::Path(size_t index) const {
  NOROSHI_CHECK(index < size());
  std::string path;
  path.reserve((levels_.size() - 1) * sizeof(Hash));
  for (const std::vector<Hash>& level : levels_) {
    const size_t sibling = index ^ 1;
    if (sibling < level.size()) path.append(AsView(level[sibling]));
    index /= 2;
  }
  return path;
}

// RFC 9162 section 2.1.3.2: `last` is the last node of the level that `index` is on.
std::optional<Hash> MerkleRootFrom(const Hash& leaf_hash, uint64_t index, uint64_t size, std::string_view path) {
  if (index >= size || path.size() % sizeof(Hash) != 0) return std::nullopt;
  uint64_t last = size - 1;
  Hash root = leaf_hash;
  for (; !path.empty(); path.remove_prefix(sizeof(Hash))) {
    if (last == 0) return std::nullopt;
    Hash sibling;
    std::memcpy(sibling.data(), path.data(), sibling.size());
    if (index % 2 == 1 || index == last) {
      root = MerkleNode(sibling, root);
      while (index % 2 == 0 && index != 0) {  // levels where this node rose unchanged
        index /= 2;
        last /= 2;
      }
    } else {
      root = MerkleNode(root, sibling);
    }
    index /= 2;
    last /= 2;
  }
  if (last != 0) return std::nullopt;
  return root;
}

}  // namespace noroshi::trust
