// Checks one JSON Web Token as RFC 8725 asks (AC-84): signed in compact form by a key that the issuer published, with the key's own algorithm, for
// this audience, of the configured type, and in time. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/config/node_config.h"
#include "common/taxii/key_set.h"

namespace noroshi::taxii {

struct VerifiedJwt {
  std::string subject;  // the value of the configured claim
  int64_t until_us = 0;
};

// Three parts of base64url: nothing that is generated here looks so.
bool LooksLikeJwt(std::string_view text);

// Error: Unauthenticated, what is wrong, for tests and the event; NotFound, the key id is none of `keys`. Nothing of the token is in a text.
StatusOr<VerifiedJwt> VerifyJwt(const config::Oidc& oidc, const KeySet& keys, std::string_view token, WallTime now);

}  // namespace noroshi::taxii
