#include "services/cli/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "common/base/random.h"
#include "services/cli/files.h"
#include "services/cli/pki.h"

namespace noroshi::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class GenerateTest : public testing::Test {
 protected:
  GenerateTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "noroshi-cli-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    directory_ = root_ + "/federation";
    topology_.federation = "test";
    topology_.national = "national";
    topology_.cert = "cert";
    topology_.sectors = {{"energy", "energy-isac", {"delta"}}, {"finance", "finance-isac", {"alfa"}}};
    topology_.groups = {{"solar", "delta", {"delta", "alfa"}}};
    topology_.anonymous = true;
  }
  ~GenerateTest() override { std::filesystem::remove_all(root_); }

  StatusOr<Generated> Up(const std::string& log = "") {
    GenerateArguments arguments{directory_, topology_, std::nullopt, false, {}};
    if (!log.empty()) arguments.log = *ParseLogChoice(log);
    return Generate(arguments, SecureRandom(), SystemClock().Now());
  }
  std::string Text(const std::string& file) const { return *ReadFile(directory_ + "/" + file); }
  unsigned Mode(const std::string& file) const {
    struct stat found {};
    stat((directory_ + "/" + file).c_str(), &found);
    return found.st_mode & 0777;
  }

  std::string root_, directory_;
  Topology topology_;
};

TEST_F(GenerateTest, EveryNodeGetsAConfigurationThatPassesAllChecks) {
  const auto up = Up();
  ASSERT_TRUE(up.ok()) << Message(up.status());
  EXPECT_EQ(up->layout.nodes.size(), 8u);
  for (const NodePlan& node : up->layout.nodes) {
    const auto config = config::LoadNodeConfig(directory_ + "/" + node.name + "/config.yaml");
    ASSERT_TRUE(config.value) << config.faults.at(0).ToString();
    const auto directory = config::LoadDirectory(config.value->directory_file);
    ASSERT_TRUE(directory.value) << directory.faults.at(0).ToString();
    for (const config::Fault& fault : config::CheckTogether(*config.value, *directory.value)) ADD_FAILURE() << fault.ToString();
    EXPECT_NE(directory.value->directory.FindPeer(node.org, node.name), nullptr);
    EXPECT_NE(directory.value->directory.FindPeer("delta", "delta-cli"), nullptr);
    EXPECT_EQ(config.value->log.kind, node.role == trust::NodeRole::kGateway ? config::LogKind::kRemote : config::LogKind::kEmbedded);
  }
}

TEST_F(GenerateTest, SecretsAreTheirOwnersAlone) {
  ASSERT_TRUE(Up().ok());
  for (const char* file : {"ca.key", "delta-edge/tls.key", "delta-edge/signing.key", "delta-edge/accounts.yaml", "delta-cli/tls.key", "accounts.json"}) {
    EXPECT_EQ(Mode(file), 0600u) << file;
  }
  EXPECT_EQ(Mode("delta-edge"), 0700u);
  const std::vector<Account> accounts = *LoadAccounts(directory_);
  for (const Account& account : accounts) EXPECT_THAT(Text("delta-edge/accounts.yaml"), testing::Not(HasSubstr(account.password)));
}

TEST_F(GenerateTest, ASecondUpChangesNothing) {
  ASSERT_TRUE(Up().ok());
  const std::vector<std::string> files = {"ca.pem", "federation.json", "accounts.json", "delta-edge/config.yaml", "delta-edge/directory.yaml",
                                          "delta-edge/tls.pem", "delta-edge/signing.key", "delta-edge/accounts.yaml"};
  std::vector<std::string> before;
  for (const std::string& file : files) before.push_back(Text(file));
  const auto again = Up();
  ASSERT_TRUE(again.ok()) << Message(again.status());
  EXPECT_THAT(again->changed, IsEmpty());
  for (size_t i = 0; i < files.size(); ++i) EXPECT_EQ(Text(files[i]), before[i]) << files[i];
}

