#include "common/taxii/fetch_key_set.h"

#include "common/base/limits.h"
#include "common/net/egress.h"

namespace noroshi::taxii {

StatusOr<std::string> FetchKeySet(const config::Oidc& oidc, const std::stop_token& stop) {
  net::EgressOptions options;
  options.ca_file = oidc.jwks_ca;
  NOROSHI_ASSIGN(options.allowed, net::Networks::Parse(oidc.jwks_networks));
  options.timeout = std::chrono::milliseconds(limits::kKeySetFetchMs);
  options.answer_bytes_max = limits::kKeySetBytesMax;
  options.stop = stop;
  NOROSHI_ASSIGN(net::Response response, net::SendOut(options, {"GET", oidc.jwks_url, {{"Accept", "application/json"}}, ""}));
  if (response.status != 200) return Unavailable("the issuer answers with status {}", response.status);
  return std::move(response.body);
}

}  // namespace noroshi::taxii
