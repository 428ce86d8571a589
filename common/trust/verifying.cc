#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <list>
#include <unordered_map>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/trust/merkle.h"
#include "common/trust/signed_message.h"
#include "common/trust/signing.h"

namespace noroshi::trust {
namespace {

// One signature that was seen to be good. The signature itself belongs to it: another one over the same root is another claim.
struct SeenBatch {
  Use use{};
  PublicKey key{};  // names the node too: a key belongs to one (Directory::Create)
  uint64_t epoch = 0;
  uint32_t size = 0;
  Hash root{};
  std::array<uint8_t, crypto_sign_BYTES> signature{};
  bool operator==(const SeenBatch&) const = default;
};

struct SeenHash {
  uint64_t seed;  // secret, so that no peer can choose roots that fall into one bucket
  size_t operator()(const SeenBatch& batch) const {
    uint64_t start;
    std::memcpy(&start, batch.root.data(), sizeof start);
    return static_cast<size_t>((start ^ seed) * 0x9e3779b97f4a7c15ull >> 16);
  }
};

uint64_t RandomSeed() {
  NOROSHI_CHECK(sodium_init() >= 0);
  uint64_t seed;
  randombytes_buf(&seed, sizeof seed);
  return seed;
}

Status CheckShape(const v1::BatchProof& proof) {
  if (std::find(std::begin(kTreeSizes), std::end(kTreeSizes), size_t{proof.size()}) == std::end(kTreeSizes)) {
    return PermissionDenied("bad_signature batch of {} leaves, allowed are 16, 64, 256 and {}", proof.size(), limits::kBatchLeavesMax);
  }
  if (proof.index() >= proof.size()) {
    return PermissionDenied("bad_signature leaf {} of a batch of {}", proof.index(), proof.size());
  }
  const size_t path_bytes = sizeof(Hash) * static_cast<size_t>(std::countr_zero(proof.size()));
  if (proof.path().size() != path_bytes) {
    return PermissionDenied("bad_signature path of {} bytes, a batch of {} has {}", proof.path().size(), proof.size(), path_bytes);
  }
  if (proof.signature().size() != crypto_sign_BYTES) {
    return PermissionDenied("bad_signature signature of {} bytes, expected {}", proof.signature().size(), crypto_sign_BYTES);
  }
  return OkStatus();
}

}  // namespace

// Least recently used goes first. Holds good signatures only, so a flood of bad ones cannot empty it.
struct Verifier::Cache {
  Mutex mutex;
  std::list<SeenBatch> order NOROSHI_GUARDED_BY(mutex);  // newest first
  std::unordered_map<SeenBatch, std::list<SeenBatch>::iterator, SeenHash> places NOROSHI_GUARDED_BY(mutex){
      2 * limits::kSignatureCacheMax, SeenHash{RandomSeed()}};

  bool Has(const SeenBatch& batch) {
    const MutexLock lock(mutex);
    const auto at = places.find(batch);
    if (at == places.end()) return false;
    order.splice(order.begin(), order, at->second);
    return true;
  }

  void Put(const SeenBatch& batch) {
    const MutexLock lock(mutex);
    if (places.contains(batch)) return;  // another thread verified the same batch meanwhile
    if (order.size() >= limits::kSignatureCacheMax) {
      places.erase(order.back());
      order.pop_back();
    }
    order.push_front(batch);
    places.emplace(batch, order.begin());
  }
};

Verifier::Verifier(const Directory& directory) : directory_(directory), cache_(std::make_unique<Cache>()) {}
Verifier::~Verifier() = default;

Status Verifier::Verify(Use use, const Hash& leaf, const v1::BatchProof& proof) const {
  NOROSHI_TRY(CheckShape(proof));
  if (directory_.Find(proof.node()) == nullptr) return NotFound("unknown_origin the signing node is not in the directory");
  const PublicKey* key = directory_.FindKey(proof.node(), proof.key_id());
  if (key == nullptr) return PermissionDenied("bad_signature the directory has no such key for the signing node");
  const std::optional<Hash> root = MerkleRootFrom(MerkleLeaf(AsView(leaf)), proof.index(), proof.size(), proof.path());
  if (!root) return PermissionDenied("bad_signature path does not fit a batch of {}", proof.size());

  SeenBatch batch{use, *key, proof.epoch(), proof.size(), *root, {}};
  std::memcpy(batch.signature.data(), proof.signature().data(), batch.signature.size());
  if (cache_->Has(batch)) return OkStatus();
  const std::string message =
      SignedMessage(use, directory_.federation(), proof.node(), proof.key_id(), proof.epoch(), proof.size(), *root);
  // Strict: libsodium refuses small-order keys and R, and an S that is not reduced (signing_test.cc holds it to that).
  if (crypto_sign_verify_detached(batch.signature.data(), reinterpret_cast<const unsigned char*>(message.data()),
                                  message.size(), key->data()) != 0) {
    return PermissionDenied("bad_signature the signature does not match the record");
  }
  cache_->Put(batch);
  return OkStatus();
}

}  // namespace noroshi::trust
