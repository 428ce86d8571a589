// What the kernel says of this process, for its metrics. Only for this folder and its tests.
#pragma once

namespace noroshi::obs {

struct ProcessFacts {
  double resident_bytes = 0;
  double cpu_seconds = 0;
  double open_fds = 0;
  double threads = 0;
  double start_timestamp_seconds = 0;
};

// From /proc; what cannot be read is 0.
ProcessFacts ReadProcessFacts();

}  // namespace noroshi::obs
