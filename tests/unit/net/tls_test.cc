// Identity by certificate: what counts as a SPIFFE id, which files are refused, and that both ends of a gRPC connection
// hold the other one to its identity.
#include "common/net/tls.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "noroshi/v1/log.grpc.pb.h"
#include "tests/support/pki.h"

namespace noroshi::net {
namespace {

using ::testing::HasSubstr;
using test::CertificateRequest;
using test::TestPki;

struct SpiffeCase {
  const char* name;
  const char* uri;
  bool want;
};
class SpiffeParsing : public testing::TestWithParam<SpiffeCase> {};
TEST_P(SpiffeParsing, AcceptsOnlyTheOneForm) {
  const auto id = ParseSpiffeId(GetParam().uri);
  EXPECT_EQ(id.ok(), GetParam().want) << GetParam().uri;
  if (id.ok()) {
    EXPECT_EQ(id->ToString(), GetParam().uri);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Table, SpiffeParsing,
    testing::Values(SpiffeCase{"Plain", "spiffe://demo/org/alfa/node/alfa-edge", true},
                    SpiffeCase{"Digits", "spiffe://f1/org/0/node/9", true},
                    SpiffeCase{"OtherScheme", "https://demo/org/alfa/node/n", false},
                    SpiffeCase{"UpperCaseScheme", "SPIFFE://demo/org/alfa/node/n", false},
                    SpiffeCase{"UpperCaseName", "spiffe://demo/org/Alfa/node/n", false},
                    SpiffeCase{"NoNode", "spiffe://demo/org/alfa", false},
                    SpiffeCase{"EmptyOrg", "spiffe://demo/org//node/n", false},
                    SpiffeCase{"EmptyNode", "spiffe://demo/org/alfa/node/", false},
                    SpiffeCase{"Longer", "spiffe://demo/org/alfa/node/n/x", false},
                    SpiffeCase{"TrailingSlash", "spiffe://demo/org/alfa/node/n/", false},
                    SpiffeCase{"Swapped", "spiffe://demo/node/n/org/alfa", false},
                    SpiffeCase{"DotDot", "spiffe://demo/org/../node/n", false},
                    SpiffeCase{"Port", "spiffe://demo:1/org/alfa/node/n", false},
                    SpiffeCase{"Query", "spiffe://demo/org/alfa/node/n?x", false},
                    SpiffeCase{"Escaped", "spiffe://demo/org/al%66a/node/n", false},
                    SpiffeCase{"Empty", "", false},
                    SpiffeCase{"TooLong",
                               "spiffe://demo/org/aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff0123/node/n",
                               false}),
    [](const auto& info) { return std::string(info.param.name); });

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(SpiffeIdOfPem, NeedsExactlyOneUri) {
  TestPki pki;
  const auto id = SpiffeIdOfPem(ReadAll(pki.Issue("alfa", "alfa-edge").certificate_file));
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->ToString(), "spiffe://test/org/alfa/node/alfa-edge");
  const auto none = pki.IssueAs("none", {});
  EXPECT_FALSE(SpiffeIdOfPem(ReadAll(none.certificate_file)).ok());
  CertificateRequest two;
  two.uris = {pki.SpiffeUri("alfa", "a"), pki.SpiffeUri("echo", "e")};
  EXPECT_FALSE(SpiffeIdOfPem(ReadAll(pki.IssueAs("two", two).certificate_file)).ok());
  EXPECT_FALSE(SpiffeIdOfPem("no pem").ok());
}

class CheckTlsFilesTest : public testing::Test {
 protected:
  std::string Check(const TlsFiles& files) { return CheckTlsFiles(files, SystemClock().Now()); }
  TestPki pki_;
};

TEST_F(CheckTlsFilesTest, PassesGoodFiles) {
  const TlsFiles files = pki_.Issue("alfa", "alfa-edge");
  EXPECT_EQ(Check(files), "");
  const auto expiry = CertificateExpiry(files.certificate_file);
  ASSERT_TRUE(expiry.ok());
  EXPECT_GT(*expiry, SystemClock().Now() + std::chrono::hours(23));
}

TEST_F(CheckTlsFilesTest, NamesEveryFaultAtOnce) {
  CertificateRequest request;
  request.uris = {pki_.SpiffeUri("alfa", "alfa-edge")};
  request.valid_from = std::chrono::hours(-2);
  request.valid_until = std::chrono::hours(-1);
  request.key_mode = 0644;
  TlsFiles files = pki_.IssueAs("bad", request);
  files.ca_file = pki_.directory() + "/missing.pem";
  const std::string faults = Check(files);
  EXPECT_THAT(faults, HasSubstr("missing.pem` cannot be read"));
  EXPECT_THAT(faults, HasSubstr("bad.pem` expired at"));
  EXPECT_THAT(faults, HasSubstr("bad.key` has mode 0644"));
}

TEST_F(CheckTlsFilesTest, RefusesTheKeyOfAnotherCertificate) {
  TlsFiles files = pki_.Issue("alfa", "alfa-edge");
  files.key_file = pki_.Issue("echo", "echo-edge").key_file;
  EXPECT_THAT(Check(files), HasSubstr("is not the key of the certificate"));
}

TEST_F(CheckTlsFilesTest, RefusesACertificateWithoutIdentity) {
  EXPECT_THAT(Check(pki_.IssueAs("anonymous", {})), HasSubstr("0 uri names"));
}

TEST_F(CheckTlsFilesTest, RefusesFilesWithoutPem) {
  const std::string path = pki_.directory() + "/text";
  std::ofstream(path) << "hello";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  const std::string faults = Check({path, path, path});
  EXPECT_THAT(faults, HasSubstr("holds no certificate"));
  EXPECT_THAT(faults, HasSubstr("holds no private key"));
}

// Answers every Bounds call with the identity it saw, in the status text.
class WhoAmI final : public v1::LogService::Service {
  grpc::Status Bounds(grpc::ServerContext* context, const v1::BoundsRequest*, v1::BoundsReply*) override {
    const auto id = PeerIdentity(*context);
    if (!id.ok()) return {grpc::StatusCode::UNAUTHENTICATED, std::string(Message(id.status()))};
    return {grpc::StatusCode::ALREADY_EXISTS, id->ToString()};
  }
};

class MutualTls : public testing::Test {
 protected:
  void Serve(const TlsFiles& files) {
    const auto credentials = ServerCredentials(files);
    ASSERT_TRUE(credentials.ok()) << credentials.status();
    grpc::ServerBuilder builder;
    ApplyServerLimits(builder);
    builder.AddListeningPort("127.0.0.1:0", *credentials, &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void TearDown() override {
    if (server_) server_->Shutdown();
  }
  grpc::Status Ask(const TlsFiles& files, const std::string& server_identity) {
    const auto channel = OpenChannel(files, server_identity, "127.0.0.1:" + std::to_string(port_));
    EXPECT_TRUE(channel.ok()) << channel.status();
    return AskOver(*channel);
  }
  grpc::Status AskOver(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::BoundsReply reply;
    return v1::LogService::NewStub(channel)->Bounds(&context, {}, &reply);
  }

  TestPki pki_;
  WhoAmI service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(MutualTls, TellsTheServerWhoCalls) {
  Serve(pki_.Issue("energy-isac", "broker"));
  const grpc::Status status = Ask(pki_.Issue("alfa", "alfa-edge"), pki_.SpiffeUri("energy-isac", "broker"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS) << status.error_message();
  EXPECT_EQ(status.error_message(), "spiffe://test/org/alfa/node/alfa-edge");
}

TEST_F(MutualTls, RefusesAServerOfAnotherIdentity) {
  Serve(pki_.Issue("echo", "echo-edge"));
  const grpc::Status status = Ask(pki_.Issue("alfa", "alfa-edge"), pki_.SpiffeUri("energy-isac", "broker"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
}

TEST_F(MutualTls, RefusesAServerOfAnotherAuthority) {
  TestPki other;
  Serve(other.Issue("energy-isac", "broker"));
  const grpc::Status status = Ask(pki_.Issue("alfa", "alfa-edge"), pki_.SpiffeUri("energy-isac", "broker"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
}

TEST_F(MutualTls, RefusesAClientOfAnotherAuthority) {
  Serve(pki_.Issue("energy-isac", "broker"));
  TestPki other;
  TlsFiles files = other.Issue("alfa", "alfa-edge");
  files.ca_file = pki_.ca_file();
  const grpc::Status status = Ask(files, pki_.SpiffeUri("energy-isac", "broker"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
}

TEST_F(MutualTls, RefusesAClientWithoutCertificate) {
  Serve(pki_.Issue("energy-isac", "broker"));
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadAll(pki_.ca_file());
  const auto channel = grpc::CreateChannel("localhost:" + std::to_string(port_), grpc::SslCredentials(options));
  EXPECT_EQ(AskOver(channel).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(MutualTls, RefusesLaxFilesBeforeListening) {
  CertificateRequest request;
  request.uris = {pki_.SpiffeUri("alfa", "a")};
  request.key_mode = 0604;
  const auto credentials = ServerCredentials(pki_.IssueAs("lax", request));
  EXPECT_EQ(credentials.status().code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace noroshi::net
