// LogService. A call holds a gRPC thread while it lasts (an append stream two), which is fine for some hundred members: net's
// ApplyServerLimits caps the threads of the server, kGrpcStreamsPerPeerMax the streams of one node.
#include "common/log/service.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/log/checks.h"
#include "common/log/grpc_status.h"
#include "common/log/service_streams.h"
#include "common/net/tls.h"
#include "noroshi/v1/log.grpc.pb.h"

namespace noroshi::log {
namespace {

constexpr std::chrono::milliseconds kPollWait{250};

using AppendCall = grpc::ServerReaderWriter<v1::AppendReply, v1::AppendRequest>;

// Appends under way for one caller, answered in order by a thread of its own.
class AppendWindow {
 public:
  explicit AppendWindow(AppendCall& call) : call_(call), replier_([this] { Reply(); }) {}

  // Blocks while the window is full. False: an append failed, stop.
  bool Add(Log& log, const std::string& topic, std::vector<std::string> records) {
    const size_t bytes = TotalBytes(records);
    Slot* slot = nullptr;
    {
      const MutexLock lock(mutex_);
      while (failed_.ok() && !gone_ &&
             (slots_.size() >= limits::kAppendWindowCallsMax || bytes_ > limits::kAppendWindowBytesMax)) {
        changed_.wait(mutex_);
      }
      if (!failed_.ok() || gone_) return false;
      slot = &slots_.emplace_back(Slot{bytes, uint32_t(records.size()), {}});
      bytes_ += bytes;
    }
    log.Append(topic, std::move(records), [this, slot](StatusOr<Appended> result) {
      const MutexLock lock(mutex_);
      slot->result = std::move(result);
      changed_.notify_all();
    });
    return true;
  }

  // Waits until every append is settled; then the first error, if any.
  Status Finish() {
    {
      const MutexLock lock(mutex_);
      closing_ = true;
      changed_.notify_all();
    }
    replier_.join();
    const MutexLock lock(mutex_);
    return failed_;
  }

 private:
  struct Slot {
    size_t bytes;
    uint32_t count;
    std::optional<StatusOr<Appended>> result;
  };

  // Goes on after an error or a lost caller until nothing refers to the slots any more, without answering.
  void Reply() {
    while (true) {
      v1::AppendReply reply;
      bool answer = false;
      {
        const MutexLock lock(mutex_);
        while (slots_.empty() ? !closing_ : !slots_.front().result) changed_.wait(mutex_);
        if (slots_.empty()) return;
        const Slot& slot = slots_.front();
        if (slot.result->ok()) {
          reply.set_first_offset((*slot.result)->first);
          reply.set_count(slot.count);
          answer = failed_.ok() && !gone_;
        } else if (failed_.ok()) {
          // As a reply, not as the call's status: the call's own thread waits for the caller's next message.
          failed_ = slot.result->status();
          reply.set_error_code(uint32_t(failed_.code()));
          reply.set_error(std::string(Message(failed_)));
          answer = !gone_;
        }
        bytes_ -= slot.bytes;
        slots_.pop_front();
        changed_.notify_all();
      }
      if (answer && !call_.Write(reply)) {
        const MutexLock lock(mutex_);
        gone_ = true;
        changed_.notify_all();
      }
    }
  }

  AppendCall& call_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Slot> slots_ NOROSHI_GUARDED_BY(mutex_);  // addresses of the others stay good at both ends
  size_t bytes_ NOROSHI_GUARDED_BY(mutex_) = 0;
  Status failed_ NOROSHI_GUARDED_BY(mutex_);
  bool gone_ NOROSHI_GUARDED_BY(mutex_) = false;
  bool closing_ NOROSHI_GUARDED_BY(mutex_) = false;
  std::thread replier_;
};

// Which topics are appended to by whom, and which have to be recovered before the next one. A topic is recovered only while nobody
// appends to it: a stream that has not yet noticed the failure must not get a later record in behind it.
class AppendTopics {
 public:
  Status Enter(Log& log, const std::string& topic) {
    const MutexLock lock(mutex_);
    State& state = states_[topic];
    if (state.failed) {
      if (state.streams > 0) return Unavailable("`{}` is being recovered", topic);
      NOROSHI_TRY(log.Recover(topic));
      state.failed = false;
    }
    ++state.streams;
    return OkStatus();
  }
  void Leave(const std::string& topic, bool failed) {
    const MutexLock lock(mutex_);
    const auto at = states_.find(topic);
    at->second.failed |= failed;
    if (--at->second.streams == 0 && !at->second.failed) states_.erase(at);
  }

