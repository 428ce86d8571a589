#include "common/relay/catalog.h"

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <functional>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/limits.h"

namespace noroshi::relay {
namespace {

constexpr uint32_t kFormat = 2;

std::string Number(uint64_t value) {
  std::string out(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8) out[i] = static_cast<char>(value & 0xff);
  return out;
}
uint64_t ReadNumber(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8 && i < bytes.size(); ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string ObjectKey(std::string_view id) { return fmt::format("o/{}", id); }
// Eight bytes for the target keep the index's keys short and apart; a collision only draws in an object that need not be.
uint64_t ShortHash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ull;  // FNV-1a: the same in every build
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3ull;
  return hash;
}
std::string ReferrerPrefix(std::string_view target) { return "r" + Number(ShortHash(target)); }
std::string PublicationKey(std::string_view node, uint64_t epoch, uint64_t sequence) {
  return fmt::format("d/{}/{}{}", node, Number(epoch), Number(sequence));
}
std::string HoldKey(int64_t until_us, std::string_view object_id, uint64_t publication) {
  return fmt::format("h/{}{}{}", Number(static_cast<uint64_t>(until_us)), Number(publication), object_id);
}
std::string WantedKey(std::string_view id) { return fmt::format("w/{}", id); }
std::string IngressKey(std::string_view topic) { return fmt::format("i/{}", topic); }
std::string CursorKey(std::string_view name) { return fmt::format("u/{}", name); }
std::string DecidedKey(std::string_view topic) { return fmt::format("x/{}", topic); }
constexpr char kMetaKey[] = "m/meta";

uint64_t WantedHash(const std::string& id) { return ShortHash(id); }

Status FromRocks(const rocksdb::Status& s) {
  if (s.ok()) return OkStatus();
  return Unavailable("catalog: {}", s.ToString());
}

}  // namespace

struct Catalog::Database {
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::WriteBatch batch;

  template <class Message>
  bool Get(const std::string& key, Message& out) const {
    rocksdb::PinnableSlice value;
    if (!db->Get(rocksdb::ReadOptions(), db->DefaultColumnFamily(), key, &value).ok()) return false;
    return out.ParseFromArray(value.data(), static_cast<int>(value.size()));
  }
  template <class Message>
  void Put(const std::string& key, const Message& message) {
    batch.Put(key, message.SerializeAsString());
  }
};

Catalog::Catalog() : database_(std::make_unique<Database>()) {}
Catalog::~Catalog() = default;

StatusOr<std::unique_ptr<Catalog>> Catalog::Open(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 64 << 20;
  options.max_background_jobs = 2;
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_cache = rocksdb::NewLRUCache(128 << 20);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::DB* db = nullptr;
  if (const rocksdb::Status s = rocksdb::DB::Open(options, directory, &db); !s.ok()) {
    return FailedPrecondition("catalog at `{}` cannot be opened: {}", directory, s.ToString());
  }
  std::unique_ptr<Catalog> catalog(new Catalog());
  catalog->database_->db.reset(db);
  if (catalog->database_->Get(kMetaKey, catalog->meta_) && catalog->meta_.format() != kFormat) {
    return FailedPrecondition("catalog at `{}` has format {}, this version writes {}; delete it and it is rebuilt from the ledger",
                              directory, catalog->meta_.format(), kFormat);
  }
  catalog->meta_.set_format(kFormat);
  catalog->LoadDecided();
  std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek("w/"); it->Valid() && it->key().starts_with("w/"); it->Next()) {
    catalog->wanted_.insert(WantedHash(std::string(it->key().data() + 2, it->key().size() - 2)));
  }
  return catalog;
}

v1::CatalogObject* Catalog::Load(const std::string& object_id) {
  if (const auto it = objects_.find(object_id); it != objects_.end()) return it->second.get();
  auto object = std::make_unique<v1::CatalogObject>();
  if (!database_->Get(ObjectKey(object_id), *object)) return nullptr;
  return objects_.emplace(object_id, std::move(object)).first->second.get();
}

v1::CatalogObject& Catalog::LoadOrCreate(const std::string& object_id) {
  if (v1::CatalogObject* object = Load(object_id)) return *object;
  auto object = std::make_unique<v1::CatalogObject>();
  object->set_id(object_id);
  return *objects_.emplace(object_id, std::move(object)).first->second;
}

const v1::CatalogObject* Catalog::Find(const std::string& object_id) { return Load(object_id); }

StatusOr<v1::CatalogObject> Catalog::Read(const std::string& object_id) const {
  v1::CatalogObject object;
  if (!database_->Get(ObjectKey(object_id), object)) return NotFound("no object with this id is known here");
  return object;
}

