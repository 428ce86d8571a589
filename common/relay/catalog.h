// The relay's projection: what is known of every object, who published it, where it was released. A fold of the ledger: Apply is the only way in, on the
// live path as in a rebuild, so a deleted catalog comes back equal by replaying the ledger. RocksDB, no fsync: position and
// content share one WriteBatch, and what a crash loses is replayed.
//
// Threads: the relay's loop owns it; methods marked [any] may be called from other threads.
// Bounds: objects parsed in memory at most kCachedObjects.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/base/status.h"
#include "common/log/log.h"
#include "noroshi/v1/catalog.pb.h"

namespace noroshi::relay {

struct Publication {
  std::string object_id;
  uint64_t number = 0;  // ledger sequence of its DECISION
};

class Catalog {
 public:
  static constexpr size_t kCachedObjects = 100'000;
  // Error: FailedPrecondition where another process has it open or the format is another version.
  static StatusOr<std::unique_ptr<Catalog>> Open(const std::string& directory);
  ~Catalog();

  const v1::CatalogMeta& meta() const { return meta_; }
  // Borrowed until the next call that is not const; null: never seen.
  const v1::CatalogObject* Find(const std::string& object_id);
  // Objects that refer to it, at most `limit`.
  std::vector<std::string> ReferrersOf(const std::string& object_id, size_t limit) const;
  // Something was decided while this id was unknown. False positives are harmless.
  bool Wanted(const std::string& object_id) const;
  std::optional<Publication> FindPublication(std::string_view node, uint64_t epoch, uint64_t sequence) const;  // [any]
  // Publications whose hold ends at or before `until_us`, at most `limit`.
  std::vector<Publication> HoldsEndingBy(int64_t until_us, size_t limit) const;
  // This input has its entry in the ledger although the ingress position is still before it (after a crash within a step).
  bool Decided(const std::string& topic, log::Offset offset) const;
  // End of the earliest hold; nothing where none is held.
  std::optional<int64_t> NextHoldEnd() const;
  v1::IngressState Ingress(const std::string& topic) const;

  // Folds an entry in; `behind` is the ledger offset of the next one. Visible to Find at once, durable with Commit.
  void Apply(const v1::LedgerEntry& entry, log::Offset behind);
  void SetIngress(const std::string& topic, const v1::IngressState& state);
  Status Commit();
  // Back to what was committed: what a failed step had folded in is forgotten (and replayed from the ledger).
  void Rollback();

  // Cursors of what runs beside the loop, by name (`forward/<layer>`, `follow/<layer>`, `receipts/<layer>`). `sync`: survives power loss.
  v1::UplinkCursor Cursor(const std::string& name) const;                                          // [any]
  Status SaveCursor(const std::string& name, const v1::UplinkCursor& cursor, bool sync = false);  // [any]
  // Committed state, for explain.
  StatusOr<v1::CatalogObject> Read(const std::string& object_id) const;             // [any]

 private:
  Catalog();
  v1::CatalogObject* Load(const std::string& object_id);
  v1::CatalogObject& LoadOrCreate(const std::string& object_id);
  void ApplyDecision(const v1::LedgerEntry& entry);
  void ApplyRevision(const v1::LedgerEntry& entry);
  void ApplyRecall(const v1::LedgerEntry& entry);
  void MarkWanted(const v1::ObjectFacts& facts);
  void MoveHold(const v1::CatalogGrant& grant, const std::string& object_id, int64_t until_us);
  void DropCold();
  void MarkDecided(const v1::Position& input);
  void LoadDecided();
  void SaveDecided();

  struct Database;
  std::unique_ptr<Database> database_;
  v1::CatalogMeta meta_;
  std::unordered_map<std::string, std::unique_ptr<v1::CatalogObject>> objects_;
  std::unordered_set<std::string> dirty_;
  std::unordered_set<uint64_t> wanted_;  // hashes
  // Offsets with an entry at or behind the committed ingress position: [start, end) by topic, merged. Committed with the rest.
  std::unordered_map<std::string, std::map<log::Offset, log::Offset>> decided_;
  std::unordered_set<std::string> decided_dirty_, decided_saved_;  // topics
};

// CatalogGrant::hold_until_us of what waited its time and now waits only for what it refers to, which has a time of its own and draws it in.
inline constexpr int64_t kUntilTargetsAre = INT64_MAX;

// The grant of a publication in an object; null if it is not there.
const v1::CatalogGrant* FindGrant(const v1::CatalogObject& object, uint64_t publication);
const v1::Placement* FindPlacement(const v1::CatalogGrant& grant, std::string_view boundary);
using Recalls = google::protobuf::RepeatedPtrField<v1::Recall>;
// False: the object has limits::kGrantsPerObjectMax of them already.
bool AddRecall(const v1::Recall& recall, Recalls& recalls);
// The grant is of the version and the organisation of a recall, whenever it came.
bool IsRecalled(const Recalls& recalls, const v1::CatalogGrant& grant);
v1::Recall RecallOf(const v1::LedgerEntry& entry);
// Versions are equal when their times are (taxii 66, 67).
bool SameVersion(std::string_view a, std::string_view b);
// One entry's verdicts folded into a grant's placements (the same for the live path and for receipts).
void FoldVerdicts(const v1::LedgerEntry& entry, v1::CatalogGrant& grant);

}  // namespace noroshi::relay