 private:
  struct State {
    int streams = 0;
    bool failed = false;
  };
  Mutex mutex_;
  std::map<std::string, State> states_ NOROSHI_GUARDED_BY(mutex_);
};

class Server final : public LogServiceServer, public v1::LogService::Service {
 public:
  Server(Log& log, const AccessPolicy& access, std::string position_key)
      : log_(log), access_(access), sealer_(std::move(position_key)) {}

  grpc::Service* service() override { return this; }

  void Shutdown() override {
    const MutexLock lock(mutex_);
    stopping_ = true;
    stopping_changed_.notify_all();
    for (grpc::ServerContext* context : contexts_) context->TryCancel();
  }

 private:
  // A call on its way in: known peer, counted against the peer's streams, ended by Shutdown.
  class Call {
   public:
    Call(Server& server, grpc::ServerContext& context) : server_(server), context_(context) { status_ = Enter(); }
    ~Call() {
      if (!entered_) return;
      const MutexLock lock(server_.mutex_);
      server_.contexts_.erase(&context_);
      if (--server_.streams_[key_] == 0) server_.streams_.erase(key_);
    }
    const Status& status() const { return status_; }
    const Peer& peer() const { return peer_; }
    bool stopped() const { return server_.stopping_ || context_.IsCancelled(); }
    // Waits until the server stops, at most so long.
    bool WaitStopped(std::chrono::milliseconds wait) const {
      if (wait.count() > 0) {
        const MonotonicTime deadline = SystemClock().Monotonic() + wait;
        const MutexLock lock(server_.mutex_);
        while (!server_.stopping_) {
          if (server_.stopping_changed_.wait_until(server_.mutex_, deadline) == std::cv_status::timeout) break;
        }
      }
      return stopped();
    }

   private:
    Status Enter() {
      NOROSHI_ASSIGN(peer_, PeerOf(context_));
      key_ = peer_.org + "/" + peer_.node;
      const MutexLock lock(server_.mutex_);
      if (server_.stopping_) return Unavailable("shutting down");
      int& streams = server_.streams_[key_];
      if (streams >= limits::kGrpcStreamsPerPeerMax) {
        return ResourceExhausted("node has {} streams open, limit is {}", streams, limits::kGrpcStreamsPerPeerMax);
      }
      ++streams;
      server_.contexts_.insert(&context_);
      entered_ = true;
      return OkStatus();
    }

    Server& server_;
    grpc::ServerContext& context_;
    Peer peer_;
    std::string key_;
    bool entered_ = false;
    Status status_;
  };

  static StatusOr<Peer> PeerOf(const grpc::ServerContext& context) {
    NOROSHI_ASSIGN(net::SpiffeId id, net::PeerIdentity(context));
    return Peer{std::move(id.federation), std::move(id.org), std::move(id.node)};
  }

  grpc::Status Append(grpc::ServerContext* context, AppendCall* stream) override {
    const Call call(*this, *context);
    if (!call.status().ok()) return ToGrpc(call.status());
    v1::AppendRequest request;
    if (!stream->Read(&request)) return grpc::Status::OK;
    const std::string topic = request.topic();
    if (!access_.MayAppend(call.peer(), topic)) return ToGrpc(TopicNotFound(topic));
    if (const Status entered = appends_.Enter(log_, topic); !entered.ok()) return ToGrpc(entered);
    AppendWindow window(*stream);
    Status refused;
    do {
      refused = AppendOne(call.peer(), topic, request, window);
    } while (refused.ok() && !call.stopped() && stream->Read(&request));
    const Status failed = window.Finish();
    appends_.Leave(topic, !failed.ok() && failed.code() != StatusCode::kNotFound);
    return ToGrpc(failed.ok() ? refused : failed);
  }

  Status AppendOne(const Peer& peer, const std::string& topic, v1::AppendRequest& request, AppendWindow& window) {
    if (!request.topic().empty() && request.topic() != topic) {
      return InvalidArgument("one call appends to one topic, got `{}` after `{}`", request.topic(), topic);
    }
    if (!access_.MayAppend(peer, topic)) return TopicNotFound(topic);  // asked each time: a right may end
    std::vector<std::string> records;
    records.reserve(size_t(request.records_size()));
    for (std::string& record : *request.mutable_records()) records.push_back(std::move(record));
    NOROSHI_TRY(CheckRecords(records));
    NOROSHI_TRY(access_.CheckAppend(peer, topic, records));
    if (!window.Add(log_, topic, std::move(records))) return Unavailable("append stream has ended");
    return OkStatus();
  }

  grpc::Status Read(grpc::ServerContext* context, const v1::ReadRequest* request,
                    grpc::ServerWriter<v1::ReadReply>* writer) override {
    const Call call(*this, *context);
    if (!call.status().ok()) return ToGrpc(call.status());
    return ToGrpc(ReadRaw(call, *request, *writer));
  }

