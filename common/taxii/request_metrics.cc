#include "common/taxii/request_metrics.h"

#include <cstdint>

#include "common/taxii/target.h"

namespace noroshi::taxii {

AuthFailures::AuthFailures() {
  constexpr std::array<const char*, static_cast<size_t>(AuthFailure::kCount)> kReasons = {"missing", "refused", "throttled", "no_organisation"};
  for (size_t i = 0; i < kReasons.size(); ++i) {
    counters_[i] = obs::ProcessMetrics().AddCounter("noroshi_auth_failures_total", "Requests without credentials that do.", {{"reason", kReasons[i]}});
  }
}

const std::vector<std::string>& EndpointTemplates() {
  // In the order of Endpoint, without kNone.
  static const std::vector<std::string> templates = {"/taxii2/",
                                                     "/{api-root}/",
                                                     "/{api-root}/collections/",
                                                     "/{api-root}/collections/{id}/",
                                                     "/{api-root}/collections/{id}/objects/",
                                                     "/{api-root}/collections/{id}/manifest/",
                                                     "/{api-root}/collections/{id}/tombstones/",
                                                     "/{api-root}/collections/{id}/objects/{object-id}/",
                                                     "/{api-root}/collections/{id}/objects/{object-id}/versions/",
                                                     "/{api-root}/status/{status-id}/"};
  return templates;
}

std::string_view EndpointTemplate(std::string_view path, std::string_view layer) {
  const Endpoint endpoint = ParseTarget(path, layer).endpoint;
  return endpoint == Endpoint::kNone ? std::string_view() : EndpointTemplates().at(static_cast<size_t>(endpoint) - 1);
}

}  // namespace noroshi::taxii
