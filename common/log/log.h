// The event log: append records with acknowledgement, read a topic from an offset. The only storage that is
// promised outside; everything else a node keeps is a projection of it.
// Backends: memory (tests), embedded (RocksDB), kafka (librdkafka), remote (LogService over mutual TLS).
// One conformance suite (tests/integration/log) runs against all of them.
//
// Threads: every method of Log may be called from any thread; a Reader belongs to one thread at a time, except Cancel.
// Records are opaque bytes of at most limits::kRecordBytesMax. Every topic has one partition: offsets grow with append
// order, need not be dense (Kafka), and are never reused.
// Topic names: `[a-z0-9._-]{1,kTopicNameBytesMax}`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace noroshi::log {

using Offset = uint64_t;

struct Bounds {
  Offset first = 0;  // oldest record still held (== end when empty)
  Offset end = 0;    // offset that the next record will have or exceed
};

// Where the records of one append landed. `last` is exact; on a log without holes first = last - count + 1.
struct Appended {
  Offset first = 0;
  Offset last = 0;
};

struct Batch {
  std::string topic;               // empty: nothing came before the deadline
  std::vector<Offset> offsets;     // ascending, one a record
  std::vector<std::string> records;
};

struct ReadFrom {
  std::string topic;
  Offset offset = 0;               // first offset wanted; one that was trimmed away is OutOfRange, never a silent skip
};

// Reads one or several topics from given offsets on, following their ends. Order holds within a topic.
class Reader {
 public:
  virtual ~Reader() = default;
  // The next records of one of the topics: at most kPollRecordsMax and about kPollBytesMax, at least one unless `wait` passes or Cancel
  // was called (then an empty Batch, which is not an error). Errors: OutOfRange (offset trimmed, or beyond the end as after a restored
  // backup: possible loss, tell an operator), Unavailable (after the backend's own bounded retries; the reader may be polled again).
  virtual StatusOr<Batch> Poll(std::chrono::milliseconds wait) = 0;
  // Makes a Poll in progress, and every later one, return at once. Any thread.
  virtual void Cancel() = 0;
};

// Called exactly once, on a thread of the backend (memory: the caller's, before Append returns); must not block, may call Append.
using AppendDone = std::function<void(StatusOr<Appended>)>;

class Log {
 public:
  virtual ~Log() = default;

  // Creates the topic where it is absent; an existing one is success. Kafka: one partition, retention unlimited
  // (retention.ms=-1, cleanup.policy=delete), min.insync.replicas as configured.
  virtual Status EnsureTopic(std::string_view topic) = 0;

  // Appends all records of one call in order, contiguous among calls on this Log for this topic in call order. `done` after all are durable
  // (embedded: fsync, group commit over concurrent calls; kafka: acks=all). An error may be indefinite: the records
  // may have landed, whole or as a prefix, even later; who retries must be able to recognise its own records. After an error on a
  // topic, later appends on it fail too until Recover(topic) (so that no order is ever broken behind a failed one).
  // Bounds: kAppendRecordsMax and kAppendBytesMax a call (InvalidArgument); the backend's queue is bounded: when full, Append
  // blocks the caller (never a `done`). No records, or one above kRecordBytesMax: InvalidArgument. The topic must exist (NotFound).
  virtual void Append(std::string_view topic, std::vector<std::string> records, AppendDone done) = 0;

  // Makes a topic usable again after an append error (kafka: a new producer instance). No-op where nothing failed.
  virtual Status Recover(std::string_view topic) = 0;

  // NotFound where the topic does not exist.
  virtual StatusOr<Bounds> GetBounds(std::string_view topic) = 0;

  // NotFound where one of the topics does not exist. Readers must be gone before their Log.
  virtual StatusOr<std::unique_ptr<Reader>> Read(std::vector<ReadFrom> from) = 0;

  // Forgets records before `before` (embedded deletes, Kafka DeleteRecords; remote: PermissionDenied).
  virtual Status Trim(std::string_view topic, Offset before) = 0;

  // All topics with the prefix, sorted (remote: those that the caller may read).
  virtual StatusOr<std::vector<std::string>> ListTopics(std::string_view prefix) = 0;
};

// Append and wait for the acknowledgement.
StatusOr<Appended> AppendAndWait(Log& log, std::string_view topic, std::vector<std::string> records);

// The record at exactly this offset. NotFound if there is none.
StatusOr<std::string> ReadOne(Log& log, std::string_view topic, Offset offset);

}  // namespace noroshi::log
