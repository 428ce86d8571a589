// The destination guard as tables (AC-41, AC-42, AC-44), and the bounded client against servers that misbehave (AC-43, AC-45, AC-46).
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "common/net/egress.h"
#include "tests/support/pki.h"

namespace noroshi::net {
namespace {

Networks Allow(const std::vector<std::string>& texts) { return *Networks::Parse(texts); }

struct AddressCase {
  const char* text;
  const char* fault;
};

TEST(AddressFault, NamesWhyAnAddressIsNotPublic) {
  for (const auto& [text, fault] : {AddressCase{"127.0.0.1", "loopback"}, {"127.255.255.254", "loopback"}, {"::1", "loopback"}, {"0.0.0.0", "unspecified"},
                                    {"0.1.2.3", "unspecified"}, {"::", "unspecified"}, {"169.254.169.254", "link_local"}, {"fe80::1", "link_local"},
                                    {"10.0.0.1", "private"}, {"172.16.0.1", "private"}, {"172.31.255.255", "private"}, {"192.168.1.1", "private"},
                                    {"100.64.0.1", "shared"}, {"fd00::1", "private"}, {"fc00::1", "private"}, {"fec0::1", "private"}, {"224.0.0.1", "multicast"},
                                    {"ff02::1", "multicast"}, {"240.0.0.1", "reserved"}, {"255.255.255.255", "reserved"}, {"192.0.2.1", "reserved"},
                                    {"::ffff:127.0.0.1", "mapped"}, {"::ffff:8.8.8.8", "mapped"}, {"::7f00:1", "mapped"}, {"64:ff9b::7f00:1", "translated"},
                                    {"2002:7f00:1::", "translated"}, {"2001:0:1::", "reserved"}, {"2001:db8::1", "reserved"}, {"4000::1", "reserved"},
                                    {"8.8.8.8", ""}, {"172.32.0.1", ""}, {"100.128.0.1", ""}, {"2606:4700::1", ""}, {"192.169.0.1", ""}}) {
    EXPECT_EQ(AddressFault(*ParseIpAddress(text)), fault) << text;
  }
}

TEST(ParseIpAddress, KnowsTheUsualSpellingsOnly) {
  for (const char* odd : {"127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "0", "127.0.0.1.", "fe80::1%lo", "", "1.2.3.4.5"}) EXPECT_FALSE(ParseIpAddress(odd)) << odd;
}

TEST(ParseDestination, RefusesWhatIsNotAPublicHttpsServer) {
  for (const char* url : {"http://example.org/", "unix:///run/x", "file:///etc/passwd", "gopher://example.org/", "https://", "https:///x", "//example.org/",
                          "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/", "https://[fd00::1]/", "https://0/", "https://0x7f.1/",
                          "https://127.1/", "https://2130706433/", "https://0177.0.0.1/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
                          "https://localhost/", "https://localhost./", "https://LOCALHOST/", "https://a.localhost/", "https://example.org./",
                          "https://user@example.org/", "https://user:p@example.org/", "https://example.org#x", "https://example.org\\@127.0.0.1/",
                          "https://exa mple.org/", "https://ex\xc3\xa4mple.org/", "https://example.org:0/", "https://example.org:65536/", "https://example.org:/",
                          "https://example.org:443x/", "https://[::1/", "https://[::1]x/", "https://%31%32%37.0.0.1/", "https://example.org/\r\nX: y",
                          "https://1.2.3/", "https://example.0x1/", "https://-a.example/", "https://a..example/"}) {
    EXPECT_FALSE(ParseDestination(url, {}).ok()) << url;
  }
}

TEST(ParseDestination, TakesAUrlApart) {
  const auto plain = ParseDestination("https://CTI.Example.org", {});
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->Origin(), "https://cti.example.org:443");
  EXPECT_EQ(plain->target, "/");
  const auto full = ParseDestination("https://[2606:4700::1]:8443/taxii2/?a=b", {});
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(full->Origin(), "https://[2606:4700::1]:8443");
  EXPECT_EQ(full->target, "/taxii2/?a=b");
}

TEST(Networks, AllowWhatTheyNameAndNothingElse) {
  const Networks loopback = Allow({"127.0.0.0/8", "fd00:1::/64"});
  EXPECT_TRUE(ParseDestination("https://127.0.0.1:8443/", loopback).ok());
  EXPECT_TRUE(ParseDestination("https://localhost:8443/", loopback).ok());
  EXPECT_TRUE(ParseDestination("https://[fd00:1::9]/", loopback).ok());
  for (const char* url : {"https://10.0.0.1/", "https://[fd00:2::9]/", "https://[::ffff:127.0.0.1]/", "https://[::1]/"}) {
    EXPECT_FALSE(ParseDestination(url, loopback).ok()) << url;
  }
  // Not even where it is named.
  EXPECT_FALSE(ParseDestination("https://[::ffff:127.0.0.1]/", Allow({"::ffff:0:0/96"})).ok());
  EXPECT_FALSE(ParseDestination("https://224.0.0.1/", Allow({"224.0.0.0/4"})).ok());
  for (const char* bad : {"127.0.0.1", "127.0.0.0/33", "127.0.0.1/8", "0.0.0.0/0", "x/8", "10.0.0.0/-1", "fd00::/129", ""}) EXPECT_FALSE(Networks::Parse({bad}).ok()) << bad;
}

TEST(SameOriginUrl, FollowsOnlyItsOwnOrigin) {
  const std::string base = "https://cti.example.org/taxii2/";
  EXPECT_EQ(*SameOriginUrl(base, "/api1/", {}), "https://cti.example.org:443/api1/");
  EXPECT_EQ(*SameOriginUrl(base, "api1/", {}), "https://cti.example.org:443/taxii2/api1/");
  EXPECT_EQ(*SameOriginUrl(base, "https://cti.example.org/api1/", {}), "https://cti.example.org/api1/");
  for (const char* foreign : {"https://other.example.org/api1/", "https://cti.example.org:8443/", "http://cti.example.org/api1/", "//other.example.org/", "https://127.0.0.1/", "",
                              "https://cti.example.org@127.0.0.1/", "/../x/", "file:///etc/passwd"}) {
    EXPECT_FALSE(SameOriginUrl(base, foreign, {}).ok()) << foreign;
  }
}

class SendOutTest : public testing::Test {
 protected:
  SendOutTest() { options_.allowed = Allow({"127.0.0.0/8"}), options_.ca_file = pki_.ca_file(); }

  void Start(TlsFiles files, Handler handler) {
    HttpOptions http;
    http.listen = "127.0.0.1:0";
    http.tls = std::move(files);
    http.ask_client_certificate = true;
    auto server = HttpServer::Start(http, [this, handler = std::move(handler)](const Request& request) {
      ++handled_;
      return handler(request);
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  void StartPlain() {
    Start(pki_.Issue("o", "n"), [](const Request& request) { return Response{200, {{"X-Client", request.client ? request.client->node : "none"}}, "hello"}; });
  }
  std::string Url(const std::string& host = "127.0.0.1") const { return fmt::format("https://{}:{}/x", host, server_->port()); }
  StatusOr<Response> Get(const std::string& url) { return SendOut(options_, {"GET", url, {}, ""}); }

  test::TestPki pki_;
  EgressOptions options_;
  std::atomic<int> handled_{0};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(SendOutTest, ExchangesOneRequestWithAnAllowedServer) {
  StartPlain();
  const auto answer = Get(Url());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(HeaderOf(*answer, "x-client"), "none");
}

TEST_F(SendOutTest, ShowsItsClientCertificate) {
  StartPlain();
  const TlsFiles mine = pki_.Issue("me", "my-node");
  options_.certificate_file = mine.certificate_file;
  options_.key_file = mine.key_file;
  const auto answer = Get(Url());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(HeaderOf(*answer, "x-client"), "my-node");
}

// AC-42: what a name resolves to is judged at each connection, whole.
TEST_F(SendOutTest, RefusesANameWithAnInternalAddress) {
  StartPlain();
  options_.allowed = {};
  options_.resolve = [](const std::string&) { return std::vector{*ParseIpAddress("8.8.8.8"), *ParseIpAddress("127.0.0.1")}; };
  EXPECT_EQ(Get(Url("rebind.example.org")).status().code(), StatusCode::kPermissionDenied);
  options_.resolve = [](const std::string&) { return std::vector{*ParseIpAddress("::ffff:127.0.0.1")}; };
  EXPECT_EQ(Get(Url("rebind.example.org")).status().code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(handled_, 0);
}

TEST_F(SendOutTest, ConnectsToTheVettedAddressAndVerifiesTheName) {
  test::CertificateRequest request;
  request.uris = {pki_.SpiffeUri("o", "n")};
  request.names = "DNS:cti.example.org";
  Start(pki_.IssueAs("named", request), [](const Request& r) { return Response{200, {}, std::string(r.Header("host"))}; });
  options_.resolve = [](const std::string&) { return std::vector{*ParseIpAddress("127.0.0.1")}; };
  const auto answer = Get(Url("cti.example.org"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, fmt::format("cti.example.org:{}", server_->port()));
  EXPECT_FALSE(Get(Url("other.example.org")).ok());
}

struct CertificateCase {
  const char* name;
  std::function<void(test::CertificateRequest&)> spoil;
};

// AC-46.
TEST_F(SendOutTest, RefusesABadServerCertificate) {
  const std::vector<CertificateCase> cases = {
      {"expired", [](auto& r) { r.valid_from = std::chrono::seconds(-7200), r.valid_until = std::chrono::seconds(-3600); }},
      {"future", [](auto& r) { r.valid_from = std::chrono::seconds(3600); }},
      {"wrong-name", [](auto& r) { r.names = "DNS:other.example.org,IP:127.0.0.2"; }},
      {"wrong-usage", [](auto& r) { r.key_usage = "clientAuth"; }},
  };
  for (const auto& [name, spoil] : cases) {
    test::CertificateRequest request;
    request.uris = {pki_.SpiffeUri("o", "n")};
    spoil(request);
    TlsFiles files = pki_.IssueAs(name, request);
    Start(std::move(files), [](const Request&) { return Response{}; });
    const auto answer = Get(Url());
    EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable) << name << " " << answer.status();
  }
  test::TestPki other;
  Start(other.Issue("o", "n"), [](const Request&) { return Response{}; });
  EXPECT_EQ(Get(Url()).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(handled_, 0);
}

// AC-43.
TEST_F(SendOutTest, FollowsNoRedirect) {
  Start(pki_.Issue("o", "n"), [this](const Request&) { return Response{302, {{"Location", Url()}}, ""}; });
  const auto answer = Get(Url());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(handled_, 1);
}

TEST_F(SendOutTest, TakesNothingBeyondItsBounds) {
  Start(pki_.Issue("o", "n"), [](const Request& request) {
    Response response{200, {}, "x"};
    if (request.query == "large") response.body.assign(5'000, 'x');
    if (request.query == "gzip") response.headers = {{"Content-Encoding", "gzip"}};
    if (request.query == "fields") response.headers.assign(200, {"X-A", "b"});
    if (request.query == "head") response.headers = {{"X-A", std::string(100'000, 'b')}};
    return response;
  });
  options_.answer_bytes_max = 4'000;
  for (const char* query : {"large", "gzip", "fields", "head"}) {
    const auto answer = Get(Url() + "?" + query);
    EXPECT_EQ(answer.status().code(), StatusCode::kResourceExhausted) << query << " " << answer.status();
  }
  EXPECT_TRUE(Get(Url()).ok());
}

TEST_F(SendOutTest, SendsNoControlCharacter) {
  StartPlain();
  EXPECT_EQ(SendOut(options_, {"GET", Url(), {{"Authorization", "a\r\nX: y"}}, ""}).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(handled_, 0);
}

// One connection answered with raw bytes, then left open.
class RawTlsServer {
 public:
  RawTlsServer(const TlsFiles& files, std::string answer) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    socklen_t bytes = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), bytes), 0);
    EXPECT_EQ(::listen(socket_, 4), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &bytes);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, files, answer = std::move(answer)] { Serve(files, answer); });
  }
  ~RawTlsServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  int port() const { return port_; }

 private:
  void Serve(const TlsFiles& files, const std::string& answer) const {
    const int client = ::accept(socket_, nullptr, nullptr);
    if (client < 0) return;
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_use_certificate_chain_file(context, files.certificate_file.c_str());
    SSL_CTX_use_PrivateKey_file(context, files.key_file.c_str(), SSL_FILETYPE_PEM);
    SSL* tls = SSL_new(context);
    SSL_set_fd(tls, client);
    char buffer[4096];
    if (SSL_accept(tls) == 1 && SSL_read(tls, buffer, sizeof buffer) > 0) {
      SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
      SSL_read(tls, buffer, sizeof buffer);  // until the client goes
    }
    SSL_free(tls);
    SSL_CTX_free(context);
    ::close(client);
  }
  const int socket_;
  int port_ = 0;
  std::thread thread_;
};

// AC-45: a body that never ends, one that is shorter than it says, one without any head.
TEST_F(SendOutTest, GivesUpOnAnAnswerThatDoesNotCome) {
  options_.timeout = std::chrono::milliseconds(300);
  for (const char* answer : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\nx"}) {
    RawTlsServer server(pki_.Issue("o", "n"), answer);
    EXPECT_EQ(Get(fmt::format("https://127.0.0.1:{}/", server.port())).status().code(), StatusCode::kUnavailable) << answer;
  }
}

TEST_F(SendOutTest, RefusesASignatureBySha1) {
  for (const bool sha1 : {false, true}) {
    test::CertificateRequest request;
    request.sha1 = sha1;
    RawTlsServer server(pki_.IssueAs("signed", request), "HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(Get(fmt::format("https://127.0.0.1:{}/", server.port())).ok(), !sha1);
  }
}

TEST_F(SendOutTest, EndsAtOnceWhenStopped) {
  RawTlsServer server(pki_.Issue("o", "n"), "HTTP/1.1 200 OK\r\n");
  std::stop_source stop;
  options_.stop = stop.get_token();
  stop.request_stop();
  EXPECT_EQ(Get(fmt::format("https://127.0.0.1:{}/", server.port())).status().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace noroshi::net
