// Loopback ports for the nodes of an `up` directory.
#pragma once

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/base/status.h"

namespace noroshi::cli {

// First and last of a range of ports. The default lies below the range from which the kernel hands out ports by itself.
struct PortRange {
  int first = 20'000, last = 31'999;
};
// `FIRST-LAST`, both from 1024 to 65535. InvalidArgument names the form.
StatusOr<PortRange> ParsePortRange(const std::string& text);

// That many different ports of the range nobody listens on now. All are held at once while they are looked for; another process may still take one
// before it is bound, unless its ports come from another range.
StatusOr<std::vector<int>> FreePorts(size_t count, const PortRange& range, Random& random);
// Whether somebody has this loopback port.
bool PortInUse(int port);

}  // namespace noroshi::cli