std::vector<std::string> Catalog::ReferrersOf(const std::string& object_id, size_t limit) const {
  std::vector<std::string> referrers;
  const std::string prefix = ReferrerPrefix(object_id);
  std::unique_ptr<rocksdb::Iterator> it(database_->db->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix) && referrers.size() < limit; it->Next()) {
    referrers.emplace_back(it->key().data() + prefix.size(), it->key().size() - prefix.size());
  }
  return referrers;
}

bool Catalog::Wanted(const std::string& object_id) const { return wanted_.contains(WantedHash(object_id)); }

std::optional<Publication> Catalog::FindPublication(std::string_view node, uint64_t epoch, uint64_t sequence) const {
  std::string value;
  if (!database_->db->Get(rocksdb::ReadOptions(), PublicationKey(node, epoch, sequence), &value).ok() || value.size() < 8) {
    return std::nullopt;
  }
  return Publication{value.substr(8), ReadNumber(value)};
}

std::vector<Publication> Catalog::HoldsEndingBy(int64_t until_us, size_t limit) const {
  std::vector<Publication> ended;
  std::unique_ptr<rocksdb::Iterator> it(database_->db->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek("h/"); it->Valid() && it->key().starts_with("h/") && ended.size() < limit; it->Next()) {
    const std::string_view key(it->key().data() + 2, it->key().size() - 2);
    if (static_cast<int64_t>(ReadNumber(key)) > until_us) break;
    ended.push_back({std::string(key.substr(16)), ReadNumber(key.substr(8))});
  }
  return ended;
}

std::optional<int64_t> Catalog::NextHoldEnd() const {
  std::unique_ptr<rocksdb::Iterator> it(database_->db->NewIterator(rocksdb::ReadOptions()));
  it->Seek("h/");
  if (!it->Valid() || !it->key().starts_with("h/")) return std::nullopt;
  return static_cast<int64_t>(ReadNumber({it->key().data() + 2, it->key().size() - 2}));
}

v1::IngressState Catalog::Ingress(const std::string& topic) const {
  v1::IngressState state;
  database_->Get(IngressKey(topic), state);
  return state;
}

void Catalog::SetIngress(const std::string& topic, const v1::IngressState& state) {
  database_->Put(IngressKey(topic), state);
  const auto decided = decided_.find(topic);
  if (decided == decided_.end()) return;
  auto& ranges = decided->second;
  decided_dirty_.insert(topic);
  while (!ranges.empty() && ranges.begin()->second <= state.next_offset()) ranges.erase(ranges.begin());
  if (ranges.empty()) decided_.erase(decided);
}

void Catalog::MarkDecided(const v1::Position& input) {
  if (input.topic().empty()) return;
  auto& ranges = decided_[input.topic()];
  decided_dirty_.insert(input.topic());
  log::Offset start = input.offset(), end = input.offset() + 1;
  auto next = ranges.upper_bound(start);
  if (next != ranges.begin()) {
    const auto before = std::prev(next);
    if (before->second >= end) return;
    if (before->second == start) {
      start = before->first;
      ranges.erase(before);
    }
  }
  if (next != ranges.end() && next->first == end) {
    end = next->second;
    ranges.erase(next);
  }
  ranges[start] = end;
}

void Catalog::LoadDecided() {
  decided_.clear();
  decided_dirty_.clear();
  decided_saved_.clear();
  std::unique_ptr<rocksdb::Iterator> it(database_->db->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek("x/"); it->Valid() && it->key().starts_with("x/"); it->Next()) {
    const std::string topic(it->key().data() + 2, it->key().size() - 2);
    v1::DecidedInputs saved;
    if (!saved.ParseFromArray(it->value().data(), static_cast<int>(it->value().size()))) continue;
    for (int i = 0; i + 1 < saved.bounds_size(); i += 2) decided_[topic][saved.bounds(i)] = saved.bounds(i + 1);
    decided_saved_.insert(topic);
  }
}

// On the live path a step's inputs are behind the position by now, and nothing is written.
void Catalog::SaveDecided() {
  for (const std::string& topic : decided_dirty_) {
    v1::DecidedInputs saved;
    if (const auto decided = decided_.find(topic); decided != decided_.end()) {
      for (const auto& [start, end] : decided->second) {
        saved.add_bounds(start);
        saved.add_bounds(end);
      }
    }
    if (saved.bounds_size() > 0) {
      database_->Put(DecidedKey(topic), saved);
      decided_saved_.insert(topic);
    } else if (decided_saved_.erase(topic) > 0) {
      database_->batch.Delete(DecidedKey(topic));
    }
  }
  decided_dirty_.clear();
}

