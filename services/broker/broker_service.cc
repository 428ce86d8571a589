#include "services/broker/broker_service.h"

namespace noroshi::broker {

StatusOr<std::unique_ptr<run::Service>> BrokerService::Create(run::StartArguments arguments) {
  NOROSHI_ASSIGN(std::unique_ptr<relay::RelayNode> node,
                 relay::RelayNode::Open(arguments.config, arguments.directory, false, SystemClock()));
  return std::unique_ptr<run::Service>(new BrokerService(std::move(node)));
}

}  // namespace noroshi::broker
