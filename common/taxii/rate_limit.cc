#include "common/taxii/rate_limit.h"

#include "common/base/limits.h"
#include "common/taxii/call.h"

namespace noroshi::taxii {
namespace {

constexpr char kRetryAfterSeconds[] = "1";  // a bucket fills within it

obs::Counter Rejected(const char* limit) {
  return obs::ProcessMetrics().AddCounter("noroshi_http_rejected_total", "Connections and requests turned away by a limit.", {{"limit", limit}});
}

}  // namespace

AccountLimits::AccountLimits(const config::TaxiiLimits& limits, Clock& clock)
    : clock_(clock), limits_({limits.requests_per_second_per_account, limits.requests_at_once_per_account}, limits::kAccountsMax),
      too_fast_(Rejected("rate_per_account")), too_many_at_once_(Rejected("at_once_per_account")) {}

net::RequestLimits::Lease AccountLimits::Enter(const std::string& user, bool counts) {
  net::RequestLimits::Lease lease = limits_.Enter(user, clock_.Monotonic(), counts);
  if (lease.outcome() == net::RequestLimits::Outcome::kTooFast) too_fast_.Add();
  if (lease.outcome() == net::RequestLimits::Outcome::kTooManyAtOnce) too_many_at_once_.Add();
  return lease;
}

net::Response TooManyRequests() {
  net::Response response = Error(ErrorCode::kTooManyRequests);
  response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  return response;
}

}  // namespace noroshi::taxii
