// The log in memory: one mutex over everything, no threads. For tests and simulations.
#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/log/backends.h"
#include "common/log/checks.h"
#include "common/log/waiter.h"

namespace noroshi::log {
namespace {

struct Topic {
  Offset first = 0;
  std::deque<std::string> records;
  std::vector<Waiter*> waiters;  // borrowed; a reader takes its own away when it goes

  Bounds bounds() const { return {first, first + records.size()}; }
};

class MemoryLog final : public Log {
 public:
  Status EnsureTopic(std::string_view topic) override {
    NOROSHI_TRY(CheckTopicName(topic));
    const MutexLock lock(mutex_);
    topics_.try_emplace(std::string(topic));
    return OkStatus();
  }

  void Append(std::string_view topic, std::vector<std::string> records, AppendDone done) override {
    done(Append(topic, std::move(records)));
  }

  Status Recover(std::string_view) override { return OkStatus(); }

  StatusOr<Bounds> GetBounds(std::string_view topic) override {
    const MutexLock lock(mutex_);
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return TopicNotFound(topic);
    return found->second.bounds();
  }

  StatusOr<std::unique_ptr<Reader>> Read(std::vector<ReadFrom> from) override;

  Status Trim(std::string_view topic, Offset before) override {
    const MutexLock lock(mutex_);
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return TopicNotFound(topic);
    Topic& held = found->second;
    const Offset until = std::min(before, held.bounds().end);
    for (; held.first < until; ++held.first) held.records.pop_front();
    return OkStatus();
  }

  StatusOr<std::vector<std::string>> ListTopics(std::string_view prefix) override {
    const MutexLock lock(mutex_);
    std::vector<std::string> names;
    for (auto at = topics_.lower_bound(prefix); at != topics_.end() && at->first.starts_with(prefix); ++at) {
      names.push_back(at->first);
    }
    return names;
  }

 private:
  friend class MemoryReader;

  StatusOr<Appended> Append(std::string_view topic, std::vector<std::string> records) {
    NOROSHI_TRY(CheckRecords(records));
    const MutexLock lock(mutex_);
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return TopicNotFound(topic);
    Topic& held = found->second;
    const Offset first = held.bounds().end;
    for (std::string& record : records) held.records.push_back(std::move(record));
    for (Waiter* waiter : held.waiters) waiter->Notify();
    return Appended{first, first + records.size() - 1};
  }

  Mutex mutex_;
  std::map<std::string, Topic, std::less<>> topics_ NOROSHI_GUARDED_BY(mutex_);
};

class MemoryReader final : public Reader {
 public:
  struct Source {
    std::string name;
    Topic* topic;  // topics are never removed
    Offset next;
  };

  MemoryReader(MemoryLog& log, std::vector<Source> sources) : log_(log), sources_(std::move(sources)) {}
  ~MemoryReader() override {
    const MutexLock lock(log_.mutex_);
    for (const Source& source : sources_) std::erase(source.topic->waiters, &waiter_);
  }

  // Called under the log's mutex.
  void Register() {
    for (const Source& source : sources_) source.topic->waiters.push_back(&waiter_);
  }

  StatusOr<Batch> Poll(std::chrono::milliseconds wait) override {
    const MonotonicTime deadline = SystemClock().Monotonic() + wait;
    while (waiter_.Reset()) {
      NOROSHI_ASSIGN(Batch batch, Take());
      if (!batch.records.empty()) return batch;
      if (!waiter_.Wait(deadline)) break;
    }
    return Batch{};
  }

  void Cancel() override { waiter_.Cancel(); }

 private:
  // From the first topic that has something, beginning behind the one served last.
  StatusOr<Batch> Take() {
    const MutexLock lock(log_.mutex_);
    for (size_t tried = 0; tried < sources_.size(); ++tried) {
      Source& source = sources_[turn_++ % sources_.size()];
      const Bounds bounds = source.topic->bounds();
      NOROSHI_TRY(CheckPosition(source.name, source.next, bounds));
      if (source.next == bounds.end) continue;
      Batch batch{source.name, {}, {}};
      for (size_t bytes = 0; source.next < bounds.end && batch.records.size() < limits::kPollRecordsMax &&
                             bytes < limits::kPollBytesMax;
           ++source.next) {
        batch.offsets.push_back(source.next);
        batch.records.push_back(source.topic->records[source.next - bounds.first]);
        bytes += batch.records.back().size();
      }
      return batch;
    }
    return Batch{};
  }

  MemoryLog& log_;
  std::vector<Source> sources_;
  size_t turn_ = 0;
  Waiter waiter_;
};

StatusOr<std::unique_ptr<Reader>> MemoryLog::Read(std::vector<ReadFrom> from) {
  NOROSHI_TRY(CheckReadFrom(from));
  const MutexLock lock(mutex_);
  std::vector<MemoryReader::Source> sources;
  for (ReadFrom& one : from) {
    const auto found = topics_.find(one.topic);
    if (found == topics_.end()) return TopicNotFound(one.topic);
    sources.push_back({std::move(one.topic), &found->second, one.offset});
  }
  auto reader = std::make_unique<MemoryReader>(*this, std::move(sources));
  reader->Register();
  return reader;
}

}  // namespace

std::unique_ptr<Log> CreateMemoryLog() { return std::make_unique<MemoryLog>(); }

}  // namespace noroshi::log
