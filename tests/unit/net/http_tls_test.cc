// TLS of the HTTP server as attackers and auditors try it: versions, suites, early data, renegotiation, names, foreign certificates (taxii 1-5, AC-54).
#include <gtest/gtest.h>

#include "common/net/http.h"
#include "tests/support/pki.h"
#include "tests/unit/net/wire.h"

namespace noroshi::net {
namespace {

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

class HttpTls : public testing::Test {
 protected:
  void Start(bool ask_client_certificate = false) {
    HttpOptions options;
    options.listen = "127.0.0.1:0";
    options.tls = pki_.Issue("alfa", "alfa-edge");
    options.ask_client_certificate = ask_client_certificate;
    auto server = HttpServer::Start(options, [](const Request& request) { return Response{200, {}, request.client ? request.client->ToString() : "nobody", false}; });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  // The whole answer; empty where the server broke off.
  std::string Ask(const WireTls& tls, const char* server_name = nullptr) {
    Wire wire(server_->port(), tls.get(), server_name);
    return wire.good() && wire.Send(kGet) ? wire.ReadAll() : "";
  }
  static void Show(const WireTls& tls, const TlsFiles& files) {
    ASSERT_EQ(SSL_CTX_use_certificate_chain_file(tls.get(), files.certificate_file.c_str()), 1);
    ASSERT_EQ(SSL_CTX_use_PrivateKey_file(tls.get(), files.key_file.c_str(), SSL_FILETYPE_PEM), 1);
  }

  test::TestPki pki_;
  std::unique_ptr<HttpServer> server_;
};

struct VersionCase {
  int version;
  bool want;
};

TEST_F(HttpTls, SpeaksTls12And13Only) {
  Start();
  for (const VersionCase& version : {VersionCase{TLS1_VERSION, false}, {TLS1_1_VERSION, false}, {TLS1_2_VERSION, true}, {TLS1_3_VERSION, true}}) {
    WireTls tls;
    SSL_CTX_set_min_proto_version(tls.get(), version.version);
    SSL_CTX_set_max_proto_version(tls.get(), version.version);
    EXPECT_EQ(!Ask(tls).empty(), version.want) << std::hex << version.version;
  }
}

struct SuiteCase {
  const char* suites;
  bool want;
};

// Taxii 4: what HTTP/2 forbids is refused although server and client could speak it.
TEST_F(HttpTls, TakesNoSuiteWithoutForwardSecrecyOrWithCbc) {
  Start();
  for (const SuiteCase& suite : {SuiteCase{"ECDHE-ECDSA-AES128-GCM-SHA256", true}, {"ECDHE-ECDSA-AES256-GCM-SHA384", true}, {"ECDHE-ECDSA-CHACHA20-POLY1305", true},
                                 {"ECDHE-ECDSA-AES128-SHA", false}, {"ECDHE-ECDSA-AES256-SHA384", false}, {"ECDHE-ECDSA-AES128-CCM8", false},
                                 {"AES128-GCM-SHA256:AES256-GCM-SHA384", false}, {"AES128-SHA:AES256-SHA256", false}, {"DHE-RSA-AES128-GCM-SHA256", false},
                                 {"AECDH-AES128-SHA:ADH-AES128-GCM-SHA256", false}, {"ECDHE-ECDSA-NULL-SHA:NULL-SHA256", false}, {"PSK-AES128-GCM-SHA256", false}}) {
    WireTls tls;
    SSL_CTX_set_max_proto_version(tls.get(), TLS1_2_VERSION);
    ASSERT_EQ(SSL_CTX_set_cipher_list(tls.get(), suite.suites), 1) << suite.suites;
    EXPECT_EQ(!Ask(tls).empty(), suite.want) << suite.suites;
  }
}

// Taxii 3: a ticket that allowed early data would let a request be replayed.
TEST_F(HttpTls, GivesTicketsWithoutEarlyDataAndReadsNone) {
  Start();
  WireTls tls;
  SSL_CTX_set_session_cache_mode(tls.get(), SSL_SESS_CACHE_CLIENT);
  Wire first(server_->port(), tls.get());
  ASSERT_TRUE(first.good() && first.Send(kGet));
  EXPECT_TRUE(first.ReadAll().starts_with("HTTP/1.1 200 "));
  SSL_SESSION* const session = SSL_get1_session(first.tls());
  ASSERT_EQ(SSL_SESSION_is_resumable(session), 1);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(session), 0u);
  SSL_SESSION_free(session);
}

TEST_F(HttpTls, DoesNotRenegotiate) {
  Start();
  WireTls tls;
  SSL_CTX_set_max_proto_version(tls.get(), TLS1_2_VERSION);
  Wire wire(server_->port(), tls.get());
  ASSERT_TRUE(wire.good());
  ASSERT_EQ(SSL_renegotiate(wire.tls()), 1);
  EXPECT_NE(SSL_do_handshake(wire.tls()), 1);
}

TEST_F(HttpTls, RefusesANameThatItsCertificateDoesNotHave) {
  Start();
  const WireTls tls;
  EXPECT_FALSE(Ask(tls).empty()) << "without a name, as for an address";
  EXPECT_FALSE(Ask(tls, "localhost").empty());
  EXPECT_TRUE(Ask(tls, "elsewhere.example").empty());
  EXPECT_TRUE(Ask(tls, "alfa-edge").empty()) << "the common name is no name";
}

TEST_F(HttpTls, OffersNoCompressionAndSpeaksHttp11ToWhoAlsoOffersHttp2) {
  Start();
  const WireTls tls;
  static constexpr unsigned char kOffer[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(tls.get(), kOffer, sizeof kOffer);
  Wire wire(server_->port(), tls.get());
  ASSERT_TRUE(wire.good());
  const unsigned char* chosen = nullptr;
  unsigned bytes = 0;
  SSL_get0_alpn_selected(wire.tls(), &chosen, &bytes);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(chosen), bytes), "http/1.1");
  EXPECT_EQ(SSL_get_current_compression(wire.tls()), nullptr);
}

// Taxii 5.
TEST_F(HttpTls, KnowsAClientByItsUriOnlyAndRefusesForeignOrExpiredOnes) {
  Start(true);
  const WireTls none, good, foreign, expired, named;
  test::TestPki other;
  Show(good, pki_.Issue("bravo", "bravo-edge"));
  Show(foreign, other.Issue("bravo", "bravo-edge"));
  test::CertificateRequest past;
  past.uris = {pki_.SpiffeUri("bravo", "bravo-edge")};
  past.valid_from = std::chrono::hours(-48);
  past.valid_until = std::chrono::hours(-24);
  Show(expired, pki_.IssueAs("past", past));
  test::CertificateRequest by_name;
  by_name.common_name = pki_.SpiffeUri("bravo", "bravo-edge");
  Show(named, pki_.IssueAs("named", by_name));
  EXPECT_TRUE(Ask(none).ends_with("nobody"));
  EXPECT_TRUE(Ask(good).ends_with(pki_.SpiffeUri("bravo", "bravo-edge")));
  EXPECT_TRUE(Ask(named).ends_with("nobody"));
  EXPECT_EQ(Ask(foreign), "");
  EXPECT_EQ(Ask(expired), "");
}

}  // namespace
}  // namespace noroshi::net
