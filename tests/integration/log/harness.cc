#include "tests/integration/log/harness.h"

#include "common/base/check.h"
#include "common/log/backends.h"
#include "tests/support/temp_directory.h"

namespace noroshi::log {
namespace {

class MemoryHarness final : public Harness {
 public:
  Log& log() override { return *log_; }

 private:
  const std::unique_ptr<Log> log_ = CreateMemoryLog();
};

class EmbeddedHarness final : public Harness {
 public:
  EmbeddedHarness() { Reopen(); }
  Log& log() override { return *log_; }
  bool Reopen() override {
    log_.reset();
    auto log = CreateEmbeddedLog({directory_.path() + "/log", {}, {}});
    NOROSHI_CHECK(log.ok());
    log_ = *std::move(log);
    return true;
  }

 private:
  const test::TempDirectory directory_;
  std::unique_ptr<Log> log_;
};

}  // namespace

std::vector<Backend> AllBackends() {
  return {{"Memory", [] { return std::make_unique<MemoryHarness>(); }, ""},
          {"Embedded", [] { return std::make_unique<EmbeddedHarness>(); }, ""}};
}

}  // namespace noroshi::log
