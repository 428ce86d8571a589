// What an attacker frames so that two readers may differ (AC-49), what is out of every bound (AC-51), and floods within them (AC-53): over a listening
// server, plain and with TLS, with a canary request behind each fault that must never be seen.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "common/net/http.h"
#include "tests/support/pki.h"
#include "tests/unit/net/wire.h"

namespace noroshi::net {
namespace {

constexpr char kCanary[] = "GET /canary HTTP/1.1\r\nHost: h\r\n\r\n";

std::string Post(const std::string& fields, const std::string& body = "") { return "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n\r\n" + body; }
std::string Get(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; }

struct FramingCase {
  const char* name;
  std::string bytes;
  int want;
};

std::vector<FramingCase> FramingCases() {
  const std::string chunked = "Transfer-Encoding: chunked";
  std::vector<FramingCase> cases = {
      {"LengthThenEncoding", Post("Content-Length: 5\r\n" + chunked, "0\r\n\r\n"), 400},
      {"EncodingThenLength", Post(chunked + "\r\nContent-Length: 5", "0\r\n\r\n"), 400},
      {"GzipAndLength", Post("Transfer-Encoding: gzip\r\nContent-Length: 0"), 400},
      {"GzipAlone", Post("Transfer-Encoding: gzip"), 400},
      {"GzipThenChunked", Post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 400},
      {"ChunkedThenIdentity", Post("Transfer-Encoding: chunked, identity", "0\r\n\r\n"), 400},
      {"ChunkedTwice", Post(chunked + "\r\n" + chunked, "0\r\n\r\n"), 400},
      {"TwoLengths", Post("Content-Length: 0\r\nContent-Length: 0"), 400},
      {"TwoLengthsThatDiffer", Post("Content-Length: 0\r\nContent-Length: 33"), 400},
      {"LengthList", Post("Content-Length: 5, 5", "hello"), 400},
      {"LengthWithSign", Post("Content-Length: +5", "hello"), 400},
      {"LengthNegative", Post("Content-Length: -1"), 400},
      {"LengthHex", Post("Content-Length: 0x0"), 400},
      {"LengthOverflows", Post("Content-Length: 18446744073709551616"), 400},
      {"SpaceBeforeColon", Post("Transfer-Encoding : chunked", "0\r\n\r\n"), 400},
      {"FoldedField", Post("X: a\r\n b"), 400},
      {"FoldedEncoding", Post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"), 400},
      {"BareLineFeed", "GET / HTTP/1.1\nHost: h\n\n", 400},
      {"BareReturn", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400},
      {"NulInField", std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 36), 400},
      {"Http10WithEncoding", "POST / HTTP/1.0\r\nHost: h\r\n" + chunked + "\r\n\r\n0\r\n\r\n", 400},
      {"ChunkSizeOverflows", Post(chunked, "FFFFFFFFFFFFFFFF\r\n"), 400},
      {"ChunkSizeNineDigits", Post(chunked, "000000000\r\n\r\n"), 400},
      {"ChunkSizeSigned", Post(chunked, "+1\r\na\r\n0\r\n\r\n"), 400},
      {"ChunkExtension", Post(chunked, "1;a=b\r\na\r\n0\r\n\r\n"), 400},
      {"ChunkExtensionOfAMegabyte", Post(chunked, "1;" + std::string(1 << 20, 'a') + "\r\na\r\n0\r\n\r\n"), 400},
      {"ChunkBareLineFeed", Post(chunked, "1\na\n0\n\n"), 400},
      {"ChunkLongerThanSaid", Post(chunked, "1\r\nabc\r\n0\r\n\r\n"), 400},
      {"TrailerWithAuthorization", Post(chunked, "0\r\nAuthorization: Basic YTpi\r\n\r\n"), 400},
      {"Http09", "GET /\r\n\r\n", 400},
      {"NulInMethod", std::string("G\0T / HTTP/1.1\r\nHost: h\r\n\r\n", 27), 400},
      {"HostMissing", "GET / HTTP/1.1\r\n\r\n", 400},
      {"HostTwice", Get("Host: h\r\n"), 400},
      {"HostWithPath", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400},
      {"AbsoluteToAnotherHost", "GET https://other/ HTTP/1.1\r\nHost: h\r\n\r\n", 421},
      {"TunnelToAnotherHost", "CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n", 400},
      {"FieldsOver8KiB", Get("X: " + std::string((8 << 10) + 1, 'a') + "\r\n"), 431},
      {"UrlOf64KiB", "GET /" + std::string(64 << 10, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"UrlOver8KiB", "GET /" + std::string(8 << 10, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"UnknownExpectation", Post("Expect: tea\r\nContent-Length: 1", "a"), 417},
  };
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "A: b\r\n";
  cases.push_back({"ThousandFields", Get(many), 431});
  return cases;
}

// One server of each kind for the whole table.
struct Servers {
  test::TestPki pki;
  std::atomic<int> handled{0}, canaries{0};
  WireTls client;
  std::unique_ptr<HttpServer> plain, secure;

  Servers() {
    HttpOptions options;
    options.listen = "127.0.0.1:0";
    options.body_bytes_max = 100;
    plain = Start(options);
    options.tls = pki.Issue("alfa", "alfa-edge");
    secure = Start(options);
  }
  std::unique_ptr<HttpServer> Start(const HttpOptions& options) {
    auto server = HttpServer::Start(options, [this](const Request& request) {
      ++handled;
      if (request.path == "/canary") ++canaries;
      return Response{200, {}, "fine", false};
    });
    EXPECT_TRUE(server.ok()) << server.status();
    return *std::move(server);
  }
  static Servers& Get() {
    static Servers servers;
    return servers;
  }
};

class HttpFraming : public testing::TestWithParam<std::tuple<FramingCase, bool>> {
 protected:
  Servers& servers_ = Servers::Get();
  bool secure_ = std::get<1>(GetParam());
  int port() const { return (secure_ ? servers_.secure : servers_.plain)->port(); }
  SSL_CTX* context() const { return secure_ ? servers_.client.get() : nullptr; }
};

TEST_P(HttpFraming, IsRefusedAndNothingBehindItIsARequest) {
  const FramingCase& framing = std::get<0>(GetParam());
  const int handled = servers_.handled;
  Wire wire(port(), context());
  ASSERT_TRUE(wire.good());
  // A server that has closed already takes no more: then there is nothing to parse either.
  wire.Send(framing.bytes + kCanary);
  const std::string answer = wire.ReadAll();
  EXPECT_TRUE(answer.starts_with(fmt::format("HTTP/1.1 {} ", framing.want))) << answer;
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "a second answer: " << answer;
  EXPECT_FALSE(answer.ends_with("[open]"));
  EXPECT_EQ(servers_.canaries, 0);
  EXPECT_EQ(servers_.handled, handled);
}

INSTANTIATE_TEST_SUITE_P(Ac49Ac51, HttpFraming, testing::Combine(testing::ValuesIn(FramingCases()), testing::Bool()), [](const auto& info) {
  return std::string(std::get<0>(info.param).name) + (std::get<1>(info.param) ? "Tls" : "Plain");
});

TEST(HttpHead, TakesFieldsOf8KiB) {
  Servers& servers = Servers::Get();
  // `Host: h`, `X: `, `Connection: close` and the line ends make up the rest.
  const size_t rest = std::string("Host: h\r\nX: \r\nConnection: close\r\n\r\n").size();
  Wire wire(servers.plain->port());
  wire.Send(Get("X: " + std::string((8 << 10) - rest, 'a') + "\r\nConnection: close\r\n"));
  EXPECT_TRUE(wire.ReadAll().starts_with("HTTP/1.1 200 "));
}

// AC-53: ten thousand requests in one piece are answered one by one, and others are served meanwhile.
TEST(HttpFlood, OfPipelinedRequestsIsServedFairly) {
  Servers& servers = Servers::Get();
  constexpr int kRequests = 10'000;
  Wire flood(servers.plain->port());
  std::string requests;
  for (int i = 0; i < kRequests; ++i) requests += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const int before = servers.handled;
  std::thread sender([&] { flood.Send(requests); });
  ASSERT_TRUE(flood.ReadUntil("fine", 10));
  Wire other(servers.plain->port());
  other.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(other.ReadAll().starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(flood.ReadUntil("fine", kRequests));
  sender.join();
  EXPECT_EQ(servers.handled - before, kRequests + 1);
}

TEST(HttpFlood, OfExpectationsIsAnsweredOneByOne) {
  Servers& servers = Servers::Get();
  constexpr int kRequests = 500;
  Wire wire(servers.plain->port());
  for (int i = 1; i <= kRequests; ++i) {
    ASSERT_TRUE(wire.Send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    ASSERT_TRUE(wire.ReadUntil("100 Continue\r\n\r\n", i)) << i;
    ASSERT_TRUE(wire.Send("ok"));
  }
  EXPECT_TRUE(wire.ReadUntil("fine", kRequests));
}

// Who asks to continue and sends nothing holds no handler: two hundred of them, and a request is answered.
TEST(HttpFlood, OfExpectationsWithoutBodiesHoldsNobodyUp) {
  Servers& servers = Servers::Get();
  std::vector<std::unique_ptr<Wire>> waiting;
  for (int i = 0; i < 200; ++i) {
    waiting.push_back(std::make_unique<Wire>(servers.plain->port()));
    ASSERT_TRUE(waiting.back()->Send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  }
  for (const auto& wire : waiting) ASSERT_TRUE(wire->ReadUntil("100 Continue"));
  Wire other(servers.plain->port());
  other.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(other.ReadAll().starts_with("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace noroshi::net
