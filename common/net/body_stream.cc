#include "common/net/body_stream.h"

#include <utility>

namespace noroshi::net {

bool BodyStream::Push(std::string bytes) {
  const MutexLock lock(mutex_);
  if (finished_ || end_ != End::kOpen || waiting_.size() + bytes.size() > bytes_max_) return false;
  if (waiting_.empty()) {
    waiting_ = std::move(bytes);
  } else {
    waiting_ += bytes;
  }
  if (wake_) wake_();
  return true;
}

void BodyStream::Finish() {
  const MutexLock lock(mutex_);
  finished_ = true;
  if (wake_) wake_();
}

bool BodyStream::empty() const {
  const MutexLock lock(mutex_);
  return waiting_.empty() && !sending_;
}

BodyStream::End BodyStream::end() const {
  const MutexLock lock(mutex_);
  return end_;
}

void BodyStream::Attach(std::function<void()> wake) {
  const MutexLock lock(mutex_);
  wake_ = std::move(wake);
}

BodyStream::Taken BodyStream::Take() {
  const MutexLock lock(mutex_);
  Taken taken{std::exchange(waiting_, {}), finished_};
  sending_ = !taken.bytes.empty();
  return taken;
}

void BodyStream::Sent() {
  {
    const MutexLock lock(mutex_);
    sending_ = false;
    if (!waiting_.empty()) return;
  }
  changed_();
}

void BodyStream::Ended(End why) {
  {
    const MutexLock lock(mutex_);
    if (end_ != End::kOpen) return;
    end_ = why;
    wake_ = nullptr;
    waiting_.clear();
    sending_ = false;
  }
  changed_();
}

}  // namespace noroshi::net
