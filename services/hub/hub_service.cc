#include "services/hub/hub_service.h"

namespace noroshi::hub {

StatusOr<std::unique_ptr<run::Service>> HubService::Create(run::StartArguments arguments) {
  NOROSHI_ASSIGN(std::unique_ptr<relay::RelayNode> node,
                 relay::RelayNode::Open(arguments.config, arguments.directory, false, SystemClock()));
  return std::unique_ptr<run::Service>(new HubService(std::move(node)));
}

}  // namespace noroshi::hub
