#include "common/net/http_metrics.h"

#include <algorithm>

#include "common/base/status.h"

namespace noroshi::net {
namespace {

constexpr char kOther[] = "other";
// Around the aim for one object by its id (a few milliseconds) and for a page; beyond 10 s it is an outage.
const std::vector<double> kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
constexpr std::array<const char*, static_cast<size_t>(HttpMetrics::Limit::kCount)> kLimits = {"connections", "connections_per_address", "rate_per_address",
                                                                                             "at_once_per_address", "body_bytes"};
constexpr std::array<const char*, static_cast<size_t>(HttpMetrics::Phase::kCount)> kPhases = {"handshake", "head", "body", "idle", "write"};

}  // namespace

HttpMetrics::HttpMetrics(obs::Metrics& registry, const std::vector<std::string>& endpoints) {
  if (endpoints.empty()) return;
  std::vector<std::string> names = endpoints;
  names.emplace_back(kOther);
  for (const std::string& name : names) {
    Endpoint& endpoint = endpoints_[name];
    for (size_t i = 0; i < kCodeClasses; ++i) {
      endpoint.requests[i] = registry.AddCounter("noroshi_http_requests_total", "Requests answered.", {{"endpoint", name}, {"code_class", fmt::format("{}xx", i + 2)}});
    }
    endpoint.seconds = registry.AddHistogram("noroshi_http_request_duration_seconds", "From the end of a request's head to its answer.", kSeconds, {{"endpoint", name}});
  }
  for (size_t i = 0; i < kLimits.size(); ++i) {
    rejected_[i] = registry.AddCounter("noroshi_http_rejected_total", "Connections and requests turned away by a limit.", {{"limit", kLimits[i]}});
  }
  for (size_t i = 0; i < kPhases.size(); ++i) {
    timed_out_[i] = registry.AddCounter("noroshi_http_timeouts_total", "Connections ended by a deadline.", {{"phase", kPhases[i]}});
  }
  handshakes_failed_ = registry.AddCounter("noroshi_http_handshakes_failed_total", "TLS handshakes that failed.");
  connections_ = registry.AddGauge("noroshi_http_connections", "Open connections.");
  in_flight_ = registry.AddGauge("noroshi_http_requests_in_flight", "Requests whose head was read and whose answer is not sent yet.");
}

void HttpMetrics::Answered(std::string_view endpoint, int status, std::chrono::duration<double> elapsed) {
  if (endpoints_.empty()) return;
  auto found = endpoints_.find(endpoint);
  if (found == endpoints_.end()) found = endpoints_.find(std::string_view(kOther));
  const int code_class = std::clamp(status / 100, 2, 5);
  found->second.requests[static_cast<size_t>(code_class - 2)].Add();
  found->second.seconds.Observe(elapsed.count());
}

}  // namespace noroshi::net