  Status ReadRaw(const Call& call, const v1::ReadRequest& request, grpc::ServerWriter<v1::ReadReply>& writer) {
    std::vector<ReadFrom> from;
    for (const v1::ReadRequest::From& one : request.from()) {
      if (!access_.MayReadRaw(call.peer(), one.topic())) return TopicNotFound(one.topic());
      from.push_back({one.topic(), one.offset()});
    }
    NOROSHI_ASSIGN(const std::unique_ptr<Reader> reader, log_.Read(std::move(from)));
    while (!call.stopped()) {
      NOROSHI_ASSIGN(Batch batch, reader->Poll(kPollWait));
      if (batch.records.empty()) continue;
      if (!access_.MayReadRaw(call.peer(), batch.topic)) return TopicNotFound(batch.topic);
      v1::ReadReply reply;
      reply.set_topic(std::move(batch.topic));
      reply.set_first_offset(batch.offsets.front());
      const bool dense = batch.offsets.back() - batch.offsets.front() + 1 == batch.offsets.size();
      if (!dense) reply.mutable_offsets()->Add(batch.offsets.begin(), batch.offsets.end());
      for (std::string& record : batch.records) reply.add_records(std::move(record));
      if (!writer.Write(reply)) break;
    }
    return OkStatus();
  }

  // Also for those who may only append: a member may know how far its own ingress goes.
  grpc::Status Bounds(grpc::ServerContext* context, const v1::BoundsRequest* request, v1::BoundsReply* reply) override {
    const auto peer = PeerOf(*context);
    if (!peer.ok()) return ToGrpc(peer.status());
    if (!access_.MayReadRaw(*peer, request->topic()) && !access_.MayAppend(*peer, request->topic())) {
      return ToGrpc(TopicNotFound(request->topic()));
    }
    const auto bounds = log_.GetBounds(request->topic());
    if (!bounds.ok()) return ToGrpc(bounds.status());
    reply->set_exists(true);
    reply->set_first(bounds->first);
    reply->set_end(bounds->end);
    return grpc::Status::OK;
  }

  grpc::Status ListTopics(grpc::ServerContext* context, const v1::ListTopicsRequest* request, v1::ListTopicsReply* reply) override {
    const auto peer = PeerOf(*context);
    if (!peer.ok()) return ToGrpc(peer.status());
    const auto topics = log_.ListTopics(request->prefix());
    if (!topics.ok()) return ToGrpc(topics.status());
    for (const std::string& topic : *topics) {
      if (access_.MayReadRaw(*peer, topic)) reply->add_topics(topic);
    }
    return grpc::Status::OK;
  }

  grpc::Status EnsureTopic(grpc::ServerContext* context, const v1::EnsureTopicRequest* request,
                           v1::EnsureTopicReply*) override {
    const auto peer = PeerOf(*context);
    if (!peer.ok()) return ToGrpc(peer.status());
    if (!access_.MayReadRaw(*peer, request->topic())) return ToGrpc(TopicNotFound(request->topic()));
    return ToGrpc(log_.EnsureTopic(request->topic()));
  }

  grpc::Status Subscribe(grpc::ServerContext* context, const v1::SubscribeRequest* request,
                         grpc::ServerWriter<v1::SubscribeReply>* writer) override {
    const Call call(*this, *context);
    if (!call.status().ok()) return ToGrpc(call.status());
    Subscription subscription(log_, access_, sealer_, call.peer());
    const Status end = subscription.Run(
        *request, [&](std::chrono::milliseconds wait) { return call.WaitStopped(wait); }, [&](const v1::SubscribeReply& reply) { return writer->Write(reply); });
    if (end.ok() && stopping_) return ToGrpc(Unavailable("shutting down"));
    if (end.ok() || end.code() == StatusCode::kInvalidArgument) return ToGrpc(end);
    // The log's own words name offsets, by which a member could count what it was not given.
    return ToGrpc(MakeStatus(end.code(), end.code() == StatusCode::kOutOfRange ? "position is no longer held"
                                                                               : "subscription cannot go on now"));
  }

  Log& log_;
  const AccessPolicy& access_;
  const PositionSealer sealer_;
  AppendTopics appends_;
  std::atomic<bool> stopping_ = false;
  Mutex mutex_;
  CondVar stopping_changed_;
  std::set<grpc::ServerContext*> contexts_ NOROSHI_GUARDED_BY(mutex_);
  std::map<std::string, int> streams_ NOROSHI_GUARDED_BY(mutex_);  // by node
};

}  // namespace

std::unique_ptr<LogServiceServer> LogServiceServer::Create(Log& log, const AccessPolicy& access,
                                                           std::string position_key) {
  return std::make_unique<Server>(log, access, std::move(position_key));
}

}  // namespace noroshi::log
