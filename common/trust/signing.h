// One Ed25519 signature over the Merkle root of a batch; each record carries its inclusion path (trust.md section 1).
// Tree as RFC 6962 (leaf prefix 0x00, node prefix 0x01), padded with random leaves to a power of two of 16, 64, 256 or 1,024, real leaves
// shuffled among them, so that size and index tell nothing about the batch.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/trust/directory.h"
#include "noroshi/v1/envelope.pb.h"

namespace noroshi::trust {

// A signature of one use is never valid as another.
enum class Use : uint8_t { kOrigin, kHop, kCheckpoint, kControl, kReceipt };

// An Ed25519 key pair; the secret is locked in memory and wiped. Move only.
class SigningKey {
 public:
  static SigningKey Generate();
  // 64 hex digits (the seed) in a file that only its owner may read (AC-92). Error names the mode.
  static StatusOr<SigningKey> Load(const std::string& file);
  Status Save(const std::string& file) const;  // mode 0600, refuses to overwrite
  const PublicKey& public_key() const;
  std::string Sign(std::string_view message) const;  // 64 bytes; for signers of this folder
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

 private:
  SigningKey();
  struct Secret;
  std::unique_ptr<Secret> secret_;
};

// Thread-safe if its Random is.
class BatchSigner {
 public:
  BatchSigner(std::string federation, std::string node, uint64_t origin_epoch, SigningKey key, Random& random);
  // One proof a leaf, in input order; splits into batches of at most kBatchLeavesMax.
  std::vector<v1::BatchProof> Sign(Use use, const std::vector<Hash>& leaves) const;
  const std::string& node() const { return node_; }
  uint64_t origin_epoch() const { return origin_epoch_; }
  Random& random() const { return random_; }

 private:
  std::string federation_, node_;
  uint64_t origin_epoch_;
  SigningKey key_;
  Random& random_;
};

// Checks proofs against the directory; a batch costs one Ed25519 verification (bounded cache by key, use and root). Thread-safe. The directory must outlive it.
class Verifier {
 public:
  explicit Verifier(const Directory& directory);
  ~Verifier();
  // Order: sizes and path length, key in the directory for proof.node, path, signature. PermissionDenied: `bad_signature ...`; NotFound: `unknown_origin ...`.
  Status Verify(Use use, const Hash& leaf, const v1::BatchProof& proof) const;

 private:
  struct Cache;
  const Directory& directory_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace noroshi::trust
