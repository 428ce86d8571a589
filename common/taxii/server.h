// A layer's TAXII server: follows the layer's audiences into a store and serves them, and takes publications. Used by services/gateway and, for the
// organisation layer, inside services/edge.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/config/node_config.h"
#include "common/log/log.h"
#include "common/net/http.h"
#include "common/relay/accept.h"

namespace noroshi::taxii {

struct ServerOptions {
  std::string listen;
  net::TlsFiles tls;
  int threads = 2;
  std::string layer;         // name in the membership
  std::string relay_node;    // the layer's relay, the only writer of its audiences
  std::shared_ptr<const config::DirectoryFile> directory;  // shared with requests in progress across a reload
  std::string accounts_file;
  config::ClientCertificates client_certificates = config::ClientCertificates::kOff;
  std::optional<config::Oidc> oidc;
  bool anonymous_public = false;
  std::string title;
  std::string public_url;    // empty: relative API roots
  std::string data_dir;      // `store/` and `logins.json` in it
  std::string cursor_key_file;  // shared by replicas; empty: `cursor.key` in data_dir, made where absent
  bool store_in_memory = false;
  config::TaxiiLimits limits;
  bool compression = false;
};

class Server {
 public:
  // `log` and `acceptor` outlive the server. Serves at once; reads are answered 503 until the audiences were read to their ends. Errors: Unavailable
  // (address in use), InvalidArgument or FailedPrecondition (layer unknown, accounts, key or TLS files, store).
  static StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, log::Log& log, relay::Acceptor& acceptor, Clock& clock);
  virtual ~Server() = default;
  virtual int port() const = 0;
  // A new membership and the accounts file again: all or nothing.
  virtual Status Reload(std::shared_ptr<const config::DirectoryFile> directory) = 0;
  // On Reload's thread, at least once a second: takes a changed accounts file (all or nothing) or key set, and writes last uses.
  virtual void Tick() = 0;
  virtual void Drain(std::chrono::milliseconds deadline) = 0;
  virtual bool caught_up() const = 0;
  virtual size_t stopped_audiences() const = 0;  // more than 0: a person must look
};

}  // namespace noroshi::taxii
