// The long calls of LogService. Each object serves one call on the gRPC thread that runs it.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/log/log.h"
#include "common/log/position.h"
#include "common/log/service.h"

namespace noroshi::v1 {
class SubscribeRequest;
class SubscribeReply;
}  // namespace noroshi::v1

namespace noroshi::log {

// Where replies go: false once the caller is gone. Blocks while the caller does not read.
using SendReply = std::function<bool(const v1::SubscribeReply&)>;
// True once the call was cancelled or the server shuts down; waits at most so long for the latter.
using Stopped = std::function<bool(std::chrono::milliseconds wait)>;

// Subscribe: merges the audiences that the peer may have, asks AccessPolicy for each record, and hands out positions.
class Subscription {
 public:
  Subscription(Log& log, const AccessPolicy& access, const PositionSealer& sealer, Peer peer);
  // Until the caller is gone, the server stops, or (follow=false) the ends that were there at the start are reached.
  Status Run(const v1::SubscribeRequest& request, const Stopped& stopped, const SendReply& send);

 private:
  Status Begin(const v1::SubscribeRequest& request);
  // Makes the reader anew when the peer's audiences are others than before.
  Status Refresh();
  StatusOr<Offset> StartOf(const AccessPolicy::AudienceTopic& source) const;
  // Collects deliveries; true when nothing more is there now.
  StatusOr<bool> Fill(v1::SubscribeReply& reply, const Stopped& stopped);
  void AddBatch(Batch batch, v1::SubscribeReply& reply);
  bool AtTargets() const;

  Log& log_;
  const AccessPolicy& access_;
  const PositionSealer& sealer_;
  const Peer peer_;
  const std::string owner_;
  std::vector<std::string> wanted_;  // sorted; empty: all
  int64_t from_time_us_ = 0;
  bool follow_ = true;

  std::vector<AccessPolicy::AudienceTopic> sources_;
  std::map<std::string, std::string> audience_of_;  // by topic
  Positions positions_;                             // next offset, by audience
  Positions targets_;                               // follow=false: end at the start, by audience
  std::unique_ptr<Reader> reader_;                  // null while there is nothing to read
  MonotonicTime refresh_at_{};
  std::optional<Batch> rest_;                       // read already, did not fit the last reply
  size_t rest_at_ = 0;
};

}  // namespace noroshi::log
