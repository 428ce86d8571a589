// What only the embedded log does: one owner, a checked format, retention, and life after a disk that refused a write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <future>

#include "common/base/hash.h"
#include "common/log/backends.h"
#include "tests/support/temp_directory.h"

namespace noroshi::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EmbeddedTest : public testing::Test {
 protected:
  StatusOr<std::unique_ptr<Log>> Open() { return CreateEmbeddedLog(options_); }
  void Start() {
    auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  Status Append(const std::string& record) { return AppendAndWait(*log_, "t", {record}).status(); }
  std::vector<std::string> All() {
    const Bounds bounds = log_->GetBounds("t").value_or(Bounds{});
    std::vector<std::string> records;
    for (Offset at = bounds.first; at < bounds.end; ++at) records.push_back(ReadOne(*log_, "t", at).value_or("?"));
    return records;
  }
  std::unique_ptr<rocksdb::DB> Raw() {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* database = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options, options_.directory, &database).ok());
    return std::unique_ptr<rocksdb::DB>(database);
  }

  const test::TempDirectory directory_;
  EmbeddedOptions options_{directory_.path() + "/log", {}, {}};
  std::unique_ptr<Log> log_;
};

TEST_F(EmbeddedTest, RefusesASecondInstance) {
  Start();
  const auto second = Open();
  EXPECT_EQ(second.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Message(second.status())), HasSubstr("in use by another instance"));
  log_.reset();
  EXPECT_TRUE(Open().ok());
}

TEST_F(EmbeddedTest, RefusesAnUnknownFormatVersionAndNamesBoth) {
  Start();
  log_.reset();
  ASSERT_TRUE(Raw()->Put({}, rocksdb::Slice("\0format", 7), "7").ok());
  const auto opened = Open();
  EXPECT_EQ(opened.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Message(opened.status())), HasSubstr("has format version 7, wanted is 1"));
}

TEST_F(EmbeddedTest, RefusesADatabaseOfSomebodyElse) {
  ASSERT_TRUE(Raw()->Put({}, "theirs", "1").ok());
  EXPECT_EQ(Open().status().code(), StatusCode::kFailedPrecondition);
}

// The worked example of FORMAT.md.
TEST_F(EmbeddedTest, WritesTheFormatOfItsPage) {
  Start();
  ASSERT_EQ(log_->EnsureTopic("energy.control"), OkStatus());
  ASSERT_TRUE(AppendAndWait(*log_, "energy.control", {"a", "bc"}).ok());
  ASSERT_EQ(log_->Trim("energy.control", 1), OkStatus());
  log_.reset();
  std::vector<std::string> got;
  const auto database = Raw();
  const std::unique_ptr<rocksdb::Iterator> at(database->NewIterator({}));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    got.push_back(Hex(at->key().ToStringView()) + " " + Hex(at->value().ToStringView()));
  }
  EXPECT_THAT(got, ElementsAre("00666f726d6174 31", "01656e657267792e636f6e74726f6c 00000001",
                               "0200000001 0000000000000001", "04000000010000000000000001 6263"));
}

TEST_F(EmbeddedTest, FinishesATrimThatACrashInterrupted) {
  Start();
  ASSERT_EQ(log_->EnsureTopic("t"), OkStatus());
  ASSERT_TRUE(AppendAndWait(*log_, "t", {"a", "b", "c"}).ok());
  log_.reset();
  ASSERT_TRUE(Raw()->Put({}, rocksdb::Slice("\2\0\0\0\1", 5), rocksdb::Slice("\0\0\0\0\0\0\0\2", 8)).ok());
  Start();
  EXPECT_THAT(All(), ElementsAre("c"));
  log_.reset();
  std::string value;
  EXPECT_TRUE(Raw()->Get({}, rocksdb::Slice("\4\0\0\0\1\0\0\0\0\0\0\0\0", 13), &value).IsNotFound());
}

TEST_F(EmbeddedTest, RetentionForgetsWhatIsOldInTheNamedTopicsOnly) {
  Start();
  for (const char* topic : {"ingress.a", "ledger"}) {
    ASSERT_EQ(log_->EnsureTopic(topic), OkStatus());
    ASSERT_TRUE(AppendAndWait(*log_, topic, {"old"}).ok());
  }
  log_.reset();
  Start();  // a start begins a new time mark
  for (const char* topic : {"ingress.a", "ledger"}) ASSERT_TRUE(AppendAndWait(*log_, topic, {"new"}).ok());
  log_.reset();
  options_.retention = std::chrono::hours(0);
  options_.retained_topics = {"ingress."};
  Start();
  ASSERT_TRUE(AppendAndWait(*log_, "ledger", {"newest"}).ok());  // the writer has passed its retention round
  EXPECT_EQ(log_->GetBounds("ingress.a")->first, 1u);
  EXPECT_EQ(log_->GetBounds("ledger")->first, 0u);
}

// Files of this process cannot grow while this lives: what a full disk looks like.
class FullDisk {
 public:
  FullDisk() {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 1;
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(EmbeddedTest, FailsAppendsAfterAnErrorUntilRecoverAndKeepsTheAcknowledged) {
  Start();
  ASSERT_EQ(log_->EnsureTopic("t"), OkStatus());
  ASSERT_EQ(Append("a"), OkStatus());
  {
    const FullDisk full;
    EXPECT_EQ(Append("b").code(), StatusCode::kUnavailable);
    EXPECT_EQ(log_->Recover("t").code(), StatusCode::kUnavailable);
  }
  EXPECT_EQ(Append("c").code(), StatusCode::kUnavailable) << "no order behind a failed append";
  EXPECT_EQ(log_->Recover("t"), OkStatus());
  EXPECT_EQ(Append("d"), OkStatus());
  std::vector<std::string> records = All();
  std::erase(records, "b");  // indefinite: it may have landed
  EXPECT_THAT(records, ElementsAre("a", "d"));
  log_.reset();
  Start();
  records = All();
  std::erase(records, "b");
  EXPECT_THAT(records, ElementsAre("a", "d"));
}

TEST_F(EmbeddedTest, FailsEverythingThatWaitedBehindTheFailure) {
  Start();
  ASSERT_EQ(log_->EnsureTopic("t"), OkStatus());
  constexpr int kAppends = 200;
  std::vector<std::future<bool>> done;
  std::vector<bool> landed;
  {
    const FullDisk full;
    for (int i = 0; i < kAppends; ++i) {
      auto promise = std::make_shared<std::promise<bool>>();  // shared: AppendDone must be copyable
      done.push_back(promise->get_future());
      log_->Append("t", {std::string(1000, 'x')}, [promise](StatusOr<Appended> a) { promise->set_value(a.ok()); });
    }
    for (auto& one : done) landed.push_back(one.get());
  }
  EXPECT_THAT(landed, testing::Each(false));
  EXPECT_EQ(log_->Recover("t"), OkStatus());
  EXPECT_EQ(Append("after"), OkStatus());
}

}  // namespace
}  // namespace noroshi::log
