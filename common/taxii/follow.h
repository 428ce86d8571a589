// follow: step 8 of an object's way. Reads the layer's audience topics and applies each record to the store, in date_added order, position and
// content in one batch. One thread of its own; everything else here may be called from any thread.
//
// A record counts only with a valid proof chain that ends at the layer's relay. What cannot be right - a bad proof, an unreadable
// record, a date at or before the last with an unknown ledger sequence - stops that audience with an alert: it is then served no more (fail closed).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/log/log.h"
#include "common/store/object_store.h"
#include "common/taxii/call.h"

namespace noroshi::taxii {

struct FollowOptions {
  std::string layer;
  std::string relay_node;  // the only writer of the audiences
};

class Follower {
 public:
  using CurrentSnapshot = std::function<std::shared_ptr<const Snapshot>()>;
  // All four outlive the follower.
  static std::unique_ptr<Follower> Start(const FollowOptions& options, log::Log& log, store::ObjectStore& store, CurrentSnapshot snapshot, Progress& progress);
  virtual ~Follower() = default;  // stops
};

}  // namespace noroshi::taxii
