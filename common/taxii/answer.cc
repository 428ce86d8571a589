#include "common/taxii/call.h"
#include "common/taxii/negotiation.h"

namespace noroshi::taxii {

net::Response Json(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers = {{"Content-Type", kMediaType}, {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

net::Response Error(ErrorCode code, std::string_view description) { return Json(KindOf(code).status, ErrorBody(code, description)); }

net::Response NotFoundAnswer() { return Error(ErrorCode::kNotFound); }

net::Response UnavailableAnswer() {
  net::Response response = Error(ErrorCode::kNotReady, "the service catches up or cannot reach its log; try again");
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace noroshi::taxii
