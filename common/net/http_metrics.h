// What an HTTP server counts (operations.md section 2). Every combination of labels is there from the start. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/obs/metrics.h"

namespace noroshi::net {

class HttpMetrics {
 public:
  // `endpoints` empty: nothing is counted. What names no endpoint of them is counted under `other`.
  HttpMetrics(obs::Metrics& registry, const std::vector<std::string>& endpoints);

  // Why a connection or a request was turned away.
  enum class Limit : uint8_t { kConnections, kConnectionsPerAddress, kRatePerAddress, kAtOncePerAddress, kBodyBytes, kCount };
  // What took longer than its deadline. kIdle is the usual end of a connection.
  enum class Phase : uint8_t { kHandshake, kHead, kBody, kIdle, kWrite, kCount };

  // `elapsed`: from the last byte of the head to the answer being ready; how fast the client takes it is not ours.
  void Answered(std::string_view endpoint, int status, std::chrono::duration<double> elapsed);
  void Rejected(Limit limit) { rejected_[static_cast<size_t>(limit)].Add(); }
  void TimedOut(Phase phase) { timed_out_[static_cast<size_t>(phase)].Add(); }
  void HandshakeFailed() { handshakes_failed_.Add(); }
  void Connections(int change) { connections_.Add(change); }
  void InFlight(int change) { in_flight_.Add(change); }

 private:
  static constexpr size_t kCodeClasses = 4;  // 2xx to 5xx
  struct Endpoint {
    std::array<obs::Counter, kCodeClasses> requests;
    obs::Histogram seconds;
  };
  // Constant after construction; the handles lock for themselves.
  std::map<std::string, Endpoint, std::less<>> endpoints_;
  std::array<obs::Counter, static_cast<size_t>(Limit::kCount)> rejected_;
  std::array<obs::Counter, static_cast<size_t>(Phase::kCount)> timed_out_;
  obs::Counter handshakes_failed_;
  obs::Gauge connections_, in_flight_;
};

}  // namespace noroshi::net
