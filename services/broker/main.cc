#include "common/run/service.h"
#include "services/broker/broker_service.h"

int main(int argc, char** argv) {
  return noroshi::run::Main(argc, argv, "noroshi-broker", noroshi::trust::NodeRole::kBroker, noroshi::broker::BrokerService::Create);
}
