#include "common/taxii/key_set.h"

#include <algorithm>
#include <optional>

#include "common/base/limits.h"
#include "common/taxii/strict_json.h"

namespace noroshi::taxii {
namespace {

using Json = nlohmann::json;
using trust::VerificationKey;

constexpr size_t kKidBytesMax = 256;

StatusOr<std::string> Number(const Json& key, const char* name) {
  std::optional<std::string> bytes = DecodeBase64Url(TextAt(key, name));
  if (!bytes) return InvalidArgument("`{}` of a key is not base64url", name);
  return *std::move(bytes);
}

// What this kind of key signs with; empty: nothing that is known here.
std::string_view AlgorithmOf(const Json& key) {
  const std::string type = TextAt(key, "kty"), curve = TextAt(key, "crv");
  if (type == "RSA") return "RS256";
  if (type == "EC" && curve == "P-256") return "ES256";
  if (type == "OKP" && curve == "Ed25519") return "EdDSA";
  return "";
}

bool IsForSigning(const Json& key) {
  if (key.contains("use") && TextAt(key, "use") != "sig") return false;
  if (!key.contains("key_ops")) return true;
  const Json& operations = key["key_ops"];
  return operations.is_array() && std::find(operations.begin(), operations.end(), "verify") != operations.end();
}

StatusOr<VerificationKey> Read(const Json& key, std::string_view algorithm) {
  if (algorithm == "RS256") {
    NOROSHI_ASSIGN(const std::string modulus, Number(key, "n"));
    NOROSHI_ASSIGN(const std::string exponent, Number(key, "e"));
    return VerificationKey::Rsa(modulus, exponent);
  }
  NOROSHI_ASSIGN(const std::string x, Number(key, "x"));
  if (algorithm == "EdDSA") return VerificationKey::Ed25519(x);
  NOROSHI_ASSIGN(const std::string y, Number(key, "y"));
  return VerificationKey::P256(x, y);
}

}  // namespace

StatusOr<KeySet> KeySet::Parse(std::string_view text, const std::vector<std::string>& algorithms) {
  if (text.size() > limits::kKeySetBytesMax) return InvalidArgument("key set has {} bytes, limit is {}", text.size(), limits::kKeySetBytesMax);
  const std::optional<Json> json = ParseStrictObject(text);
  if (!json || !json->contains("keys") || !json->at("keys").is_array()) return InvalidArgument("not a key set: wanted one JSON object with a list `keys`");
  const Json& list = json->at("keys");
  if (list.size() > limits::kKeySetKeysMax) return InvalidArgument("key set has {} keys, limit is {}", list.size(), limits::kKeySetKeysMax);
  KeySet set;
  for (const Json& key : list) {
    if (!key.is_object()) return InvalidArgument("not a key set: a key is no object");
    for (const char* secret : {"d", "p", "q", "k"}) {
      if (TextAt(key, "kty") != "oct" && key.contains(secret)) return InvalidArgument("key set holds a private key: whoever serves it can be impersonated");
    }
    const std::string_view algorithm = AlgorithmOf(key);
    const bool wanted = std::find(algorithms.begin(), algorithms.end(), algorithm) != algorithms.end();
    const std::string kid = TextAt(key, "kid");
    if (!wanted || kid.empty() || kid.size() > kKidBytesMax || !IsForSigning(key)) continue;
    if (key.contains("alg") && TextAt(key, "alg") != algorithm) continue;  // RSA for PS256, say
    NOROSHI_ASSIGN(VerificationKey read, Read(key, algorithm));
    if (!set.keys_.emplace(kid, std::move(read)).second) return InvalidArgument("key set has the id `{}` twice", kid);
  }
  if (set.keys_.empty()) return InvalidArgument("key set has {} keys, and none with an id that signs with {}", list.size(), fmt::join(algorithms, ", "));
  return set;
}

const VerificationKey* KeySet::Find(std::string_view kid) const {
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace noroshi::taxii
