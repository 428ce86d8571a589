#include "common/run/service.h"
#include "services/edge/edge_service.h"

int main(int argc, char** argv) {
  return noroshi::run::Main(argc, argv, "noroshi-edge", noroshi::trust::NodeRole::kEdge, noroshi::edge::EdgeService::Create);
}
