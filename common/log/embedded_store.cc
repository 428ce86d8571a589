#include "common/log/embedded_store.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "common/base/limits.h"
#include "common/log/embedded_format.h"

namespace noroshi::log {
namespace {

using namespace format;
using Shared = std::shared_lock<std::shared_mutex>;

constexpr size_t kBlobBytesMin = 512;       // shorter records stay beside their keys
constexpr size_t kMemtableBytes = 64u << 20;
constexpr size_t kDeletesPerBatch = 10'000;
constexpr size_t kProtectionBytesPerKey = 8;

rocksdb::Slice AsSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view AsBytes(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// RocksDB's own texts name files and causes, never keys or values.
Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) return OkStatus();
  if (status.IsCorruption()) return DataLoss("embedded log: {}", status.ToString());
  return Unavailable("embedded log: {}", status.ToString());
}

// RocksDB's own log file goes nowhere: on a full disk the next line of it would end the process by an assertion (the
// package is built with them), and what matters comes back as a status.
class NoLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Options DatabaseOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.write_buffer_size = kMemtableBytes;
  options.max_background_jobs = 2;
  options.compression = rocksdb::kLZ4Compression;
  // Records are written once and read in order: as blobs they are not copied again by every compaction, which only
  // moves the keys of several topics into order.
  options.enable_blob_files = true;
  options.min_blob_size = kBlobBytesMin;
  options.blob_compression_type = rocksdb::kLZ4Compression;
  options.enable_blob_garbage_collection = true;
  options.info_log = std::make_shared<NoLogger>();  // shared because RocksDB's option is
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// `key` is an OffsetKey of that kind and topic.
bool IsOf(std::string_view key, char kind, EmbeddedStore::TopicId topic) {
  return key.size() == kOffsetKeyBytes && key[0] == kind && GetBigEndian<uint32_t>(key.substr(1)) == topic;
}
Offset OffsetOf(std::string_view key) { return GetBigEndian<Offset>(key.substr(kOffsetAt)); }

}  // namespace

EmbeddedStore::EmbeddedStore(std::string directory) : directory_(std::move(directory)) {}
EmbeddedStore::~EmbeddedStore() = default;

StatusOr<std::unique_ptr<EmbeddedStore>> EmbeddedStore::Open(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return Unavailable("directory `{}` cannot be made: {}", directory, error.message());
  std::unique_ptr<EmbeddedStore> store(new EmbeddedStore(directory));
  NOROSHI_TRY(store->OpenDatabase());
  NOROSHI_TRY(store->CheckFormat());
  return store;
}

Status EmbeddedStore::OpenDatabase() {
  rocksdb::DB* database = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(DatabaseOptions(), directory_, &database);
  if (status.ok()) {
    database_.reset(database);
    return OkStatus();
  }
  if (status.IsIOError() && status.ToString().find("LOCK") != std::string::npos) {
    return FailedPrecondition("`{}` is in use by another instance", directory_);
  }
  return FromRocks(status);
}

Status EmbeddedStore::CheckFormat() {
  std::string found;
  const rocksdb::Status status = database_->Get({}, AsSlice(kVersionKey), &found);
  if (status.ok() && found == kVersion) return OkStatus();
  if (status.ok()) {
    return FailedPrecondition("`{}` has format version {}, wanted is {}", directory_, found, kVersion);
  }
  if (!status.IsNotFound()) return FromRocks(status);
  const std::unique_ptr<rocksdb::Iterator> any(database_->NewIterator({}));
  any->SeekToFirst();
  if (any->Valid()) {
    return FailedPrecondition("`{}` holds another kind of database, wanted is format version {}", directory_, kVersion);
  }
  rocksdb::WriteBatch batch;
  batch.Put(AsSlice(kVersionKey), AsSlice(kVersion));
  return WriteBatchDurably(batch);
}

Status EmbeddedStore::CheckOpen() const {
  return database_ != nullptr ? OkStatus() : Unavailable("embedded log: `{}` could not be opened again", directory_);
}

Status EmbeddedStore::WriteBatchDurably(rocksdb::WriteBatch& batch) {
  NOROSHI_TRY(CheckOpen());
  rocksdb::WriteOptions options;
  options.sync = true;
  const Status status = FromRocks(database_->Write(options, &batch));
  if (!status.ok()) {
    const MutexLock lock(mutex_);
    broken_ = true;
  }
  return status;
}

StatusOr<std::vector<EmbeddedStore::StoredTopic>> EmbeddedStore::LoadTopics() {
  const Shared use(use_);
  std::vector<StoredTopic> topics;
  const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator({}));
  for (at->Seek(rocksdb::Slice(&kTopic, 1)); at->Valid() && at->key()[0] == kTopic; at->Next()) {
    topics.push_back({std::string(AsBytes(at->key()).substr(1)), GetBigEndian<TopicId>(AsBytes(at->value())), {}});
  }
  NOROSHI_TRY(FromRocks(at->status()));
  for (StoredTopic& topic : topics) {
    NOROSHI_ASSIGN(topic.bounds, LoadBoundsLocked(topic.id));
    at->Seek(OffsetKey(kRecord, topic.id, 0));
    NOROSHI_TRY(FromRocks(at->status()));
    if (!at->Valid() || !IsOf(AsBytes(at->key()), kRecord, topic.id)) continue;
    const Offset oldest = OffsetOf(AsBytes(at->key()));
    if (oldest < topic.bounds.first) NOROSHI_TRY(DeleteRecordsLocked(topic.id, oldest, topic.bounds.first));
  }
  return topics;
}

StatusOr<Bounds> EmbeddedStore::LoadBounds(TopicId topic) {
  const Shared use(use_);
  NOROSHI_TRY(CheckOpen());
  return LoadBoundsLocked(topic);
}

