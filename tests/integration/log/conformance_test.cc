// What every backend of Log promises, run against each of them. A test that a backend cannot be asked says so by
// Harness::Reopen or dense; nothing else differs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <thread>

#include "common/base/limits.h"
#include "common/log/log.h"
#include "tests/integration/log/harness.h"

namespace noroshi::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
constexpr std::chrono::seconds kLong{30};       // a wait that ends by success
constexpr std::chrono::milliseconds kShort{50};  // a wait that must pass

class Conformance : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    harness_ = GetParam().make();
    if (harness_ != nullptr) return;
    if (std::getenv("CI") != nullptr && std::string(std::getenv("CI")) == "true") FAIL() << GetParam().why_absent;
    GTEST_SKIP() << GetParam().why_absent;
  }
  Log& log() { return harness_->log(); }

  std::string Topic(const std::string& name) {
    const std::string topic = harness_->Name(name);
    EXPECT_EQ(log().EnsureTopic(topic), OkStatus());
    return topic;
  }
  Appended Append(const std::string& topic, std::vector<std::string> records) {
    const auto appended = AppendAndWait(log(), topic, std::move(records));
    EXPECT_TRUE(appended.ok()) << appended.status();
    return appended.value_or(Appended{});
  }
  StatusCode AppendCode(const std::string& topic, std::vector<std::string> records) {
    return AppendAndWait(log(), topic, std::move(records)).status().code();
  }
  std::unique_ptr<Reader> Read(std::vector<ReadFrom> from) {
    auto reader = log().Read(std::move(from));
    EXPECT_TRUE(reader.ok()) << reader.status();
    return reader.ok() ? *std::move(reader) : nullptr;
  }
  // Records by topic until `count` came.
  std::map<std::string, std::vector<std::string>> Take(Reader& reader, size_t count) {
    std::map<std::string, std::vector<std::string>> got;
    for (size_t total = 0; total < count;) {
      auto batch = reader.Poll(kLong);
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok() || batch->records.empty()) return got;
      EXPECT_EQ(batch->offsets.size(), batch->records.size());
      for (size_t i = 0; i < batch->records.size(); ++i) {
        Offset& at_least = at_least_[batch->topic];
        EXPECT_GE(batch->offsets[i], at_least);
        at_least = batch->offsets[i] + 1;
        got[batch->topic].push_back(std::move(batch->records[i]));
      }
      total += batch->records.size();
    }
    return got;
  }
  std::vector<std::string> ReadAll(const std::string& topic, size_t count) {
    at_least_.clear();
    auto reader = Read({{topic, log().GetBounds(topic)->first}});
    return Take(*reader, count)[topic];
  }

  std::map<std::string, Offset> at_least_;  // by topic: behind what was read last
  std::unique_ptr<Harness> harness_;
};

TEST_P(Conformance, ReturnsRecordsInOrderWithTheirOffsets) {
  const std::string topic = Topic("order");
  const Appended first = Append(topic, {"a", "b"});
  const Appended second = Append(topic, {"c"});
  EXPECT_LT(first.first, first.last);
  EXPECT_LT(first.last, second.first);
  EXPECT_EQ(second.first, second.last);
  EXPECT_THAT(ReadAll(topic, 3), ElementsAre("a", "b", "c"));
  EXPECT_EQ(ReadOne(log(), topic, first.last).value_or("?"), "b");
  EXPECT_EQ(ReadOne(log(), topic, second.last + 1).status().code(), StatusCode::kNotFound);
  const auto bounds = log().GetBounds(topic);
  ASSERT_TRUE(bounds.ok());
  EXPECT_EQ(bounds->end, second.last + 1);
  if (harness_->dense()) {
    EXPECT_EQ(first.first, 0u);
    EXPECT_EQ(second.last, 2u);
  }
}

