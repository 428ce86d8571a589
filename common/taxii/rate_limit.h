// How much one account may ask for, wherever it calls from (AC-40); what one address may is the HTTP server's (net/request_limits.h). Any thread.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/config/node_config.h"
#include "common/net/http.h"
#include "common/net/request_limits.h"
#include "common/obs/metrics.h"

namespace noroshi::taxii {

class AccountLimits {
 public:
  AccountLimits(const config::TaxiiLimits& limits, Clock& clock);
  // The request counts as worked on until the lease ends. `counts`: false for the second look at a request. Refused: answer TooManyRequests.
  [[nodiscard]] net::RequestLimits::Lease Enter(const std::string& user, bool counts);

 private:
  Clock& clock_;
  net::RequestLimits limits_;
  obs::Counter too_fast_, too_many_at_once_;
};

// 429 with Retry-After.
net::Response TooManyRequests();

}  // namespace noroshi::taxii
