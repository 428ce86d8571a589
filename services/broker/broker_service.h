// The broker: relay of a sector layer, run by its ISAC.
#pragma once

#include <memory>

#include "common/relay/relay_node.h"
#include "common/run/service.h"

namespace noroshi::broker {

class BrokerService final : public run::Service {
 public:
  static StatusOr<std::unique_ptr<run::Service>> Create(run::StartArguments arguments);
  Status Start() override { return node_->Start(); }
  void Drain(std::chrono::milliseconds deadline) override { node_->Drain(deadline); }
  Status Reload(const config::NodeConfig& config, const config::DirectoryFile& directory) override { return node_->Reload(config, directory); }
  run::Health CheckHealth() const override { return node_->CheckHealth(); }

 private:
  explicit BrokerService(std::unique_ptr<relay::RelayNode> node) : node_(std::move(node)) {}
  std::unique_ptr<relay::RelayNode> node_;
};

}  // namespace noroshi::broker
