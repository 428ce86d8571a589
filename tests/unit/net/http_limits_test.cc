// Deadlines, rates and caps of the HTTP server (AC-40, AC-50), and what it counts of them.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/net/http.h"
#include "common/obs/metrics.h"
#include "tests/support/pki.h"
#include "tests/unit/net/wire.h"

namespace noroshi::net {
namespace {

using std::chrono::milliseconds;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr char kGetAndClose[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

// The value of a series of this process; -1: it is not there.
double Metric(const std::string& series) {
  const std::string text = obs::ProcessMetrics().Scrape();
  const size_t at = text.find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + series.size() + 2, nullptr);
}

// By how much the series has risen, once it is `wanted` or 10 s have gone: a client may see the end of its connection before it is counted.
double RiseOf(const std::string& series, double before, double wanted) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (Metric(series) - before < wanted && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  return Metric(series) - before;
}

std::string TimedOut(const char* phase) { return fmt::format("noroshi_http_timeouts_total{{phase=\"{}\"}}", phase); }
std::string Rejected(const char* limit) { return fmt::format("noroshi_http_rejected_total{{limit=\"{}\"}}", limit); }

class HttpLimits : public testing::Test {
 protected:
  HttpLimits() {
    options_.listen = "127.0.0.1:0";
    options_.endpoints = {"/thing/"};
  }
  void Start(Handler handler = [](const Request&) { return Response{200, {}, "fine", false}; }) {
    auto server = HttpServer::Start(options_, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::string Ask(std::string_view bytes) {
    Wire wire(server_->port());
    wire.Send(bytes);
    return wire.ReadAll();
  }

  HttpOptions options_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpLimits, AnswerTooManyRequestsOfOneAddressWith429) {
  options_.requests_per_second_per_address = 3;
  Start();
  const double before = Metric(Rejected("rate_per_address"));
  std::string all;
  // Whoever claims to be others is still one.
  for (int i = 0; i < 200; ++i) all += fmt::format("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.{}\r\n{}\r\n", i, i == 199 ? "Connection: close\r\n" : "");
  const std::string answer = Ask(all);
  const size_t refused = answer.find("HTTP/1.1 429 Too Many Requests");
  EXPECT_GT(refused, answer.find("HTTP/1.1 200 ")) << answer;
  EXPECT_NE(answer.find("\r\nRetry-After: 1\r\n", refused), std::string::npos) << answer;
  EXPECT_GE(Metric(Rejected("rate_per_address")) - before, 1);
}

TEST_F(HttpLimits, AnswerWhatIsTooManyAtOnceWith429AndTheNextAgain) {
  options_.requests_at_once_per_address = 1;
  std::promise<void> entered, leave;
  auto left = leave.get_future().share();
  std::atomic<bool> first{true};
  Start([&](const Request&) {
    if (first.exchange(false)) {
      entered.set_value();
      left.wait();
    }
    return Response{200, {}, "fine", false};
  });
  Wire slow(server_->port());
  slow.Send(kGetAndClose);
  entered.get_future().wait();
  EXPECT_TRUE(Ask(kGetAndClose).starts_with("HTTP/1.1 429 "));
  EXPECT_EQ(Metric("noroshi_http_requests_in_flight"), 1);
  leave.set_value();
  EXPECT_TRUE(slow.ReadAll().starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(Ask(kGetAndClose).starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpLimits, CloseConnectionsAboveTheCapsAndCountThem) {
  options_.connections_per_address = 2;
  Start();
  const double before = Metric(Rejected("connections_per_address"));
  Wire first(server_->port()), second(server_->port());
  for (Wire* wire : {&first, &second}) {
    wire->Send(kGet);
    ASSERT_TRUE(wire->ReadUntil("fine"));
  }
  EXPECT_EQ(Ask(kGetAndClose), "");
  EXPECT_EQ(RiseOf(Rejected("connections_per_address"), before, 1), 1);
}

TEST_F(HttpLimits, EndSlowHeadsBodiesAndReadersEachWithItsCount) {
  options_.header_timeout = options_.body_timeout = options_.write_timeout = milliseconds(150);
  Start([](const Request&) { return Response{200, {}, std::string(60 << 10, 'x'), false}; });
  struct Slow {
    const char* phase;
    std::string bytes;
  };
  for (const Slow& slow : {Slow{"head", ""}, Slow{"head", "GET / HT"}, Slow{"body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"}}) {
    const double before = Metric(TimedOut(slow.phase));
    EXPECT_EQ(Ask(slow.bytes), "") << slow.phase;
    EXPECT_EQ(RiseOf(TimedOut(slow.phase), before, 1), 1) << slow.phase;
  }
  // Asks and asks and reads nothing: the kernel's buffers fill, then the deadline counts.
  const double before = Metric(TimedOut("write"));
  Wire deaf(server_->port());
  std::string requests;
  for (int i = 0; i < 2'000; ++i) requests += kGet;
  deaf.Send(requests);
  while (Metric(TimedOut("write")) - before < 1) EXPECT_TRUE(Ask(kGetAndClose).starts_with("HTTP/1.1 200 "));
}

// A chunk now and then does not buy time: the whole body has its deadline, which grows with what has come.
TEST_F(HttpLimits, EndABodyThatTricklesInChunks) {
  options_.body_timeout = milliseconds(400);
  Start();
  Wire wire(server_->port());
  const timeval pace{0, 100'000};
  setsockopt(wire.socket(), SOL_SOCKET, SO_RCVTIMEO, &pace, sizeof pace);
  wire.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  int chunks = 0;
  for (bool open = true; open && chunks < 50; ++chunks) {
    wire.Send("1\r\na\r\n");
    wire.ReadSome(open);  // the pause
  }
  EXPECT_LT(chunks, 20);
}

TEST_F(HttpLimits, EndIdleConnectionsAndHandshakesThatDoNotHappen) {
  test::TestPki pki;
  options_.tls = pki.Issue("alfa", "alfa-edge");
  options_.handshake_timeout = milliseconds(2'000);
  options_.idle_timeout = milliseconds(100);
  Start();
  const double handshakes = Metric(TimedOut("handshake")), idle = Metric(TimedOut("idle"));
  EXPECT_EQ(Ask(""), "");
  EXPECT_EQ(RiseOf(TimedOut("handshake"), handshakes, 1), 1);
  WireTls tls;
  Wire wire(server_->port(), tls.get());
  wire.Send(kGet);
  EXPECT_TRUE(wire.ReadAll().ends_with("fine"));
  EXPECT_EQ(RiseOf(TimedOut("idle"), idle, 1), 1);
  const double failed = Metric("noroshi_http_handshakes_failed_total");
  EXPECT_EQ(Ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").find("HTTP/1.1"), std::string::npos);
  EXPECT_EQ(RiseOf("noroshi_http_handshakes_failed_total", failed, 1), 1);
}

TEST_F(HttpLimits, CountRequestsByEndpointAndClassFromZero) {
  options_.endpoints = {"/thing/", "/unused/"};
  Start([](const Request& request) {
    Response response{404, {}, "", false};
    if (request.path == "/thing/7/") response = Response{200, {}, "fine", false, {}, "/thing/"};
    return response;
  });
  EXPECT_EQ(Metric("noroshi_http_requests_total{code_class=\"5xx\",endpoint=\"/unused/\"}"), 0);
  EXPECT_EQ(Metric("noroshi_http_request_duration_seconds_count{endpoint=\"/unused/\"}"), 0);
  const std::string things = "noroshi_http_requests_total{code_class=\"2xx\",endpoint=\"/thing/\"}";
  const std::string other = "noroshi_http_requests_total{code_class=\"4xx\",endpoint=\"other\"}";
  const double things_before = Metric(things), other_before = Metric(other);
  Ask("GET /thing/7/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  Ask("GET /secret-name/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  Ask("GET /\r\n\r\n");
  EXPECT_EQ(RiseOf(things, things_before, 1), 1);
  EXPECT_EQ(RiseOf(other, other_before, 2), 2);
  EXPECT_EQ(obs::ProcessMetrics().Scrape().find("secret-name"), std::string::npos);
}

}  // namespace
}  // namespace noroshi::net
