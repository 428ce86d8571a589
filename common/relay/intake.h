// Reads all ingress topics of a relay and admits their records on a small pool of threads, in order within each topic. What it has admitted
// waits in a bounded queue for the relay's loop.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "common/log/log.h"
#include "common/relay/admit.h"
#include "common/relay/context.h"

namespace noroshi::relay {

class Intake {
 public:
  static constexpr size_t kQueuedBatchesMax = 4;
  using GetContext = std::function<std::shared_ptr<const Context>()>;
  // `clock` must outlive it.
  Intake(GetContext context, Clock& clock, int threads);
  ~Intake();

  // `sources` keyed by topic; `from`: first offset wanted of each.
  Status Start(log::Log& log, std::map<std::string, Source> sources, const std::map<std::string, log::Offset>& from);
  void Stop();

  // The next admitted records, in order; empty when the time is over. Error: the reader's; Start again.
  StatusOr<std::vector<Admitted>> Take(std::chrono::milliseconds wait);

 private:
  void Run();
  std::vector<Admitted> AdmitAll(const Source& source, const log::Batch& batch);

  const GetContext context_;
  Clock& clock_;
  const int threads_;
  std::map<std::string, Source> sources_;
  std::unique_ptr<log::Reader> reader_;
  std::thread thread_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::vector<Admitted>> queue_ NOROSHI_GUARDED_BY(mutex_);
  Status failure_ NOROSHI_GUARDED_BY(mutex_);
  bool stopping_ NOROSHI_GUARDED_BY(mutex_) = false;
};

}  // namespace noroshi::relay
