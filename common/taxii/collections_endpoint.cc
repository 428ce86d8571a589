// GET /{root}/collections/ and /{root}/collections/{id}/ (taxii 50-58).
#include <nlohmann/json.hpp>

#include "common/taxii/call.h"

namespace noroshi::taxii {
namespace {

nlohmann::ordered_json Describe(const Collection& collection, const Rights& rights) {
  return {{"id", collection.id}, {"title", collection.title}, {"alias", collection.alias}, {"can_read", rights.can_read}, {"can_write", rights.can_write},
          {"media_types", {"application/stix+json;version=2.1"}}};
}

Rights RightsIn(const Call& call, const Collection& collection) {
  return RightsOf(collection, call.snapshot.membership(), call.snapshot.layer, call.account);
}

}  // namespace

net::Response GetCollections(const Call& call) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const Collection& collection : call.snapshot.collections.all()) {
    const Rights rights = RightsIn(call, collection);
    if (rights.listed()) out["collections"].push_back(Describe(collection, rights));
  }
  return Json(200, out.dump());
}

net::Response GetCollection(const Call& call, const Collection& collection) { return Json(200, Describe(collection, RightsIn(call, collection)).dump()); }

}  // namespace noroshi::taxii
