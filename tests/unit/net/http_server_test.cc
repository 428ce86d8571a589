// The HTTP server over real sockets on loopback: framing faults close, deadlines hold, limits answer, TLS is modern.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>
#include <future>

#include "common/net/http.h"
#include "tests/support/pki.h"
#include "tests/unit/net/raw_client.h"

namespace noroshi::net {
namespace {

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    options_.listen = "127.0.0.1:0";
    options_.body_bytes_max = 1000;
    options_.error_headers = {{"Content-Type", "application/x-error"}};
    options_.error_body = [](int status) { return fmt::format("fault {}", status); };
  }
  void Start(HeadCheck check = {}) {
    auto server = HttpServer::Start(
        options_,
        [this](const Request& request) {
          ++handled_;
          Response response;
          response.headers = {{"X-Path", request.path}};
          response.body = request.method + " " + request.query + " " + request.body;
          if (request.path == "/large/") response.body.assign(300'000, 'x');
          return response;
        },
        std::move(check));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::string Exchange(std::string_view bytes) {
    RawClient client(server_->port());
    EXPECT_TRUE(client.Send(bytes));
    return client.ReadAll();
  }

  HttpOptions options_;
  std::atomic<int> handled_{0};
  std::unique_ptr<HttpServer> server_;
};

constexpr char kCanary[] = "GET /canary HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Start();
  const std::string answer = Exchange("GET /a?x HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                                      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nde\r\n0\r\n\r\n");
  const size_t a = answer.find("GET x "), b = answer.find("POST  abc"), c = answer.find("POST  de");
  EXPECT_TRUE(a < b && b < c && c != std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
}

TEST_F(HttpServerTest, ClosesBehindAFramingFaultAndParsesNothingOfTheRest) {
  Start();
  for (const char* fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip\r\nContent-Length: 0", "Transfer-Encoding: gzip",
                             "Content-Length: 0, 0", "Content-Length: 0\r\nContent-Length: 0", "X: a\r\n b", "Transfer-Encoding : chunked"}) {
    const std::string answer = Exchange(fmt::format("POST / HTTP/1.1\r\nHost: h\r\n{}\r\n\r\n{}", fields, kCanary));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << fields << "\n" << answer;
    EXPECT_NE(answer.find("Content-Type: application/x-error"), std::string::npos);
    EXPECT_EQ(answer.find("canary"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("[open]"), std::string::npos) << fields;
  }
  const std::string chunk = Exchange(fmt::format("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}", kCanary));
  EXPECT_TRUE(chunk.starts_with("HTTP/1.1 400 ")) << chunk;
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, RefusesALargeBodyBeforeReadingIt) {
  Start();
  EXPECT_TRUE(Exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n").starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(Exchange("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n").starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, AsksTheHeadCheckBeforeTheBodyAndContinuesOnlyThen) {
  Start([](const Request& request) -> std::optional<Response> {
    if (request.Header("authorization").empty()) return Response{401, {}, "no", false};
    return {};
  });
  EXPECT_TRUE(Exchange("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n").starts_with("HTTP/1.1 401 "));
  EXPECT_EQ(handled_, 0);
  RawClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
  char buffer[64] = {};
  EXPECT_GT(::recv(client.socket(), buffer, 25, MSG_WAITALL), 0);
  EXPECT_EQ(std::string_view(buffer), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  EXPECT_NE(client.ReadAll().find("POST  ok"), std::string::npos);
}

TEST_F(HttpServerTest, EndsSlowConnectionsWhileOthersAreServed) {
  options_.header_timeout = options_.idle_timeout = options_.body_timeout = std::chrono::milliseconds(100);
  Start();
  RawClient silent(server_->port()), slow_head(server_->port()), slow_body(server_->port());
  slow_head.Send("GET / HT");
  slow_body.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200 "));
  for (RawClient* client : {&silent, &slow_head, &slow_body}) EXPECT_EQ(client->ReadAll(), "");
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, GivesHeadTheLengthWithoutTheBody) {
  Start();
  const std::string answer = Exchange("HEAD /large/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 300000\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, AnswersAPathThatIsNotCanonicalAndStaysOpen) {
  Start();
  const std::string answer = Exchange("GET /a//b HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 "));
  EXPECT_NE(answer.find("X-Path: /b"), std::string::npos);
}

TEST_F(HttpServerTest, DrainsWhatItHasTakenAndTakesNothingMore) {
  std::promise<void> entered, leave;
  auto left = leave.get_future().share();
  auto server = HttpServer::Start(options_, [&](const Request&) {
    entered.set_value();
    left.wait();
    return Response{200, {}, "finished", false};
  });
  ASSERT_TRUE(server.ok());
  RawClient client((*server)->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.get_future().wait();
  auto drained = std::async(std::launch::async, [&] { (*server)->Drain(std::chrono::seconds(10)); });
  leave.set_value();
  drained.wait();
  EXPECT_NE(client.ReadAll().find("finished"), std::string::npos);
  RawClient late((*server)->port());
  EXPECT_TRUE(!late.connected() || late.ReadAll().empty());
}

TEST_F(HttpServerTest, SaysThatAPortIsInUse) {
  Start();
  HttpOptions second = options_;
  second.listen = fmt::format("127.0.0.1:{}", server_->port());
  EXPECT_EQ(HttpServer::Start(second, [](const Request&) { return Response{}; }).status().code(), StatusCode::kUnavailable);
}

TEST_F(HttpServerTest, SpeaksTlsToItsClientAndKnowsItByItsCertificate) {
  test::TestPki pki;
  options_.tls = pki.Issue("alfa", "alfa-edge");
  Start();
  const std::string url = fmt::format("https://127.0.0.1:{}/large/", server_->port());
  const auto answer = Fetch({pki.ca_file()}, "GET", url, {{"X-A", "b"}}, "");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body.size(), 300'000u);
  // Another authority's server is not spoken to.
  test::TestPki other;
  EXPECT_FALSE(Fetch({other.ca_file()}, "GET", url, {}, "").ok());
}

// Handshakes with the given bounds; true if it succeeds.
bool Handshake(int port, int version_max, const char* suites) {
  RawClient client(port);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, version_max);
  if (suites != nullptr) SSL_CTX_set_cipher_list(context, suites);
  SSL* tls = SSL_new(context);
  SSL_set_fd(tls, client.socket());
  const bool good = SSL_connect(tls) == 1;
  SSL_free(tls);
  SSL_CTX_free(context);
  return good;
}

TEST_F(HttpServerTest, TakesModernTlsOnly) {
  test::TestPki pki;
  options_.tls = pki.Issue("alfa", "alfa-edge");
  Start();
  EXPECT_TRUE(Handshake(server_->port(), TLS1_3_VERSION, nullptr));
  EXPECT_TRUE(Handshake(server_->port(), TLS1_2_VERSION, nullptr));
  EXPECT_FALSE(Handshake(server_->port(), TLS1_1_VERSION, nullptr));
  EXPECT_FALSE(Handshake(server_->port(), TLS1_2_VERSION, "AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA"));
}

}  // namespace
}  // namespace noroshi::net
