// Life of a daemon: flags, configuration, signals, health, start and stop. A role implements Service; Main does the rest.
// Exit codes: 0 ok, 64 usage, 70 internal, 75 temporary, 78 configuration (operations.md section 4).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/config/node_config.h"

namespace noroshi::run {

struct HealthCheck {
  std::string name;
  bool ok = false;
  std::string detail;  // never a peer's organisation
};
struct Health {
  std::vector<HealthCheck> startup, ready, live;
};

class Service {
 public:
  virtual ~Service() = default;
  // Opens everything and returns once the node is serving (or fails: Unavailable -> exit 75, FailedPrecondition/InvalidArgument -> 78, else 70).
  virtual Status Start() = 0;
  // SIGTERM: stop taking work, finish what was taken, within the deadline. Idempotent.
  virtual void Drain(std::chrono::milliseconds deadline) = 0;
  // SIGHUP with a configuration that passed all checks: all or nothing. FailedPrecondition names keys that need a restart.
  virtual Status Reload(const config::NodeConfig& config, const config::DirectoryFile& directory) = 0;
  // About twice a second while the node serves, on the thread that calls Reload: to look at files that changed, to write what may wait. Short.
  virtual void Tick() {}
  // Called from the admin listener's thread.
  virtual Health CheckHealth() const = 0;
  // True when something broke that only a restart can mend; Main drains and exits 75.
  virtual bool Failed() const { return false; }
};

struct StartArguments {
  config::NodeConfig config;
  config::DirectoryFile directory;
};
using CreateService = std::function<StatusOr<std::unique_ptr<Service>>(StartArguments)>;

// --config F, --check-config, --print-config, --version, --help. Runs the admin listener (/metrics, /healthz/...), sd_notify where NOTIFY_SOCKET is set,
// SIGTERM/SIGINT -> Drain (a second one ends at once), SIGHUP -> Reload. Core dumps off, umask 077.
int Main(int argc, char** argv, const char* program, trust::NodeRole role, const CreateService& create);

}  // namespace noroshi::run
