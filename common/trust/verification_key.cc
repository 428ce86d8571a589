#include "common/trust/verification_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>

#include <cstdlib>

#include "common/base/limits.h"

namespace noroshi::trust {
namespace {

constexpr size_t kCoordinateBytes = 32;  // of P-256, and of a signature's r and s
constexpr size_t kExponentBytesMax = 8;

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// OpenSSL's error queue is per thread and must not leak into the next TLS call.
struct ErrorsLeftBehind {
  ~ErrorsLeftBehind() { ERR_clear_error(); }
};

Number ToNumber(std::string_view bytes) { return Number(BN_bin2bn(Bytes(bytes), int(bytes.size()), nullptr)); }

std::shared_ptr<EVP_PKEY> FromParameters(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

// r and s as OpenSSL wants them; empty: not of that length.
std::string ToDer(std::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return {};
  const std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
  Number r = ToNumber(signature.substr(0, kCoordinateBytes)), s = ToNumber(signature.substr(kCoordinateBytes));
  if (pair == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release()), static_cast<void>(s.release());  // the pair's now
  unsigned char* der = nullptr;
  const int bytes = i2d_ECDSA_SIG(pair.get(), &der);
  const std::string out(reinterpret_cast<char*>(der), bytes > 0 ? size_t(bytes) : 0);
  OPENSSL_free(der);
  return out;
}

}  // namespace

std::string_view SignatureAlgorithmName(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::kRs256 ? "RS256" : algorithm == SignatureAlgorithm::kEs256 ? "ES256" : "EdDSA";
}

StatusOr<VerificationKey> VerificationKey::Rsa(std::string_view modulus, std::string_view exponent) {
  const ErrorsLeftBehind cleared;
  const bool fits = modulus.size() <= size_t(limits::kRsaBitsMax) / 8 && !exponent.empty() && exponent.size() <= kExponentBytesMax;
  if (!fits) return InvalidArgument("rsa numbers are too long");
  const Number n = ToNumber(modulus), e = ToNumber(exponent);
  if (BN_num_bits(n.get()) < limits::kRsaBitsMin) return InvalidArgument("rsa modulus has {} bits, least is {}", BN_num_bits(n.get()), limits::kRsaBitsMin);
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get())) return InvalidArgument("not an rsa key");
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  auto key = FromParameters("RSA", builder.get());
  if (key == nullptr) return InvalidArgument("not an rsa key");
  return VerificationKey(SignatureAlgorithm::kRs256, std::move(key), "");
}

StatusOr<VerificationKey> VerificationKey::P256(std::string_view x, std::string_view y) {
  const ErrorsLeftBehind cleared;
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) return InvalidArgument("coordinates of P-256 have {} bytes each", kCoordinateBytes);
  const std::string point = fmt::format("\x04{}{}", x, y);
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  auto key = FromParameters("EC", builder.get());
  const KeyContext check(key == nullptr ? nullptr : EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (check == nullptr || EVP_PKEY_public_check(check.get()) != 1) return InvalidArgument("not a point of P-256");
  return VerificationKey(SignatureAlgorithm::kEs256, std::move(key), "");
}

StatusOr<VerificationKey> VerificationKey::Ed25519(std::string_view key) {
  if (key.size() != crypto_sign_PUBLICKEYBYTES) return InvalidArgument("a key of Ed25519 has {} bytes, this one {}", crypto_sign_PUBLICKEYBYTES, key.size());
  return VerificationKey(SignatureAlgorithm::kEdDsa, nullptr, std::string(key));
}

bool VerificationKey::Verify(std::string_view message, std::string_view signature) const {
  if (algorithm_ == SignatureAlgorithm::kEdDsa) {
    return signature.size() == crypto_sign_BYTES && crypto_sign_verify_detached(Bytes(signature), Bytes(message), message.size(), Bytes(raw_)) == 0;
  }
  const ErrorsLeftBehind cleared;
  const std::string der = algorithm_ == SignatureAlgorithm::kEs256 ? ToDer(signature) : std::string(signature);
  const DigestContext context(EVP_MD_CTX_new());
  if (der.empty() || context == nullptr || EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), Bytes(der), der.size(), Bytes(message), message.size()) == 1;
}

}  // namespace noroshi::trust
