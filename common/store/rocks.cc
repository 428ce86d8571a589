#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "common/base/limits.h"
#include "common/store/format.h"
#include "common/store/hints.h"
#include "common/store/object_store.h"

namespace noroshi::store {
namespace {

enum Family : size_t { kDefault, kEntries, kObjects, kPayloads, kUses, kLosses, kReaders, kFamilies };
constexpr std::array<const char*, kFamilies> kFamilyNames = {"default", "entries", "objects", "payloads", "uses", "losses", "readers"};
constexpr size_t kPayloadBlockBytes = 32 << 10;  // pages read payloads in a row
constexpr int kStepsBeforeSeek = 4;
constexpr char kMemoryDirectory[] = "/store";

std::string_view View8(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return OkStatus();
  if (status.IsCorruption()) return DataLoss("store: {}", status.ToString());
  return Unavailable("store: {}", status.ToString());
}

struct Database {
  std::unique_ptr<rocksdb::Env> environment;  // in memory only
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families{};
  ~Database() {
    for (rocksdb::ColumnFamilyHandle* family : families) {
      if (family != nullptr) db->DestroyColumnFamilyHandle(family);
    }
  }
};

class RocksView final : public View {
 public:
  explicit RocksView(const Database& database) : database_(database), snapshot_(database.db->GetSnapshot()) { options_.snapshot = snapshot_; }
  ~RocksView() override {
    payloads_.reset();
    database_.db->ReleaseSnapshot(snapshot_);
  }

  Status Scan(std::string_view audience, int64_t after_us, const std::function<bool(const Entry&)>& visit) override {
    const std::unique_ptr<rocksdb::Iterator> at(database_.db->NewIterator(options_, database_.families[kEntries]));
    const std::string prefix = EntryPrefix(audience);
    Entry entry;
    if (after_us == INT64_MAX) return OkStatus();
    for (at->Seek(EntryKey(audience, std::max<int64_t>(after_us + 1, 0))); at->Valid() && at->key().starts_with(prefix); at->Next()) {
      entry.date_us = FromBigEndian(View8(at->key()).substr(prefix.size()));
      if (!DecodeEntry(View8(at->value()), entry)) return DataLoss("store: entry cannot be read");
      if (!visit(entry)) break;
    }
    return ToStatus(at->status());
  }

  Status ScanObjects(std::string_view audience, const std::vector<std::string>& ids, int64_t after_us,
                     const std::function<bool(const Entry&)>& visit) override {
    const std::unique_ptr<rocksdb::Iterator> at(database_.db->NewIterator(options_, database_.families[kObjects]));
    std::vector<int64_t> dates;
    for (const std::string& id : ids) {
      const std::string prefix = ObjectPrefix(audience, id);
      for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next()) {
        const int64_t date_us = FromBigEndian(View8(at->key()).substr(prefix.size()));
        if (at->value().empty() && date_us > after_us) dates.push_back(date_us);
      }
      NOROSHI_TRY(ToStatus(at->status()));
    }
    std::sort(dates.begin(), dates.end());
    Entry entry;
    std::string value;
    for (int64_t date_us : dates) {
      NOROSHI_TRY(ToStatus(database_.db->Get(options_, database_.families[kEntries], EntryKey(audience, date_us), &value)));
      entry.date_us = date_us;
      if (!DecodeEntry(value, entry)) return DataLoss("store: entry cannot be read");
      if (!visit(entry)) break;
    }
    return OkStatus();
  }

  Status ScanLosses(std::string_view audience, int64_t after_us, const std::function<bool(const Loss&)>& visit) override {
    const std::unique_ptr<rocksdb::Iterator> at(database_.db->NewIterator(options_, database_.families[kLosses]));
    const std::string prefix = EntryPrefix(audience);
    Loss loss;
    if (after_us == INT64_MAX) return OkStatus();
    for (at->Seek(EntryKey(audience, std::max<int64_t>(after_us + 1, 0))); at->Valid() && at->key().starts_with(prefix); at->Next()) {
      loss.date_us = FromBigEndian(View8(at->key()).substr(prefix.size()));
      if (!DecodeLoss(View8(at->value()), loss)) return DataLoss("store: loss cannot be read");
      if (!visit(loss)) break;
    }
    return ToStatus(at->status());
  }

  StatusOr<std::vector<std::string>> ReadersAt(const Hash& readers) override {
    std::string value;
    const rocksdb::Status status = database_.db->Get(options_, database_.families[kReaders], AsBytes(readers), &value);
    if (!status.ok() && !status.IsNotFound()) return ToStatus(status);
    std::optional<std::vector<std::string>> names = status.ok() ? DecodeNames(value) : std::nullopt;
    if (!names) return DataLoss("store: readers of a loss are missing");
    return *std::move(names);
  }