bool Catalog::Decided(const std::string& topic, log::Offset offset) const {
  const auto decided = decided_.find(topic);
  if (decided == decided_.end()) return false;
  const auto next = decided->second.upper_bound(offset);
  return next != decided->second.begin() && offset < std::prev(next)->second;
}

v1::UplinkCursor Catalog::Cursor(const std::string& name) const {
  v1::UplinkCursor cursor;
  database_->Get(CursorKey(name), cursor);
  return cursor;
}

Status Catalog::SaveCursor(const std::string& name, const v1::UplinkCursor& cursor, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  return FromRocks(database_->db->Put(options, CursorKey(name), cursor.SerializeAsString()));
}

const v1::CatalogGrant* FindGrant(const v1::CatalogObject& object, uint64_t publication) {
  for (const v1::CatalogGrant& grant : object.grants()) {
    if (grant.publication() == publication) return &grant;
  }
  return nullptr;
}

const v1::Placement* FindPlacement(const v1::CatalogGrant& grant, std::string_view boundary) {
  for (const v1::Placement& placement : grant.placements()) {
    if (placement.verdict().boundary() == boundary) return &placement;
  }
  return nullptr;
}

bool SameVersion(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const StatusOr<WallTime> first = ParseTimestamp(a), second = ParseTimestamp(b);
  return first.ok() && second.ok() && *first == *second;
}

v1::Recall RecallOf(const v1::LedgerEntry& entry) {
  v1::Recall recall;
  recall.set_org(entry.grant().origin_org());
  recall.set_version(entry.facts().version());
  recall.set_before_us(entry.grant().accepted_us());
  return recall;
}

bool AddRecall(const v1::Recall& recall, Recalls& recalls) {
  for (v1::Recall& have : recalls) {
    if (have.org() != recall.org() || have.version().empty() != recall.version().empty() || !SameVersion(have.version(), recall.version())) continue;
    have.set_before_us(std::max(have.before_us(), recall.before_us()));
    return true;
  }
  if (recalls.size() >= static_cast<int>(limits::kGrantsPerObjectMax)) return false;
  *recalls.Add() = recall;
  return true;
}

bool IsRecalled(const Recalls& recalls, const v1::CatalogGrant& grant) {
  return std::any_of(recalls.begin(), recalls.end(), [&grant](const v1::Recall& recall) {
    if (recall.org() != grant.grant().origin_org()) return false;
    return recall.version().empty() ? grant.grant().accepted_us() <= recall.before_us() : SameVersion(recall.version(), grant.facts().version());
  });
}

void FoldVerdicts(const v1::LedgerEntry& entry, v1::CatalogGrant& grant) {
  for (const v1::LedgerVerdict& verdict : entry.verdicts()) {
    v1::Placement* placement = const_cast<v1::Placement*>(FindPlacement(grant, verdict.boundary()));
    if (placement == nullptr) placement = grant.add_placements();
    const bool releases = verdict.verdict() == "release" || verdict.verdict() == "reoriginate" || verdict.verdict() == "derive";
    if (releases && !placement->released()) placement->set_date_us(entry.stamp_us());
    placement->set_released(releases);
    *placement->mutable_verdict() = verdict;
    placement->set_time_us(entry.stamp_us());
    placement->set_policy_version(entry.policy_version());
    placement->set_membership_epoch(entry.membership_epoch());
  }
}

void Catalog::MarkWanted(const v1::ObjectFacts& facts) {
  const auto mark = [this](const std::string& id) {
    if (Load(id) != nullptr || !wanted_.insert(WantedHash(id)).second) return;
    database_->batch.Put(WantedKey(id), "");
  };
  for (const std::string& id : facts.refs()) mark(id);
  for (const std::string& id : facts.marking_refs()) mark(id);
}

void Catalog::MoveHold(const v1::CatalogGrant& grant, const std::string& object_id, int64_t until_us) {
  if (grant.hold_until_us() == until_us) return;
  if (grant.hold_until_us() != 0) database_->batch.Delete(HoldKey(grant.hold_until_us(), object_id, grant.publication()));
  if (until_us != 0 && until_us != kUntilTargetsAre) database_->batch.Put(HoldKey(until_us, object_id, grant.publication()), "");
}

