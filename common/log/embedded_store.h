// What the embedded log keeps on disk, and nothing else of it: keys and values of FORMAT.md in one RocksDB. Knows no
// queues, waiters or failed topics. Any thread may call any method; who assigns offsets (embedded.cc) is one thread.
#pragma once

#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/log/log.h"

namespace rocksdb {
class DB;
class WriteBatch;
}  // namespace rocksdb

namespace noroshi::log {

class EmbeddedStore {
 public:
  using TopicId = uint32_t;

  struct StoredTopic {
    std::string name;
    TopicId id = 0;
    Bounds bounds;
  };
  // Records for one topic in one commit; borrowed for the call.
  struct Write {
    TopicId topic = 0;
    Offset first = 0;
    const std::vector<std::string>* records = nullptr;
    int64_t time_mark_us = 0;  // not 0: note that `first` was appended at this time (retention)
  };

  // Creates the directory. FailedPrecondition: in use by another instance, or written in another format.
  static StatusOr<std::unique_ptr<EmbeddedStore>> Open(const std::string& directory);
  ~EmbeddedStore();

  // All topics, after finishing what a crash left of an earlier trim.
  StatusOr<std::vector<StoredTopic>> LoadTopics();
  StatusOr<Bounds> LoadBounds(TopicId topic);
  Status PutTopic(const std::string& name, TopicId id);

  // All or nothing, on disk when it returns. After an error nothing can be written until Recover.
  Status Commit(std::span<const Write> writes);
  // Opens the database anew after a failed Commit; no-op without one.
  Status Recover();

  // Appends to `batch` the records from `from` on, up to `end` (exclusive) and the bounds of one poll.
  Status ReadInto(TopicId topic, Offset from, Offset end, Batch& batch);

  // Notes durably that the topic begins at `first`. The records before it are then garbage: DeleteRecords.
  Status PutFirst(TopicId topic, Offset first);
  Status DeleteRecords(TopicId topic, Offset from, Offset until);

  // The first offset of the topic that may be younger than `cutoff_us`, by its time marks.
  StatusOr<Offset> FirstYoungerThan(TopicId topic, int64_t cutoff_us, const Bounds& bounds);

 private:
  explicit EmbeddedStore(std::string directory);

  Status OpenDatabase();
  Status CheckFormat();
  Status CheckOpen() const;  // it is not after a Recover that failed
  Status WriteBatchDurably(rocksdb::WriteBatch& batch);
  StatusOr<Bounds> LoadBoundsLocked(TopicId topic);
  Status DeleteRecordsLocked(TopicId topic, Offset from, Offset until);

  const std::string directory_;
  // Held shared by everybody who uses `database_`, exclusively while it is opened anew.
  std::shared_mutex use_;
  std::unique_ptr<rocksdb::DB> database_;
  Mutex mutex_;
  bool broken_ NOROSHI_GUARDED_BY(mutex_) = false;
};

}  // namespace noroshi::log
