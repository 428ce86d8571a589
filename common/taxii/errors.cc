#include "common/taxii/errors.h"

#include <nlohmann/json.hpp>

#include "common/base/check.h"

namespace noroshi::taxii {
namespace {

using enum ErrorCode;

std::string Body(const ErrorKind& kind, int status, std::string_view description) {
  nlohmann::ordered_json error = {{"title", kind.title}, {"error_code", kind.name}, {"http_status", std::to_string(status)}};
  if (!description.empty()) error["description"] = description;
  return error.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

ErrorCode CodeForHttpStatus(int status) {
  switch (status) {
    case 404: return kNotFound;
    case 413: return kContentTooLarge;
    case 414: return kUriTooLong;
    case 417: return kExpectationFailed;
    case 421: return kMisdirectedRequest;
    case 429: return kTooManyRequests;
    case 431: return kHeadersTooLarge;
    case 500: return kInternalError;
    case 503: return kNotReady;
    case 505: return kUnsupportedHttpVersion;
    default: return kBadRequest;
  }
}

}  // namespace

const std::vector<ErrorKind>& AllErrorKinds() {
  static const std::vector<ErrorKind> kinds = {
      {kAuthenticationNeeded, "authentication_needed", 401, "authentication needed"},
      {kBadCursor, "bad_cursor", 400, "bad next"},
      {kBadPublication, "bad_publication", 422, "bad publication"},
      {kBadQuery, "bad_query", 400, "bad query"},
      {kBadRequest, "bad_request", 400, "bad request"},
      {kContentTooLarge, "content_too_large", 413, "content too large"},
      {kExpectationFailed, "expectation_failed", 417, "expectation failed"},
      {kHeadersTooLarge, "headers_too_large", 431, "header fields too large"},
      {kInternalError, "internal_error", 500, "internal error"},
      {kMethodNotAllowed, "method_not_allowed", 405, "method not allowed"},
      {kMisdirectedRequest, "misdirected_request", 421, "misdirected request"},
      {kNotAcceptable, "not_acceptable", 406, "not acceptable"},
      {kNotAllowed, "not_allowed", 403, "not allowed"},
      {kNotAnEnvelope, "not_an_envelope", 422, "not an envelope of STIX objects"},
      {kNotFound, "not_found", 404, "not found"},
      {kNotJson, "not_json", 400, "not JSON"},
      {kNotReady, "not_ready", 503, "not ready"},
      {kTooManyAttempts, "too_many_attempts", 429, "too many failed attempts"},
      {kTooManyObjects, "too_many_objects", 413, "too many objects"},
      {kTooManyRequests, "too_many_requests", 429, "too many requests"},
      {kUnsupportedContentEncoding, "unsupported_content_encoding", 415, "unsupported content encoding"},
      {kUnsupportedHttpVersion, "unsupported_http_version", 505, "HTTP version not supported"},
      {kUnsupportedMediaType, "unsupported_media_type", 415, "unsupported media type"},
      {kUriTooLong, "uri_too_long", 414, "URI too long"},
  };
  return kinds;
}

const ErrorKind& KindOf(ErrorCode code) {
  const ErrorKind& kind = AllErrorKinds().at(static_cast<size_t>(code));
  NOROSHI_CHECK(kind.code == code);  // the table has the order of the enum
  return kind;
}

std::string ErrorBody(ErrorCode code, std::string_view description) {
  const ErrorKind& kind = KindOf(code);
  return Body(kind, kind.status, description);
}

std::string HttpErrorBody(int status) { return Body(KindOf(CodeForHttpStatus(status)), status, {}); }

}  // namespace noroshi::taxii
