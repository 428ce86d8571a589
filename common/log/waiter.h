// Wakes one reader that waits at the ends of its topics. Notify and Cancel from any thread; Wait and Reset from the reader's.
// The reader calls Reset, looks for records, and waits only if there were none: what comes between is not missed.
#pragma once

#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace noroshi::log {

class Waiter {
 public:
  void Notify() {
    const MutexLock lock(mutex_);
    notified_ = true;
    changed_.notify_all();
  }
  void Cancel() {
    const MutexLock lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }
  // False once cancelled.
  bool Reset() {
    const MutexLock lock(mutex_);
    notified_ = false;
    return !cancelled_;
  }
  // Until notified (true), cancelled or the deadline (false).
  bool Wait(MonotonicTime deadline) {
    const MutexLock lock(mutex_);
    while (!notified_ && !cancelled_) {
      if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
    }
    return notified_ && !cancelled_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool notified_ NOROSHI_GUARDED_BY(mutex_) = false;
  bool cancelled_ NOROSHI_GUARDED_BY(mutex_) = false;
};

}  // namespace noroshi::log