  Status AppendPayload(const PayloadRef& payload, std::string& out) override {
    if (payloads_ == nullptr) payloads_.reset(database_.db->NewIterator(options_, database_.families[kPayloads]));
    const std::string wanted = PayloadKey(payload);
    // Neighbours are near: stepping is cheaper than seeking.
    for (int step = 0; payloads_->Valid() && View8(payloads_->key()) < wanted && step < kStepsBeforeSeek; ++step) payloads_->Next();
    if (!payloads_->Valid() || View8(payloads_->key()) != wanted) payloads_->Seek(wanted);
    NOROSHI_TRY(ToStatus(payloads_->status()));
    if (!payloads_->Valid() || View8(payloads_->key()) != wanted || payloads_->value().size() != payload.bytes) {
      return DataLoss("store: bytes of a released object are missing");
    }
    out.append(payloads_->value().data(), payloads_->value().size());
    return OkStatus();
  }

 private:
  const Database& database_;
  const rocksdb::Snapshot* const snapshot_;
  rocksdb::ReadOptions options_;
  std::unique_ptr<rocksdb::Iterator> payloads_;
};

// One Apply: reads through what it has already written.
class Writer {
 public:
  Writer(const Database& database, std::string_view audience)
      : database_(database), audience_(audience), batch_(rocksdb::BytewiseComparator(), 0, true) {}

  Status operator()(const Put& put) {
    Entry entry = put.entry;
    entry.payload.content = Sha256(put.payload);
    entry.payload.key = entry.date_us;
    entry.payload.bytes = static_cast<uint32_t>(put.payload.size());
    NOROSHI_TRY(ShareBytes(put.first_date_us, entry));
    Write(kPayloads, entry.payload.key == entry.date_us, PayloadKey(entry.payload), put.payload);
    NOROSHI_ASSIGN(Rows rows, Load(entry.id));
    Insert(entry, rows);
    return Store(rows);
  }

  Status operator()(const Withdraw& withdraw) {
    NOROSHI_ASSIGN(Rows rows, Load(withdraw.id));
    const Shown before = ShownIn(rows.entries);
    std::map<int64_t, Entry> taken;  // by version, one of each
    std::vector<Entry> stay;
    for (Entry& entry : rows.entries) {
      if (!Matches(entry, withdraw.version, withdraw.grant)) {
        stay.push_back(std::move(entry));
        continue;
      }
      const Tombstone tombstone{entry.version_us, entry.facts.reference_kinds | entry.lost};
      rows.tombstones.push_back(tombstone);
      Write(kObjects, true, ObjectPrefix(audience_, entry.id) + BigEndian(entry.date_us), EncodeTombstone(tombstone));
      batch_.Delete(database_.families[kEntries], EntryKey(audience_, entry.date_us));
      NOROSHI_TRY(DropUse(entry));
      taken.try_emplace(entry.version_us, std::move(entry));
    }
    rows.entries = std::move(stay);
    NOROSHI_TRY(Store(rows));
    return WriteLosses(before, ShownIn(rows.entries), taken, withdraw.date_us, withdraw.readers);
  }

  Status operator()(const Restrict& restrict) {
    NOROSHI_ASSIGN(Rows rows, Load(restrict.id));
    const Shown before = ShownIn(rows.entries);
    std::map<int64_t, Entry> taken;
    // A kind that gains the version must find it ahead of its position: an entry of its own, with the date of the change.
    std::map<int64_t, Entry> gained;
    for (const Entry& entry : rows.entries) {
      if (Matches(entry, restrict.version, restrict.grant)) gained.emplace(entry.version_us, entry).first->second.facts.reference_kinds |= entry.facts.reference_kinds;
    }
    for (Entry& entry : rows.entries) {
      if (!Matches(entry, restrict.version, restrict.grant)) continue;
      taken.try_emplace(entry.version_us, entry);
      entry.lost |= entry.facts.reference_kinds & ~restrict.kinds;
      entry.facts.reference_kinds &= restrict.kinds;
    }
    int64_t date_us = restrict.date_us;
    for (auto& [version_us, entry] : gained) {
      entry.facts.reference_kinds = restrict.kinds & ~entry.facts.reference_kinds;
      entry.lost = 0;
      if (entry.facts.reference_kinds == 0) continue;
      if (date_us != restrict.date_us) return InvalidArgument("a change that widens names one version");
      entry.date_us = date_us++;
      Insert(entry, rows);
    }
    NOROSHI_TRY(Store(rows));
    return WriteLosses(before, ShownIn(rows.entries), taken, restrict.date_us, restrict.readers);
  }

