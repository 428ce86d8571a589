// The embedded log: topics in one RocksDB, appended to by one writer thread that commits all that waits in one fsync.
// Offsets are dense. Locks: `mutex_` guards the topics' state and the queue and is never held over a commit.
#include <algorithm>
#include <deque>
#include <map>
#include <thread>
#include <utility>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/log/backends.h"
#include "common/log/checks.h"
#include "common/log/embedded_format.h"
#include "common/log/embedded_store.h"
#include "common/log/waiter.h"

namespace noroshi::log {
namespace {

constexpr size_t kCommitBytesMax = 16u << 20;
constexpr std::chrono::minutes kRetentionEvery{30};

struct Topic {
  EmbeddedStore::TopicId id = 0;
  Bounds bounds;                    // of what is durable
  int64_t last_mark_us = 0;         // since this start
  Status failed;                    // not OK: appends fail with it until Recover
  std::vector<Waiter*> waiters;     // borrowed; a reader takes its own away when it goes
};

struct Pending {
  Topic* topic = nullptr;  // null: refused, `result` says why
  std::vector<std::string> records;
  size_t bytes = 0;
  AppendDone done;
  StatusOr<Appended> result = Appended{};
};

class EmbeddedLog final : public Log {
 public:
  EmbeddedLog(EmbeddedOptions options, std::unique_ptr<EmbeddedStore> store,
              std::vector<EmbeddedStore::StoredTopic> topics)
      : options_(std::move(options)), store_(std::move(store)) {
    for (EmbeddedStore::StoredTopic& stored : topics) {
      Topic& topic = topics_[stored.name];
      topic.id = stored.id;
      topic.bounds = stored.bounds;
      next_id_ = std::max(next_id_, stored.id + 1);
    }
    writer_ = std::thread([this] { Run(); });
  }

  // Commits what was appended before, then stops.
  ~EmbeddedLog() override {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
      work_.notify_all();
    }
    writer_.join();
  }

  Status EnsureTopic(std::string_view name) override {
    NOROSHI_TRY(CheckTopicName(name));
    const MutexLock lock(mutex_);
    if (topics_.contains(name)) return OkStatus();
    const EmbeddedStore::TopicId id = next_id_++;  // also used up when it fails: it may have landed
    NOROSHI_TRY(store_->PutTopic(std::string(name), id));
    topics_[std::string(name)].id = id;
    return OkStatus();
  }

  void Append(std::string_view name, std::vector<std::string> records, AppendDone done) override {
    Pending pending;
    pending.done = std::move(done);
    pending.bytes = TotalBytes(records);
    const Status checked = CheckRecords(records);
    const MutexLock lock(mutex_);
    const auto found = topics_.find(name);
    if (!checked.ok()) {
      pending.result = checked;
    } else if (found == topics_.end()) {
      pending.result = TopicNotFound(name);
    } else {
      // A `done` runs on the writer thread, which alone empties the queue: it must never wait for itself.
      while (queued_bytes_ > limits::kAppendQueueBytesMax && std::this_thread::get_id() != writer_.get_id()) {
        space_.wait(mutex_);
      }
      if (found->second.failed.ok()) {
        pending.topic = &found->second;
        pending.records = std::move(records);
      } else {
        pending.result = found->second.failed;
      }
    }
    if (pending.topic == nullptr) pending.bytes = 0;
    queued_bytes_ += pending.bytes;
    queue_.push_back(std::move(pending));
    work_.notify_one();
  }

  Status Recover(std::string_view name) override {
    const MutexLock lock(mutex_);
    const auto found = topics_.find(name);
    if (found == topics_.end()) return TopicNotFound(name);
    Topic& topic = found->second;
    if (topic.failed.ok()) return OkStatus();
    NOROSHI_TRY(store_->Recover());
    NOROSHI_ASSIGN(topic.bounds, store_->LoadBounds(topic.id));
    topic.failed = OkStatus();
    for (Waiter* waiter : topic.waiters) waiter->Notify();
    return OkStatus();
  }

  StatusOr<Bounds> GetBounds(std::string_view name) override {
    const MutexLock lock(mutex_);
    const auto found = topics_.find(name);
    if (found == topics_.end()) return TopicNotFound(name);
    return found->second.bounds;
  }

  StatusOr<std::unique_ptr<Reader>> Read(std::vector<ReadFrom> from) override;

