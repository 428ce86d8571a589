// GET /{root}/collections/{id}/manifest/ (taxii 65-67, 97).
#include <nlohmann/json.hpp>

#include "common/taxii/reading.h"

namespace noroshi::taxii {

net::Response GetManifest(const Call& call, const Collection& collection) {
  const Reading reading = Read(call, collection, FilterSet::kObjects, {}, true);
  if (reading.refusal) return *reading.refusal;
  nlohmann::ordered_json out = {{"more", reading.page.more}};
  if (!reading.next.empty()) out["next"] = reading.next;
  for (const PageItem& item : reading.page.items) {
    out["objects"].push_back({{"id", item.id}, {"date_added", FormatTimestamp(FromMicros(item.date_us))}, {"version", item.version},
                              {"media_type", "application/stix+json;version=2.1"}});
  }
  return Answer(reading, out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace noroshi::taxii
