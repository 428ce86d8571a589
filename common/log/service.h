// LogService (proto/noroshi/v1/log.proto): serves a layer's log to its own nodes, raw, and to its members, record by record.
// gRPC threads only: nothing here touches a relay's state except through the thread-safe seams below.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace grpc {
class Service;
}

namespace noroshi::log {

// Who calls: from the client certificate's URI SAN, never from a message.
struct Peer {
  std::string federation;
  std::string org;
  std::string node;
};

// What a peer may do. Implemented by the role (relay/member_access.h); called from gRPC threads, per call and per record, so it must be
// thread-safe and quick. Denial looks like absence: the service answers NotFound for a topic that the peer may not know.
class AccessPolicy {
 public:
  virtual ~AccessPolicy() = default;
  virtual bool MayAppend(const Peer& peer, std::string_view topic) const = 0;
  virtual bool MayReadRaw(const Peer& peer, std::string_view topic) const = 0;   // the layer's own nodes
  // Audience topics (topic name and audience name) that the peer may subscribe to now; empty: nothing.
  struct AudienceTopic {
    std::string topic;
    std::string audience;
  };
  virtual std::vector<AudienceTopic> Subscribable(const Peer& peer) const = 0;
  // The record as this peer may have it (relay-only parts stripped), or nothing. `record` is an Envelope of an audience topic.
  virtual std::optional<std::string> ForMember(const Peer& peer, std::string_view audience, std::string_view record) const = 0;
  // Asked before records of an append are accepted; an error refuses the whole call and is sent to the caller.
  virtual Status CheckAppend(const Peer& peer, std::string_view topic, const std::vector<std::string>& records) const = 0;
};

// The gRPC service; `log` and `access` must outlive it. `position_key`: 32 secret bytes that seal member positions (stable across restarts).
class LogServiceServer {
 public:
  static std::unique_ptr<LogServiceServer> Create(Log& log, const AccessPolicy& access, std::string position_key);
  virtual ~LogServiceServer() = default;
  virtual grpc::Service* service() = 0;
  virtual void Shutdown() = 0;  // ends all streams
};

// A member's side of Subscribe: delivers what the layer lets this member have, in order per audience, across reconnects.
struct MemberDelivery {
  std::string audience;
  std::string record;
};
struct MemberBatch {
  std::vector<MemberDelivery> deliveries;
  std::string position;  // persist after the deliveries are durable; opaque
  bool caught_up = false;
};
class MemberReader {
 public:
  virtual ~MemberReader() = default;
  // As Reader::Poll. Unavailable while the layer cannot be reached (the caller may poll again; reconnects are its own, bounded).
  virtual StatusOr<MemberBatch> Poll(std::chrono::milliseconds wait) = 0;
  virtual void Cancel() = 0;
};
struct RemoteOptions;
StatusOr<std::unique_ptr<MemberReader>> SubscribeRemote(const RemoteOptions& options, std::vector<std::string> audiences,
                                                        std::string position, int64_t from_time_us, bool follow);

}  // namespace noroshi::log
