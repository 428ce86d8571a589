// What only the Kafka backend has: access rules of the cluster, and a cluster that cannot be reached.
#include <gtest/gtest.h>

#include <cstdlib>

#include "common/base/random.h"
#include "common/log/backends.h"
#include "tests/integration/log/harness.h"

namespace noroshi::log {
namespace {

TEST(KafkaUnreachable, IsReportedWithinTheTimeout) {
  KafkaOptions options;
  options.bootstrap = "127.0.0.1:1";
  options.request_timeout = std::chrono::milliseconds(500);
  EXPECT_EQ(CreateKafkaLog(options).status().code(), StatusCode::kUnavailable);
}

// A broker with TLS and an authorizer; `client` is a certificate without any right.
class KafkaAccess : public testing::Test {
 protected:
  void SetUp() override {
    owner_options_.bootstrap = KafkaSetting("NOROSHI_KAFKA_BOOTSTRAP");
    client_options_.bootstrap = KafkaSetting("NOROSHI_KAFKA_SSL");
    if (!client_options_.bootstrap.empty()) return Open();
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string(ci) == "true") FAIL() << "no Kafka with TLS and access rules";
    GTEST_SKIP() << "no Kafka with TLS and access rules: set NOROSHI_KAFKA_ENV (`./dev kafka start`)";
  }

  void Open() {
    auto owner = CreateKafkaLog(owner_options_);
    ASSERT_TRUE(owner.ok()) << owner.status();
    owner_ = *std::move(owner);
    ASSERT_EQ(owner_->EnsureTopic(mine_), OkStatus());
    ASSERT_EQ(owner_->EnsureTopic(other_), OkStatus());
    client_options_.tls = true;
    client_options_.ca_file = KafkaSetting("NOROSHI_KAFKA_CA");
    client_options_.certificate_file = KafkaSetting("NOROSHI_KAFKA_CLIENT_CERT");
    client_options_.key_file = KafkaSetting("NOROSHI_KAFKA_CLIENT_KEY");
    client_options_.request_timeout = std::chrono::milliseconds(5'000);
  }
  std::unique_ptr<Log> Client() {
    auto client = CreateKafkaLog(client_options_);
    EXPECT_TRUE(client.ok()) << client.status();
    return client.ok() ? *std::move(client) : nullptr;
  }

  const std::string run_ = "test." + SecureRandom().Uuid();
  const std::string mine_ = run_ + ".ingress.client", other_ = run_ + ".ledger";
  KafkaOptions owner_options_, client_options_;
  std::unique_ptr<Log> owner_;
};

TEST_F(KafkaAccess, AForeignCertificateWritesItsIngressAndNothingElse) {
  auto client = Client();
  ASSERT_NE(client, nullptr);
  EXPECT_FALSE(AppendAndWait(*client, mine_, {"before"}).ok());
  const Status allowed = AllowKafkaWriter(owner_options_, mine_, "User:CN=client");
  ASSERT_EQ(allowed, OkStatus());
  client = Client();
  EXPECT_TRUE(AppendAndWait(*client, mine_, {"x"}).ok());
  EXPECT_EQ(ReadOne(*owner_, mine_, 0).value_or("?"), "x");

  EXPECT_FALSE(AppendAndWait(*client, other_, {"x"}).ok());
  EXPECT_FALSE(client->GetBounds(other_).ok());
  EXPECT_FALSE(client->Read({{other_, 0}}).ok());
  EXPECT_FALSE(client->Trim(mine_, 1).ok());
  EXPECT_FALSE(client->EnsureTopic(run_ + ".new").ok());
  EXPECT_FALSE(AllowKafkaWriter(client_options_, other_, "User:CN=client").ok());
  const auto reader = client->Read({{mine_, 0}});
  ASSERT_TRUE(reader.ok());
  const auto batch = (*reader)->Poll(std::chrono::seconds(3));
  EXPECT_TRUE(!batch.ok() || batch->records.empty()) << "it may write there, not read";
}

}  // namespace
}  // namespace noroshi::log
