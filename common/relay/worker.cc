#include "common/relay/worker.h"

#include <algorithm>

namespace noroshi::relay {

void Worker::Start(std::function<Status()> turn, std::function<void(const Status&)> report) {
  thread_ = std::thread([this, turn = std::move(turn), report = std::move(report)] { Run(turn, report); });
}

void Worker::Run(const std::function<Status()>& turn, const std::function<void(const Status&)>& report) {
  std::chrono::milliseconds pause = kPauseFirst;
  bool failing = false;
  while (!stopping_) {
    const Status status = turn();
    if (stopping_) return;
    healthy_ = status.ok();
    if (status.ok()) {
      if (failing && report) report(status);
      failing = false;
      pause = kPauseFirst;
      continue;
    }
    if (!failing && report) report(status);
    failing = true;
    MutexLock lock(mutex_);
    wake_.wait_for(mutex_, pause, [this] { return stopping_.load(); });
    pause = std::min(pause * 2, kPauseMax);
  }
}

void Worker::Stop(const std::function<void()>& interrupt) {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (interrupt) interrupt();
  if (thread_.joinable()) thread_.join();
}

}  // namespace noroshi::relay
