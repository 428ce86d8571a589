// Many TLS connections to a server on this machine, held by a process of their own: its file descriptors and CPU time are not the server's. What the server
// ends is opened again, as an attacker would; so the number asked for stays open.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace noroshi::bench {

struct CrowdOptions {
  int port = 0;
  int connections = 0;
  // Sent once on each connection, whose answer is awaited; then it stays silent. Empty: see `trickle`.
  std::string request;
  // Instead of a request one byte of a head that never ends, each time.
  std::chrono::milliseconds trickle{0};
};

class Crowd {
 public:
  // Begins to connect.
  static StatusOr<std::unique_ptr<Crowd>> Start(const CrowdOptions& options);
  ~Crowd();  // all connections are closed
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  // Until all stand (request answered, or in a head). Error: DeadlineExceeded.
  Status WaitUntilOpen(std::chrono::seconds at_most);
  // As the crowd said last; it says so five times a second.
  int Open();
  long reopened() const { return reopened_; }

 private:
  Crowd(pid_t process, int reports, int connections) : process_(process), reports_(reports), connections_(connections) {}
  bool ReadReport();
  const pid_t process_;
  const int reports_;  // a pipe's end
  const int connections_;
  std::string unread_;
  int open_ = 0;
  long reopened_ = 0;
};

// Of at least one value.
double Percentile(std::vector<double> values, double percent);

}  // namespace noroshi::bench
