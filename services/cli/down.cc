// noroshi down: stops the processes of an `up` directory and nothing else. Data, keys and ports stay.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "services/cli/exit_codes.h"
#include "services/cli/federation.h"
#include "services/cli/processes.h"
#include "services/cli/verbs.h"

namespace noroshi::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{30'000};

Status Down(const Invocation& invocation) {
  NOROSHI_ASSIGN(const Federation federation, Federation::Open(invocation.directory));
  NOROSHI_ASSIGN(const DirectoryLock lock, DirectoryLock::Take(federation.directory()));
  std::vector<std::string> running;
  for (const auto& [node, pid] : RunningPids(federation.directory(), federation.state())) running.push_back(node);
  std::vector<std::string> killed;
  {
    Progress progress(invocation.terminal(), "stopping");
    killed = StopNodes(federation.directory(), running, kPatience, [&](size_t gone) { progress.Update(gone, running.size()); });
  }
  if (invocation.json) {
    Print(fmt::format(R"({{"stopped": {}, "killed": {}}})", running.size() - killed.size(), killed.size()));
  } else if (running.empty()) {
    Say(fmt::format("no node of `{}` runs", federation.directory()));
  } else {
    Say(fmt::format("stopped {} nodes", running.size()));
  }
  if (!killed.empty()) return Internal("did not stop within {} s and had to be killed: {}", kPatience.count() / 1000, fmt::join(killed, ", "));
  return OkStatus();
}

}  // namespace

void AddDown(CLI::App& app, Invocation& invocation) {
  CLI::App* verb = app.add_subcommand("down", "stop it");
  verb->callback([&invocation] {
    const Status status = Down(invocation);
    if (!status.ok()) SayError(Message(status));
    invocation.exit_code = ExitCodeOf(status);
  });
}

}  // namespace noroshi::cli
