// A relay as a running node: its log, the engine, and LogService and AdminService behind mutual TLS. What edge, broker and hub have in common; a
// role adds to it and is a run::Service.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/config/node_config.h"
#include "common/log/log.h"
#include "common/log/service.h"
#include "common/net/grpc_server.h"
#include "common/relay/admin_service.h"
#include "common/relay/member_access.h"
#include "common/relay/node_acceptor.h"
#include "common/relay/relay.h"
#include "common/run/service.h"

namespace noroshi::relay {

class RelayNode {
 public:
  // Opens data directory, log and catalog. `accepts`: an edge, which publishes for its own organisation.
  static StatusOr<std::unique_ptr<RelayNode>> Open(const config::NodeConfig& config, const config::DirectoryFile& directory, bool accepts, Clock& clock);
  ~RelayNode();

  // Resumes and serves.
  Status Start();
  void Drain(std::chrono::milliseconds deadline);
  Status Reload(const config::NodeConfig& config, const config::DirectoryFile& directory);
  run::Health CheckHealth() const;

  log::Log& log() { return *log_; }
  Relay& relay() { return *relay_; }
  NodeAcceptor* acceptor() { return acceptor_.get(); }

 private:
  RelayNode(const config::NodeConfig& config, Clock& clock) : config_(config), clock_(clock) {}

  config::NodeConfig config_;
  Clock& clock_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<NodeAcceptor> acceptor_;
  std::unique_ptr<MemberAccess> access_;
  std::unique_ptr<log::LogServiceServer> log_service_;
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<net::GrpcServer> grpc_;
  bool draining_ = false;
};

// 32 secret bytes in `<data_dir>/<name>`, made where absent, mode 0600.
StatusOr<std::string> LoadSecret(const std::string& data_dir, const std::string& name);

}  // namespace noroshi::relay
