#include "tests/integration/log/harness.h"

#include <cstdlib>
#include <fstream>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/log/backends.h"
#include "tests/integration/log/served_log.h"
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

// Everybody may do everything: rights are the subject of member_test.cc.
class OpenAccess final : public AccessPolicy {
 public:
  bool MayAppend(const Peer&, std::string_view) const override { return true; }
  bool MayReadRaw(const Peer&, std::string_view) const override { return true; }
  std::vector<AudienceTopic> Subscribable(const Peer&) const override { return {}; }
  std::optional<std::string> ForMember(const Peer&, std::string_view, std::string_view) const override { return {}; }
  Status CheckAppend(const Peer&, std::string_view, const std::vector<std::string>&) const override { return OkStatus(); }
};

// An embedded log behind a LogService on loopback, with mutual TLS.
class RemoteHarness final : public Harness {
 public:
  RemoteHarness() { Reopen(); }
  ~RemoteHarness() override { Stop(); }
  Log& log() override { return *remote_; }
  Log& owner() override { return served_->log(); }
  bool Reopen() override {
    Stop();
    if (served_ == nullptr) served_ = std::make_unique<EmbeddedHarness>();
    served_->Reopen();
    server_ = std::make_unique<ServedLog>(served_->log(), access_, pki_.Issue("energy-isac", "broker"), std::string(32, 'k'));
    auto remote = CreateRemoteLog(RemoteOptionsFor(pki_, server_->address(), "gateway", "energy-isac", "broker"));
    NOROSHI_CHECK(remote.ok());
    remote_ = *std::move(remote);
    return true;
  }

 private:
  void Stop() {
    remote_.reset();
    server_.reset();
  }

  test::TestPki pki_;
  const OpenAccess access_;
  std::unique_ptr<EmbeddedHarness> served_;
  std::unique_ptr<ServedLog> server_;
  std::unique_ptr<Log> remote_;
};

class KafkaHarness final : public Harness {
 public:
  KafkaHarness() { Reopen(); }
  Log& log() override { return *log_; }
  bool Reopen() override {
    log_.reset();
    KafkaOptions options;
    options.bootstrap = KafkaSetting("NOROSHI_KAFKA_BOOTSTRAP");
    auto log = CreateKafkaLog(options);
    NOROSHI_CHECK(log.ok());
    log_ = *std::move(log);
    return true;
  }
  bool dense() const override { return false; }
  std::string Name(const std::string& name) override { return run_ + "." + name; }

 private:
  const std::string run_ = "test." + SecureRandom().Uuid();
  std::unique_ptr<Log> log_;
};

}  // namespace

std::string KafkaSetting(const std::string& name) {
  if (const char* value = std::getenv(name.c_str())) return value;
  const char* path = std::getenv("NOROSHI_KAFKA_ENV");
  std::ifstream file(path != nullptr ? path : "");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name + "=")) continue;
    std::string value = line.substr(name.size() + 1);
    if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') value = value.substr(1, value.size() - 2);
    return value;
  }
  return "";
}

std::vector<Backend> AllBackends() {
  return {{"Memory", [] { return std::make_unique<MemoryHarness>(); }, ""},
          {"Embedded", [] { return std::make_unique<EmbeddedHarness>(); }, ""},
          {"Remote", [] { return std::make_unique<RemoteHarness>(); }, ""},
          {"Kafka",
           []() -> std::unique_ptr<Harness> {
             return KafkaSetting("NOROSHI_KAFKA_BOOTSTRAP").empty() ? nullptr : std::make_unique<KafkaHarness>();
           },
           "no Kafka: set NOROSHI_KAFKA_BOOTSTRAP or NOROSHI_KAFKA_ENV (`./dev kafka start`)"}};
}

}  // namespace noroshi::log
