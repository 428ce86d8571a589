#include "common/run/service.h"
#include "services/gateway/gateway_service.h"

int main(int argc, char** argv) {
  return noroshi::run::Main(argc, argv, "noroshi-gateway", noroshi::trust::NodeRole::kGateway, noroshi::gateway::GatewayService::Create);
}
