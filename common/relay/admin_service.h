// AdminService (proto/noroshi/v1/admin.proto): what the CLI asks of a node over mutual TLS. The caller's organisation comes from its
// certificate; the node must be in the directory. gRPC threads; talks to the acceptor and to committed state of the catalog only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/relay/accept.h"
#include "common/relay/context.h"
#include "common/relay/relay.h"

namespace grpc {
class Service;
}

namespace noroshi::relay {

struct AdminParts {
  std::function<std::shared_ptr<const Context>()> context;
  Acceptor* acceptor = nullptr;  // edges and gateways
  Relay* relay = nullptr;        // relays
  Clock* clock = nullptr;
};

class AdminServer {
 public:
  static std::unique_ptr<AdminServer> Create(AdminParts parts);
  virtual ~AdminServer() = default;
  virtual grpc::Service* service() = 0;
};

}  // namespace noroshi::relay