  Status Trim(std::string_view name, Offset before) override {
    Topic* topic = nullptr;
    Offset old_first = 0, first = 0;
    {
      const MutexLock lock(mutex_);
      const auto found = topics_.find(name);
      if (found == topics_.end()) return TopicNotFound(name);
      topic = &found->second;
      old_first = topic->bounds.first;
      first = std::min(before, topic->bounds.end);
      if (first <= old_first) return OkStatus();
      NOROSHI_TRY(store_->PutFirst(topic->id, first));
      topic->bounds.first = first;
    }
    return store_->DeleteRecords(topic->id, old_first, first);
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
  friend class EmbeddedReader;

  // The writer thread.
  void Run() {
    MonotonicTime next_retention = SystemClock().Monotonic();
    while (true) {
      if (options_.retention && SystemClock().Monotonic() >= next_retention) {
        ApplyRetention();
        next_retention = SystemClock().Monotonic() + kRetentionEvery;
      }
      std::vector<Pending> group;
      if (!TakeGroup(next_retention, group)) return;
      Commit(group);
      for (Pending& pending : group) pending.done(std::move(pending.result));
    }
  }

  // Waits for work. False: nothing is left and the log is being closed. May come back empty at the deadline.
  bool TakeGroup(MonotonicTime deadline, std::vector<Pending>& group) {
    const MutexLock lock(mutex_);
    while (queue_.empty() && !stopping_) {
      if (!options_.retention) {
        work_.wait(mutex_);
      } else if (work_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
        break;
      }
    }
    for (size_t bytes = 0; !queue_.empty() && bytes < kCommitBytesMax;) {
      bytes += queue_.front().bytes;
      queued_bytes_ -= queue_.front().bytes;
      group.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    space_.notify_all();
    return !group.empty() || !stopping_;
  }

  // Assigns offsets, writes, publishes. Only this thread moves `bounds.end`, but for Recover, which finds no append
  // of that topic under way: a failed topic's appends are refused before they get an offset.
  void Commit(std::vector<Pending>& group) {
    std::vector<EmbeddedStore::Write> writes;
    std::map<Topic*, Offset> ends;
    {
      const MutexLock lock(mutex_);
      const int64_t now_us = ToMicros(SystemClock().Now());
      for (Pending& pending : group) {
        if (pending.topic == nullptr) continue;
        Topic& topic = *pending.topic;
        if (!topic.failed.ok()) {
          pending.result = topic.failed;
          continue;
        }
        Offset& end = ends.try_emplace(&topic, topic.bounds.end).first->second;
        EmbeddedStore::Write write{topic.id, end, &pending.records, 0};
        if (now_us - topic.last_mark_us >= format::kTimeMarkEveryUs) topic.last_mark_us = write.time_mark_us = now_us;
        writes.push_back(write);
        pending.result = Appended{end, end + pending.records.size() - 1};
        end += pending.records.size();
      }
    }
    if (writes.empty()) return;
    const Status written = store_->Commit(writes);
    const MutexLock lock(mutex_);
    for (const auto& [topic, end] : ends) {
      if (written.ok()) {
        topic->bounds.end = end;
        for (Waiter* waiter : topic->waiters) waiter->Notify();
      } else {
        topic->failed = written;
        topic->last_mark_us = 0;
      }
    }
    if (!written.ok()) Refuse(written, group);
  }

  // Fails what was in the commit and what already waits behind it: Recover must not let later records overtake it.
  void Refuse(const Status& why, std::vector<Pending>& group) NOROSHI_REQUIRES(mutex_) {
    for (Pending& pending : group) {
      if (pending.topic != nullptr && pending.result.ok()) pending.result = why;
    }
    for (Pending& pending : queue_) {
      if (pending.topic == nullptr || pending.topic->failed.ok()) continue;
      pending.result = why;
      pending.topic = nullptr;
    }
  }

  // Errors are not fatal here: the next round tries again.
  void ApplyRetention() {
    const int64_t cutoff_us =
        ToMicros(SystemClock().Now() - std::chrono::duration_cast<std::chrono::microseconds>(*options_.retention));
    for (const std::string& prefix : options_.retained_topics) {
      const StatusOr<std::vector<std::string>> names = ListTopics(prefix);
      for (size_t i = 0; names.ok() && i < names->size(); ++i) TrimOlderThan((*names)[i], cutoff_us).IgnoreError();
    }
  }

  Status TrimOlderThan(const std::string& name, int64_t cutoff_us) {
    Bounds bounds;
    EmbeddedStore::TopicId id = 0;
    {
      const MutexLock lock(mutex_);
      const Topic& topic = topics_.find(name)->second;
      bounds = topic.bounds;
      id = topic.id;
    }
    NOROSHI_ASSIGN(const Offset first, store_->FirstYoungerThan(id, cutoff_us, bounds));
    return Trim(name, first);
  }

  const EmbeddedOptions options_;
  const std::unique_ptr<EmbeddedStore> store_;
  std::thread writer_;

  Mutex mutex_;
  CondVar work_;   // for the writer
  CondVar space_;  // for Append
  std::map<std::string, Topic, std::less<>> topics_ NOROSHI_GUARDED_BY(mutex_);  // never removed: Topic* stay good
  EmbeddedStore::TopicId next_id_ NOROSHI_GUARDED_BY(mutex_) = 1;
  std::deque<Pending> queue_ NOROSHI_GUARDED_BY(mutex_);
  size_t queued_bytes_ NOROSHI_GUARDED_BY(mutex_) = 0;
  bool stopping_ NOROSHI_GUARDED_BY(mutex_) = false;
};

class EmbeddedReader final : public Reader {
 public:
  struct Source {
    std::string name;
    Topic* topic;
    Offset next;
  };

  EmbeddedReader(EmbeddedLog& log, std::vector<Source> sources) : log_(log), sources_(std::move(sources)) {}
  ~EmbeddedReader() override {
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
      Bounds bounds;
      NOROSHI_ASSIGN(Source* const source, NextWithRecords(bounds));
      if (source != nullptr) return Take(*source, bounds);
      if (!waiter_.Wait(deadline)) break;
    }
    return Batch{};
  }

  void Cancel() override { waiter_.Cancel(); }

 private:
  // The next topic that has something, beginning behind the one served last; null: none has.
  StatusOr<Source*> NextWithRecords(Bounds& bounds) {
    const MutexLock lock(log_.mutex_);
    for (size_t tried = 0; tried < sources_.size(); ++tried) {
      Source& source = sources_[turn_++ % sources_.size()];
      bounds = source.topic->bounds;
      NOROSHI_TRY(CheckPosition(source.name, source.next, bounds));
      if (source.next < bounds.end) return &source;
    }
    return nullptr;
  }

  StatusOr<Batch> Take(Source& source, const Bounds& bounds) {
    Batch batch{source.name, {}, {}};
    NOROSHI_TRY(log_.store_->ReadInto(source.topic->id, source.next, bounds.end, batch));
    if (batch.offsets.empty() || batch.offsets.front() != source.next ||
        batch.offsets.back() != source.next + batch.offsets.size() - 1) {
      return OutOfRange("records of `{}` from offset {} on were trimmed while they were read", source.name, source.next);
    }
    source.next = batch.offsets.back() + 1;
    return batch;
  }

  EmbeddedLog& log_;
  std::vector<Source> sources_;
  size_t turn_ = 0;
  Waiter waiter_;
};

StatusOr<std::unique_ptr<Reader>> EmbeddedLog::Read(std::vector<ReadFrom> from) {
  NOROSHI_TRY(CheckReadFrom(from));
  const MutexLock lock(mutex_);
  std::vector<EmbeddedReader::Source> sources;
  for (ReadFrom& one : from) {
    const auto found = topics_.find(one.topic);
    if (found == topics_.end()) return TopicNotFound(one.topic);
    sources.push_back({std::move(one.topic), &found->second, one.offset});
  }
  auto reader = std::make_unique<EmbeddedReader>(*this, std::move(sources));
  reader->Register();
  return reader;
}

}  // namespace

StatusOr<std::unique_ptr<Log>> CreateEmbeddedLog(const EmbeddedOptions& options) {
  NOROSHI_ASSIGN(std::unique_ptr<EmbeddedStore> store, EmbeddedStore::Open(options.directory));
  NOROSHI_ASSIGN(std::vector<EmbeddedStore::StoredTopic> topics, store->LoadTopics());
  return std::make_unique<EmbeddedLog>(options, std::move(store), std::move(topics));
}

}  // namespace noroshi::log
