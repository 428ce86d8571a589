// Where this node may connect to when it fetches or delivers something elsewhere: TAXII pull and push, webhooks, key sets (AC-41..46). Https only, no internal
// address in any spelling, no redirect, no proxy, every answer bounded. A URL is judged twice: as text when the configuration is checked (ParseDestination), and
// each address its name has when a connection is made (RefusedAs); the connection goes to the address that was judged, and the certificate must carry the name.
// The first half is pure; SendOut blocks its caller. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/net/http.h"
#include "common/net/tls.h"

namespace noroshi::net {

struct Address {
  std::array<uint8_t, 16> bytes{};  // IPv4: the first four
  bool v6 = false;
};
// Dotted quad or IPv6 as inet_pton reads them: no `127.1`, `0x7f.1`, octal, zone.
std::optional<Address> ParseIpAddress(std::string_view text);

// Internal networks that a destination may lie in although it is not public: `10.1.0.0/16`, `fd00:1::/64`. Normally none.
class Networks {
 public:
  // Error: InvalidArgument for what is not a network (host bits set included), or more than kEgressNetworksMax.
  static StatusOr<Networks> Parse(const std::vector<std::string>& texts);
  bool Contains(const Address& address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    Address base;
    int prefix = 0;
  };
  std::vector<Network> networks_;
};

// Why nothing connects to this address: loopback, link_local, private, shared, multicast, unspecified, mapped, translated, reserved. Empty: it is public.
std::string_view AddressFault(const Address& address);
// The same, empty too where `allowed` holds it. A v4-mapped, translated, multicast or unspecified address is never allowed.
std::string_view RefusedAs(const Address& address, const Networks& allowed);

struct Destination {
  std::string host;    // lower case, IPv6 without brackets
  std::string port;
  std::string target;  // path and query
  std::optional<Address> address;  // the host is one
  std::string Origin() const;      // https://host:port, to compare
};
// Error: InvalidArgument with the reason: not https, user info, fragment, odd host (trailing dot, numbers that some resolvers take for an address), an address
// or name that is internal and not allowed.
StatusOr<Destination> ParseDestination(std::string_view url, const Networks& allowed);

// `reference` (absolute URL or path) as seen from `base`; only the same origin is taken (AC-44).
StatusOr<std::string> SameOriginUrl(std::string_view base, std::string_view reference, const Networks& allowed);

struct EgressOptions {
  std::string ca_file;               // empty: the system's; certificate revocation lists in it are used
  std::string certificate_file, key_file;  // client certificate, both or none
  Networks allowed;
  std::chrono::milliseconds connect_timeout{10'000}, timeout{60'000};  // the second: all of it
  size_t answer_bytes_max = limits::kEgressAnswerBytesMax;
  std::stop_token stop;              // ends the wait
  // Tests only: what a name resolves to. Absent: the system's resolver.
  std::function<std::vector<Address>(const std::string& host)> resolve;
};
struct OutRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  // values without line ends, or InvalidArgument
  std::string body;
};
// One request on a connection of its own. A 3xx is returned like any other answer. Errors: InvalidArgument or PermissionDenied (the destination is refused: do not
// try again as it is), ResourceExhausted (the answer is beyond a bound), Cancelled (stop), FailedPrecondition (files), Unavailable (anything on the way, TLS
// included). Texts name reasons, no content.
StatusOr<Response> SendOut(const EgressOptions& options, const OutRequest& request);

// First value of a header, or empty.
std::string_view HeaderOf(const Response& response, std::string_view lower_case_name);

}  // namespace noroshi::net
