// Status and StatusOr: how everything here reports what outside input or the environment did wrong.
// The only header that names absl (Debian's abseil has its own string_view, which must not spread).
// Any thread. Text: lower case, no final stop, the number seen and the number allowed, user input in
// backticks, never object content.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace noroshi {

using Status = absl::Status;
template <class T>
using StatusOr = absl::StatusOr<T>;
using StatusCode = absl::StatusCode;

inline Status OkStatus() { return absl::OkStatus(); }
inline Status MakeStatus(StatusCode code, const std::string& text) { return Status(code, text); }

#define NOROSHI_DEFINE_STATUS(name)                                        \
  template <class... Args>                                                 \
  Status name(fmt::format_string<Args...> text, Args&&... args) {          \
    return absl::name##Error(fmt::format(text, std::forward<Args>(args)...)); \
  }
NOROSHI_DEFINE_STATUS(InvalidArgument)
NOROSHI_DEFINE_STATUS(NotFound)
NOROSHI_DEFINE_STATUS(AlreadyExists)
NOROSHI_DEFINE_STATUS(PermissionDenied)
NOROSHI_DEFINE_STATUS(Unauthenticated)
NOROSHI_DEFINE_STATUS(ResourceExhausted)
NOROSHI_DEFINE_STATUS(FailedPrecondition)
NOROSHI_DEFINE_STATUS(Aborted)
NOROSHI_DEFINE_STATUS(OutOfRange)
NOROSHI_DEFINE_STATUS(Unimplemented)
NOROSHI_DEFINE_STATUS(Internal)
NOROSHI_DEFINE_STATUS(Unavailable)
NOROSHI_DEFINE_STATUS(DataLoss)
NOROSHI_DEFINE_STATUS(DeadlineExceeded)
NOROSHI_DEFINE_STATUS(Cancelled)
#undef NOROSHI_DEFINE_STATUS

inline std::string_view Message(const Status& s) { return {s.message().data(), s.message().size()}; }

}  // namespace noroshi

#define NOROSHI_TRY(expr)                                                  \
  do {                                                                     \
    if (::noroshi::Status noroshi_s = (expr); !noroshi_s.ok()) return noroshi_s; \
  } while (false)

#define NOROSHI_CONCAT_INNER(a, b) a##b
#define NOROSHI_CONCAT(a, b) NOROSHI_CONCAT_INNER(a, b)
// NOROSHI_ASSIGN(const Header header, DecodeHeader(bytes)); a statement of its own, inside braces.
#define NOROSHI_ASSIGN(declaration, expr) \
  NOROSHI_ASSIGN_INNER(NOROSHI_CONCAT(noroshi_or_, __LINE__), declaration, expr)
#define NOROSHI_ASSIGN_INNER(tmp, declaration, expr) \
  auto tmp = (expr);                                 \
  if (!tmp.ok()) return std::move(tmp).status();     \
  declaration = *std::move(tmp)
