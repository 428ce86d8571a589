// Public keys of others and checks of their signatures, as JSON Web Keys carry them (RFC 7518, RFC 8037). A key knows its one algorithm, so that
// nobody can have a signature checked by another one (RFC 8725 section 3.1). Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"

struct evp_pkey_st;

namespace noroshi::trust {

enum class SignatureAlgorithm : uint8_t { kRs256, kEs256, kEdDsa };
// `RS256`, `ES256`, `EdDSA`.
std::string_view SignatureAlgorithmName(SignatureAlgorithm algorithm);

class VerificationKey {
 public:
  // Big-endian bytes. Errors: InvalidArgument, for a modulus outside limits::kRsaBitsMin..Max, an even or tiny exponent, a point that is not on the curve.
  static StatusOr<VerificationKey> Rsa(std::string_view modulus, std::string_view exponent);
  static StatusOr<VerificationKey> P256(std::string_view x, std::string_view y);
  static StatusOr<VerificationKey> Ed25519(std::string_view key);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  // RS256: PKCS #1 v1.5; ES256: r and s of 32 bytes each; EdDSA: 64 bytes, small-order keys and non-canonical signatures refused.
  bool Verify(std::string_view message, std::string_view signature) const;

 private:
  VerificationKey(SignatureAlgorithm algorithm, std::shared_ptr<evp_pkey_st> key, std::string raw)
      : algorithm_(algorithm), key_(std::move(key)), raw_(std::move(raw)) {}

  SignatureAlgorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;  // RSA, P-256; shared by copies of this value, never changed
  std::string raw_;                   // Ed25519
};

}  // namespace noroshi::trust
