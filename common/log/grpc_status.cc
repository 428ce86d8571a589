#include "common/log/grpc_status.h"

#include <grpcpp/support/status.h>

namespace noroshi::log {

grpc::Status ToGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(Message(status))};
}

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return OkStatus();
  // A call that was cut off says so in several ways; to a caller here all of them mean: try again later.
  if (status.error_code() == grpc::StatusCode::CANCELLED) return Unavailable("call was ended by the other side");
  return MakeStatus(static_cast<StatusCode>(status.error_code()), status.error_message());
}

}  // namespace noroshi::log
