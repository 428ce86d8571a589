// The relay engine of one layer, the same for edge, broker and hub:
//   intake (read, admit) -> decide -> ledger -> release -> receipts, with forward and follow beside it for each uplink.
//
// Threads: one loop thread owns the catalog; intake, uplinks and gRPC have their own and exchange values with it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/config/node_config.h"
#include "common/log/log.h"
#include "common/obs/metrics.h"
#include "common/relay/context.h"
#include "common/relay/engine.h"
#include "common/relay/follow.h"
#include "common/relay/forward.h"
#include "common/relay/intake.h"

namespace noroshi::relay {

struct UplinkState {
  std::string layer;
  bool writing = false;   // its ingress takes records
  bool following = false; // its audiences are read
  uint64_t backlog = 0;   // ledger entries not handed over yet
};

class Relay {
 public:
  // Opens the catalog. `log` must outlive it. Errors as Catalog::Open and MakeContext.
  static StatusOr<std::unique_ptr<Relay>> Create(const config::NodeConfig& config, const config::DirectoryFile& directory, log::Log& log, Clock& clock);
  ~Relay();

  // Returns once the ledger's tail is resumed and the loop runs; an unreachable log is retried up to `patience`.
  Status Start(std::chrono::milliseconds patience);
  // Finishes the step in progress and stops; what was not decided stays in the ingress.
  void Stop();

  std::shared_ptr<const Context> context() const;
  // A new directory, policy or settings; takes effect with the next step. Error: as MakeContext; nothing changes.
  Status Reload(const config::NodeConfig& config, const config::DirectoryFile& directory);
  Catalog& catalog() { return engine_->catalog(); }
  std::vector<UplinkState> uplinks() const;
  bool running() const { return running_; }
  // Loop's last turn, for liveness.
  MonotonicTime heartbeat() const { return MonotonicTime(MonotonicTime::duration(heartbeat_.load())); }

 private:
  static constexpr std::chrono::milliseconds kPauseFirst{100}, kPauseMax{5'000};
  Relay(const config::NodeConfig& config, log::Log& log, Clock& clock);
  void Run();
  Status ResumeAll();
  Status OneTurn();
  void StartUplinks();
  std::chrono::milliseconds UntilNextHold() const;

  const config::NodeConfig config_;
  log::Log& log_;
  Clock& clock_;
  std::shared_ptr<const trust::BatchSigner> signer_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Intake> intake_;
  std::vector<std::unique_ptr<Forwarder>> forwarders_;
  std::vector<std::unique_ptr<Follower>> followers_;
  std::thread loop_;
  std::atomic<bool> stopping_ = false, running_ = false;
  std::atomic<MonotonicTime::duration::rep> heartbeat_ = 0;
  obs::Gauge active_;
  Mutex start_mutex_;
  CondVar started_;
  mutable Mutex context_mutex_;
  std::shared_ptr<const Context> context_ NOROSHI_GUARDED_BY(context_mutex_);
};

}  // namespace noroshi::relay
