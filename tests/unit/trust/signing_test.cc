#include "common/trust/signing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <set>
#include <thread>

#include "common/base/limits.h"
#include "common/trust/merkle.h"
#include "common/trust/signed_message.h"
#include "tests/unit/trust/world.h"

namespace noroshi::trust {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<Hash> Leaves(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(Sha256("leaf " + std::to_string(i)));
  return leaves;
}

std::string_view KeyIdBytes(const KeyId& id) { return {reinterpret_cast<const char*>(id.data()), id.size()}; }

std::string Refusal(const Status& status) {
  EXPECT_FALSE(status.ok());
  return std::string(Message(status));
}

// --- the key file

TEST(SigningKey, SignsAsRfc8032Says) {
  const TemporaryFolder folder;
  WriteFile(folder.File("key"), "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n", 0400);
  const StatusOr<SigningKey> key = SigningKey::Load(folder.File("key"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(Hex(std::string_view(reinterpret_cast<const char*>(key->public_key().data()), 32)),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(Hex(key->Sign("")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246551"
            "41438e7a100b");
}

TEST(SigningKey, IsTheSameAfterSaveAndLoadAndIsNeverOverwritten) {
  const TemporaryFolder folder;
  const SigningKey key = SigningKey::Generate();
  ASSERT_TRUE(key.Save(folder.File("key")).ok());
  EXPECT_EQ(std::filesystem::status(folder.File("key")).permissions(), std::filesystem::perms{0600});
  EXPECT_EQ(SigningKey::Load(folder.File("key"))->public_key(), key.public_key());
  EXPECT_EQ(SigningKey::Generate().Save(folder.File("key")).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(SigningKey::Load(folder.File("key"))->public_key(), key.public_key());
  EXPECT_FALSE(key.Save(folder.File("missing/key")).ok());
}

struct KeyFileCase {
  const char* name;
  std::string text;
  int mode;
  const char* want;
};
class SigningKeyFile : public testing::TestWithParam<KeyFileCase> {};
TEST_P(SigningKeyFile, IsRefused) {
  const TemporaryFolder folder;
  WriteFile(folder.File("key"), GetParam().text, GetParam().mode);
  const StatusOr<SigningKey> key = SigningKey::Load(folder.File("key"));
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Message(key.status())), HasSubstr(GetParam().want));
  EXPECT_THAT(std::string(Message(key.status())), testing::Not(HasSubstr("abababab")));
}
INSTANTIATE_TEST_SUITE_P(Table, SigningKeyFile,
                         testing::Values(KeyFileCase{"GroupReadable", std::string(64, 'a'), 0640, "mode 0640"},
                                         KeyFileCase{"WorldReadable", std::string(64, 'a'), 0604, "mode 0604"},
                                         KeyFileCase{"Short", std::string(63, 'a'), 0600, "64 hex digits"},
                                         KeyFileCase{"Long", std::string(65, 'a'), 0600, "64 hex digits"},
                                         KeyFileCase{"TwoLines", std::string(64, 'a') + "\n\n", 0600, "64 hex digits"},
                                         KeyFileCase{"NotHex", std::string(63, 'a') + "g", 0600, "64 hex digits"},
                                         KeyFileCase{"Secret", "abababab", 0600, "64 hex digits"},
                                         KeyFileCase{"Empty", "", 0600, "64 hex digits"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SigningKey, OfAMissingFileOrAFolderIsRefused) {
  const TemporaryFolder folder;
  EXPECT_FALSE(SigningKey::Load(folder.File("none")).ok());
  EXPECT_FALSE(SigningKey::Load(folder.File("")).ok());
}

// --- batches

TEST(BatchSigner, ProvesEveryLeafOfEverySize) {
  World world;
  for (size_t count : {1u, 2u, 15u, 16u, 17u, 64u, 65u, 256u, 257u, 1000u, 1024u, 1025u, 2500u}) {
    const std::vector<Hash> leaves = Leaves(count);
    const std::vector<v1::BatchProof> proofs = world.edge.Sign(Use::kOrigin, leaves);
    ASSERT_EQ(proofs.size(), count);
    std::set<std::pair<std::string, uint32_t>> places;
    for (size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(world.verifier.Verify(Use::kOrigin, leaves[i], proofs[i]).ok()) << i << " of " << count;
      EXPECT_TRUE(places.insert({proofs[i].signature(), proofs[i].index()}).second);
      ASSERT_LE(proofs[i].path().size(), limits::kProofPathMax * 32);
    }
  }
  EXPECT_TRUE(world.edge.Sign(Use::kOrigin, {}).empty());
}

TEST(BatchSigner, HidesHowManyLeavesThereWereAndTheirOrder) {
  World world;
  EXPECT_EQ(world.edge.Sign(Use::kHop, Leaves(1))[0].size(), 16u);
  EXPECT_EQ(world.edge.Sign(Use::kHop, Leaves(16))[0].size(), 16u);
  EXPECT_EQ(world.edge.Sign(Use::kHop, Leaves(17))[0].size(), 64u);
  EXPECT_EQ(world.edge.Sign(Use::kHop, Leaves(100))[0].size(), 256u);
  EXPECT_EQ(world.edge.Sign(Use::kHop, Leaves(300))[0].size(), 1024u);
  std::vector<int> seen(16);
  for (int i = 0; i < 1600; ++i) ++seen[world.edge.Sign(Use::kHop, Leaves(1))[0].index()];
  for (int count : seen) EXPECT_GT(count, 50);  // each place about 100 times
}

TEST(Verifier, RefusesEveryFlippedByteOfAProofAndOfItsLeaf) {
  World world;
  const std::vector<Hash> leaves = Leaves(20);
  const v1::BatchProof proof = world.edge.Sign(Use::kOrigin, leaves)[3];
  ASSERT_TRUE(world.verifier.Verify(Use::kOrigin, leaves[3], proof).ok());
  const std::string bytes = proof.SerializeAsString();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit : {0x01, 0x10, 0x80}) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ bit);
      v1::BatchProof parsed;
      if (!parsed.ParseFromString(flipped)) continue;
      ASSERT_FALSE(world.verifier.Verify(Use::kOrigin, leaves[3], parsed).ok()) << "byte " << i << " bit " << bit;
    }
  }
  for (size_t i = 0; i < leaves[3].size(); ++i) {
    Hash flipped = leaves[3];
    flipped[i] ^= 1;
    ASSERT_FALSE(world.verifier.Verify(Use::kOrigin, flipped, proof).ok());
  }
}

TEST(Verifier, RefusesAnotherUse) {
  World world;
  const Hash leaf = Leaves(1)[0];
  for (Use signed_for : {Use::kOrigin, Use::kHop, Use::kCheckpoint, Use::kControl, Use::kReceipt}) {
    const v1::BatchProof proof = world.edge.Sign(signed_for, {leaf})[0];
    for (Use use : {Use::kOrigin, Use::kHop, Use::kCheckpoint, Use::kControl, Use::kReceipt}) {
      EXPECT_EQ(world.verifier.Verify(use, leaf, proof).ok(), use == signed_for);
    }
  }
}

TEST(Verifier, RefusesAnotherFederation) {
  World world;
  const BatchSigner stranger("other", "delta-edge", 5, KnownKey(1), world.random);
  const Hash leaf = Leaves(1)[0];
  EXPECT_THAT(Refusal(world.verifier.Verify(Use::kOrigin, leaf, stranger.Sign(Use::kOrigin, {leaf})[0])), StartsWith("bad_signature"));
}

TEST(Verifier, RefusesTheKeyOfAnotherNodeAndUnknownNodesAndKeys) {
  World world;
  const Hash leaf = Leaves(1)[0];
  v1::BatchProof proof = BatchSigner("demo", "delta-edge", 5, KnownKey(2), world.random).Sign(Use::kHop, {leaf})[0];
  EXPECT_THAT(Refusal(world.verifier.Verify(Use::kHop, leaf, proof)), StartsWith("bad_signature"));
  proof = BatchSigner("demo", "delta-edge", 5, KnownKey(9), world.random).Sign(Use::kHop, {leaf})[0];
  EXPECT_THAT(Refusal(world.verifier.Verify(Use::kHop, leaf, proof)), StartsWith("bad_signature"));
  proof = BatchSigner("demo", "nobody", 5, KnownKey(1), world.random).Sign(Use::kHop, {leaf})[0];
  const Status unknown = world.verifier.Verify(Use::kHop, leaf, proof);
  EXPECT_EQ(unknown.code(), StatusCode::kNotFound);
  EXPECT_THAT(Refusal(unknown), StartsWith("unknown_origin"));
  proof = BatchSigner("demo", "delta-cli", 5, KnownKey(1), world.random).Sign(Use::kHop, {leaf})[0];
  EXPECT_FALSE(world.verifier.Verify(Use::kHop, leaf, proof).ok());
}

TEST(Verifier, TakesARetiredKeyOfTheSameNode) {
  World world;
  const Directory rotated = *Directory::Create(
      "demo", 2, {{"delta-edge", "delta", NodeRole::kEdge, "delta", {KnownKey(8).public_key(), KnownKey(1).public_key()}}});
  const Hash leaf = Leaves(1)[0];
  EXPECT_TRUE(Verifier(rotated).Verify(Use::kHop, leaf, world.edge.Sign(Use::kHop, {leaf})[0]).ok());
}

TEST(Verifier, RefusesWrongSizesBeforeItLooksAtAnythingElse) {
  World world;
  const Hash leaf = Leaves(1)[0];
  const v1::BatchProof good = world.edge.Sign(Use::kHop, {leaf})[0];
  const auto refused = [&](auto change, const char* want) {
    v1::BatchProof proof = good;
    proof.set_node("nobody");  // sizes come before the directory
    change(proof);
    EXPECT_THAT(Refusal(world.verifier.Verify(Use::kHop, leaf, proof)), HasSubstr(want));
  };
  refused([](auto& p) { p.set_size(0); }, "batch of 0");
  refused([](auto& p) { p.set_size(15); }, "batch of 15");
  refused([](auto& p) { p.set_size(2048); }, "batch of 2048");
  refused([](auto& p) { p.set_index(16); }, "leaf 16");
  refused([](auto& p) { p.set_index(0xffffffff); }, "leaf 4294967295");
  refused([](auto& p) { p.mutable_path()->append(32, 'x'); }, "path of 160");
  refused([](auto& p) { p.mutable_path()->resize(11 * 32); }, "path of 352");
  refused([](auto& p) { p.mutable_path()->pop_back(); }, "path of 127");
  refused([](auto& p) { p.clear_path(); }, "path of 0");
  refused([](auto& p) { p.clear_signature(); }, "signature of 0");
  refused([](auto& p) { p.mutable_signature()->push_back('x'); }, "signature of 65");
}

// --- strictness of Ed25519

// Adds the group order to S: without the check of RFC 8032 section 5.1.7 the same batch would have a second signature.
TEST(Verifier, RefusesASignatureThatIsNotReduced) {
  static constexpr uint8_t kOrder[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                         0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  World world;
  const Hash leaf = Leaves(1)[0];
  v1::BatchProof proof = world.edge.Sign(Use::kHop, {leaf})[0];
  ASSERT_TRUE(world.verifier.Verify(Use::kHop, leaf, proof).ok());
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    const unsigned sum = static_cast<uint8_t>(proof.signature()[32 + i]) + kOrder[i] + carry;
    (*proof.mutable_signature())[32 + i] = static_cast<char>(sum);
    carry = sum >> 8;
  }
  ASSERT_EQ(carry, 0u);
  EXPECT_FALSE(world.verifier.Verify(Use::kHop, leaf, proof).ok());
}

// The encodings of the eight small-order points, and of field elements that are not reduced.
std::vector<PublicKey> WeakKeys() {
  PublicKey zero{}, one{}, minus_one, field, field_plus_one;
  one[0] = 1;
  minus_one.fill(0xff);
  minus_one[0] = 0xec;
  minus_one[31] = 0x7f;
  field = field_plus_one = minus_one;
  field[0] = 0xed;
  field_plus_one[0] = 0xee;
  PublicKey order_eight = {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
                           0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
  PublicKey order_eight_negative = order_eight;
  order_eight_negative[31] |= 0x80;
  PublicKey order_eight_other = {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
                                 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a};
  return {zero, one, minus_one, field, field_plus_one, order_eight, order_eight_negative, order_eight_other};
}

TEST(Directory, RefusesWeakKeys) {
  for (const PublicKey& key : WeakKeys()) {
    const StatusOr<Directory> directory = Directory::Create("demo", 1, {{"n", "o", NodeRole::kEdge, "l", {key}}});
    ASSERT_FALSE(directory.ok());
    EXPECT_THAT(Refusal(directory.status()), HasSubstr("not an Ed25519 public key"));
  }
}

// With key = R = neutral point and S = 0 every message "verifies" in an implementation that is not strict.
TEST(Sodium, RefusesASignatureUnderASmallOrderKeyAndWithASmallOrderPoint) {
  const SigningKey key = KnownKey(1);
  for (const PublicKey& weak : WeakKeys()) {
    unsigned char signature[64] = {};
    std::copy(weak.begin(), weak.end(), signature);
    EXPECT_NE(crypto_sign_verify_detached(signature, nullptr, 0, weak.data()), 0);
    EXPECT_NE(crypto_sign_verify_detached(signature, nullptr, 0, key.public_key().data()), 0);
  }
}

// --- the cache

TEST(Verifier, TakesNoOtherSignatureForARootItHasSeen) {
  World world;
  const std::vector<Hash> leaves = Leaves(2);
  std::vector<v1::BatchProof> proofs = world.edge.Sign(Use::kHop, leaves);
  ASSERT_TRUE(world.verifier.Verify(Use::kHop, leaves[0], proofs[0]).ok());
  proofs[1].mutable_signature()->front() ^= 1;
  EXPECT_FALSE(world.verifier.Verify(Use::kHop, leaves[1], proofs[1]).ok());
  proofs[1].mutable_signature()->front() ^= 1;
  proofs[1].set_epoch(6);
  EXPECT_FALSE(world.verifier.Verify(Use::kHop, leaves[1], proofs[1]).ok());
  proofs[1].set_epoch(5);
  EXPECT_TRUE(world.verifier.Verify(Use::kHop, leaves[1], proofs[1]).ok());
}

TEST(Verifier, StaysRightWhenTheCacheOverflows) {
  World world;
  const Hash leaf = Leaves(1)[0];
  const v1::BatchProof first = world.edge.Sign(Use::kHop, {leaf})[0];
  ASSERT_TRUE(world.verifier.Verify(Use::kHop, leaf, first).ok());
  for (size_t i = 0; i < limits::kSignatureCacheMax + 10; ++i) {
    ASSERT_TRUE(world.verifier.Verify(Use::kHop, leaf, world.edge.Sign(Use::kHop, {leaf})[0]).ok());
  }
  EXPECT_TRUE(world.verifier.Verify(Use::kHop, leaf, first).ok());
}

TEST(Verifier, AnswersManyThreadsAlike) {
  World world;
  const std::vector<Hash> leaves = Leaves(64);
  const std::vector<v1::BatchProof> proofs = world.edge.Sign(Use::kHop, leaves);
  std::atomic<int> good{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (size_t i = 0; i < leaves.size(); ++i) {
        good += world.verifier.Verify(Use::kHop, leaves[i], proofs[i]).ok();
        good += world.verifier.Verify(Use::kOrigin, leaves[i], proofs[i]).ok() ? 1000 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 4 * 64);
}

TEST(SignedMessage, KeepsFieldsApart) {
  const Hash root{};
  EXPECT_NE(SignedMessage(Use::kHop, "ab", "c", KeyIdBytes({}), 1, 16, root), SignedMessage(Use::kHop, "a", "bc", KeyIdBytes({}), 1, 16, root));
}

}  // namespace
}  // namespace noroshi::trust
