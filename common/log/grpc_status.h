// Status on the wire: the codes are the same numbers on both sides. Pure.
#pragma once

#include "common/base/status.h"

namespace grpc {
class Status;
}

namespace noroshi::log {

grpc::Status ToGrpc(const Status& status);
Status FromGrpc(const grpc::Status& status);

}  // namespace noroshi::log