StatusOr<Bounds> EmbeddedStore::LoadBoundsLocked(TopicId topic) {
  Bounds bounds;
  std::string first;
  const rocksdb::Status status = database_->Get({}, FirstKey(topic), &first);
  if (status.ok()) bounds.first = GetBigEndian<Offset>(first);
  if (!status.ok() && !status.IsNotFound()) return FromRocks(status);
  bounds.end = bounds.first;
  const std::unique_ptr<rocksdb::Iterator> last(database_->NewIterator({}));
  last->SeekForPrev(OffsetKey(kRecord, topic, ~Offset{0}));
  NOROSHI_TRY(FromRocks(last->status()));
  if (last->Valid() && IsOf(AsBytes(last->key()), kRecord, topic)) {
    bounds.end = std::max(bounds.end, OffsetOf(AsBytes(last->key())) + 1);
  }
  return bounds;
}

Status EmbeddedStore::PutTopic(const std::string& name, TopicId id) {
  const Shared use(use_);
  std::string value;
  PutBigEndian(value, id);
  rocksdb::WriteBatch batch;
  batch.Put(TopicKey(name), value);
  return WriteBatchDurably(batch);
}

Status EmbeddedStore::Commit(std::span<const Write> writes) {
  const Shared use(use_);
  size_t bytes = 0;
  for (const Write& write : writes) {
    for (const std::string& record : *write.records) bytes += record.size() + kOffsetKeyBytes + kProtectionBytesPerKey;
  }
  rocksdb::WriteBatch batch(bytes + 1024, 0, kProtectionBytesPerKey, 0);
  std::string value;
  for (const Write& write : writes) {
    if (write.time_mark_us != 0) {
      value.clear();
      PutBigEndian(value, uint64_t(write.time_mark_us));
      batch.Put(OffsetKey(kTimeMark, write.topic, write.first), value);
    }
    Offset offset = write.first;
    for (const std::string& record : *write.records) batch.Put(OffsetKey(kRecord, write.topic, offset++), record);
  }
  return WriteBatchDurably(batch);
}

Status EmbeddedStore::Recover() {
  const std::unique_lock<std::shared_mutex> use(use_);
  const MutexLock lock(mutex_);
  if (!broken_) return OkStatus();
  // Not DB::Resume: it cannot leave the fatal state that a failed WAL write is. Opening again replays the WAL, so what
  // landed of a failed commit becomes visible now or never.
  if (database_ != nullptr) database_->Close().PermitUncheckedError();
  database_.reset();
  if (const Status status = OpenDatabase(); !status.ok()) return status;
  broken_ = false;
  return OkStatus();
}

Status EmbeddedStore::ReadInto(TopicId topic, Offset from, Offset end, Batch& batch) {
  const Shared use(use_);
  NOROSHI_TRY(CheckOpen());
  const std::string upper = OffsetKey(kRecord, topic, end);
  const rocksdb::Slice upper_bound(upper);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_bound;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(options));
  size_t bytes = 0;
  for (at->Seek(OffsetKey(kRecord, topic, from)); at->Valid(); at->Next()) {
    batch.offsets.push_back(OffsetOf(AsBytes(at->key())));
    batch.records.emplace_back(at->value().data(), at->value().size());
    bytes += batch.records.back().size();
    if (batch.records.size() >= limits::kPollRecordsMax || bytes >= limits::kPollBytesMax) break;
  }
  return FromRocks(at->status());
}

Status EmbeddedStore::PutFirst(TopicId topic, Offset first) {
  const Shared use(use_);
  NOROSHI_TRY(CheckOpen());
  std::string value;
  PutBigEndian(value, first);
  rocksdb::WriteBatch batch;
  batch.Put(FirstKey(topic), value);
  return WriteBatchDurably(batch);
}

Status EmbeddedStore::DeleteRecords(TopicId topic, Offset from, Offset until) {
  const Shared use(use_);
  NOROSHI_TRY(CheckOpen());
  return DeleteRecordsLocked(topic, from, until);
}

// One by one: DeleteRange misbehaves with read errors in this RocksDB. Not synced: LoadTopics does it again after a crash.
Status EmbeddedStore::DeleteRecordsLocked(TopicId topic, Offset from, Offset until) {
  while (from < until) {
    const Offset stop = std::min<Offset>(until, from + kDeletesPerBatch);
    rocksdb::WriteBatch batch;
    for (; from < stop; ++from) {
      batch.Delete(OffsetKey(kRecord, topic, from));
      batch.Delete(OffsetKey(kTimeMark, topic, from));
    }
    NOROSHI_TRY(FromRocks(database_->Write({}, &batch)));
  }
  return OkStatus();
}

StatusOr<Offset> EmbeddedStore::FirstYoungerThan(TopicId topic, int64_t cutoff_us, const Bounds& bounds) {
  const Shared use(use_);
  NOROSHI_TRY(CheckOpen());
  Offset first = bounds.first;
  int64_t last_mark_us = 0;
  const std::unique_ptr<rocksdb::Iterator> mark(database_->NewIterator({}));
  mark->Seek(OffsetKey(kTimeMark, topic, bounds.first));
  for (; mark->Valid() && IsOf(AsBytes(mark->key()), kTimeMark, topic); mark->Next()) {
    last_mark_us = int64_t(GetBigEndian<uint64_t>(AsBytes(mark->value())));
    if (last_mark_us > cutoff_us) return first;  // between the marks: as young as this one, for all we know
    first = OffsetOf(AsBytes(mark->key()));
  }
  NOROSHI_TRY(FromRocks(mark->status()));
  const bool all_old = last_mark_us != 0 && last_mark_us + kTimeMarkEveryUs <= cutoff_us;
  return all_old ? bounds.end : first;
}

}  // namespace noroshi::log
