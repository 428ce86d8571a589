#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/suggest.h"
#include "tests/unit/config/files.h"

namespace noroshi::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(NodeConfig, ReadsEveryPartAndFillsInDefaults) {
  const Folder folder;
  const Loaded<NodeConfig> loaded = folder.Load(kBroker);
  ASSERT_TRUE(loaded.value) << Lines(loaded.faults);
  const NodeConfig& config = *loaded.value;
  EXPECT_EQ(config.node, "energy-broker");
  EXPECT_EQ(config.role, trust::NodeRole::kBroker);
  EXPECT_EQ(config.tls.key, folder.File("tls.key"));
  EXPECT_EQ(config.data_dir, folder.File("data"));
  EXPECT_EQ(config.uplinks.at(0).address, "127.0.0.1:9102");
  EXPECT_EQ(config.settings.hold, std::chrono::seconds(5));
  EXPECT_EQ(config.settings.k, 3);
  EXPECT_EQ(config.settings.default_tlp, stix::Tlp::kGreen);
  EXPECT_EQ(config.settings.default_scope.kind, policy::ScopeKind::kSector);
  EXPECT_EQ(config.log.kind, LogKind::kEmbedded);
  ASSERT_EQ(config.policy.rules.size(), 2u);
  EXPECT_THAT(config.policy.rules[0].types, ElementsAre("malware"));
  EXPECT_EQ(config.policy.rules[1].max_tlp, stix::Tlp::kAmber);
  EXPECT_TRUE(loaded.warnings.empty());
}

