// A std::mutex that clang's thread-safety analysis can follow (`./dev lint`); g++ ignores the marks.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define NOROSHI_TS(x) __attribute__((x))
#else
#define NOROSHI_TS(x)
#endif
#define NOROSHI_GUARDED_BY(m) NOROSHI_TS(guarded_by(m))
#define NOROSHI_REQUIRES(m) NOROSHI_TS(requires_capability(m))

namespace noroshi {

class NOROSHI_TS(capability("mutex")) Mutex {
 public:
  void Lock() NOROSHI_TS(acquire_capability()) { mutex_.lock(); }
  void Unlock() NOROSHI_TS(release_capability()) { mutex_.unlock(); }
  // Names that std::condition_variable_any asks for.
  void lock() NOROSHI_TS(acquire_capability()) { mutex_.lock(); }
  void unlock() NOROSHI_TS(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class NOROSHI_TS(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) NOROSHI_TS(acquire_capability(mutex)) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() NOROSHI_TS(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

using CondVar = std::condition_variable_any;

}  // namespace noroshi
