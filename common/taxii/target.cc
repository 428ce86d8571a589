#include "common/taxii/target.h"

#include <algorithm>
#include <vector>

namespace noroshi::taxii {

Target ParseTarget(std::string_view path, std::string_view layer) {
  std::vector<std::string> parts;
  for (size_t begin = 1; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  Target target;
  const size_t count = parts.size();
  if (count == 1 && parts[0] == "taxii2") target.endpoint = Endpoint::kDiscovery;
  if (count == 0 || parts[0] != layer) return target;
  if (count == 1) target.endpoint = Endpoint::kApiRoot;
  if (count == 3 && parts[1] == "status") {
    target.endpoint = Endpoint::kStatus;
    target.submission = parts[2];
  }
  if (count < 2 || parts[1] != "collections") return target;
  if (count == 2) target.endpoint = Endpoint::kCollections;
  if (count > 2) target.collection = parts[2];
  if (count == 3) target.endpoint = Endpoint::kCollection;
  if (count == 4 && parts[3] == "objects") target.endpoint = Endpoint::kObjects;
  if (count == 4 && parts[3] == "manifest") target.endpoint = Endpoint::kManifest;
  if (count == 4 && parts[3] == "tombstones") target.endpoint = Endpoint::kTombstones;
  if (count > 4 && parts[3] == "objects") target.object = parts[4];
  if (count == 5 && parts[3] == "objects") target.endpoint = Endpoint::kObject;
  if (count == 6 && parts[3] == "objects" && parts[5] == "versions") target.endpoint = Endpoint::kVersions;
  return target;
}

std::string_view AllowedMethods(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kObjects: return "GET, HEAD, POST, OPTIONS";
    case Endpoint::kObject: return "GET, HEAD, DELETE, OPTIONS";
    default: return "GET, HEAD, OPTIONS";
  }
}

bool Allows(Endpoint endpoint, std::string_view method) {
  std::string_view list = AllowedMethods(endpoint);
  while (!list.empty()) {
    const size_t comma = std::min(list.find(", "), list.size());
    if (list.substr(0, comma) == method) return true;
    list.remove_prefix(std::min(comma + 2, list.size()));
  }
  return false;
}

}  // namespace noroshi::taxii
