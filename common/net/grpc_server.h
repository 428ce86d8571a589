// A gRPC server behind mutual TLS with bounded resources (delivery.md section 8: gRPC 1.51 is never reachable without a client certificate).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/net/tls.h"

namespace grpc {
class Service;
}

namespace noroshi::net {

class GrpcServer {
 public:
  // Serves until destroyed. The services must outlive it. Error: Unavailable `address 127.0.0.1:9002 is in use`.
  static StatusOr<std::unique_ptr<GrpcServer>> Start(const std::string& listen, const TlsFiles& files, const std::vector<grpc::Service*>& services);
  virtual ~GrpcServer() = default;
  virtual int port() const = 0;
  // No new calls; running ones are cancelled after the deadline.
  virtual void Drain(std::chrono::milliseconds deadline) = 0;
};

}  // namespace noroshi::net
