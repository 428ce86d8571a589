// GET /taxii2/ (taxii 36-43).
#include <nlohmann/json.hpp>

#include "common/taxii/call.h"

namespace noroshi::taxii {

net::Response GetDiscovery(const Call& call) {
  const std::string root = fmt::format("{}/{}/", call.site.public_url, call.site.layer);
  const nlohmann::ordered_json discovery = {{"title", call.site.title}, {"default", root}, {"api_roots", {root}}};
  return Json(200, discovery.dump());
}

}  // namespace noroshi::taxii