  Status Finish(const Position& position) {
    Write(kDefault, true, PositionKey(audience_), EncodePosition(position));
    return ToStatus(database_.db->Write(rocksdb::WriteOptions(), batch_.GetWriteBatch()));
  }

 private:
  // All that is known of one object here.
  struct Rows {
    std::vector<Entry> entries;
    std::vector<Tombstone> tombstones;
  };

  // Kinds that see a version, by the hints of its entries.
  using Shown = std::map<int64_t, policy::Kinds>;
  static Shown ShownIn(const std::vector<Entry>& entries) {
    Shown shown;
    for (const Entry& entry : entries) shown[entry.version_us] |= entry.visible;
    return shown;
  }

  // What the change took from some kinds altogether; where another grant still shows the version, nothing is lost.
  Status WriteLosses(const Shown& before, const Shown& after, const std::map<int64_t, Entry>& taken, int64_t date_us, const std::vector<std::string>& readers) {
    int64_t next_us = date_us;
    for (const auto& [version_us, entry] : taken) {
      const auto still = after.find(version_us);
      const policy::Kinds lost = before.at(version_us) & ~(still == after.end() ? 0 : still->second);
      if (lost == 0) continue;
      if (next_us != date_us) return InvalidArgument("a change that withdraws names one version");
      Loss loss{next_us++, entry.id, entry.version, version_us, entry.facts, {}};
      loss.facts.reference_kinds = lost;
      const std::string names = EncodeNames(readers);
      loss.readers = Sha256(names);
      Write(kReaders, true, AsBytes(loss.readers), names);
      Write(kLosses, true, EntryKey(audience_, loss.date_us), EncodeLoss(loss));
    }
    return OkStatus();
  }

  static bool Matches(const Entry& entry, const std::string& version, const std::string& grant) {
    return (version.empty() || entry.version == version) && (grant.empty() || entry.grant == grant);
  }

  void Write(Family family, bool wanted, const std::string& key, std::string_view value) {
    if (wanted) batch_.Put(database_.families[family], key, rocksdb::Slice(value.data(), value.size()));
  }

  StatusOr<std::optional<std::string>> Get(Family family, const std::string& key) {
    std::string value;
    const rocksdb::Status status = batch_.GetFromBatchAndDB(database_.db.get(), rocksdb::ReadOptions(), database_.families[family], key, &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    NOROSHI_TRY(ToStatus(status));
    return std::optional<std::string>(std::move(value));
  }

  std::unique_ptr<rocksdb::Iterator> Iterate(Family family) {
    return std::unique_ptr<rocksdb::Iterator>(
        batch_.NewIteratorWithBase(database_.families[family], database_.db->NewIterator(rocksdb::ReadOptions(), database_.families[family])));
  }

  // Uses the payload of this version's first release here where the bytes are the same. (Audiences of one ledger entry share a key anyway.)
  Status ShareBytes(int64_t first_date_us, Entry& entry) {
    if (first_date_us <= 0 || first_date_us >= entry.date_us) return OkStatus();
    NOROSHI_ASSIGN(const std::optional<std::string> value, Get(kEntries, EntryKey(audience_, first_date_us)));
    Entry earlier;
    if (value && DecodeEntry(*value, earlier) && earlier.payload.content == entry.payload.content) entry.payload.key = earlier.payload.key;
    return OkStatus();
  }

  void Insert(const Entry& entry, Rows& rows) {
    Write(kUses, true, UseKey(entry.payload, audience_, entry.date_us), "");
    Write(kObjects, true, ObjectPrefix(audience_, entry.id) + BigEndian(entry.date_us), "");
    rows.entries.push_back(entry);
  }

  Status DropUse(const Entry& entry) {
    batch_.Delete(database_.families[kUses], UseKey(entry.payload, audience_, entry.date_us));
    const std::string prefix = PayloadKey(entry.payload);
    const auto at = Iterate(kUses);
    at->Seek(prefix);
    NOROSHI_TRY(ToStatus(at->status()));
    if (!at->Valid() || !at->key().starts_with(prefix)) batch_.Delete(database_.families[kPayloads], prefix);
    return OkStatus();
  }

  StatusOr<Rows> Load(const std::string& id) {
    Rows rows;
    const std::string prefix = ObjectPrefix(audience_, id);
    const auto at = Iterate(kObjects);
    for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next()) {
      if (!at->value().empty()) {
        const std::optional<Tombstone> tombstone = DecodeTombstone(View8(at->value()));
        if (!tombstone) return DataLoss("store: tombstone cannot be read");
        rows.tombstones.push_back(*tombstone);
        continue;
      }
      Entry entry;
      entry.date_us = FromBigEndian(View8(at->key()).substr(prefix.size()));
      NOROSHI_ASSIGN(const std::optional<std::string> value, Get(kEntries, EntryKey(audience_, entry.date_us)));
      if (!value || !DecodeEntry(*value, entry)) return DataLoss("store: entry cannot be read");
      rows.entries.push_back(std::move(entry));
    }
    NOROSHI_TRY(ToStatus(at->status()));
    return rows;
  }

