// A LogService over mutual TLS on a loopback port, and how a node of the test PKI reaches it.
#pragma once

#include <memory>
#include <string>

#include "common/log/backends.h"
#include "common/log/service.h"
#include "common/net/tls.h"
#include "tests/support/pki.h"

namespace grpc {
class Server;
}

namespace noroshi::log {

class ServedLog {
 public:
  // `port` 0: any free one. `log` and `access` must outlive it.
  ServedLog(Log& log, const AccessPolicy& access, const net::TlsFiles& files, const std::string& position_key,
            int port = 0);
  ~ServedLog();
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

 private:
  int port_ = 0;
  std::unique_ptr<LogServiceServer> service_;
  std::unique_ptr<grpc::Server> server_;
};

// For node `node` of its own organisation `org-<node>`, towards the node `server_node` of `server_org`.
RemoteOptions RemoteOptionsFor(test::TestPki& pki, const std::string& address, const std::string& node,
                               const std::string& server_org, const std::string& server_node);

}  // namespace noroshi::log
