// GET /{root}/collections/{id}/objects/{object}/versions/ (taxii 75, 76).
#include <nlohmann/json.hpp>

#include "common/taxii/reading.h"

namespace noroshi::taxii {

net::Response GetVersions(const Call& call, const Collection& collection, const std::string& object) {
  const Reading reading = Read(call, collection, FilterSet::kVersions, object, true);
  if (reading.refusal) return *reading.refusal;
  nlohmann::ordered_json out = {{"more", reading.page.more}};
  if (!reading.next.empty()) out["next"] = reading.next;
  for (const PageItem& item : reading.page.items) out["versions"].push_back(item.version);
  return Answer(reading, out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace noroshi::taxii
