#include <nlohmann/json.hpp>

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

std::string ErrorBody(int status, std::string_view title, std::string_view description) {
  nlohmann::ordered_json error = {{"title", title}, {"http_status", std::to_string(status)}};
  if (!description.empty()) error["description"] = description;
  return error.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

net::Response Error(int status, std::string_view title, std::string_view description) { return Json(status, ErrorBody(status, title, description)); }

net::Response NotFoundAnswer() { return Error(404, "not found"); }

net::Response UnavailableAnswer() {
  net::Response response = Error(503, "not ready", "the service catches up or cannot reach its log; try again");
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace noroshi::taxii
