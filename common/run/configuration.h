// Loads and checks everything a node is configured with: its file, the directory, both together, the TLS files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/run/service.h"

namespace noroshi::run {

struct Checked {
  std::optional<StartArguments> value;  // absent if there is any fault
  std::vector<std::string> faults;      // lines: file:line:column: path: message
  std::vector<std::string> warnings;
};

// All faults at once. `role`: what this program runs.
Checked LoadAndCheck(const std::string& file, trust::NodeRole role, WallTime now);

// 75 for Unavailable (a restart may help), 78 for what the configuration must mend, else 70.
int ExitCodeOf(const Status& status);

}  // namespace noroshi::run
