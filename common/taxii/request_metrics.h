// Labels and counters of TAXII requests for the metrics (operations.md section 2): closed sets, no name of a collection, object or account. Any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/obs/metrics.h"

namespace noroshi::taxii {

// Why credentials did not do.
enum class AuthFailure : uint8_t { kMissing, kRefused, kThrottled, kNoOrganisation, kCount };

class AuthFailures {
 public:
  AuthFailures();
  void Count(AuthFailure why) { counters_[static_cast<size_t>(why)].Add(); }

 private:
  std::array<obs::Counter, static_cast<size_t>(AuthFailure::kCount)> counters_;
};

// As the TAXII specification writes them, `{api-root}` and so on.
const std::vector<std::string>& EndpointTemplates();
// The one that a path has the shape of, whether there is anything or not; empty: none. Static text.
std::string_view EndpointTemplate(std::string_view path, std::string_view layer);

}  // namespace noroshi::taxii
