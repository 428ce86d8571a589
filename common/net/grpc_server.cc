#include "common/net/grpc_server.h"

#include <grpcpp/grpcpp.h>

namespace noroshi::net {
namespace {

class GrpcServerImpl final : public GrpcServer {
 public:
  GrpcServerImpl(std::unique_ptr<grpc::Server> server, int port) : server_(std::move(server)), port_(port) {}
  ~GrpcServerImpl() override { Drain(std::chrono::milliseconds(0)); }
  int port() const override { return port_; }
  void Drain(std::chrono::milliseconds deadline) override {
    if (drained_) return;
    drained_ = true;
    server_->Shutdown(std::chrono::system_clock::time_point(SystemClock().Now() + deadline));
    server_->Wait();
  }

 private:
  std::unique_ptr<grpc::Server> server_;
  int port_;
  bool drained_ = false;
};

}  // namespace

StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const std::string& listen, const TlsFiles& files, const std::vector<grpc::Service*>& services) {
  NOROSHI_ASSIGN(const std::shared_ptr<grpc::ServerCredentials> credentials, ServerCredentials(files));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, credentials, &port);
  ApplyServerLimits(builder);
  for (grpc::Service* service : services) builder.RegisterService(service);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return Unavailable("address {} is in use or cannot be bound", listen);
  return std::make_unique<GrpcServerImpl>(std::move(server), port);
}

}  // namespace noroshi::net
