#include "tests/integration/log/served_log.h"

#include <grpcpp/grpcpp.h>

#include "common/base/check.h"

namespace noroshi::log {

ServedLog::ServedLog(Log& log, const AccessPolicy& access, const net::TlsFiles& files, const std::string& position_key,
                     int port)
    : service_(LogServiceServer::Create(log, access, position_key)) {
  const auto credentials = net::ServerCredentials(files);
  NOROSHI_CHECK(credentials.ok());
  grpc::ServerBuilder builder;
  net::ApplyServerLimits(builder);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), *credentials, &port_);
  builder.RegisterService(service_->service());
  server_ = builder.BuildAndStart();
  NOROSHI_CHECK(server_ != nullptr && port_ != 0);
}

ServedLog::~ServedLog() {
  service_->Shutdown();
  server_->Shutdown();
  server_->Wait();
}

RemoteOptions RemoteOptionsFor(test::TestPki& pki, const std::string& address, const std::string& node,
                               const std::string& server_org, const std::string& server_node) {
  const net::TlsFiles files = pki.Issue("org-" + node, node);
  return {address, pki.SpiffeUri(server_org, server_node), files.ca_file, files.certificate_file, files.key_file};
}

}  // namespace noroshi::log
