// SIGTERM, SIGINT and SIGHUP as values: blocked in every thread and read from a descriptor, so no code runs inside a handler.
#pragma once

#include <chrono>
#include <optional>

namespace noroshi::run {

enum class Signal { kStop, kReload };

class Signals {
 public:
  // Before the first thread is started: threads inherit what is blocked. SIGPIPE is ignored.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  // The next one; nothing after the time. One thread at a time.
  std::optional<Signal> Wait(std::chrono::milliseconds time) const;

 private:
  int fd_;
};

}  // namespace noroshi::run
