#include "services/cli/processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <utility>

#include "services/cli/files.h"

extern char** environ;

namespace noroshi::cli {
namespace {

constexpr std::chrono::milliseconds kLookAgain{50};
constexpr int kHealthTimeoutMs = 1'000;
constexpr size_t kLogTailBytes = 64u << 10;

std::string PidFile(const std::string& directory, const std::string& node) { return directory + "/" + node + "/pid"; }

// Start time in clock ticks since boot, and whether the process is alive; nothing if there is none. A zombie lives while threads of it are left: they
// hold its ports and locks.
struct ProcessFacts {
  uint64_t started = 0;
  bool alive = false;
};
std::optional<ProcessFacts> LookAt(int pid) {
  const StatusOr<std::string> stat = ReadFile(fmt::format("/proc/{}/stat", pid));
  if (!stat.ok()) return std::nullopt;
  // The program's name stands in parentheses and may hold anything: fields are counted behind the last one.
  const size_t behind = stat->rfind(')');
  if (behind == std::string::npos) return std::nullopt;
  std::istringstream fields(stat->substr(behind + 1));
  std::string state, skipped;
  int threads = 0;
  ProcessFacts facts;
  fields >> state;
  for (int i = 4; i < 20; ++i) fields >> skipped;  // state is field 3, num_threads 20, starttime 22
  fields >> threads >> skipped >> facts.started;
  facts.alive = bool(fields) && state != "X" && (state != "Z" || threads > 1);
  return facts;
}

std::string BootId() {
  StatusOr<std::string> id = ReadFile("/proc/sys/kernel/random/boot_id");
  return id.ok() ? id->substr(0, id->find('\n')) : "unknown";
}

struct FileActions {
  posix_spawn_file_actions_t actions;
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};
struct SpawnAttributes {
  posix_spawnattr_t attributes;
  SpawnAttributes() { posix_spawnattr_init(&attributes); }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
};

// A process that is being stopped, held by a descriptor of the process itself: a signal can never reach another one that was given
// its number meanwhile.
struct Stopping {
  std::string node;
  std::shared_ptr<const int> descriptor;  // shared: closed with the last copy
};

std::optional<Stopping> Hold(const std::string& directory, const std::string& node) {
  const std::optional<int> pid = RunningPid(directory, node);
  if (!pid) return std::nullopt;
  const int descriptor = int(syscall(SYS_pidfd_open, *pid, 0));
  if (descriptor < 0) return std::nullopt;
  std::shared_ptr<const int> held(new int(descriptor), [](const int* held_descriptor) {
    close(*held_descriptor);
    delete held_descriptor;
  });
  if (RunningPid(directory, node) != pid) return std::nullopt;  // ended between the two looks
  return Stopping{node, std::move(held)};
}

bool Signal(const Stopping& process, int signal) { return syscall(SYS_pidfd_send_signal, *process.descriptor, signal, nullptr, 0) == 0; }

void WaitForOneToEnd(const std::vector<Stopping>& processes) {
  std::vector<pollfd> wanted;
  for (const Stopping& process : processes) wanted.push_back({*process.descriptor, POLLIN, 0});
  poll(wanted.data(), wanted.size(), int(kLookAgain.count()));
}

bool WaitFor(int descriptor, short events) {
  pollfd wanted{descriptor, events, 0};
  return poll(&wanted, 1, kHealthTimeoutMs) == 1;
}

}  // namespace

StatusOr<DirectoryLock> DirectoryLock::Take(const std::string& directory) {
  const std::string file = directory + "/lock";
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return FailedPrecondition("`{}` cannot be opened: {}", file, std::strerror(errno));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    close(descriptor);
    return Aborted("another `noroshi up` or `down` is at work on `{}`", directory);
  }
  return DirectoryLock(descriptor);
}
DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::optional<int> RunningPid(const std::string& directory, const std::string& node) {
  const StatusOr<std::string> text = ReadFile(PidFile(directory, node));
  if (!text.ok()) return std::nullopt;
  std::istringstream fields(*text);
  int pid = 0;
  uint64_t started = 0;
  std::string boot;
  if (!(fields >> pid >> started >> boot) || pid <= 1 || boot != BootId()) return std::nullopt;
  waitpid(pid, nullptr, WNOHANG);  // only our own children are reaped; for others this does nothing
  const std::optional<ProcessFacts> facts = LookAt(pid);
  if (!facts || !facts->alive || facts->started != started) return std::nullopt;
  return pid;
}

