// The daemons of an `up` directory as processes: started, asked, stopped. A process is known by its pid and the time at which it
// started, so that a pid that now belongs to somebody else is never touched. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "services/cli/state.h"

namespace noroshi::cli {

// Keeps two `up` or `down` on one directory apart; lets go with the object, or with the process.
class DirectoryLock {
 public:
  // Aborted where another process has it.
  static StatusOr<DirectoryLock> Take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// The pid of the node's process if it runs. Children of this process that ended are reaped here.
std::optional<int> RunningPid(const std::string& directory, const std::string& node);
// All that run.
std::map<std::string, int> RunningPids(const std::string& directory, const FederationState& state);

// Starts `<programs>/noroshi-<role> --config ...` as a session of its own, its stderr appended to its log file. Notes the pid. Returns before the node is ready.
StatusOr<int> StartNode(const std::string& programs, const std::string& directory, const NodeRecord& node);

// SIGTERM; SIGKILL for those that are still there after `patience`. Returns the names of those that had to be killed.
std::vector<std::string> StopNodes(const std::string& directory, const std::vector<std::string>& nodes, std::chrono::milliseconds patience,
                                   const std::function<void(size_t gone)>& progress);

// GET http://<admin>/healthz/ready says 200.
bool IsReady(const std::string& admin_address);

// The last lines of the node's log, for people.
std::string LastLogLines(const std::string& directory, const std::string& node, size_t lines);

// Directory of the running program: the daemons lie beside it.
StatusOr<std::string> ProgramDirectory();

}  // namespace noroshi::cli
