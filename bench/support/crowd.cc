#include "bench/support/crowd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace noroshi::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kOpeningAtOnce = 64;
constexpr int kEventsAtOnce = 512;
constexpr std::chrono::milliseconds kReportInterval{200};
constexpr char kEndlessHead[] = "GET / HTTP/1.1\r\nX-Slow: ";

// The child's side: one thread, one epoll.
class Holder {
 public:
  Holder(const CrowdOptions& options, int reports)
      : options_(options), reports_(reports), epoll_(epoll_create1(0)), context_(SSL_CTX_new(TLS_client_method())), lines_(static_cast<size_t>(options.connections)) {
    SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    for (Line& line : lines_) waiting_.push_back(&line);
  }

  // Until the parent is gone: the process dies with it.
  [[noreturn]] void Run() {
    auto report_at = SteadyClock::now();
    std::array<epoll_event, kEventsAtOnce> events;
    for (;;) {
      while (opening_ < kOpeningAtOnce && !waiting_.empty()) {
        Line* line = waiting_.back();
        waiting_.pop_back();
        Open(*line);
      }
      const int count = epoll_wait(epoll_, events.data(), kEventsAtOnce, 20);
      for (int i = 0; i < count; ++i) Advance(*static_cast<Line*>(events[static_cast<size_t>(i)].data.ptr));
      const auto now = SteadyClock::now();
      if (options_.trickle.count() > 0) Trickle(now);
      if (now < report_at) continue;
      report_at = now + kReportInterval;
      if (dprintf(reports_, "%d %ld\n", standing_, reopened_) < 0) _exit(0);
    }
  }

 private:
  enum class State : uint8_t { kClosed, kHandshake, kAnswer, kStanding };
  struct Line {
    State state = State::kClosed;
    int socket = -1;
    SSL* tls = nullptr;
    size_t sent = 0;
    SteadyClock::time_point next{};
  };

  void Open(Line& line) {
    line.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ++opening_;
    line.state = State::kHandshake;
    line.tls = SSL_new(context_);
    SSL_set_fd(line.tls, line.socket);
    SSL_set_connect_state(line.tls);
    if (line.socket < 0 || (connect(line.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)) return Close(line);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &line;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, line.socket, &event) != 0) Close(line);
  }

  void Close(Line& line) {
    (line.state == State::kStanding ? standing_ : opening_) -= 1;
    SSL_free(line.tls);
    if (line.socket >= 0) close(line.socket);
    line = Line{};
    ++reopened_;
    waiting_.insert(waiting_.begin(), &line);
  }

  bool WantsMore(const Line& line, int result) const {
    const int error = SSL_get_error(line.tls, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }

  void Stand(Line& line) {
    line.state = State::kStanding;
    --opening_;
    ++standing_;
  }

  void Advance(Line& line) {
    if (line.state == State::kClosed) return;
    if (line.state == State::kHandshake) {
      const int result = SSL_do_handshake(line.tls);
      if (result != 1) {
        if (!WantsMore(line, result)) Close(line);
        return;
      }
      if (options_.request.empty()) {
        Stand(line);
        line.next = SteadyClock::now();
      } else {
        line.state = State::kAnswer;
        if (SSL_write(line.tls, options_.request.data(), static_cast<int>(options_.request.size())) <= 0) return Close(line);
      }
    }
    std::array<char, 16 << 10> buffer;
    for (;;) {
      const int got = SSL_read(line.tls, buffer.data(), static_cast<int>(buffer.size()));
      if (got <= 0) {
        if (!WantsMore(line, got)) Close(line);
        return;
      }
      // The answer is short: where its beginning is, its end is near.
      if (line.state == State::kAnswer) Stand(line);
    }
  }

  void Trickle(SteadyClock::time_point now) {
    for (Line& line : lines_) {
      if (line.state != State::kStanding || line.next > now) continue;
      line.next = now + options_.trickle;
      const char byte = line.sent < sizeof kEndlessHead - 1 ? kEndlessHead[line.sent] : 'a';
      ++line.sent;
      if (SSL_write(line.tls, &byte, 1) <= 0) Close(line);
    }
  }

  const CrowdOptions options_;
  const int reports_;
  const int epoll_;
  SSL_CTX* const context_;
  std::vector<Line> lines_;
  std::vector<Line*> waiting_;
  int opening_ = 0, standing_ = 0;
  long reopened_ = 0;
};

}  // namespace

StatusOr<std::unique_ptr<Crowd>> Crowd::Start(const CrowdOptions& options) {
  std::array<int, 2> pipe_ends;
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return Unavailable("no pipe");
  // Forked from a process with threads: until _exit the child uses nothing that another thread may have locked but memory, which glibc and jemalloc
  // make ready for a child themselves.
  const pid_t child = fork();
  if (child < 0) return Unavailable("no process");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    close_range(3, static_cast<unsigned>(pipe_ends[1]) - 1, 0);
    close_range(static_cast<unsigned>(pipe_ends[1]) + 1, ~0u, 0);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
      limit.rlim_cur = limit.rlim_max;
      setrlimit(RLIMIT_NOFILE, &limit);
    }
    Holder(options, pipe_ends[1]).Run();
  }
  close(pipe_ends[1]);
  return std::unique_ptr<Crowd>(new Crowd(child, pipe_ends[0], options.connections));
}

Crowd::~Crowd() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  close(reports_);
}

bool Crowd::ReadReport() {
  std::array<char, 4096> buffer;
  const ssize_t got = read(reports_, buffer.data(), buffer.size());
  if (got <= 0) return false;
  unread_.append(buffer.data(), static_cast<size_t>(got));
  const size_t end = unread_.rfind('\n');
  if (end == std::string::npos) return true;
  const size_t before = unread_.rfind('\n', end - 1);
  std::sscanf(unread_.c_str() + (before == std::string::npos ? 0 : before + 1), "%d %ld", &open_, &reopened_);
  unread_.erase(0, end + 1);
  return true;
}

Status Crowd::WaitUntilOpen(std::chrono::seconds at_most) {
  const auto until = SteadyClock::now() + at_most;
  while (open_ < connections_) {
    if (!ReadReport()) return Unavailable("the crowd's process ended");
    if (SteadyClock::now() > until) return DeadlineExceeded("{} of {} connections stand after {} s", open_, connections_, at_most.count());
  }
  return OkStatus();
}

int Crowd::Open() {
  pollfd ready{reports_, POLLIN, 0};
  while (poll(&ready, 1, 0) > 0 && ReadReport()) continue;
  return open_;
}

double Percentile(std::vector<double> values, double percent) {
  const size_t at = std::min(values.size() - 1, static_cast<size_t>(static_cast<double>(values.size()) * percent / 100));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

}  // namespace noroshi::bench