void Catalog::ApplyDecision(const v1::LedgerEntry& entry) {
  const v1::ObjectFacts& facts = entry.facts();
  const v1::Grant& origin = entry.grant();
  if (facts.object_id().empty()) return;  // never became an object: checks 1 and 2
  const uint64_t publication = entry.publication() != 0 ? entry.publication() : entry.sequence();
  if (!origin.origin_node().empty() && origin.origin_sequence() != 0) {
    database_->batch.Put(PublicationKey(origin.origin_node(), origin.origin_epoch(), origin.origin_sequence()),
                         Number(publication) + facts.object_id());
  }
  v1::CatalogObject& object = LoadOrCreate(facts.object_id());
  dirty_.insert(facts.object_id());
  if (entry.status() == "duplicate") {
    if (auto* grant = const_cast<v1::CatalogGrant*>(FindGrant(object, publication))) {
      for (const std::string& via : origin.vias()) {
        bool known = false;
        for (const std::string& have : grant->grant().vias()) known = known || have == via;
        if (!known) grant->mutable_grant()->add_vias(via);
      }
    }
    return;
  }
  v1::CatalogGrant& grant = *object.add_grants();
  grant.set_publication(publication);
  *grant.mutable_input() = entry.input();
  *grant.mutable_facts() = facts;
  *grant.mutable_grant() = origin;
  grant.set_status(entry.status());
  grant.set_reason(entry.reason());
  grant.set_detail(entry.detail());
  grant.set_stamp_us(entry.stamp_us());
  grant.set_concealed(entry.concealed());
  FoldVerdicts(entry, grant);
  MoveHold(grant, facts.object_id(), entry.hold_until_us());
  grant.set_hold_until_us(entry.hold_until_us());
  bool open = false;
  for (const v1::LedgerVerdict& verdict : entry.verdicts()) open = open || verdict.dangling() || verdict.verdict() != "release";
  if (open) MarkWanted(facts);
  for (const std::string& ref : facts.refs()) database_->batch.Put(ReferrerPrefix(ref) + facts.object_id(), "");
  for (const std::string& ref : facts.marking_refs()) database_->batch.Put(ReferrerPrefix(ref) + facts.object_id(), "");
}

void Catalog::ApplyRevision(const v1::LedgerEntry& entry) {
  v1::CatalogObject* object = Load(entry.facts().object_id());
  NOROSHI_CHECK(object != nullptr);
  auto* grant = const_cast<v1::CatalogGrant*>(FindGrant(*object, entry.publication()));
  NOROSHI_CHECK(grant != nullptr);
  dirty_.insert(entry.facts().object_id());
  if (!entry.status().empty()) {
    grant->set_status(entry.status());
    grant->set_reason(entry.reason());
    grant->set_detail(entry.detail());
  }
  grant->set_concealed(entry.concealed());
  if (entry.grant().vias_size() > 0) *grant->mutable_grant()->mutable_vias() = entry.grant().vias();
  FoldVerdicts(entry, *grant);
  MoveHold(*grant, entry.facts().object_id(), entry.hold_until_us());
  grant->set_hold_until_us(entry.hold_until_us());
}

// What it ended says so in revisions of its own.
void Catalog::ApplyRecall(const v1::LedgerEntry& entry) {
  v1::CatalogObject& object = LoadOrCreate(entry.facts().object_id());
  dirty_.insert(entry.facts().object_id());
  AddRecall(RecallOf(entry), *object.mutable_recalls());
}

void Catalog::Apply(const v1::LedgerEntry& entry, log::Offset behind) {
  NOROSHI_CHECK(entry.sequence() == meta_.ledger_sequence() + 1);
  NOROSHI_CHECK(entry.stamp_us() > meta_.stamp_us());
  meta_.set_ledger_sequence(entry.sequence());
  meta_.set_stamp_us(entry.stamp_us());
  meta_.set_ledger_offset(behind);
  switch (entry.kind()) {
    case v1::ENTRY_DECISION:
      ApplyDecision(entry);
      MarkDecided(entry.input());
      break;
    case v1::ENTRY_REVISION: ApplyRevision(entry); break;
    case v1::ENTRY_RECALL:
      ApplyRecall(entry);
      MarkDecided(entry.input());
      break;
    case v1::ENTRY_MARKER: meta_.set_relay_epoch(entry.relay_epoch()); break;
    default: break;
  }
}

Status Catalog::Commit() {
  for (const std::string& id : dirty_) database_->Put(ObjectKey(id), *objects_.at(id));
  database_->Put(kMetaKey, meta_);
  SaveDecided();
  const rocksdb::Status s = database_->db->Write(rocksdb::WriteOptions(), &database_->batch);
  if (!s.ok()) return FromRocks(s);
  database_->batch.Clear();
  dirty_.clear();
  DropCold();
  return OkStatus();
}

void Catalog::Rollback() {
  database_->batch.Clear();
  dirty_.clear();
  objects_.clear();
  meta_.Clear();
  database_->Get(kMetaKey, meta_);
  meta_.set_format(kFormat);
  LoadDecided();
}

void Catalog::DropCold() {
  // All are clean after a commit; dropping everything at once is rare and simpler than an order of use.
  if (objects_.size() > kCachedObjects) objects_.clear();
}

}  // namespace noroshi::relay
