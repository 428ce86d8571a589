// The body of an answer that comes in pieces for the life of its connection (server-sent events). Whoever makes the pieces pushes them from any thread; the
// connection's loop sends them, and is woken only where there is something to send: an idle stream holds no thread and costs no time.
//
// Bounds: at most `bytes_max` wait to be sent; a piece beyond is not taken, so the producer fills again when it is told that all has left. A reader
// too slow for HttpOptions::stream_write_timeout is let go. Ownership: shared by producer and connection; either may be gone first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "common/base/mutex.h"

namespace noroshi::net {

class BodyStream {
 public:
  // Why it is over. kFinished: the producer's wish; kStopped: the server drains.
  enum class End : uint8_t { kOpen, kFinished, kPeerGone, kTooSlow, kStopped };

  // `changed` is told when all that was pushed has left, and once when the stream is over; on a server's thread, so it must be quick and take no lock
  // that is held around a call of this class.
  BodyStream(size_t bytes_max, std::function<void()> changed) : bytes_max_(bytes_max), changed_(std::move(changed)) {}
  BodyStream(const BodyStream&) = delete;

  // --- producer, any thread
  // False: not taken, for the stream is over or the bytes do not fit.
  bool Push(std::string bytes);
  // What was pushed is sent still, then the body ends.
  void Finish();
  bool empty() const;  // nothing waits
  End end() const;

  // --- the connection that sends it, one thread
  // `wake` is called under the stream's lock from any thread until Ended.
  void Attach(std::function<void()> wake);
  struct Taken {
    std::string bytes;
    bool last = false;
  };
  Taken Take();
  // Tells the producer that what was taken has left.
  void Sent();
  // The first reason counts.
  void Ended(End why);

 private:
  const size_t bytes_max_;
  const std::function<void()> changed_;
  mutable Mutex mutex_;
  std::function<void()> wake_ NOROSHI_GUARDED_BY(mutex_);
  std::string waiting_ NOROSHI_GUARDED_BY(mutex_);
  bool sending_ NOROSHI_GUARDED_BY(mutex_) = false;   // taken, and not sent yet
  bool finished_ NOROSHI_GUARDED_BY(mutex_) = false;
  End end_ NOROSHI_GUARDED_BY(mutex_) = End::kOpen;
};

}  // namespace noroshi::net
