// Loopback ports for the nodes of an `up` directory.
#pragma once

#include <vector>

#include "common/base/random.h"
#include "common/base/status.h"

namespace noroshi::cli {

// That many different ports nobody listens on now, below the range from which the kernel hands out ports by itself. All are held at once while they are
// looked for; another process may still take one before it is bound.
StatusOr<std::vector<int>> FreePorts(size_t count, Random& random);
// Whether somebody has this loopback port.
bool PortInUse(int port);

}  // namespace noroshi::cli
