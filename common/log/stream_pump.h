// Turns a stream of replies that can only be waited for into a queue that can be polled with a deadline. A thread runs
// one stream at a time and pushes what it gets; the queue is bounded, so a slow poller slows the stream down. After a stream
// has ended, the next Next waits a growing time and starts another one: the caller's `run` then goes on from its position.
//
// Threads: Next and the destructor by one thread at a time, Cancel by any; `run` is called on a thread of the pump.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/base/status.h"

namespace noroshi::log {

template <class Reply>
class StreamPump {
 public:
  // What a running stream sees of the pump.
  class Session {
   public:
    // Blocks while the queue is full. False: stop.
    bool Push(Reply reply) {
      const size_t bytes = reply.ByteSizeLong();
      const MutexLock lock(pump_.mutex_);
      while (!pump_.cancelled_ && pump_.queued_bytes_ > limits::kReplyQueueBytesMax) pump_.changed_.wait(pump_.mutex_);
      if (pump_.cancelled_) return false;
      pump_.queue_.emplace_back(std::move(reply), bytes);
      pump_.queued_bytes_ += bytes;
      pump_.changed_.notify_all();
      return true;
    }
    // `cancel` ends the stream's call from another thread; taken back with null before what it refers to goes.
    void OnCancel(std::function<void()> cancel) {
      const MutexLock lock(pump_.mutex_);
      pump_.cancel_stream_ = std::move(cancel);
      if (pump_.cancelled_ && pump_.cancel_stream_) pump_.cancel_stream_();
    }

   private:
    friend class StreamPump;
    explicit Session(StreamPump& pump) : pump_(pump) {}
    StreamPump& pump_;
  };

  // Runs one stream to its end and says how it ended.
  using Run = std::function<Status(Session&)>;

  ~StreamPump() {
    Cancel();
    if (thread_.joinable()) thread_.join();
  }

  // The next reply; nothing at the deadline, after Cancel, or once the stream ended well (ended()); else its error, once
  // a stream. `make_run` is asked for the next stream when one is needed.
  StatusOr<std::optional<Reply>> Next(std::chrono::milliseconds wait, const std::function<Run()>& make_run) {
    const MonotonicTime deadline = SystemClock().Monotonic() + wait;
    if (!running() && !Restart(deadline, make_run)) return std::nullopt;
    const MutexLock lock(mutex_);
    while (queue_.empty() && !ended_ && !cancelled_) {
      if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
    }
    if (cancelled_) return std::nullopt;
    if (!queue_.empty()) {
      Reply reply = std::move(queue_.front().first);
      queued_bytes_ -= queue_.front().second;
      queue_.pop_front();
      changed_.notify_all();
      retry_delay_ms_ = 0;
      return std::optional<Reply>(std::move(reply));
    }
    if (!ended_ || ended_->ok()) return std::nullopt;
    Status why = *std::move(ended_);
    ended_.reset();
    stopped_ = true;
    return why;
  }

  // The stream ended without error: nothing will come any more.
  bool ended() {
    const MutexLock lock(mutex_);
    return ended_.has_value() && ended_->ok() && queue_.empty();
  }

  void Cancel() {
    const MutexLock lock(mutex_);
    cancelled_ = true;
    if (cancel_stream_) cancel_stream_();
    changed_.notify_all();
  }

 private:
  static constexpr int64_t kRetryDelayMsMax = 5'000;

  bool running() {
    const MutexLock lock(mutex_);
    return !stopped_;
  }

  // False: the deadline or Cancel came first.
  bool Restart(MonotonicTime deadline, const std::function<Run()>& make_run) {
    if (thread_.joinable()) thread_.join();  // its stream has ended
    {
      const MutexLock lock(mutex_);
      if (next_start_ == MonotonicTime{}) {
        next_start_ = SystemClock().Monotonic() + std::chrono::milliseconds(retry_delay_ms_);
        retry_delay_ms_ = std::clamp<int64_t>(retry_delay_ms_ * 2, 50, kRetryDelayMsMax);
      }
      while (!cancelled_ && SystemClock().Monotonic() < std::min(next_start_, deadline)) {
        changed_.wait_until(mutex_, std::min(next_start_, deadline));
      }
      if (cancelled_ || SystemClock().Monotonic() < next_start_) return false;
      next_start_ = MonotonicTime{};
      stopped_ = false;
    }
    thread_ = std::thread([this, run = make_run()] {
      Session session(*this);
      Status end = run(session);
      const MutexLock lock(mutex_);
      ended_ = std::move(end);
      changed_.notify_all();
    });
    return true;
  }

  std::thread thread_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::pair<Reply, size_t>> queue_ NOROSHI_GUARDED_BY(mutex_);
  size_t queued_bytes_ NOROSHI_GUARDED_BY(mutex_) = 0;
  std::function<void()> cancel_stream_ NOROSHI_GUARDED_BY(mutex_);
  std::optional<Status> ended_ NOROSHI_GUARDED_BY(mutex_);
  bool stopped_ NOROSHI_GUARDED_BY(mutex_) = true;  // no stream: Next starts one
  bool cancelled_ NOROSHI_GUARDED_BY(mutex_) = false;
  int64_t retry_delay_ms_ NOROSHI_GUARDED_BY(mutex_) = 0;
  MonotonicTime next_start_ NOROSHI_GUARDED_BY(mutex_){};
};

}  // namespace noroshi::log