struct FaultCase {
  const char* name;
  const char* from;
  const char* to;
  const char* want;
};
class NodeFault : public testing::TestWithParam<FaultCase> {};
TEST_P(NodeFault, IsNamedWithPlaceAndPath) {
  const Folder folder;
  const Loaded<NodeConfig> loaded = folder.Load(With(kBroker, GetParam().from, GetParam().to));
  EXPECT_FALSE(loaded.value);
  EXPECT_THAT(Lines(loaded.faults), HasSubstr(GetParam().want));
}
INSTANTIATE_TEST_SUITE_P(
    Table, NodeFault,
    testing::Values(
        FaultCase{"UnknownKey", "hold_s", "holds_s", "node.yaml:19:3: settings.holds_s: unknown key, did you mean `hold_s`"},
        FaultCase{"UnknownWithoutLikeness", "hold_s", "colour", "settings.colour: unknown key\n"},
        FaultCase{"UnknownTopKey", "uplinks:", "uplink:", "node.yaml:14:1: uplink: unknown key, did you mean `uplinks`"},
        FaultCase{"Missing", "signing_key: signing.key\n", "", "signing_key: is missing"},
        FaultCase{"MissingInside", "  key: tls.key\n", "", "node.yaml:7:1: tls.key: is missing"},
        FaultCase{"MissingSection", "tls:\n  ca: ca.pem\n  certificate: tls.pem\n  key: tls.key\n", "", "tls: is missing"},
        FaultCase{"Null", "org: energy-isac", "org:", "node.yaml:2:1: org: has no value"},
        FaultCase{"NotAName", "org: energy-isac", "org: Energy", "node.yaml:2:6: org: `Energy` is no name"},
        FaultCase{"NotARole", "role: broker", "role: brokr", "`brokr` is none of edge, broker, hub, gateway, did you mean `broker`"},
        FaultCase{"ListForAWord", "org: energy-isac", "org: [a]", "org: must be one value"},
        FaultCase{"WordForAMap", "grpc: {listen: \"127.0.0.1:0\"}", "grpc: 9001", "grpc: must be a map with keys listen"},
        FaultCase{"TooMuch", "hold_s: 5", "hold_s: 3601", "settings.hold_s: is 3601, allowed are 0 to 3600"},
        FaultCase{"Negative", "hold_s: 5", "hold_s: -1", "`-1` is no whole number"},
        FaultCase{"Octal", "hold_s: 5", "hold_s: 010", "`010` is no whole number"},
        FaultCase{"Huge", "hold_s: 5", "hold_s: 99999999999999999999", "allowed are 0 to 3600"},
        FaultCase{"ClearByDefault", "default_tlp: green", "default_tlp: clear", "settings.default_tlp: `clear` is none of green"},
        FaultCase{"DefaultsContradict", "default_tlp: green", "default_tlp: red", "beyond what `default_tlp` red allows"},
        FaultCase{"BadScope", "default_tlp: green", "default_scope: everybody", "settings.default_scope: "},
        FaultCase{"NoPort", "127.0.0.1:9102", "127.0.0.1", "uplinks[0].address: `127.0.0.1` is no address"},
        FaultCase{"PortZeroToDial", "127.0.0.1:9102", "127.0.0.1:0", "allowed are 1 to 65535"},
        FaultCase{"OwnLayer", "layer: national", "layer: energy", "uplinks[0].layer: is the node's own layer"},
        FaultCase{"NoListener", "grpc: {listen: \"127.0.0.1:0\"}\n", "", "grpc.listen: is missing for role `broker`"},
        FaultCase{"TaxiiAtABroker", "rules:", "taxii: {listen: \"a:1\", accounts: f}\nrules:", "taxii: is for gateways and edges"},
        FaultCase{"RemoteRelay", "rules:", "log: {kind: remote}\nrules:", "log.kind: is remote; a relay's log"},
        FaultCase{"KafkaWithout", "rules:", "log: {kind: kafka}\nrules:", "log.kafka: is missing"},
        FaultCase{"KafkaUnused", "rules:", "log: {kafka: {bootstrap: \"a:1\"}}\nrules:", "log.kafka: is given, but"},
        FaultCase{"KafkaBootstrap", "rules:", "log: {kind: kafka, kafka: {bootstrap: \"a:1,b\"}}\nrules:", "log.kafka.bootstrap: `b` is no address"},
        FaultCase{"KafkaHalfTls", "rules:", "log: {kind: kafka, kafka: {bootstrap: \"a:1\", tls: true, ca: x}}\nrules:", "together, or none"},
        FaultCase{"KafkaReplicas", "rules:", "log: {kind: kafka, kafka: {bootstrap: \"a:1\", min_insync_replicas: 2}}\nrules:",
                  "min_insync_replicas: is 2, `replication_factor` is 1"},
        FaultCase{"KafkaPlain", "rules:", "log: {kind: kafka, kafka: {bootstrap: \"127.0.0.1:1,a:1\"}}\nrules:", "`a:1` is not a loopback address"},
        FaultCase{"KafkaAlmostLoopback", "rules:", "log: {kind: kafka, kafka: {bootstrap: \"127.a:1\"}}\nrules:", "`127.a:1` is not a loopback address"},
        FaultCase{"YamlNo", "rules:", "log: {kind: kafka, kafka: {bootstrap: \"a:1\", tls: no}}\nrules:", "tls: must be true or false"},
        FaultCase{"QuotedTrue", "rules:", "log: {kind: kafka, kafka: {bootstrap: \"a:1\", tls: \"true\"}}\nrules:", "tls: must be true or false"},
        FaultCase{"RuleTwice", "id: not-red", "id: no-malware", "rules[1].id: `no-malware` is another rule's"},
        FaultCase{"RuleWithoutMax", "    max_tlp: amber\n", "", "rules[1].max_tlp: is missing"},
        FaultCase{"RuleBoundary", "uplink/*", "uplinks/x", "rules[0].boundaries[1]: "},
        FaultCase{"RuleEffect", "effect: forbid", "effect: forbit", "did you mean `forbid`"},
        FaultCase{"ItemTwice", "[malware]", "[malware, malware]", "node.yaml:24:22: rules[0].types[1]: `malware` is listed twice"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(NodeConfig, ReportsAllFaultsAtOnceInTheOrderOfTheFile) {
  const Folder folder;
  std::string text = With(kBroker, "org: energy-isac", "org: Energy");
  text = With(text, "hold_s: 5", "hold_s: x");
  text = With(text, "effect: forbid", "efect: forbid");
  const Loaded<NodeConfig> loaded = folder.Load(text);
  ASSERT_EQ(loaded.faults.size(), 4u) << Lines(loaded.faults);
  EXPECT_EQ(loaded.faults[0].path, "org");
  EXPECT_EQ(loaded.faults[1].path, "settings.hold_s");
  EXPECT_EQ(loaded.faults[2].path, "rules[0].effect");
  EXPECT_EQ(loaded.faults[3].path, "rules[0].efect");
}

TEST(NodeConfig, IsTheSameAfterWritingAndReading) {
  const Folder folder;
  for (const std::string& extra :
       {std::string(), std::string("log: {kind: kafka, kafka: {bootstrap: \"a:1,b:2\", tls: true, ca: a, certificate: b, key: c}}\nlog_level: debug\n"),
        std::string("log: {retention_days: 30}\n")}) {
    const Loaded<NodeConfig> first = folder.Load(kBroker + extra);
    ASSERT_TRUE(first.value) << Lines(first.faults);
    const std::string text = WriteNodeConfig(*first.value);
    const Loaded<NodeConfig> second = folder.Load(text);
    ASSERT_TRUE(second.value) << Lines(second.faults) << text;
    EXPECT_EQ(WriteNodeConfig(*second.value), text);
    EXPECT_TRUE(Changes(*first.value, *second.value).empty());
  }
}

TEST(NodeConfig, IsPrintedWithWhereEachValueComesFrom) {
  const Folder folder;
  const std::string text = PrintConfig(*folder.Load(kBroker).value);
  EXPECT_THAT(text, HasSubstr("node: energy-broker  # file\n"));
  EXPECT_THAT(text, HasSubstr("  hold_s: 5  # file\n"));
  EXPECT_THAT(text, HasSubstr("  k: 3  # default\n"));
  EXPECT_THAT(text, HasSubstr("rules:\n  - id: no-malware  # file\n"));
  EXPECT_TRUE(folder.Load(text).value) << Lines(folder.Load(text).faults) << text;
}

TEST(NodeConfig, WarnsOfWhatWeakensSecurity) {
  const Folder folder;
  for (const char* kafka : {"bootstrap: \"127.0.0.1:1\"", "bootstrap: \"a:1\", allow_plaintext: true"}) {
    const auto plain = folder.Load(fmt::format("{}log: {{kind: kafka, kafka: {{{}}}}}\n", kBroker, kafka));
    EXPECT_THAT(plain.warnings, ElementsAre(HasSubstr("log.kafka.tls is false"))) << kafka << Lines(plain.faults);
  }
  const auto open = folder.Load(With(kBroker, "admin: {listen: \"127.0.0.1:0\"}", "admin: {listen: \"0.0.0.0:9\"}"));
  EXPECT_THAT(open.warnings, ElementsAre(HasSubstr("admin.listen is not a loopback address")));
}

TEST(Changes, NameKeysAndWhatNeedsARestart) {
  const Folder folder;
  const NodeConfig before = *folder.Load(kBroker).value;
  const NodeConfig after = *folder.Load(With(With(kBroker, "hold_s: 5", "hold_s: 6"), "127.0.0.1:9102", "127.0.0.1:9103")).value;
  const std::vector<Change> changes = Changes(before, after);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].path, "settings.hold_s");
  EXPECT_FALSE(changes[0].restart);
  EXPECT_EQ(changes[1].path, "uplinks[0].address");
  EXPECT_TRUE(changes[1].restart);
}

TEST(DidYouMean, OffersOnlyWhatIsNear) {
  EXPECT_EQ(DidYouMean("lawyers", {"layer", "org"}), "");
  EXPECT_EQ(DidYouMean("layre", {"layer", "org"}), ", did you mean `layer`");
  EXPECT_EQ(DidYouMean("settigns", {"layer", "settings"}), ", did you mean `settings`");
  EXPECT_EQ(DidYouMean("x", {"layer"}), "");
}

}  // namespace
}  // namespace noroshi::config