TEST_P(Conformance, KeepsCallOrderOfAppendsInFlight) {
  const std::string topic = Topic("flight");
  constexpr int kCalls = 500;
  std::vector<std::string> want;
  std::promise<void> all;
  std::atomic<int> left = kCalls;
  std::mutex mutex;
  std::vector<Offset> lasts;
  for (int i = 0; i < kCalls; ++i) {
    want.push_back("r" + std::to_string(i));
    log().Append(topic, {want.back()}, [&](StatusOr<Appended> done) {
      EXPECT_TRUE(done.ok()) << done.status();
      {
        const std::lock_guard lock(mutex);
        if (done.ok()) lasts.push_back(done->last);
      }
      if (--left == 0) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_TRUE(std::is_sorted(lasts.begin(), lasts.end()));
  EXPECT_EQ(ReadAll(topic, kCalls), want);
}

TEST_P(Conformance, KeepsEachCallContiguousAmongConcurrentAppenders) {
  const std::string topic = Topic("concurrent");
  constexpr int kThreads = 4, kCalls = 20, kRecords = 5;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int call = 0; call < kCalls; ++call) {
        std::vector<std::string> records;
        for (int i = 0; i < kRecords; ++i) records.push_back(fmt::format("{}/{}/{}", thread, call, i));
        const auto appended = AppendAndWait(log(), topic, std::move(records));
        EXPECT_TRUE(appended.ok()) << appended.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> got = ReadAll(topic, kThreads * kCalls * kRecords);
  ASSERT_EQ(got.size(), size_t(kThreads * kCalls * kRecords));
  std::map<std::string, int> next_call;
  for (size_t at = 0; at < got.size(); at += kRecords) {
    const std::string thread = got[at].substr(0, got[at].find('/'));
    const int call = next_call[thread]++;
    for (int i = 0; i < kRecords; ++i) EXPECT_EQ(got[at + i], fmt::format("{}/{}/{}", thread, call, i));
  }
}

TEST_P(Conformance, ReadsSeveralTopicsInOneReader) {
  const std::string one = Topic("several.one"), two = Topic("several.two"), empty = Topic("several.empty");
  Append(one, {"1a", "1b"});
  Append(two, {"2a"});
  auto reader = Read({{one, 0}, {two, 0}, {empty, 0}});
  auto got = Take(*reader, 3);
  EXPECT_THAT(got[one], ElementsAre("1a", "1b"));
  EXPECT_THAT(got[two], ElementsAre("2a"));
  Append(empty, {"now"});
  EXPECT_THAT(Take(*reader, 1)[empty], ElementsAre("now"));
}

TEST_P(Conformance, ReadsFromTheMiddle) {
  const std::string topic = Topic("middle");
  Append(topic, {"a", "b"});
  const Appended from = Append(topic, {"c"});
  auto reader = Read({{topic, from.first}});
  EXPECT_THAT(Take(*reader, 1)[topic], ElementsAre("c"));
}

TEST_P(Conformance, WakesAReaderThatWaitsAtTheEnd) {
  const std::string topic = Topic("tail");
  auto reader = Read({{topic, 0}});
  auto batch = std::async(std::launch::async, [&] { return reader->Poll(kLong); });
  Append(topic, {"late"});
  const auto got = batch.get();
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_THAT(got->records, ElementsAre("late"));
}

TEST_P(Conformance, GivesAnEmptyBatchWhenNothingComes) {
  auto reader = Read({{Topic("quiet"), 0}});
  const auto batch = reader->Poll(kShort);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_THAT(batch->topic, IsEmpty());
  EXPECT_THAT(batch->records, IsEmpty());
}

TEST_P(Conformance, CancelEndsPollsForGood) {
  const std::string topic = Topic("cancel");
  auto reader = Read({{topic, 0}});
  auto waiting = std::async(std::launch::async, [&] { return reader->Poll(kLong); });
  reader->Cancel();
  auto got = waiting.get();
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_THAT(got->records, IsEmpty());
  Append(topic, {"unseen"});
  got = reader->Poll(kLong);
  ASSERT_TRUE(got.ok());
  EXPECT_THAT(got->records, IsEmpty());
}

TEST_P(Conformance, KeepsEveryByte) {
  const std::string topic = Topic("bytes");
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(char(i));
  const std::string nul("\0a\0\0", 4);
  const std::string big(limits::kRecordBytesMax, 'x');
  Append(topic, {"", nul, all_bytes});
  Append(topic, {big});
  Append(topic, {""});
  const std::vector<std::string> got = ReadAll(topic, 5);
  EXPECT_TRUE(got == (std::vector<std::string>{"", nul, all_bytes, big, ""}));
}

TEST_P(Conformance, RefusesWhatIsOutOfBounds) {
  const std::string topic = Topic("bounds");
  EXPECT_EQ(AppendCode(topic, {}), StatusCode::kInvalidArgument);
  EXPECT_EQ(AppendCode(topic, {std::string(limits::kRecordBytesMax + 1, 'x')}), StatusCode::kInvalidArgument);
  EXPECT_EQ(AppendCode(topic, std::vector<std::string>(limits::kAppendRecordsMax + 1, "x")),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(AppendCode(topic, std::vector<std::string>(9, std::string(1 << 20, 'x'))), StatusCode::kInvalidArgument);
  EXPECT_EQ(log().EnsureTopic("").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(log().EnsureTopic("Upper").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(log().EnsureTopic("a/b").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(log().EnsureTopic("..").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(log().EnsureTopic(std::string(limits::kTopicNameBytesMax + 1, 'a')).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(log().Read({}).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(log().Read({{topic, 0}, {topic, 0}}).status().code(), StatusCode::kInvalidArgument);
  // Nothing of it spoilt the topic.
  Append(topic, {"fine"});
  EXPECT_THAT(ReadAll(topic, 1), ElementsAre("fine"));
}

TEST_P(Conformance, TakesTheLargestAppends) {
  const std::string topic = Topic("largest");
  Append(topic, std::vector<std::string>(limits::kAppendRecordsMax, "x"));
  Append(topic, std::vector<std::string>(8, std::string(1 << 20, 'y')));
  const auto got = ReadAll(topic, limits::kAppendRecordsMax + 8);
  ASSERT_EQ(got.size(), limits::kAppendRecordsMax + 8);
  EXPECT_EQ(got.back().size(), size_t{1} << 20);
}

TEST_P(Conformance, HandsOutBoundedBatches) {
  const std::string topic = Topic("bounded");
  constexpr size_t kCalls = 12;
  for (size_t i = 0; i < kCalls; ++i) Append(topic, std::vector<std::string>(1000, std::string(2000, 'z')));
  auto reader = Read({{topic, 0}});
  for (size_t left = kCalls * 1000; left > 0;) {
    const auto batch = reader->Poll(kLong);
    ASSERT_TRUE(batch.ok()) << batch.status();
    ASSERT_FALSE(batch->records.empty());
    EXPECT_LE(batch->records.size(), limits::kPollRecordsMax);
    EXPECT_LE(batch->records.size() * 2000, limits::kPollBytesMax + limits::kRecordBytesMax);
    left -= batch->records.size();
  }
}

TEST_P(Conformance, KnowsNoTopicThatWasNotMade) {
  const std::string name = harness_->Name("absent");
  EXPECT_EQ(AppendCode(name, {"x"}), StatusCode::kNotFound);
  EXPECT_EQ(log().GetBounds(name).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(log().Read({{name, 0}}).status().code(), StatusCode::kNotFound);
}

TEST_P(Conformance, MakesATopicOnce) {
  const std::string topic = Topic("twice");
  Append(topic, {"a"});
  EXPECT_EQ(log().EnsureTopic(topic), OkStatus());
  EXPECT_THAT(ReadAll(topic, 1), ElementsAre("a"));
  const auto empty = log().GetBounds(Topic("twice.empty"));
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ(empty->first, empty->end);
}

TEST_P(Conformance, ReportsTrimmedRecordsAsOutOfRange) {
  const std::string topic = Topic("trim");
  Append(topic, {"a", "b"});
  const Appended kept = Append(topic, {"c"});
  ASSERT_EQ(harness_->owner().Trim(topic, kept.first), OkStatus());
  EXPECT_EQ(log().GetBounds(topic)->first, kept.first);
  EXPECT_EQ(log().GetBounds(topic)->end, kept.last + 1);
  auto behind = Read({{topic, 0}});
  EXPECT_EQ(behind->Poll(kLong).status().code(), StatusCode::kOutOfRange);
  auto reader = Read({{topic, kept.first}});
  EXPECT_THAT(Take(*reader, 1)[topic], ElementsAre("c"));
  EXPECT_EQ(ReadOne(log(), topic, 0).status().code(), StatusCode::kNotFound);
}

TEST_P(Conformance, TrimsTheWholeTopicAndGoesOn) {
  const std::string topic = Topic("trim.all");
  const Appended before = Append(topic, {"a", "b"});
  ASSERT_EQ(harness_->owner().Trim(topic, before.last + 1), OkStatus());
  EXPECT_EQ(log().GetBounds(topic)->first, log().GetBounds(topic)->end);
  EXPECT_EQ(harness_->owner().Trim(topic, before.first), OkStatus());  // nothing to do
  const Appended after = Append(topic, {"c"});
  EXPECT_GT(after.first, before.last);
  EXPECT_THAT(ReadAll(topic, 1), ElementsAre("c"));
}

TEST_P(Conformance, ReportsAnOffsetBeyondTheEndAsOutOfRange) {
  const std::string topic = Topic("beyond");
  Append(topic, {"a"});
  auto reader = Read({{topic, 100}});
  EXPECT_EQ(reader->Poll(kLong).status().code(), StatusCode::kOutOfRange);
}

TEST_P(Conformance, ListsTopicsByPrefix) {
  const std::string b = Topic("list.b"), a = Topic("list.a"), other = Topic("lisu");
  const auto names = log().ListTopics(b.substr(0, b.size() - 1));
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(*names, ElementsAre(a, b));
}

TEST_P(Conformance, RecoverIsHarmlessWhereNothingFailed) {
  const std::string topic = Topic("recover");
  Append(topic, {"a"});
  EXPECT_EQ(log().Recover(topic), OkStatus());
  Append(topic, {"b"});
  EXPECT_THAT(ReadAll(topic, 2), ElementsAre("a", "b"));
}

TEST_P(Conformance, KeepsEverythingAcrossReopen) {
  const std::string topic = Topic("reopen"), trimmed = Topic("reopen.trimmed");
  Append(topic, {"a", std::string(5000, 'b')});
  const Appended last = Append(trimmed, {"x", "y"});
  ASSERT_EQ(harness_->owner().Trim(trimmed, last.last + 1), OkStatus());
  if (!harness_->Reopen()) return;
  Append(topic, {"c"});
  EXPECT_THAT(ReadAll(topic, 3), ElementsAre("a", std::string(5000, 'b'), "c"));
  EXPECT_GT(Append(trimmed, {"z"}).first, last.last);
}

TEST_P(Conformance, AppendsFromInsideADone) {
  const std::string topic = Topic("nested");
  std::promise<void> second;
  log().Append(topic, {"a"}, [&](StatusOr<Appended>) {
    log().Append(topic, {"b"}, [&](StatusOr<Appended>) { second.set_value(); });
  });
  second.get_future().wait();
  EXPECT_THAT(ReadAll(topic, 2), ElementsAre("a", "b"));
}

INSTANTIATE_TEST_SUITE_P(Logs, Conformance, testing::ValuesIn(AllBackends()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace noroshi::log
