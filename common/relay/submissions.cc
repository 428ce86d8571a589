#include "common/relay/submissions.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <set>

namespace noroshi::relay {
namespace {

constexpr size_t kTotalsMax = 10'000;

std::string MetaKey(std::string_view id) { return fmt::format("m/{}", id); }
std::string ItemPrefix(std::string_view id) { return fmt::format("i/{}/", id); }
std::string ItemKey(std::string_view id, uint64_t number) { return fmt::format("i/{}/{:016x}", id, number); }
constexpr char kFoldedKey[] = "f/receipts";

ItemState StateOf(const std::string& status) {
  if (status.empty()) return ItemState::kPending;
  if (status == "accepted" || status == "withdrawn" || status == "recalled") return ItemState::kAccepted;
  if (status == "duplicate") return ItemState::kDuplicate;
  if (status == "refused") return ItemState::kRefused;
  return ItemState::kQuarantined;
}

// The layers whose relays have this object by now or will, as far as the answers so far tell; settled when all have given a final answer.
bool Settled(const v1::SubmissionItem& item, const std::string& first_layer) {
  std::set<std::string> expected{first_layer};
  std::set<std::string> answered;
  for (const v1::SubmissionLayer& layer : item.layers()) {
    if (layer.final()) answered.insert(layer.layer());
    for (const v1::Verdict& verdict : layer.verdicts()) {
      if (verdict.verdict() != "release") continue;
      const std::string& audience = verdict.audience();
      if (audience.starts_with("uplink/") || audience.starts_with("transit/")) expected.insert(audience.substr(audience.find('/') + 1));
    }
  }
  for (const std::string& layer : expected) {
    if (!answered.contains(layer)) return false;
  }
  return true;
}

void FoldInto(const v1::Receipt& receipt, const std::string& first_layer, v1::SubmissionItem& item) {
  v1::SubmissionLayer* layer = nullptr;
  for (v1::SubmissionLayer& have : *item.mutable_layers()) {
    if (have.layer() == receipt.layer()) layer = &have;
  }
  if (layer == nullptr) {
    layer = item.add_layers();
    layer->set_layer(receipt.layer());
  }
  layer->set_final(receipt.final());
  for (const v1::Verdict& verdict : receipt.verdicts()) {
    v1::Verdict* same = nullptr;
    for (v1::Verdict& have : *layer->mutable_verdicts()) {
      if (have.audience() == verdict.audience()) same = &have;
    }
    *(same != nullptr ? same : layer->add_verdicts()) = verdict;
  }
  if (receipt.layer() == first_layer && !receipt.status().empty()) {
    item.set_status(receipt.status());
    item.set_reason(receipt.reason());
    item.set_message(receipt.message());
    if (!receipt.version().empty()) item.set_version(receipt.version());
  }
  item.set_settled(Settled(item, first_layer));
}

ItemResult ResultOf(const v1::SubmissionItem& item) {
  ItemResult result;
  result.number = item.number();
  result.id = item.object_id();
  result.version = item.version();
  result.state = StateOf(item.status());
  result.reason = item.reason();
  // What was odd in the object stands beside what the relay says of it, also of one that it refused.
  result.message = item.message();
  if (!item.warning().empty()) result.message += (result.message.empty() ? "" : "; ") + item.warning();
  result.settled = item.settled();
  for (const v1::SubmissionLayer& layer : item.layers()) {
    for (const v1::Verdict& verdict : layer.verdicts()) {
      result.verdicts.push_back({layer.layer(), verdict.audience(), verdict.verdict(), verdict.reason(), verdict.rule(), verdict.policy_version(),
                                 verdict.epoch(), verdict.time_us()});
    }
  }
  return result;
}

Status FromRocks(const rocksdb::Status& s) { return s.ok() ? OkStatus() : Unavailable("submissions: {}", s.ToString()); }

}  // namespace

std::string_view ItemStateName(ItemState state) {
  switch (state) {
    case ItemState::kPending: return "pending";
    case ItemState::kAccepted: return "accepted";
    case ItemState::kDuplicate: return "duplicate";
    case ItemState::kRefused: return "refused";
    case ItemState::kQuarantined: return "quarantined";
  }
  return "";
}

struct Submissions::Database {
  std::unique_ptr<rocksdb::DB> db;
};

Submissions::Submissions() : database_(std::make_unique<Database>()) {}
Submissions::~Submissions() = default;

StatusOr<std::unique_ptr<Submissions>> Submissions::Open(const std::string& directory, std::string layer) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  if (const rocksdb::Status s = rocksdb::DB::Open(options, directory, &db); !s.ok()) {
    return FailedPrecondition("submissions at `{}` cannot be opened: {}", directory, s.ToString());
  }
  std::unique_ptr<Submissions> submissions(new Submissions());
  submissions->database_->db.reset(db);
  submissions->layer_ = std::move(layer);
  std::string folded;
  if (db->Get(rocksdb::ReadOptions(), kFoldedKey, &folded).ok()) submissions->folded_to_ = std::stoull(folded);
  return submissions;
}

Submissions::Totals& Submissions::TotalsOf(const std::string& id) const {
  if (const auto it = totals_.find(id); it != totals_.end()) return it->second;
  if (totals_.size() >= kTotalsMax) totals_.clear();
  Totals& totals = totals_[id];
  const std::string prefix = ItemPrefix(id);
  std::unique_ptr<rocksdb::Iterator> it(database_->db->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    v1::SubmissionItem item;
    if (!item.ParseFromArray(it->value().data(), static_cast<int>(it->value().size()))) continue;
    const ItemState state = StateOf(item.status());
    ++totals.total;
    totals.decided += state != ItemState::kPending;
    totals.settled += item.settled();
    totals.accepted += state == ItemState::kAccepted || state == ItemState::kDuplicate;
    totals.refused += state == ItemState::kRefused || state == ItemState::kQuarantined;
  }
  return totals;
}