TEST_F(GenerateTest, ANewMemberChangesDirectoriesUnderAGreaterEpoch) {
  const auto first = Up();
  ASSERT_TRUE(first.ok());
  topology_.sectors[0].members.push_back("echo");
  const auto second = Up();
  ASSERT_TRUE(second.ok()) << Message(second.status());
  EXPECT_EQ(second->state.epoch, first->state.epoch + 1);
  EXPECT_EQ(second->state.Find("delta-edge")->grpc, first->state.Find("delta-edge")->grpc);
  EXPECT_NE(second->state.Find("echo-edge"), nullptr);
}

TEST_F(GenerateTest, AnotherLogIsAConflict) {
  ASSERT_TRUE(Up().ok());
  EXPECT_EQ(Up("kafka=127.0.0.1:9092").status().code(), StatusCode::kAborted);
  EXPECT_TRUE(Up("embedded").ok());
}

TEST_F(GenerateTest, WhatIsPreparedHasKeysAndNoConfigurationAndTakesAnyLogLater) {
  const auto prepared = Generate({directory_, topology_, std::nullopt, true, {}}, SecureRandom(), SystemClock().Now());
  ASSERT_TRUE(prepared.ok()) << Message(prepared.status());
  EXPECT_FALSE(Exists(directory_ + "/energy-broker/config.yaml"));
  const std::string certificate = Text("energy-broker/tls.pem"), key = Text("energy-broker/signing.key"), authority = Text("ca.pem");
  const auto up = Up("kafka=127.0.0.1:9093,tls");
  ASSERT_TRUE(up.ok()) << Message(up.status());
  EXPECT_EQ(up->state.epoch, 1u);
  EXPECT_EQ(std::make_tuple(Text("energy-broker/tls.pem"), Text("energy-broker/signing.key"), Text("ca.pem")), std::make_tuple(certificate, key, authority));
  EXPECT_EQ(Up("embedded").status().code(), StatusCode::kAborted) << "chosen once";
  ASSERT_TRUE(Generate({directory_, topology_, std::nullopt, true, {}}, SecureRandom(), SystemClock().Now()).ok());
  EXPECT_TRUE(Up("kafka=127.0.0.1:9093,tls").ok()) << "preparing again changes no choice";
}