std::map<std::string, int> RunningPids(const std::string& directory, const FederationState& state) {
  std::map<std::string, int> out;
  for (const NodeRecord& node : state.nodes) {
    if (const auto pid = RunningPid(directory, node.name)) out[node.name] = *pid;
  }
  return out;
}

StatusOr<int> StartNode(const std::string& programs, const std::string& directory, const NodeRecord& node) {
  const std::string program = fmt::format("{}/noroshi-{}", programs, node.role);
  const std::string config = fmt::format("{}/{}/config.yaml", directory, node.name);
  const std::string log = fmt::format("{}/log/{}.jsonl", directory, node.name);
  if (access(program.c_str(), X_OK) != 0) return NotFound("program `{}` is not there: {}", program, std::strerror(errno));
  FileActions files;
  posix_spawn_file_actions_addopen(&files.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files.actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  SpawnAttributes spawn;
  // A session of its own: Ctrl-C at the terminal reaches this program, which then stops the nodes in order.
  posix_spawnattr_setflags(&spawn.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&spawn.attributes, &none);
  posix_spawnattr_setsigdefault(&spawn.attributes, &all);
  std::array<const char*, 4> arguments = {program.c_str(), "--config", config.c_str(), nullptr};
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, program.c_str(), &files.actions, &spawn.attributes, const_cast<char**>(arguments.data()), environ);
  if (failed != 0) return Internal("`{}` cannot be started: {}", program, std::strerror(failed));
  const std::optional<ProcessFacts> facts = LookAt(pid);
  NOROSHI_TRY(WriteFile(PidFile(directory, node.name), fmt::format("{} {} {}\n", pid, facts ? facts->started : 0, BootId()), 0600));
  return pid;
}

std::vector<std::string> StopNodes(const std::string& directory, const std::vector<std::string>& nodes, std::chrono::milliseconds patience,
                                   const std::function<void(size_t gone)>& progress) {
  std::vector<Stopping> left;
  for (const std::string& node : nodes) {
    if (std::optional<Stopping> process = Hold(directory, node); process && Signal(*process, SIGTERM)) left.push_back(std::move(*process));
  }
  std::vector<std::string> killed;
  auto waited = std::chrono::milliseconds(0);
  while (!left.empty()) {
    WaitForOneToEnd(left);
    std::erase_if(left, [&](const Stopping& process) { return !RunningPid(directory, process.node); });
    progress(nodes.size() - left.size());
    waited += kLookAgain;  // at most: a process that ends wakes earlier
    if (waited < patience || !killed.empty()) continue;
    for (const Stopping& process : left) {
      if (Signal(process, SIGKILL)) killed.push_back(process.node);
    }
  }
  for (const std::string& node : nodes) unlink(PidFile(directory, node).c_str());
  return killed;
}

bool IsReady(const std::string& admin_address) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(uint16_t(PortOf(admin_address)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connected = connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  std::string answer;
  const std::string request = fmt::format("GET /healthz/ready HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", admin_address);
  const bool asked = (connected == 0 || (errno == EINPROGRESS && WaitFor(descriptor, POLLOUT))) &&
                     send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size());
  constexpr std::string_view kGood = "HTTP/1.1 200";
  char buffer[256];
  while (asked && answer.size() < kGood.size() && WaitFor(descriptor, POLLIN)) {
    const ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    answer.append(buffer, size_t(got));
  }
  close(descriptor);
  return answer.starts_with(kGood);
}

std::string LastLogLines(const std::string& directory, const std::string& node, size_t lines) {
  const StatusOr<std::string> text = ReadFile(fmt::format("{}/log/{}.jsonl", directory, node));
  if (!text.ok()) return "";
  std::string tail = text->size() > kLogTailBytes ? text->substr(text->size() - kLogTailBytes) : *text;
  while (tail.ends_with('\n')) tail.pop_back();
  size_t begin = tail.size();
  while (lines-- > 0 && begin != std::string::npos && begin > 0) begin = tail.rfind('\n', begin - 1);
  return begin == std::string::npos ? tail : tail.substr(begin + (begin < tail.size() && tail[begin] == '\n' ? 1 : 0));
}

StatusOr<std::string> ProgramDirectory() {
  char path[4096];
  const ssize_t bytes = readlink("/proc/self/exe", path, sizeof path);
  if (bytes <= 0) return Internal("/proc/self/exe cannot be read: {}", std::strerror(errno));
  const std::string_view file(path, size_t(bytes));
  return std::string(file.substr(0, file.rfind('/')));
}

}  // namespace noroshi::cli
