// What became of what this node accepted: a projection of the receipts that its relay, and through it every relay on the way, sends back.
// RocksDB without fsync; Begin is written before the ingress append, so a receipt always finds its item. Any thread.
// Kept kKeep after the last change.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/relay/accept.h"
#include "noroshi/v1/catalog.pb.h"
#include "noroshi/v1/envelope.pb.h"

namespace noroshi::relay {

class Submissions {
 public:
  static constexpr std::chrono::hours kKeep{72};
  // `layer`: of the first relay, whose word is the item's status.
  static StatusOr<std::unique_ptr<Submissions>> Open(const std::string& directory, std::string layer);
  ~Submissions();

  Status Add(const std::string& id, const v1::SubmissionMeta& meta, const std::vector<v1::SubmissionItem>& items);
  // Receipts read up to `behind` of the receipts topic.
  Status Fold(const std::vector<v1::Receipt>& receipts, uint64_t behind);
  uint64_t folded_to() const { return folded_to_; }
  StatusOr<SubmissionState> Find(const std::string& id, std::string_view org, uint64_t after, size_t limit) const;
  void Wait(const std::string& id, bool settled, std::chrono::milliseconds at_most);
  Status Forget(WallTime now);

 private:
  struct Totals {
    uint64_t total = 0, decided = 0, settled = 0, accepted = 0, refused = 0;
  };
  Submissions();
  Totals& TotalsOf(const std::string& id) const NOROSHI_REQUIRES(mutex_);

  struct Database;
  std::unique_ptr<Database> database_;
  std::string layer_;
  mutable Mutex mutex_;
  CondVar changed_;
  uint64_t folded_to_ = 0;
  mutable std::unordered_map<std::string, Totals> totals_ NOROSHI_GUARDED_BY(mutex_);  // bounded: cleared when large
};

}  // namespace noroshi::relay
