// Gets an issuer's key set by https, behind the guard of common/net/egress.h: no internal address that is not allowed, no redirect, every bound kept
// (AC-41..45). Blocks; any thread.
#pragma once

#include <stop_token>
#include <string>

#include "common/base/status.h"
#include "common/config/node_config.h"

namespace noroshi::taxii {

// Error: the guard's, or Unavailable for an answer other than 200.
StatusOr<std::string> FetchKeySet(const config::Oidc& oidc, const std::stop_token& stop);

}  // namespace noroshi::taxii
