// An OIDC issuer for tests: keys made at run time, tokens signed as asked, right or wrong. A failure ends the test program.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/check.h"

namespace noroshi::test {

inline std::string Base64Url(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.pop_back();
  return out;
}

// One key pair: `RS256`, `ES256` or `EdDSA`.
class JwtKey {
 public:
  JwtKey(std::string algorithm, std::string kid) : algorithm_(std::move(algorithm)), kid_(std::move(kid)) {
    key_.reset(algorithm_ == "RS256" ? EVP_RSA_gen(2048) : algorithm_ == "ES256" ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    NOROSHI_CHECK(key_ != nullptr);
  }

  nlohmann::json Public() const {
    nlohmann::json jwk = {{"kid", kid_}, {"use", "sig"}, {"alg", algorithm_}};
    if (algorithm_ == "RS256") return jwk.update({{"kty", "RSA"}, {"n", Number(OSSL_PKEY_PARAM_RSA_N, 0)}, {"e", Number(OSSL_PKEY_PARAM_RSA_E, 0)}}), jwk;
    if (algorithm_ == "ES256") {
      jwk.update({{"kty", "EC"}, {"crv", "P-256"}, {"x", Number(OSSL_PKEY_PARAM_EC_PUB_X, 32)}, {"y", Number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)}});
      return jwk;
    }
    unsigned char raw[32];
    size_t bytes = sizeof raw;
    NOROSHI_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), raw, &bytes) == 1);
    jwk.update({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", Base64Url({reinterpret_cast<char*>(raw), bytes})}});
    return jwk;
  }

  // Header and claims go in as texts, so that a test can write what no library would.
  std::string Sign(const std::string& header, const std::string& claims) const {
    const std::string text = Base64Url(header) + "." + Base64Url(claims);
    return text + "." + Base64Url(Signature(text));
  }
  std::string Sign(const nlohmann::json& header, const nlohmann::json& claims) const { return Sign(header.dump(), claims.dump()); }
  nlohmann::json Header() const { return {{"alg", algorithm_}, {"kid", kid_}, {"typ", "at+jwt"}}; }

 private:
  std::string Number(const char* name, int bytes) const {
    BIGNUM* number = nullptr;
    NOROSHI_CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &number) == 1);
    std::string out(size_t(bytes == 0 ? BN_num_bytes(number) : bytes), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), int(out.size()));
    BN_free(number);
    return Base64Url(out);
  }

  std::string Signature(const std::string& text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    NOROSHI_CHECK(EVP_DigestSignInit(context, nullptr, algorithm_ == "EdDSA" ? nullptr : EVP_sha256(), nullptr, key_.get()) == 1);
    size_t bytes = 512;
    std::string out(bytes, '\0');
    const auto* in = reinterpret_cast<const unsigned char*>(text.data());
    NOROSHI_CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &bytes, in, text.size()) == 1);
    EVP_MD_CTX_free(context);
    out.resize(bytes);
    if (algorithm_ != "ES256") return out;
    const auto* at = reinterpret_cast<const unsigned char*>(out.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, long(out.size()));
    std::string joined(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), reinterpret_cast<unsigned char*>(joined.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), reinterpret_cast<unsigned char*>(joined.data()) + 32, 32);
    ECDSA_SIG_free(pair);
    return joined;
  }

  struct Freed {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  const std::string algorithm_, kid_;
  std::unique_ptr<EVP_PKEY, Freed> key_;
};

}  // namespace noroshi::test
