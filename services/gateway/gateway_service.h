// The gateway: shows a sector's or the nation's layer by TAXII, and takes publications of accounts without an edge. It follows its layer's relay (or Kafka) and
// decides again for each caller. No other gateway and no other layer is needed for it to be ready.
#pragma once

#include <memory>

#include "common/log/log.h"
#include "common/relay/accept.h"
#include "common/run/service.h"
#include "common/taxii/server.h"

namespace noroshi::gateway {

class GatewayService final : public run::Service {
 public:
  static StatusOr<std::unique_ptr<run::Service>> Create(run::StartArguments arguments);
  ~GatewayService() override;
  Status Start() override;
  void Drain(std::chrono::milliseconds deadline) override;
  Status Reload(const config::NodeConfig& config, const config::DirectoryFile& directory) override;
  void Tick() override;
  run::Health CheckHealth() const override;

 private:
  struct Parts;
  explicit GatewayService(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

}  // namespace noroshi::gateway
