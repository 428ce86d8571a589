// noroshi up: a federation on one machine. Makes what is missing, starts what does not run, waits until all are ready.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "services/cli/exit_codes.h"
#include "services/cli/files.h"
#include "services/cli/generate.h"
#include "services/cli/ports.h"
#include "services/cli/processes.h"
#include "services/cli/verbs.h"

namespace noroshi::cli {
namespace {

constexpr std::chrono::milliseconds kLookAgain{50};
constexpr std::chrono::milliseconds kStopPatience{30'000};
constexpr size_t kLogLinesShown = 8;

struct UpOptions {
  std::string topology, log, ready_file, ports;
  bool detach = false, prepare = false;
  int timeout_s = 120;
};

class Up {
 public:
  Up(const UpOptions& options, const Invocation& invocation) : options_(options), invocation_(invocation), terminal_(invocation.terminal()) {}

  int Run() {
    config::Loaded<Topology> topology = LoadTopology(options_.topology);
    for (const std::string& warning : topology.warnings) Say("warning: " + warning);
    for (const config::Fault& fault : topology.faults) SayError(fault.ToString());
    if (!topology.value) return kBadConfiguration;
    const Status started = Start(*topology.value);
    if (!started.ok()) {
      SayError(Message(started));
      return ExitCodeOf(started);
    }
    if (options_.prepare) {
      Say(fmt::format("prepared {}: keys and certificates of {} nodes; `noroshi up` without --prepare starts them", directory_,
                      generated_.state.nodes.size()));
      return kOk;
    }
    Report();
    return options_.detach ? int(kOk) : StayInForeground();
  }

 private:
  Status Start(const Topology& topology) {
    std::error_code error;
    directory_ = std::filesystem::absolute(invocation_.directory, error).lexically_normal().string();
    while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
    NOROSHI_TRY(CheckDirectory());
    BlockSignals();
    NOROSHI_ASSIGN(const DirectoryLock lock, DirectoryLock::Take(directory_));
    GenerateArguments arguments{directory_, topology, std::nullopt, options_.prepare, {}};
    if (!options_.ports.empty()) {
      NOROSHI_ASSIGN(arguments.ports, ParsePortRange(options_.ports));
    }
    if (!options_.log.empty()) {
      NOROSHI_ASSIGN(arguments.log, ParseLogChoice(options_.log));
    }
    NOROSHI_ASSIGN(generated_, Generate(arguments, SecureRandom(), SystemClock().Now()));
    if (options_.prepare) return OkStatus();
    StopChanged();
    NOROSHI_TRY(StartMissing());
    if (Status ready = WaitUntilReady(); !ready.ok()) {
      StopNodes(directory_, started_, kStopPatience, [](size_t) {});
      return ready;
    }
    return WriteReadyFile();
  }

  // A directory with other things in it is somebody's, not ours to fill.
  Status CheckDirectory() const {
    std::error_code error;
    if (!Exists(directory_)) {
      std::filesystem::create_directories(std::filesystem::path(directory_).parent_path(), error);
      return MakeDirectory(directory_, 0700);
    }
    if (Exists(directory_ + "/VERSION")) return CheckVersion(directory_);
    for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
      if (entry.path().filename() != "lock") return FailedPrecondition("`{}` holds other things and no federation (no file VERSION)", directory_);
    }
    return error ? FailedPrecondition("`{}` cannot be read: {}", directory_, error.message()) : OkStatus();
  }

  // From here on SIGINT and SIGTERM are looked for, so that none of them leaves nodes behind unnoticed.
  void BlockSignals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
    sigprocmask(SIG_BLOCK, &signals_, nullptr);
  }
  bool SignalCame(std::chrono::milliseconds wait) const {
    const timespec time{wait.count() / 1000, (wait.count() % 1000) * 1'000'000};
    return sigtimedwait(&signals_, nullptr, &time) > 0;
  }

  void StopChanged() {
    std::vector<std::string> running;
    for (const std::string& node : generated_.changed) {
      if (RunningPid(directory_, node)) running.push_back(node);
    }
    if (running.empty()) return;
    Say(fmt::format("restarting {}: the configuration changed", fmt::join(running, ", ")));
    StopNodes(directory_, running, kStopPatience, [](size_t) {});
  }

  Status StartMissing() {
    NOROSHI_ASSIGN(const std::string programs, ProgramDirectory());
    std::vector<const NodeRecord*> missing;
    for (const NodeRecord& node : generated_.state.nodes) {
      if (!RunningPid(directory_, node.name)) missing.push_back(&node);
    }
    for (const NodeRecord* node : missing) {
      for (const std::string* address : {&node->grpc, &node->admin, &node->taxii}) {
        if (!address->empty() && PortInUse(PortOf(*address))) {
          return Aborted("port {} of `{}` is in use by another program (address {}); stop that program, or give another --dir", PortOf(*address),
                         node->name, *address);
        }
      }
    }
    for (const NodeRecord* node : missing) {
      NOROSHI_TRY(StartNode(programs, directory_, *node).status());
      started_.push_back(node->name);
    }
    return OkStatus();
  }

