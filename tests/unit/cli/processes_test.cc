#include "services/cli/processes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "services/cli/files.h"

namespace noroshi::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{20'000};

// A directory with one node whose program is a script.
class ProcessesTest : public testing::Test {
 protected:
  ProcessesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "noroshi-cli-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    std::filesystem::create_directories(directory_ + "/log");
    std::filesystem::create_directories(directory_ + "/delta-edge");
  }
  ~ProcessesTest() override {
    Stop(std::chrono::milliseconds(0));
    std::filesystem::remove_all(directory_);
  }

  int Start(const std::string& script) {
    EXPECT_TRUE(WriteFile(directory_ + "/noroshi-edge", "#!/bin/sh\n" + script + "\n", 0700).ok());
    const StatusOr<int> pid = StartNode(directory_, directory_, {"delta-edge", "edge", "delta", "", "delta", "", "", ""});
    EXPECT_TRUE(pid.ok()) << Message(pid.status());
    return pid.ok() ? *pid : 0;
  }
  std::vector<std::string> Stop(std::chrono::milliseconds patience) { return StopNodes(directory_, {"delta-edge"}, patience, [](size_t) {}); }
  bool Lives(int pid) const { return kill(pid, 0) == 0; }

  std::string directory_;
};

TEST_F(ProcessesTest, ANodeIsFoundUntilItIsStopped) {
  const int pid = Start("exec sleep 1000");
  EXPECT_EQ(RunningPid(directory_, "delta-edge"), pid);
  EXPECT_TRUE(Stop(kPatience).empty());
  EXPECT_EQ(RunningPid(directory_, "delta-edge"), std::nullopt);
}

TEST_F(ProcessesTest, ANodeThatDoesNotStopIsKilledAndNamed) {
  Start("trap '' TERM; echo deaf >&2; while :; do sleep 1; done");
  while (LastLogLines(directory_, "delta-edge", 1) != "deaf") sched_yield();
  EXPECT_THAT(Stop(std::chrono::milliseconds(100)), testing::ElementsAre("delta-edge"));
}

TEST_F(ProcessesTest, APidThatNowBelongsToAnotherProcessIsNotTouched) {
  const int pid = Start("exec sleep 1000");
  const std::string file = directory_ + "/delta-edge/pid";
  const std::string noted = *ReadFile(file);
  const size_t blank = noted.find(' ');
  // The same pid, started one tick earlier: another process.
  const uint64_t started = std::stoull(noted.substr(blank + 1));
  const std::string boot = noted.substr(noted.find(' ', blank + 1));
  ASSERT_TRUE(WriteFile(file, std::to_string(pid) + " " + std::to_string(started - 1) + boot, 0600).ok());
  EXPECT_EQ(RunningPid(directory_, "delta-edge"), std::nullopt);
  Stop(kPatience);
  EXPECT_TRUE(Lives(pid));
  ASSERT_TRUE(WriteFile(file, noted, 0600).ok());
}

TEST_F(ProcessesTest, ANodeThatEndedByItselfIsNotRunning) {
  Start("exit 3");
  while (RunningPid(directory_, "delta-edge")) sched_yield();
  EXPECT_EQ(RunningPid(directory_, "delta-edge"), std::nullopt);
}

// As when a killed node's first thread is gone and others still hold its ports.
TEST_F(ProcessesTest, ANodeRunsUntilItsLastThreadIsGone) {
  Start("exec sleep 1000");
  const std::string file = directory_ + "/delta-edge/pid";
  const std::string noted = *ReadFile(file);
  int gone[2];
  ASSERT_EQ(pipe(gone), 0);
  const int pid = fork();
  if (pid == 0) {
    std::thread([] { pause(); }).detach();
    (void)!write(gone[1], "x", 1);
    syscall(SYS_exit, 0);
  }
  char byte;
  ASSERT_EQ(read(gone[0], &byte, 1), 1);
  std::string stat, fields;
  const auto state = [&] { return (stat = *ReadFile("/proc/" + std::to_string(pid) + "/stat"))[stat.rfind(')') + 2]; };
  while (state() != 'Z') sched_yield();
  std::istringstream behind(stat.substr(stat.rfind(')') + 2));
  for (int i = 3; i <= 22; ++i) behind >> fields;  // the last one is the start time
  const std::string boot = noted.substr(noted.rfind(' '));
  ASSERT_TRUE(WriteFile(file, std::to_string(pid) + " " + fields + boot, 0600).ok());
  EXPECT_EQ(RunningPid(directory_, "delta-edge"), pid);

  kill(pid, SIGKILL);
  while (RunningPid(directory_, "delta-edge")) sched_yield();
  ASSERT_TRUE(WriteFile(file, noted, 0600).ok());
  close(gone[0]);
  close(gone[1]);
}

TEST_F(ProcessesTest, TheEndOfALogIsShown) {
  ASSERT_TRUE(WriteFile(directory_ + "/log/delta-edge.jsonl", "one\ntwo\nthree\n", 0600).ok());
  EXPECT_EQ(LastLogLines(directory_, "delta-edge", 2), "two\nthree");
  EXPECT_EQ(LastLogLines(directory_, "delta-edge", 9), "one\ntwo\nthree");
  EXPECT_EQ(LastLogLines(directory_, "no-edge", 9), "");
}

TEST_F(ProcessesTest, OneUpAtATime) {
  const auto lock = DirectoryLock::Take(directory_);
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(DirectoryLock::Take(directory_).status().code(), StatusCode::kAborted);
}

TEST_F(ProcessesTest, NobodyListeningIsNotReady) { EXPECT_FALSE(IsReady("127.0.0.1:1")); }

}  // namespace
}  // namespace noroshi::cli
