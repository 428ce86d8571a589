// Every error that a TAXII caller can be answered with: one code, one HTTP status, one title each (taxii 138). ERRORS.md says when and what to do; a test holds the two
// together. Codes are stable: programs compare them. Titles and descriptions are for people and may change.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace noroshi::taxii {

enum class ErrorCode : uint8_t {
  kAuthenticationNeeded,
  kBadCursor,
  kBadPublication,
  kBadQuery,
  kBadRequest,
  kContentTooLarge,
  kExpectationFailed,
  kHeadersTooLarge,
  kInternalError,
  kMethodNotAllowed,
  kMisdirectedRequest,
  kNotAcceptable,
  kNotAllowed,
  kNotAnEnvelope,
  kNotFound,
  kNotJson,
  kNotReady,
  kTooManyAttempts,
  kTooManyObjects,
  kTooManyRequests,
  kUnsupportedContentEncoding,
  kUnsupportedHttpVersion,
  kUnsupportedMediaType,
  kUriTooLong,
};

struct ErrorKind {
  ErrorCode code;
  std::string_view name;  // `error_code`
  int status;
  std::string_view title;
};

const ErrorKind& KindOf(ErrorCode code);
const std::vector<ErrorKind>& AllErrorKinds();

// The TAXII error resource. `description` tells nothing that the caller may not know (taxii 139).
std::string ErrorBody(ErrorCode code, std::string_view description = {});
// For an error that the HTTP server itself makes, before any handler is asked.
std::string HttpErrorBody(int status);

}  // namespace noroshi::taxii
