// A thread with a name, a stop and a bounded back-off: what each uplink's sides and the followers are made of.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "common/base/mutex.h"
#include "common/base/status.h"

namespace noroshi::relay {

class Worker {
 public:
  Worker() = default;
  ~Worker() { Stop(); }
  // Calls `turn` until Stop. A turn that fails is tried again after a pause that doubles up to `pause_max`; the
  // first failure of a row and each recovery are told to `report` (may be empty).
  void Start(std::function<Status()> turn, std::function<void(const Status&)> report = {});
  // Also ends a pause. `interrupt` is called first, to end a wait inside the turn.
  void Stop(const std::function<void()>& interrupt = {});
  bool stopping() const { return stopping_; }
  bool healthy() const { return healthy_; }

 private:
  void Run(const std::function<Status()>& turn, const std::function<void(const Status&)>& report);
  static constexpr std::chrono::milliseconds kPauseFirst{50}, kPauseMax{2'000};

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> healthy_ = false;
  Mutex mutex_;
  CondVar wake_;
  std::thread thread_;
};

}  // namespace noroshi::relay