Status Submissions::Add(const std::string& id, const v1::SubmissionMeta& meta, const std::vector<v1::SubmissionItem>& items) {
  MutexLock lock(mutex_);
  rocksdb::WriteBatch batch;
  batch.Put(MetaKey(id), meta.SerializeAsString());
  for (const v1::SubmissionItem& item : items) batch.Put(ItemKey(id, item.number()), item.SerializeAsString());
  totals_.erase(id);
  return FromRocks(database_->db->Write(rocksdb::WriteOptions(), &batch));
}

Status Submissions::Fold(const std::vector<v1::Receipt>& receipts, uint64_t behind) {
  MutexLock lock(mutex_);
  std::unordered_map<std::string, v1::SubmissionItem> items;
  for (const v1::Receipt& receipt : receipts) {
    if (receipt.submission().empty()) continue;
    const std::string key = ItemKey(receipt.submission(), receipt.number());
    const auto [it, fresh] = items.try_emplace(key);
    if (fresh) {
      std::string value;
      if (!database_->db->Get(rocksdb::ReadOptions(), key, &value).ok() || !it->second.ParseFromString(value)) {
        items.erase(it);  // forgotten
        continue;
      }
    }
    v1::SubmissionItem& item = it->second;
    const ItemState before = StateOf(item.status());
    const bool settled_before = item.settled();
    FoldInto(receipt, layer_, item);
    const ItemState after = StateOf(item.status());
    Totals& totals = TotalsOf(receipt.submission());
    totals.decided += (after != ItemState::kPending) - (before != ItemState::kPending);
    totals.settled += int{item.settled()} - int{settled_before};
    const auto good = [](ItemState s) { return s == ItemState::kAccepted || s == ItemState::kDuplicate; };
    const auto bad = [](ItemState s) { return s == ItemState::kRefused || s == ItemState::kQuarantined; };
    totals.accepted += int{good(after)} - int{good(before)};
    totals.refused += int{bad(after)} - int{bad(before)};
  }
  rocksdb::WriteBatch batch;
  for (const auto& [key, item] : items) batch.Put(key, item.SerializeAsString());
  batch.Put(kFoldedKey, std::to_string(behind));
  NOROSHI_TRY(FromRocks(database_->db->Write(rocksdb::WriteOptions(), &batch)));
  folded_to_ = behind;
  changed_.notify_all();
  return OkStatus();
}

StatusOr<SubmissionState> Submissions::Find(const std::string& id, std::string_view org, uint64_t after, size_t limit) const {
  MutexLock lock(mutex_);
  std::string value;
  v1::SubmissionMeta meta;
  if (!database_->db->Get(rocksdb::ReadOptions(), MetaKey(id), &value).ok() || !meta.ParseFromString(value) || meta.org() != org) {
    return NotFound("no submission with this id");
  }
  const Totals& totals = TotalsOf(id);
  SubmissionState state;
  state.id = id;
  state.org = meta.org();
  state.account = meta.account();
  state.received_us = meta.received_us();
  state.total = totals.total;
  state.decided = totals.decided;
  state.settled = totals.settled;
  state.accepted = totals.accepted;
  state.refused = totals.refused;
  const std::string prefix = ItemPrefix(id);
  std::unique_ptr<rocksdb::Iterator> it(database_->db->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek(ItemKey(id, after + 1)); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    if (state.items.size() == limit) {
      state.more = true;
      break;
    }
    v1::SubmissionItem item;
    if (item.ParseFromArray(it->value().data(), static_cast<int>(it->value().size()))) state.items.push_back(ResultOf(item));
  }
  return state;
}

void Submissions::Wait(const std::string& id, bool settled, std::chrono::milliseconds at_most) {
  MutexLock lock(mutex_);
  changed_.wait_for(mutex_, at_most, [&] {
    const Totals& totals = TotalsOf(id);
    return (settled ? totals.settled : totals.decided) >= totals.total;
  });
}

Status Submissions::Forget(WallTime now) {
  MutexLock lock(mutex_);
  rocksdb::WriteBatch batch;
  const int64_t before_us = ToMicros(now - kKeep);
  std::unique_ptr<rocksdb::Iterator> it(database_->db->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek("m/"); it->Valid() && it->key().starts_with("m/"); it->Next()) {
    v1::SubmissionMeta meta;
    if (!meta.ParseFromArray(it->value().data(), static_cast<int>(it->value().size())) || meta.received_us() >= before_us) continue;
    const std::string id(it->key().data() + 2, it->key().size() - 2);
    if (const Totals& totals = TotalsOf(id); totals.decided < totals.total) continue;
    std::unique_ptr<rocksdb::Iterator> items(database_->db->NewIterator(rocksdb::ReadOptions()));
    const std::string prefix = ItemPrefix(id);
    for (items->Seek(prefix); items->Valid() && items->key().starts_with(prefix); items->Next()) batch.Delete(items->key());
    batch.Delete(it->key());
    totals_.erase(id);
  }
  return FromRocks(database_->db->Write(rocksdb::WriteOptions(), &batch));
}

}  // namespace noroshi::relay
