// Which endpoint a path leads to, and the methods that it takes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noroshi::taxii {

enum class Endpoint : uint8_t { kNone, kDiscovery, kApiRoot, kCollections, kCollection, kObjects, kManifest, kTombstones, kObject, kVersions, kStatus };

struct Target {
  Endpoint endpoint = Endpoint::kNone;
  std::string collection, object, submission;
};

// `path` decoded, with or without its last slash (taxii 12-19: both are served, neither redirects).
Target ParseTarget(std::string_view path, std::string_view layer);

// The value of `Allow`.
std::string_view AllowedMethods(Endpoint endpoint);
bool Allows(Endpoint endpoint, std::string_view method);

}  // namespace noroshi::taxii
