// Exit codes of `noroshi` (contract.md): what a script may branch on.
#pragma once

#include "common/base/status.h"

namespace noroshi::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kRefused = 3,
  kNotFound = 4,
  kConflict = 5,
  kUnreachable = 69,
  kBadConfiguration = 78,
};

// The code that says the same as this error.
inline int ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk: return kOk;
    case StatusCode::kInvalidArgument: return kUsage;
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated: return kRefused;
    case StatusCode::kNotFound: return kNotFound;
    case StatusCode::kAlreadyExists:
    case StatusCode::kAborted: return kConflict;
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded: return kUnreachable;
    case StatusCode::kFailedPrecondition: return kBadConfiguration;
    default: return kFailed;
  }
}

}  // namespace noroshi::cli
