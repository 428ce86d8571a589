// GET /{root}/ (taxii 44-49).
#include <nlohmann/json.hpp>

#include "common/taxii/call.h"
#include "common/taxii/negotiation.h"

namespace noroshi::taxii {

net::Response GetApiRoot(const Call& call) {
  const nlohmann::ordered_json root = {{"title", call.site.title}, {"versions", {kMediaType}}, {"max_content_length", call.site.content_bytes_max}};
  return Json(200, root.dump());
}

}  // namespace noroshi::taxii
