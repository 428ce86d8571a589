#include "common/run/service.h"
#include "services/hub/hub_service.h"

int main(int argc, char** argv) {
  return noroshi::run::Main(argc, argv, "noroshi-hub", noroshi::trust::NodeRole::kHub, noroshi::hub::HubService::Create);
}
