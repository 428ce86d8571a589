// A crowd of idle, slow and half-open connections, a few hundred: others are served as before (AC-50). The large one is `./dev bench connections`.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "common/net/http.h"
#include "tests/support/pki.h"
#include "tests/unit/net/wire.h"

namespace noroshi::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr int kIdle = 300, kSlow = 300, kHalfOpen = 100;
constexpr int kRequests = 300;

// Median of what one kept connection's requests took.
std::chrono::microseconds Median(int port, const WireTls& tls) {
  Wire wire(port, tls.get());
  EXPECT_TRUE(wire.good());
  std::vector<std::chrono::microseconds> times;
  for (int i = 1; i <= kRequests; ++i) {
    const auto began = SteadyClock::now();
    EXPECT_TRUE(wire.Send(kGet) && wire.ReadUntil("fine", i));
    times.push_back(std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began));
  }
  std::nth_element(times.begin(), times.begin() + kRequests / 2, times.end());
  return times[kRequests / 2];
}

TEST(HttpCrowd, OfIdleAndSlowConnectionsDoesNotSlowOthersDown) {
  test::TestPki pki;
  HttpOptions options;
  options.listen = "127.0.0.1:0";
  options.tls = pki.Issue("alfa", "alfa-edge");
  auto server = HttpServer::Start(options, [](const Request&) { return Response{200, {}, "fine", false}; });
  ASSERT_TRUE(server.ok()) << server.status();
  const int port = (*server)->port();
  const WireTls tls;
  const std::chrono::microseconds alone = Median(port, tls);
  std::vector<std::unique_ptr<Wire>> crowd;
  for (int i = 0; i < kIdle; ++i) {
    crowd.push_back(std::make_unique<Wire>(port, tls.get()));
    ASSERT_TRUE(crowd.back()->Send(kGet) && crowd.back()->ReadUntil("fine"));
  }
  for (int i = 0; i < kSlow; ++i) {
    crowd.push_back(std::make_unique<Wire>(port, tls.get()));
    ASSERT_TRUE(crowd.back()->Send("G"));
  }
  for (int i = 0; i < kHalfOpen; ++i) {
    crowd.push_back(std::make_unique<Wire>(port));
    ASSERT_TRUE(crowd.back()->Send("\x16\x03\x01"));
  }
  const std::chrono::microseconds among_them = Median(port, tls);
  // Generous: other programs share this machine. What a crowd must not do is to cost each request something for each of its connections.
  EXPECT_LT(among_them, alone * 5 + std::chrono::milliseconds(20));
  for (int i = 0; i < kIdle; ++i) EXPECT_TRUE(crowd[static_cast<size_t>(i)]->Send(kGet) && crowd[static_cast<size_t>(i)]->ReadUntil("fine", 2));
}

}  // namespace
}  // namespace noroshi::net
