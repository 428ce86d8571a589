// A log behind a LogService. Appends of a topic share one stream, on which a thread waits for the acknowledgements; each reader
// is a stream of its own. gRPC reconnects the channel; a broken stream fails what was on it.
#include <grpcpp/grpcpp.h>

#include <deque>
#include <map>
#include <thread>
#include <utility>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/log/backends.h"
#include "common/log/checks.h"
#include "common/log/grpc_status.h"
#include "common/log/stream_pump.h"
#include "common/net/tls.h"
#include "noroshi/v1/log.grpc.pb.h"

namespace noroshi::log {
namespace {

constexpr std::chrono::seconds kCallDeadline{30};
constexpr std::chrono::milliseconds kReachWithin{3'000};

// One append stream and what is unanswered on it. Destroyed only when its stream has ended or shall end.
class AppendStream {
 public:
  AppendStream(v1::LogService::Stub& stub, std::string topic)
      : topic_(std::move(topic)), stream_(stub.Append(&context_)), thread_([this] { ReadReplies(); }) {}

  ~AppendStream() {
    context_.TryCancel();
    thread_.join();
  }

  // Blocks while the window is full. `done` is called by this or by the thread that reads the replies.
  void Append(std::vector<std::string> records, AppendDone done) {
    v1::AppendRequest request;
    const size_t bytes = TotalBytes(records);
    const MutexLock order(write_mutex_);  // what is sent first is expected first
    if (!AddPending(records.size(), bytes, done)) return;
    if (!topic_sent_) request.set_topic(topic_);
    topic_sent_ = true;
    for (std::string& record : records) request.add_records(std::move(record));
    stream_->Write(request);  // when it fails, ReadReplies finds the stream's end and tells everybody
  }

  Status failed() {
    const MutexLock lock(mutex_);
    return failed_;
  }
  // Everybody was told; only the thread's last step is left.
  bool finished() {
    const MutexLock lock(mutex_);
    return finished_;
  }

 private:
  struct Pending {
    size_t count;
    size_t bytes;
    AppendDone done;
  };

  // False: refused, `done` was called.
  bool AddPending(size_t count, size_t bytes, AppendDone& done) {
    Status failed;
    {
      const MutexLock lock(mutex_);
      // A `done` runs on the thread that empties the window: it must never wait for itself.
      while (failed_.ok() && std::this_thread::get_id() != thread_.get_id() &&
             (pending_.size() >= limits::kAppendWindowCallsMax || pending_bytes_ > limits::kAppendWindowBytesMax)) {
        space_.wait(mutex_);
      }
      failed = failed_;
      if (failed.ok()) {
        pending_bytes_ += bytes;
        pending_.push_back({count, bytes, std::move(done)});
      }
    }
    if (!failed.ok()) done(failed);
    return failed.ok();
  }

  void ReadReplies() {
    v1::AppendReply reply;
    Status end;
    while (stream_->Read(&reply)) {
      if (reply.error_code() != 0) {
        end = MakeStatus(static_cast<StatusCode>(reply.error_code()), reply.error());
        context_.TryCancel();
        break;
      }
      Pending pending;
      {
        const MutexLock lock(mutex_);
        if (pending_.empty() || pending_.front().count != reply.count()) {
          end = Internal("append of {} records was answered, not the one sent", reply.count());
          context_.TryCancel();
          break;
        }
        pending = std::move(pending_.front());
        pending_.pop_front();
        pending_bytes_ -= pending.bytes;
        space_.notify_all();
      }
      pending.done(Appended{reply.first_offset(), reply.first_offset() + reply.count() - 1});
    }
    const Status finished = FromGrpc(stream_->Finish());
    if (end.ok()) end = finished.ok() ? Unavailable("append stream was closed by the other side") : finished;
    std::deque<Pending> lost;
    {
      const MutexLock lock(mutex_);
      failed_ = end;
      lost.swap(pending_);
      space_.notify_all();
    }
    for (Pending& pending : lost) pending.done(end);
    const MutexLock lock(mutex_);
    finished_ = true;
  }

  const std::string topic_;
  grpc::ClientContext context_;
  const std::unique_ptr<grpc::ClientReaderWriter<v1::AppendRequest, v1::AppendReply>> stream_;
  Mutex write_mutex_;
  bool topic_sent_ NOROSHI_GUARDED_BY(write_mutex_) = false;
  Mutex mutex_;
  CondVar space_;
  std::deque<Pending> pending_ NOROSHI_GUARDED_BY(mutex_);
  size_t pending_bytes_ NOROSHI_GUARDED_BY(mutex_) = 0;
  Status failed_ NOROSHI_GUARDED_BY(mutex_);
  bool finished_ NOROSHI_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when the rest is there
};

class RemoteReader final : public Reader {
 public:
  RemoteReader(std::shared_ptr<grpc::Channel> channel, v1::LogService::Stub& stub, std::vector<ReadFrom> from)
      : channel_(std::move(channel)), stub_(stub), from_(std::move(from)) {}

  StatusOr<Batch> Poll(std::chrono::milliseconds wait) override {
    auto next = pump_.Next(wait, [this] { return MakeRun(); });
    if (!next.ok()) return next.status();
    if (!next->has_value()) return Batch{};
    return ToBatch(**next);
  }
  void Cancel() override { pump_.Cancel(); }

 private:
  using Pump = StreamPump<v1::ReadReply>;

  Pump::Run MakeRun() {
    v1::ReadRequest request;
    for (const ReadFrom& from : from_) {
      v1::ReadRequest::From* one = request.add_from();
      one->set_topic(from.topic);
      one->set_offset(from.offset);
    }
    return [channel = channel_, &stub = stub_, request = std::move(request)](Pump::Session& session) {
      if (const Status reached = net::WaitUntilReached(*channel, kReachWithin); !reached.ok()) return reached;
      grpc::ClientContext context;
      session.OnCancel([&] { context.TryCancel(); });
      const auto stream = stub.Read(&context, request);
      v1::ReadReply reply;
      bool cancelled = false;
      while (!cancelled && stream->Read(&reply)) {
        cancelled = !session.Push(std::move(reply));
        reply.Clear();
      }
      if (cancelled) context.TryCancel();
      const Status end = FromGrpc(stream->Finish());
      session.OnCancel(nullptr);
      return end.ok() ? Unavailable("read stream was closed by the other side") : end;
    };
  }

  StatusOr<Batch> ToBatch(v1::ReadReply& reply) {
    Batch batch{reply.topic(), {}, {}};
    if (reply.offsets_size() != 0 && reply.offsets_size() != reply.records_size()) {
      return Internal("reply has {} records and {} offsets", reply.records_size(), reply.offsets_size());
    }
    for (int i = 0; i < reply.records_size(); ++i) {
      batch.offsets.push_back(reply.offsets_size() != 0 ? reply.offsets(i) : reply.first_offset() + Offset(i));
      batch.records.push_back(std::move(*reply.mutable_records(i)));
    }
    for (ReadFrom& from : from_) {
      if (from.topic == batch.topic && !batch.offsets.empty()) from.offset = batch.offsets.back() + 1;
    }
    return batch;
  }

  const std::shared_ptr<grpc::Channel> channel_;
  v1::LogService::Stub& stub_;
  std::vector<ReadFrom> from_;  // what the next stream has to begin with
  Pump pump_;
};

class RemoteLog final : public Log {
 public:
  explicit RemoteLog(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)), stub_(v1::LogService::NewStub(channel_)) {}

  Status EnsureTopic(std::string_view topic) override {
    NOROSHI_TRY(CheckTopicName(topic));
    v1::EnsureTopicRequest request;
    request.set_topic(std::string(topic));
    v1::EnsureTopicReply reply;
    NOROSHI_TRY(net::WaitUntilReached(*channel_, kReachWithin));
    grpc::ClientContext context;
    SetDeadline(context);
    return FromGrpc(stub_->EnsureTopic(&context, request, &reply));
  }

  void Append(std::string_view topic, std::vector<std::string> records, AppendDone done) override {
    if (const Status checked = Check(topic, records); !checked.ok()) return done(checked);
    if (const Status reached = net::WaitUntilReached(*channel_, kReachWithin); !reached.ok()) return done(reached);
    Stream(topic)->Append(std::move(records), std::move(done));
  }

  Status Recover(std::string_view topic) override {
    const MutexLock lock(mutex_);
    const auto found = streams_.find(topic);
    if (found == streams_.end() || found->second->failed().ok()) return OkStatus();
    // Not destroyed here: its thread may still be inside a `done`, and be the one that calls this.
    std::erase_if(retired_, [](const auto& stream) { return stream.use_count() == 1 && stream->finished(); });
    retired_.push_back(std::move(found->second));
    streams_.erase(found);
    return OkStatus();
  }

  StatusOr<Bounds> GetBounds(std::string_view topic) override {
    NOROSHI_TRY(CheckTopicName(topic));
    v1::BoundsRequest request;
    request.set_topic(std::string(topic));
    v1::BoundsReply reply;
    NOROSHI_TRY(net::WaitUntilReached(*channel_, kReachWithin));
    grpc::ClientContext context;
    SetDeadline(context);
    NOROSHI_TRY(FromGrpc(stub_->Bounds(&context, request, &reply)));
    if (!reply.exists()) return TopicNotFound(topic);
    return Bounds{reply.first(), reply.end()};
  }

  StatusOr<std::unique_ptr<Reader>> Read(std::vector<ReadFrom> from) override {
    NOROSHI_TRY(CheckReadFrom(from));
    for (const ReadFrom& one : from) NOROSHI_TRY(GetBounds(one.topic).status());
    return std::make_unique<RemoteReader>(channel_, *stub_, std::move(from));
  }

  Status Trim(std::string_view, Offset) override { return PermissionDenied("only the layer's relay trims its log"); }

  StatusOr<std::vector<std::string>> ListTopics(std::string_view prefix) override {
    v1::ListTopicsRequest request;
    request.set_prefix(std::string(prefix));
    v1::ListTopicsReply reply;
    NOROSHI_TRY(net::WaitUntilReached(*channel_, kReachWithin));
    grpc::ClientContext context;
    SetDeadline(context);
    NOROSHI_TRY(FromGrpc(stub_->ListTopics(&context, request, &reply)));
    return std::vector<std::string>(reply.topics().begin(), reply.topics().end());
  }

 private:
  static void SetDeadline(grpc::ClientContext& context) {
    context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(kCallDeadline.count(), GPR_TIMESPAN)));
  }