  Status Store(Rows& rows) {
    SetHints(rows.entries, rows.tombstones);
    for (const Entry& entry : rows.entries) Write(kEntries, true, EntryKey(audience_, entry.date_us), EncodeEntry(entry));
    return OkStatus();
  }

  const Database& database_;
  const std::string audience_;
  rocksdb::WriteBatchWithIndex batch_;
};

class RocksStore final : public ObjectStore {
 public:
  explicit RocksStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Status Apply(std::string_view audience, const std::vector<Change>& changes, const Position& position) override {
    NOROSHI_ASSIGN(const Position before, GetPosition(audience));
    int64_t last_us = before.last_date_us;
    for (const Change& change : changes) {
      const int64_t date_us = std::holds_alternative<Put>(change)        ? std::get<Put>(change).entry.date_us
                              : std::holds_alternative<Restrict>(change) ? std::get<Restrict>(change).date_us
                                                                         : std::get<Withdraw>(change).date_us;
      if (date_us <= last_us) return InvalidArgument("date {} is not behind {}", date_us, last_us);
      last_us = date_us;
    }
    Writer writer(*database_, audience);
    for (const Change& change : changes) NOROSHI_TRY(std::visit(writer, change));
    return writer.Finish(position);
  }

  StatusOr<Position> GetPosition(std::string_view audience) override {
    std::string value;
    const rocksdb::Status status = database_->db->Get(rocksdb::ReadOptions(), database_->families[kDefault], PositionKey(audience), &value);
    if (status.IsNotFound()) return Position{};
    NOROSHI_TRY(ToStatus(status));
    const std::optional<Position> position = DecodePosition(value);
    if (!position) return DataLoss("store: position cannot be read");
    return *position;
  }

  StatusOr<std::unique_ptr<View>> NewView() const override { return std::make_unique<RocksView>(*database_); }

 private:
  const std::unique_ptr<Database> database_;
};

rocksdb::ColumnFamilyOptions FamilyOptions(size_t family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  if (family == kPayloads) {
    table.block_size = kPayloadBlockBytes;
    options.write_buffer_size = 64 << 20;
  }
  options.compression = rocksdb::kLZ4Compression;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

StatusOr<std::unique_ptr<ObjectStore>> Open(const std::string& directory, std::unique_ptr<rocksdb::Env> environment) {
  auto database = std::make_unique<Database>();
  database->environment = std::move(environment);
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 4;
  if (database->environment) options.env = database->environment.get();
  const auto cache = rocksdb::NewLRUCache(limits::kStoreBlockCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (size_t family = 0; family < kFamilies; ++family) descriptors.emplace_back(kFamilyNames[family], FamilyOptions(family, cache));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(options, directory, descriptors, &handles, &db);
  if (!opened.ok()) return FailedPrecondition("cannot open the store: {}", opened.ToString());
  database->db.reset(db);
  std::copy(handles.begin(), handles.end(), database->families.begin());
  std::string version;
  const rocksdb::Status found = db->Get(rocksdb::ReadOptions(), database->families[kDefault], kFormatKey, &version);
  if (found.IsNotFound()) {
    NOROSHI_TRY(ToStatus(db->Put(rocksdb::WriteOptions(), database->families[kDefault], kFormatKey, kFormatVersion)));
  } else if (!found.ok() || version != kFormatVersion) {
    return FailedPrecondition("the store has format `{}`, this program reads `{}`: delete it, and it is rebuilt", version, kFormatVersion);
  }
  return std::make_unique<RocksStore>(std::move(database));
}

}  // namespace

StatusOr<std::unique_ptr<ObjectStore>> OpenRocksStore(const std::string& directory) { return Open(directory, nullptr); }

StatusOr<std::unique_ptr<ObjectStore>> OpenMemoryStore() {
  return Open(kMemoryDirectory, std::unique_ptr<rocksdb::Env>(rocksdb::NewMemEnv(rocksdb::Env::Default())));
}

}  // namespace noroshi::store
