// A member's side of Subscribe.
#include <grpcpp/grpcpp.h>

#include <utility>

#include "common/log/backends.h"
#include "common/log/grpc_status.h"
#include "common/log/service.h"
#include "common/log/stream_pump.h"
#include "common/net/tls.h"
#include "noroshi/v1/log.grpc.pb.h"

namespace noroshi::log {
namespace {

constexpr std::chrono::milliseconds kReachWithin{3'000};

class RemoteMemberReader final : public MemberReader {
 public:
  RemoteMemberReader(std::shared_ptr<grpc::Channel> channel, v1::SubscribeRequest request)
      : channel_(std::move(channel)), stub_(v1::LogService::NewStub(channel_)), request_(std::move(request)) {}

  StatusOr<MemberBatch> Poll(std::chrono::milliseconds wait) override {
    if (pump_.ended()) return End();
    auto next = pump_.Next(wait, [this] { return MakeRun(); });
    if (!next.ok()) return next.status();
    if (!next->has_value()) return pump_.ended() ? End() : MemberBatch{};
    v1::SubscribeReply& reply = **next;
    MemberBatch batch;
    batch.deliveries.reserve(size_t(reply.deliveries_size()));
    for (v1::SubscribeReply::Delivery& delivery : *reply.mutable_deliveries()) {
      batch.deliveries.push_back({std::move(*delivery.mutable_audience()), std::move(*delivery.mutable_record())});
    }
    batch.position = reply.position();
    batch.caught_up = reply.caught_up();
    request_.set_position(batch.position);  // a reconnect goes on behind what was handed out
    return batch;
  }
  void Cancel() override { pump_.Cancel(); }

 private:
  using Pump = StreamPump<v1::SubscribeReply>;

  MemberBatch End() const { return {{}, request_.position(), true}; }

  Pump::Run MakeRun() {
    return [channel = channel_, stub = stub_.get(), request = request_](Pump::Session& session) {
      if (const Status reached = net::WaitUntilReached(*channel, kReachWithin); !reached.ok()) return reached;
      grpc::ClientContext context;
      session.OnCancel([&] { context.TryCancel(); });
      const auto stream = stub->Subscribe(&context, request);
      v1::SubscribeReply reply;
      bool cancelled = false;
      while (!cancelled && stream->Read(&reply)) {
        cancelled = !session.Push(std::move(reply));
        reply.Clear();
      }
      if (cancelled) context.TryCancel();
      const Status end = FromGrpc(stream->Finish());
      session.OnCancel(nullptr);
      if (end.ok() && request.follow()) return Unavailable("subscription was closed by the other side");
      return end;
    };
  }

  const std::shared_ptr<grpc::Channel> channel_;  // shared with its stub, by gRPC's design
  const std::unique_ptr<v1::LogService::Stub> stub_;
  v1::SubscribeRequest request_;
  Pump pump_;
};

}  // namespace

StatusOr<std::unique_ptr<MemberReader>> SubscribeRemote(const RemoteOptions& options, std::vector<std::string> audiences,
                                                        std::string position, int64_t from_time_us, bool follow) {
  NOROSHI_ASSIGN(std::shared_ptr<grpc::Channel> channel,
                 net::OpenChannel({options.ca_file, options.certificate_file, options.key_file}, options.server_identity,
                                  options.address));
  v1::SubscribeRequest request;
  for (std::string& audience : audiences) request.add_audiences(std::move(audience));
  request.set_position(std::move(position));
  request.set_from_time_us(from_time_us);
  request.set_follow(follow);
  return std::make_unique<RemoteMemberReader>(std::move(channel), std::move(request));
}

}  // namespace noroshi::log