  static Status Check(std::string_view topic, const std::vector<std::string>& records) {
    NOROSHI_TRY(CheckTopicName(topic));
    return CheckRecords(records);
  }

  // Shared: an append that goes on may outlast a Recover that took the stream away.
  std::shared_ptr<AppendStream> Stream(std::string_view topic) {
    const MutexLock lock(mutex_);
    std::shared_ptr<AppendStream>& stream = streams_[std::string(topic)];
    if (stream == nullptr) stream = std::make_shared<AppendStream>(*stub_, std::string(topic));
    return stream;
  }

  const std::shared_ptr<grpc::Channel> channel_;  // shared with its stubs, by gRPC's design
  const std::unique_ptr<v1::LogService::Stub> stub_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<AppendStream>, std::less<>> streams_ NOROSHI_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<AppendStream>> retired_ NOROSHI_GUARDED_BY(mutex_);
};

}  // namespace

StatusOr<std::unique_ptr<Log>> CreateRemoteLog(const RemoteOptions& options) {
  NOROSHI_ASSIGN(std::shared_ptr<grpc::Channel> channel,
                 net::OpenChannel({options.ca_file, options.certificate_file, options.key_file}, options.server_identity,
                                  options.address));
  return std::make_unique<RemoteLog>(std::move(channel));
}

}  // namespace noroshi::log
