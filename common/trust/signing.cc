#include "common/trust/signing.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/trust/fields.h"
#include "common/trust/merkle.h"
#include "common/trust/signed_message.h"

namespace noroshi::trust {
namespace {

constexpr size_t kSeedHexDigits = 2 * crypto_sign_SEEDBYTES;

// A file descriptor that closes itself.
struct File {
  int fd = -1;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

std::string_view UseTag(Use use) {
  switch (use) {
    case Use::kOrigin: return "noroshi/sign/origin/v1";
    case Use::kHop: return "noroshi/sign/hop/v1";
    case Use::kCheckpoint: return "noroshi/sign/checkpoint/v1";
    case Use::kControl: return "noroshi/sign/control/v1";
    case Use::kReceipt: return "noroshi/sign/receipt/v1";
  }
  NOROSHI_CHECK(false);
}

// Reads at most `bytes` into `out`; the count read, or -1.
ssize_t ReadAll(int fd, char* out, size_t bytes) {
  size_t have = 0;
  while (have < bytes) {
    const ssize_t got = ::read(fd, out + have, bytes - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(have);
}

size_t PaddedSize(size_t leaves) {
  for (size_t size : kTreeSizes) {
    if (leaves <= size) return size;
  }
  NOROSHI_CHECK(false);
}

// A random place in a tree of `size` for each of `count` leaves (Fisher-Yates, stopped after `count`).
std::vector<uint32_t> RandomPlaces(size_t count, size_t size, Random& random) {
  std::vector<uint32_t> places(size);
  for (size_t i = 0; i < size; ++i) places[i] = static_cast<uint32_t>(i);
  std::vector<uint64_t> draws(count);
  random.Fill(draws.data(), draws.size() * sizeof(uint64_t));
  for (size_t i = 0; i < count; ++i) std::swap(places[i], places[i + draws[i] % (size - i)]);
  places.resize(count);
  return places;
}

}  // namespace

std::string SignedMessage(Use use, std::string_view federation, std::string_view node, std::string_view key_id,
                          uint64_t epoch, uint64_t tree_size, const Hash& root) {
  return Fields(UseTag(use)).Add(federation).Add(node).Add(key_id).AddNumber(epoch).AddNumber(tree_size).Add(root).bytes();
}

// --- SigningKey

struct SigningKey::Secret {
  PublicKey public_key{};
  unsigned char* bytes;  // guarded pages, locked in memory, wiped when freed

  Secret() {
    NOROSHI_CHECK(sodium_init() >= 0);
    bytes = static_cast<unsigned char*>(sodium_malloc(crypto_sign_SECRETKEYBYTES));
    NOROSHI_CHECK(bytes != nullptr);
  }
  ~Secret() { sodium_free(bytes); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
};

SigningKey::SigningKey() : secret_(std::make_unique<Secret>()) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::Generate() {
  SigningKey key;
  NOROSHI_CHECK(crypto_sign_keypair(key.secret_->public_key.data(), key.secret_->bytes) == 0);
  return key;
}

StatusOr<SigningKey> SigningKey::Load(const std::string& file) {
  File opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (opened.fd < 0) return FailedPrecondition("cannot open signing key `{}`: {}", file, std::strerror(errno));
  struct stat facts {};
  if (::fstat(opened.fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return FailedPrecondition("signing key `{}` is not a regular file", file);
  }
  if ((facts.st_mode & 0077) != 0) {
    return FailedPrecondition("signing key `{}` has mode {:04o}, allowed is 0600 or stricter", file, facts.st_mode & 07777);
  }
  char text[kSeedHexDigits + 2];
  const ssize_t count = ReadAll(opened.fd, text, sizeof text);
  unsigned char seed[crypto_sign_SEEDBYTES];
  size_t decoded = 0;
  const bool length_fits = count == kSeedHexDigits || (count == kSeedHexDigits + 1 && text[kSeedHexDigits] == '\n');
  const bool is_hex = length_fits && sodium_hex2bin(seed, sizeof seed, text, kSeedHexDigits, nullptr, &decoded, nullptr) == 0 &&
                      decoded == sizeof seed;
  SigningKey key;
  if (is_hex) crypto_sign_seed_keypair(key.secret_->public_key.data(), key.secret_->bytes, seed);
  sodium_memzero(text, sizeof text);
  sodium_memzero(seed, sizeof seed);
  if (!is_hex) return FailedPrecondition("signing key `{}` must hold exactly {} hex digits", file, kSeedHexDigits);
  return key;
}

Status SigningKey::Save(const std::string& file) const {
  unsigned char seed[crypto_sign_SEEDBYTES];
  crypto_sign_ed25519_sk_to_seed(seed, secret_->bytes);
  char text[kSeedHexDigits + 1];
  sodium_bin2hex(text, sizeof text, seed, sizeof seed);
  text[kSeedHexDigits] = '\n';
  File opened{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  const int open_error = errno;
  const bool written = opened.fd >= 0 && ::write(opened.fd, text, sizeof text) == static_cast<ssize_t>(sizeof text) &&
                       ::fsync(opened.fd) == 0;
  const int write_error = errno;
  sodium_memzero(text, sizeof text);
  sodium_memzero(seed, sizeof seed);
  if (opened.fd < 0 && open_error == EEXIST) return AlreadyExists("signing key `{}` exists already", file);
  if (opened.fd < 0) return FailedPrecondition("cannot create signing key `{}`: {}", file, std::strerror(open_error));
  if (!written) {
    ::unlink(file.c_str());
    return FailedPrecondition("cannot write signing key `{}`: {}", file, std::strerror(write_error));
  }
  return OkStatus();
}

const PublicKey& SigningKey::public_key() const { return secret_->public_key; }

std::string SigningKey::Sign(std::string_view message) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                       reinterpret_cast<const unsigned char*>(message.data()), message.size(), secret_->bytes);
  return signature;
}

// --- BatchSigner

BatchSigner::BatchSigner(std::string federation, std::string node, uint64_t origin_epoch, SigningKey key, Random& random)
    : federation_(std::move(federation)), node_(std::move(node)), origin_epoch_(origin_epoch), key_(std::move(key)), random_(random) {}

std::vector<v1::BatchProof> BatchSigner::Sign(Use use, const std::vector<Hash>& leaves) const {
  const KeyId key_id = KeyIdOf(key_.public_key());
  const std::string_view key_id_bytes(reinterpret_cast<const char*>(key_id.data()), key_id.size());
  std::vector<v1::BatchProof> proofs;
  proofs.reserve(leaves.size());
  for (size_t from = 0; from < leaves.size(); from += limits::kBatchLeavesMax) {
    const size_t count = std::min(leaves.size() - from, limits::kBatchLeavesMax);
    const size_t size = PaddedSize(count);
    const std::vector<uint32_t> places = RandomPlaces(count, size, random_);
    // Random leaf hashes as padding: nobody without the leaf can tell one from a real one.
    std::vector<Hash> leaf_hashes(size);
    random_.Fill(leaf_hashes.data(), size * sizeof(Hash));
    for (size_t i = 0; i < count; ++i) leaf_hashes[places[i]] = MerkleLeaf(AsView(leaves[from + i]));
    const MerkleTree tree(std::move(leaf_hashes));
    const std::string signature =
        key_.Sign(SignedMessage(use, federation_, node_, key_id_bytes, origin_epoch_, size, tree.root()));
    for (size_t i = 0; i < count; ++i) {
      v1::BatchProof& proof = proofs.emplace_back();
      proof.set_node(node_);
      proof.set_key_id(key_id_bytes.data(), key_id_bytes.size());
      proof.set_epoch(origin_epoch_);
      proof.set_size(static_cast<uint32_t>(size));
      proof.set_index(places[i]);
      proof.set_path(tree.Path(places[i]));
      proof.set_signature(signature);
    }
  }
  return proofs;
}

}  // namespace noroshi::trust
