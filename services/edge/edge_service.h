// The edge: relay of an organisation's own layer, where its tools and people publish and read, and the organisation's uplinks to its sectors. Accepts work while
// every uplink is down.
#pragma once

#include <memory>

#include "common/relay/relay_node.h"
#include "common/run/service.h"
#include "common/taxii/server.h"

namespace noroshi::edge {

class EdgeService final : public run::Service {
 public:
  static StatusOr<std::unique_ptr<run::Service>> Create(run::StartArguments arguments);
  Status Start() override;
  void Drain(std::chrono::milliseconds deadline) override;
  Status Reload(const config::NodeConfig& config, const config::DirectoryFile& directory) override;
  void Tick() override;
  run::Health CheckHealth() const override;

 private:
  EdgeService(run::StartArguments arguments, std::unique_ptr<relay::RelayNode> node)
      : arguments_(std::move(arguments)), node_(std::move(node)) {}

  run::StartArguments arguments_;
  std::unique_ptr<relay::RelayNode> node_;
  std::unique_ptr<taxii::Server> taxii_;  // gone before node_, whose log and acceptor it uses
};

}  // namespace noroshi::edge
