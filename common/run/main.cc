#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <type_traits>

#include "common/base/mutex.h"
#include "common/net/http.h"
#include "common/obs/log.h"
#include "common/obs/metrics.h"
#include "common/run/configuration.h"
#include "common/run/data_dir.h"
#include "common/run/notify.h"
#include "common/run/probe.h"
#include "common/run/service.h"
#include "common/run/signals.h"

namespace noroshi::run {
namespace {

using std::chrono::milliseconds;

constexpr int kUsage = 64, kTemporary = 75, kConfiguration = 78;
constexpr milliseconds kPollTime{500};       // how soon a failed service, a due watchdog or a changed file is noticed
constexpr milliseconds kDrainTime{20'000};   // less than the 30 s that Kubernetes gives
constexpr milliseconds kDrainGrace{5'000};   // a client library that hangs on close is left behind after that

struct Options {
  std::string config;
  bool check = false;
  bool print = false;
};

void Harden() {
  ::umask(077);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

obs::Level LevelOf(const std::string& name) {
  return name == "debug" ? obs::Level::kDebug : name == "warn" ? obs::Level::kWarn : name == "error" ? obs::Level::kError : obs::Level::kInfo;
}

void PrintChecked(const Checked& checked) {
  for (const std::string& fault : checked.faults) std::fprintf(stderr, "%s\n", fault.c_str());
  for (const std::string& warning : checked.warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
}

// Runs one node from its configuration to its end. The main thread waits for signals; the admin listener's threads ask for health.
class Daemon {
 public:
  Daemon(const Options& options, trust::NodeRole role, const CreateService& create) : options_(options), role_(role), create_(create) {}

  int Run(StartArguments arguments) {
    const std::unique_ptr<Signals> signals = std::make_unique<Signals>();  // before any thread
    config_ = arguments.config;
    obs::SetUp(config_.node, LevelOf(config_.log_level));
    reload_success_.Set(1);
    if (const Status status = OpenDataDir(config_.data_dir); !status.ok()) return Fail(status);
    if (const Status status = StartAdmin(); !status.ok()) return Fail(status);
    StatusOr<std::unique_ptr<Service>> service = create_(std::move(arguments));
    if (!service.ok()) return Fail(service.status());
    service_ = *std::move(service);
    // Recovery can be long: a signal meanwhile ends the process at once, and the next start resumes as after a crash.
    const Status started = WhileWatching(*signals, 0, [this] { return service_->Start(); });
    if (!started.ok()) return Fail(started);
    phase_ = Phase::kServing;
    obs::Info("node_started", "the node is serving", {{"role", trust::NodeRoleName(role_)}, {"version", NOROSHI_VERSION}});
    Notify("READY=1");
    return Serve(*signals);
  }

 private:
  // Runs `work` while this thread stays deaf: another stop signal ends the process with `code` at once.
  template <class Work>
  std::invoke_result_t<Work> WhileWatching(const Signals& signals, int code, Work work) {
    std::jthread watcher([&signals, code](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        if (signals.Wait(milliseconds(50)) == Signal::kStop) ::_exit(code);
      }
    });
    return work();
  }

  int Fail(const Status& status) {
    const int code = ExitCodeOf(status);
    obs::Error("start_failed", "the node cannot start", {{"reason", Message(status)}, {"exit_code", code}});
    std::fprintf(stderr, "%s\n", std::string(Message(status)).c_str());
    return code;
  }

  Status StartAdmin() {
    if (config_.admin_listen.empty()) return OkStatus();
    net::HttpOptions options;
    options.listen = config_.admin_listen;
    options.body_bytes_max = 0;
    options.connections_max = 64;
    StatusOr<std::unique_ptr<net::HttpServer>> server = net::HttpServer::Start(options, [this](const net::Request& request) {
      const Answer answer = AnswerProbe(request.method, request.path, request.query, phase_, [this] { return service_->CheckHealth(); },
                                        [] { return obs::ProcessMetrics().Scrape(); });
      net::Response response{answer.status, {{"content-type", answer.content_type}}, answer.body};
      if (answer.status == 405) response.headers.emplace_back("Allow", "GET, HEAD");
      return response;
    });
    if (!server.ok() && Message(server.status()).find("in use") != std::string_view::npos) {
      return Unavailable("address {} is in use (admin.listen)", config_.admin_listen);
    }
    if (!server.ok()) return server.status();
    admin_ = *std::move(server);
    obs::Info("admin_listening", "metrics and health are served", {{"port", admin_->port()}});
    return OkStatus();
  }

  int Serve(const Signals& signals) {
    while (true) {
      const std::optional<Signal> signal = signals.Wait(kPollTime);
      if (signal == Signal::kReload) Reload();
      if (signal == Signal::kStop) return Drain(signals, 0);
      if (service_->Failed()) {
        obs::Error("service_failed", "something broke that only a restart mends");
        return Drain(signals, kTemporary);
      }
      service_->Tick();
      FeedWatchdog();
    }
  }

  // Alive by our own checks only.
  void FeedWatchdog() {
    if (std::getenv("WATCHDOG_USEC") == nullptr) return;
    for (const HealthCheck& check : service_->CheckHealth().live) {
      if (!check.ok) return;
    }
    Notify("WATCHDOG=1");
  }

  void Reload() {
    NotifyReloading();
    const Status status = TryReload();
    reload_success_.Set(status.ok() ? 1 : 0);
    if (status.ok()) {
      reload_time_.Set(static_cast<double>(ToMicros(SystemClock().Now())) / 1e6);
    } else {
      obs::Error("config_reload_failed", "the configuration stays as it was", {{"reason", Message(status)}});
    }
    Notify("READY=1");
  }

  Status TryReload() {
    Checked checked = LoadAndCheck(options_.config, role_, SystemClock().Now());
    for (const std::string& fault : checked.faults) obs::Error("config_fault", fault);
    if (!checked.value) return FailedPrecondition("{} faults", checked.faults.size());
    const std::vector<config::Change> changes = config::Changes(config_, checked.value->config);
    std::vector<std::string> all, restart;
    for (const config::Change& change : changes) (change.restart ? restart : all).push_back(change.path);
    if (!restart.empty()) return FailedPrecondition("a change of {} needs a restart", fmt::join(restart, ", "));
    NOROSHI_TRY(service_->Reload(checked.value->config, checked.value->directory));
    config_ = std::move(checked.value->config);
    obs::SetUp(config_.node, LevelOf(config_.log_level));
    obs::Info("config_reloaded", "the new configuration is in force", {{"changed", fmt::format("{}", fmt::join(all, ", "))}});
    return OkStatus();
  }

  int Drain(const Signals& signals, int code) {
    phase_ = Phase::kDraining;
    Notify("STOPPING=1");
    obs::Info("node_draining", "no new work is taken", {{"deadline_ms", kDrainTime.count()}});
    std::atomic<bool> done{false};
    std::jthread guard([&done, code](const std::stop_token& stop) {
      const MonotonicTime deadline = SystemClock().Monotonic() + kDrainTime + kDrainGrace;
      Mutex mutex;
      CondVar condition;
      MutexLock lock(mutex);
      condition.wait_until(mutex, stop, deadline, [&done] { return done.load(); });
      if (!stop.stop_requested() && !done) ::_exit(code == 0 ? kTemporary : code);
    });
    WhileWatching(signals, kTemporary, [this] {
      service_->Drain(kDrainTime);
      if (admin_) admin_->Drain(milliseconds(1000));
      service_.reset();
    });
    done = true;
    obs::Info("node_stopped", "all work taken is done or handed back", {{"exit_code", code}});
    return code;
  }

  const Options options_;
  const trust::NodeRole role_;
  const CreateService& create_;
  config::NodeConfig config_;
  std::atomic<Phase> phase_{Phase::kStarting};
  std::unique_ptr<Service> service_;
  std::unique_ptr<net::HttpServer> admin_;
  obs::Gauge reload_success_ = obs::ProcessMetrics().AddGauge("noroshi_config_last_reload_success", "1: the last reload took effect.");
  obs::Gauge reload_time_ =
      obs::ProcessMetrics().AddGauge("noroshi_config_last_reload_success_timestamp_seconds", "When a reload last took effect; 0: never.");
};

}  // namespace

int Main(int argc, char** argv, const char* program, trust::NodeRole role, const CreateService& create) {
  Options options;
  CLI::App app{fmt::format("Runs a Noroshi {}.\n\nExample: {} --config /etc/noroshi/{}.yaml", trust::NodeRoleName(role), program, trust::NodeRoleName(role)),
               program};
  app.add_option("--config", options.config, "the node's file")->required();
  app.add_flag("--check-config", options.check, "report every fault of the configuration and exit (78 if there is any)");
  app.add_flag("--print-config", options.print, "print the effective values with their origin and exit");
  app.set_version_flag("--version", fmt::format("{} {}", program, NOROSHI_VERSION));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  Harden();
  Checked checked = LoadAndCheck(options.config, role, SystemClock().Now());
  PrintChecked(checked);
  if (!checked.value) return kConfiguration;
  if (options.print) std::fputs(config::PrintConfig(checked.value->config).c_str(), stdout);
  if (options.check && !options.print) std::fprintf(stdout, "%s: no fault\n", options.config.c_str());
  if (options.check || options.print) return 0;
  return Daemon(options, role, create).Run(*std::move(checked.value));
}

}  // namespace noroshi::run
