// The public keys of an OIDC issuer (JWKS, RFC 7517), by their `kid`. Immutable; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/trust/verification_key.h"

namespace noroshi::taxii {

class KeySet {
 public:
  // Takes the keys that sign with one of `algorithms`; keys of other kinds, for encryption, or without `kid` are left out. Error: InvalidArgument,
  // not a key set, a `kid` twice, a private or broken key in it, no usable key, or more than limits::kKeySetKeysMax.
  static StatusOr<KeySet> Parse(std::string_view text, const std::vector<std::string>& algorithms);
  const trust::VerificationKey* Find(std::string_view kid) const;
  size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, trust::VerificationKey, std::less<>> keys_;
};

}  // namespace noroshi::taxii