struct LogCase {
  const char* name;
  const char* text;
  const char* error;  // empty: taken
  bool tls = false;
};
class LogChoices : public testing::TestWithParam<LogCase> {};
TEST_P(LogChoices, SayWhereTheLogIsAndHowItIsReached) {
  const auto& [name, text, error, tls] = GetParam();
  const auto choice = ParseLogChoice(text);
  if (*error != 0) {
    EXPECT_EQ(choice.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(Message(choice.status())), HasSubstr(error));
    return;
  }
  ASSERT_TRUE(choice.ok()) << Message(choice.status());
  EXPECT_EQ(choice->text, text);
  EXPECT_EQ(choice->kafka && choice->kafka->tls, tls);
}
INSTANTIATE_TEST_SUITE_P(
    Table, LogChoices,
    testing::Values(LogCase{"Embedded", "embedded", ""}, LogCase{"Loopback", "kafka=127.0.0.1:9092", ""}, LogCase{"LoopbackName", "kafka=localhost:9092", ""},
                    LogCase{"Tls", "kafka=kafka.example:9093,tls", "", true}, LogCase{"SeveralTls", "kafka=a.example:1,b.example:2,tls", "", true},
                    LogCase{"PlaintextAllowed", "kafka=kafka.example:9092,plaintext", ""},
                    LogCase{"PlaintextAbroad", "kafka=kafka.example:9092", "`kafka.example:9092` is not a loopback address"},
                    LogCase{"OneAbroad", "kafka=127.0.0.1:1,192.0.2.1:2", "`192.0.2.1:2` is not a loopback address"},
                    LogCase{"LooksLikeLoopback", "kafka=127.example:9092", "`127.example:9092` is not a loopback address"},
                    LogCase{"NoPort", "kafka=127.0.0.1", "is no log"}, LogCase{"NoHost", "kafka=:9092", "is no log"},
                    LogCase{"Nothing", "kafka=", "is no log"}, LogCase{"NoSuchPort", "kafka=127.0.0.1:70000", "is no log"},
                    LogCase{"NothingButTls", "kafka=,tls", "is no log"}, LogCase{"NoEquals", "kafka", "is no log"}, LogCase{"Other", "memory", "is no log"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(GenerateTest, AnotherVersionIsRefusedNamingBoth) {
  ASSERT_TRUE(Up().ok());
  ASSERT_TRUE(WriteFile(directory_ + "/VERSION", "7\n", 0644).ok());
  const Status status = Up().status();
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Message(status)), testing::AllOf(HasSubstr("`7`"), HasSubstr("version 1")));
}

TEST_F(GenerateTest, OnKafkaRelaysKeepTheirLogsThereAndEdgesWriteTheirIngressDirectly) {
  const auto up = Up("kafka=127.0.0.1:9092,tls");
  ASSERT_TRUE(up.ok()) << Message(up.status());
  const auto broker = config::LoadNodeConfig(directory_ + "/energy-broker/config.yaml");
  const auto edge = config::LoadNodeConfig(directory_ + "/delta-edge/config.yaml");
  const auto gateway = config::LoadNodeConfig(directory_ + "/energy-gateway/config.yaml");
  ASSERT_TRUE(broker.value && edge.value && gateway.value);
  EXPECT_EQ(broker.value->log.kind, config::LogKind::kKafka);
  EXPECT_EQ(broker.value->log.kafka.bootstrap, "127.0.0.1:9092");
  EXPECT_TRUE(broker.value->log.kafka.tls);
  EXPECT_EQ(edge.value->log.kind, config::LogKind::kEmbedded);
  ASSERT_TRUE(edge.value->uplinks.at(0).kafka);
  EXPECT_EQ(edge.value->uplinks[0].kafka->bootstrap, "127.0.0.1:9092");
  EXPECT_EQ(gateway.value->log.kind, config::LogKind::kRemote);
  EXPECT_EQ(gateway.value->log.relay_node, "energy-broker");
}

TEST_F(GenerateTest, OnlySharedGatewaysAreOpenToReadersWithoutAccount) {
  ASSERT_TRUE(Up().ok());
  EXPECT_FALSE(config::LoadNodeConfig(directory_ + "/delta-edge/config.yaml").value->taxii->anonymous_public);
  EXPECT_TRUE(config::LoadNodeConfig(directory_ + "/national-gateway/config.yaml").value->taxii->anonymous_public);
}

TEST_F(GenerateTest, CertificatesCarryTheIdentityAndAreKept) {
  std::filesystem::create_directories(directory_);
  const WallTime now = SystemClock().Now();
  const auto authority = CertificateAuthority::OpenOrCreate(directory_, "test", now);
  ASSERT_TRUE(authority.ok()) << Message(authority.status());
  const net::TlsFiles files{(*authority)->ca_file(), directory_ + "/a.pem", directory_ + "/a.key"};
  const net::SpiffeId identity{"test", "delta", "delta-edge"};
  EXPECT_EQ((*authority)->Issue(identity, files, now).value(), true);
  EXPECT_EQ((*authority)->Issue(identity, files, now).value(), false);
  EXPECT_EQ(net::SpiffeIdOfPem(*ReadFile(files.certificate_file))->ToString(), identity.ToString());
  EXPECT_EQ(net::CheckTlsFiles(files, now), "");
  // Another name, and one that soon expires, are made anew.
  EXPECT_EQ((*authority)->Issue({"test", "delta", "delta-cli"}, files, now).value(), true);
  EXPECT_EQ((*authority)->Issue({"test", "delta", "delta-cli"}, files, now + std::chrono::hours(24 * 810)).value(), true);
  EXPECT_TRUE(CertificateAuthority::OpenOrCreate(directory_, "test", now).ok());
  std::filesystem::remove(directory_ + "/ca.key");
  EXPECT_FALSE(CertificateAuthority::OpenOrCreate(directory_, "test", now).ok());
}

}  // namespace
}  // namespace noroshi::cli
