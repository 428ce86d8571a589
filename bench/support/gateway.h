// A sector's gateway in this process, over TLS, with one member account that reads; and wrk, which asks it.
#pragma once

#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/log/log.h"
#include "common/taxii/server.h"
#include "common/trust/signing.h"
#include "tests/support/pki.h"
#include "tests/support/temp_directory.h"

namespace noroshi::bench {

inline constexpr char kLayer[] = "energy";
inline constexpr char kBroker[] = "energy-broker";
inline constexpr char kBrokerOrg[] = "isac";
inline constexpr char kAuthorization[] = "Basic YW5uOmluY2lkZW50";  // ann:incident
inline constexpr char kAccept[] = "application/taxii+json;version=2.1";

class Gateway {
 public:
  Gateway();
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Serves what `log` has of the layer's audiences and what `store_directory()` holds already; returns when it was read to its end.
  Status Start(log::Log& log, const trust::PublicKey& broker_key);
  std::string store_directory() const { return directory_.path() + "/data/store"; }
  const std::string& directory() const { return directory_.path(); }
  const net::TlsFiles& tls() const { return tls_; }
  // `path` begins with `/`.
  std::string Url(std::string_view path) const;
  // With the account. Error where the status is not 200.
  StatusOr<net::Response> Get(std::string_view path) const;

 private:
  class NoAcceptor;
  test::TestPki pki_{"bench"};
  test::TempDirectory directory_;
  const net::TlsFiles tls_ = pki_.Issue(kBrokerOrg, "energy-gateway");
  const std::unique_ptr<NoAcceptor> acceptor_;
  std::unique_ptr<taxii::Server> server_;
};

// Requests a second by wrk, with the account: `connections` at once from one thread for `seconds`, to `url` or to what the Lua file `script` asks for.
// Error where an answer was not 2xx.
StatusOr<double> RunWrk(const std::string& url, int connections, int seconds, const std::string& script = "");

}  // namespace noroshi::bench
