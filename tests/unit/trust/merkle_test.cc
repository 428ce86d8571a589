#include "common/trust/merkle.h"

#include <gtest/gtest.h>

namespace noroshi::trust {
namespace {

// RFC 6962 section 2.1 word by word: the second model.
Hash NaiveRoot(const std::vector<Hash>& leaf_hashes) {
  if (leaf_hashes.empty()) return Sha256("");
  if (leaf_hashes.size() == 1) return leaf_hashes[0];
  size_t split = 1;
  while (split * 2 < leaf_hashes.size()) split *= 2;
  const auto middle = leaf_hashes.begin() + static_cast<long>(split);
  return MerkleNode(NaiveRoot({leaf_hashes.begin(), middle}), NaiveRoot({middle, leaf_hashes.end()}));
}

std::vector<Hash> Leaves(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(MerkleLeaf(std::to_string(i)));
  return leaves;
}

std::string FromHex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

// The eight inputs and nine roots that implementations of RFC 6962 share as test vectors.
TEST(Merkle, GivesTheRootsOfTheKnownVectors) {
  const char* inputs[] = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                         "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  std::vector<Hash> leaves;
  EXPECT_EQ(Hex(AsView(MerkleTree(leaves).root())), roots[0]);
  for (size_t i = 0; i < std::size(inputs); ++i) {
    leaves.push_back(MerkleLeaf(FromHex(inputs[i])));
    EXPECT_EQ(Hex(AsView(MerkleTree(leaves).root())), roots[i + 1]) << i + 1 << " leaves";
  }
}

TEST(Merkle, AgreesWithTheNaiveTreeForAllSizesAndEveryPathLeadsToTheRoot) {
  for (size_t size = 1; size <= 64; ++size) {
    const std::vector<Hash> leaves = Leaves(size);
    const MerkleTree tree(leaves);
    ASSERT_EQ(tree.root(), NaiveRoot(leaves)) << size;
    for (size_t i = 0; i < size; ++i) {
      ASSERT_EQ(MerkleRootFrom(leaves[i], i, size, tree.Path(i)), tree.root()) << i << " of " << size;
    }
  }
}

TEST(Merkle, AcceptsAPathAtNoOtherPlaceAndOfNoOtherLength) {
  for (size_t size = 1; size <= 64; ++size) {
    const std::vector<Hash> leaves = Leaves(size);
    const MerkleTree tree(leaves);
    for (size_t i = 0; i < size; ++i) {
      const std::string path = tree.Path(i);
      for (size_t other = 0; other < size; ++other) {
        ASSERT_EQ(MerkleRootFrom(leaves[i], other, size, path) == tree.root(), other == i) << i << " as " << other;
      }
      EXPECT_FALSE(MerkleRootFrom(leaves[i], size, size, path));
      EXPECT_FALSE(MerkleRootFrom(leaves[i], i, size, path + std::string(32, 'x')));
      EXPECT_FALSE(MerkleRootFrom(leaves[i], i, size, path + "x"));
      EXPECT_TRUE(path.empty() || !MerkleRootFrom(leaves[i], i, size, path.substr(32)));
    }
  }
}

TEST(Merkle, ANodeNeverPassesForALeaf) {
  const std::vector<Hash> leaves = Leaves(2);
  EXPECT_NE(MerkleLeaf(AsBytes(leaves[0]) + AsBytes(leaves[1])), MerkleNode(leaves[0], leaves[1]));
}

}  // namespace
}  // namespace noroshi::trust
