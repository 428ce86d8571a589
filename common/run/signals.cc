#include "common/run/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "common/base/check.h"

namespace noroshi::run {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  NOROSHI_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  NOROSHI_CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  fd_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  NOROSHI_CHECK(fd_ >= 0);
}

Signals::~Signals() { ::close(fd_); }

std::optional<Signal> Signals::Wait(std::chrono::milliseconds time) const {
  pollfd wanted{fd_, POLLIN, 0};
  if (::poll(&wanted, 1, static_cast<int>(time.count())) <= 0) return std::nullopt;
  signalfd_siginfo info;
  if (::read(fd_, &info, sizeof info) != sizeof info) return std::nullopt;
  return info.ssi_signo == SIGHUP ? Signal::kReload : Signal::kStop;
}

}  // namespace noroshi::run