  Status WaitUntilReady() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options_.timeout_s);
    Progress progress(terminal_, "starting");
    std::set<std::string> waiting;
    for (const NodeRecord& node : generated_.state.nodes) waiting.insert(node.name);
    const size_t total = waiting.size();
    while (true) {
      for (const NodeRecord& node : generated_.state.nodes) {
        if (!waiting.contains(node.name)) continue;
        if (!RunningPid(directory_, node.name)) return Died(node.name);
        if (IsReady(node.admin)) waiting.erase(node.name);
      }
      if (waiting.empty()) return OkStatus();
      progress.Update(total - waiting.size(), total, fmt::format("waiting for {}", *waiting.begin()));
      if (SignalCame(kLookAgain)) return Cancelled("interrupted; what was started is stopped");
      if (std::chrono::steady_clock::now() >= deadline) {
        return DeadlineExceeded("{} of {} nodes were not ready after {} s: {}\n{}", waiting.size(), total, options_.timeout_s,
                                fmt::join(waiting, ", "), LastLogLines(directory_, *waiting.begin(), kLogLinesShown));
      }
    }
  }

  Status Died(const std::string& node) const {
    return Internal("`{}` ended while it started; the end of {}/log/{}.jsonl:\n{}", node, directory_, node,
                    LastLogLines(directory_, node, kLogLinesShown));
  }

  std::string Ready() const {
    return ReadyFile(directory_, generated_.state, generated_.accounts, RunningPids(directory_, generated_.state));
  }

  // It names secrets: only its owner reads it.
  Status WriteReadyFile() const { return options_.ready_file.empty() ? OkStatus() : WriteFile(options_.ready_file, Ready(), 0600); }

  void Report() const {
    if (invocation_.json) {
      Print(CompactJson(Ready()));
      return;
    }
    Table table({"node", "role", "organisation", "pid", "TAXII"});
    const std::map<std::string, int> pids = RunningPids(directory_, generated_.state);
    for (const NodeRecord& node : generated_.state.nodes) {
      const auto pid = pids.find(node.name);
      table.Add({node.name, node.role, node.org, pid == pids.end() ? "-" : std::to_string(pid->second),
                 node.taxii.empty() ? "-" : "https://" + node.taxii + "/taxii2/"});
    }
    Print(table.ToString());
    Say(fmt::format("federation `{}` is ready: {} nodes, {} started now; accounts and secrets in {}/accounts.json", generated_.state.federation,
                    generated_.state.nodes.size(), started_.size(), directory_));
    Say(options_.detach ? fmt::format("`noroshi down --dir {}` stops it", directory_) : "Ctrl-C stops it");
  }

  int StayInForeground() const {
    std::vector<std::string> names;
    for (const NodeRecord& node : generated_.state.nodes) names.push_back(node.name);
    std::set<std::string> gone;
    while (!SignalCame(std::chrono::milliseconds(500))) {
      for (const std::string& node : names) {
        if (RunningPid(directory_, node)) {
          gone.erase(node);
        } else if (gone.insert(node).second) {
          Say(fmt::format("`{}` has ended; `noroshi up` on the same --dir starts it again", node));
        }
      }
      if (gone.size() == names.size()) {
        Say("all nodes have ended");
        return kOk;
      }
    }
    Say("stopping");
    Progress progress(terminal_, "stopping");
    const std::vector<std::string> killed =
        StopNodes(directory_, names, kStopPatience, [&](size_t done) { progress.Update(done, names.size()); });
    if (killed.empty()) return kOk;
    SayError(fmt::format("had to be killed: {}", fmt::join(killed, ", ")));
    return kFailed;
  }

  const UpOptions& options_;
  const Invocation& invocation_;
  const Terminal terminal_;
  std::string directory_;
  Generated generated_;
  std::vector<std::string> started_;
  sigset_t signals_{};
};

}  // namespace

void AddUp(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<UpOptions>();  // shared: the parser's callbacks outlive this call
  CLI::App* verb = app.add_subcommand("up", "start a whole federation on this machine");
  verb->add_option("--topology", options->topology, "who is there: a YAML file")->required();
  CLI::Option* log = verb->add_option("--log", options->log, "embedded, or kafka=HOST:PORT[,tls|,plaintext] for brokers and hub");
  verb->add_option("--ready-file", options->ready_file, "written once all nodes are ready: nodes, accounts, secrets");
  verb->add_flag("--prepare", options->prepare, "make CA, keys and certificates only, as a Kafka wants them before it can be used")->excludes(log);
  verb->add_option("--ports", options->ports, "FIRST-LAST: where the ports of new nodes come from (default 20000-31999)");
  verb->add_flag("--detach", options->detach, "return once all nodes are ready");
  verb->add_option("--timeout", options->timeout_s, "seconds to wait until all are ready")->check(CLI::Range(1, 3600));
  verb->callback([options, &invocation] {
    if (invocation.directory.empty()) throw CLI::RequiredError("--dir");
    invocation.exit_code = Up(*options, invocation).Run();
  });
}

}  // namespace noroshi::cli
