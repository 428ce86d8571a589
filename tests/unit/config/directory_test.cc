#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/trust/signing.h"
#include "tests/unit/config/files.h"

namespace noroshi::config {
namespace {

using testing::HasSubstr;

constexpr char kDirectory[] = R"(federation: demo
epoch: 3
organisations:
  - {name: delta, identity: identity--11111111-1111-4111-8111-111111111111}
  - {name: energy-isac, identity: identity--22222222-2222-4222-8222-222222222222}
  - {name: cert, identity: identity--33333333-3333-4333-8333-333333333333}
layers:
  - {name: delta, kind: organisation, operator: delta, members: [delta]}
  - {name: energy, kind: sector, operator: energy-isac, members: [delta, energy-isac]}
  - {name: national, kind: national, operator: cert, members: [cert, energy-isac]}
nodes:
  - {name: delta-edge, org: delta, role: edge, layer: delta}
  - {name: energy-broker, org: energy-isac, role: broker, layer: energy, keys: [KEY]}
  - {name: energy-gateway, org: energy-isac, role: gateway, layer: energy}
  - {name: hub, org: cert, role: hub, layer: national}
  - {name: delta-cli, org: delta, role: tool}
groups:
  - {id: 44444444-4444-4444-8444-444444444444, name: solar-watch, owner: delta, members: [delta]}
reference_sets: [identity--55555555-5555-4555-8555-555555555555]
)";

// The files that kBroker names, with a key that the directory has.
struct World : Folder {
  World() {
    const trust::SigningKey key = trust::SigningKey::Generate();
    EXPECT_TRUE(key.Save(File("signing.key")).ok());
    text = With(kDirectory, "KEY", Base64(key.public_key()));
    for (const char* name : {"ca.pem", "tls.pem", "tls.key"}) WriteText(File(name), "x");
    LoadText(text);
  }
  // A second writer of base64, bit by bit.
  static std::string Base64(const trust::PublicKey& key) {
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t bit = 0; bit < 258; bit += 6) {
      size_t digit = 0;
      for (size_t i = bit; i < bit + 6; ++i) digit = digit * 2 + (i < 256 ? key[i / 8] >> (7 - i % 8) & 1 : 0);
      out += digits[digit];
    }
    return out + "=";
  }
  Loaded<DirectoryFile> LoadText(const std::string& directory_text) const {
    WriteText(File("directory.yaml"), directory_text);
    return LoadDirectory(File("directory.yaml"));
  }
  std::string Together(const std::string& config) const {
    const Loaded<NodeConfig> node = Load(config);
    const Loaded<DirectoryFile> directory = LoadText(text);
    EXPECT_TRUE(node.value && directory.value) << Lines(node.faults) << Lines(directory.faults);
    return Lines(CheckTogether(*node.value, *directory.value));
  }
  std::string text;
};

TEST(Directory, ReadsEveryPart) {
  const World world;
  const Loaded<DirectoryFile> loaded = world.LoadText(world.text);
  ASSERT_TRUE(loaded.value) << Lines(loaded.faults);
  EXPECT_EQ(loaded.value->directory.federation(), "demo");
  EXPECT_EQ(loaded.value->directory.epoch(), 3u);
  EXPECT_EQ(loaded.value->membership.epoch(), 3u);
  EXPECT_EQ(loaded.value->directory.Find("energy-broker")->keys.size(), 1u);
  EXPECT_TRUE(loaded.value->membership.FindLayer("energy")->members.contains("delta"));
  EXPECT_NE(loaded.value->membership.FindGroupFor("solar-watch", "delta"), nullptr);
  EXPECT_TRUE(loaded.value->membership.IsReferenceSet("identity--55555555-5555-4555-8555-555555555555"));
  EXPECT_FALSE(loaded.value->directory.ExpiredAt(WallTime::max()));
}

TEST(Directory, Expires) {
  const World world;
  const Loaded<DirectoryFile> loaded = world.LoadText(With(world.text, "epoch: 3", "epoch: 3\nexpires: \"2026-01-02T00:00:00Z\""));
  ASSERT_TRUE(loaded.value) << Lines(loaded.faults);
  EXPECT_TRUE(loaded.value->directory.ExpiredAt(*ParseTimestamp("2026-01-02T00:00:00Z")));
  EXPECT_FALSE(loaded.value->directory.ExpiredAt(*ParseTimestamp("2026-01-01T23:59:59Z")));
  EXPECT_TRUE(loaded.warnings.empty());
}

TEST(Directory, IsTheSameAfterWritingAndReading) {
  const World world;
  const DirectoryFile first = *world.LoadText(world.text).value;
  std::vector<trust::Node> nodes;
  for (const auto& [name, node] : first.directory.nodes()) nodes.push_back(node);
  const std::string written = WriteDirectory("demo", 3, nodes, first.membership);
  const Loaded<DirectoryFile> second = world.LoadText(written);
  ASSERT_TRUE(second.value) << Lines(second.faults) << written;
  EXPECT_EQ(WriteDirectory("demo", 3, nodes, second.value->membership), written);
  EXPECT_EQ(second.value->directory.Find("energy-broker")->keys, first.directory.Find("energy-broker")->keys);
}

struct FaultCase {
  const char* name;
  const char* from;
  const char* to;
  const char* want;
};
class DirectoryFault : public testing::TestWithParam<FaultCase> {};
TEST_P(DirectoryFault, IsNamedWithPlaceAndPath) {
  const World world;
  const Loaded<DirectoryFile> loaded = world.LoadText(With(world.text, GetParam().from, GetParam().to));
  EXPECT_FALSE(loaded.value);
  EXPECT_THAT(Lines(loaded.faults), HasSubstr(GetParam().want));
}
INSTANTIATE_TEST_SUITE_P(
    Table, DirectoryFault,
    testing::Values(FaultCase{"UnknownKey", "epoch: 3", "epoch: 3\nexpire: x", "directory.yaml:3:1: expire: unknown key, did you mean `expires`"},
                    FaultCase{"BadTime", "epoch: 3", "epoch: 3\nexpires: tomorrow", "expires: "},
                    FaultCase{"NoOrganisation", "org: cert, role: hub", "org: nobody, role: hub", "nodes[3].org: `nobody` is no organisation"},
                    FaultCase{"NoLayer", "role: hub, layer: national", "role: hub, layer: nowhere", "nodes[3].layer: `nowhere` is no layer"},
                    FaultCase{"WrongKind", "role: hub, layer: national", "role: edge, layer: national", "nodes[3].role: is edge, which does not fit"},
                    FaultCase{"NotTheOperator", "org: cert, role: hub", "org: delta, role: hub", "the operator of layer `national` is `cert`"},
                    FaultCase{"TwoRelays", "role: gateway", "role: broker", "`energy` has the relay `energy-broker` already"},
                    FaultCase{"BadKey", "keys: [", "keys: [abc, ", "nodes[1].keys[0]: is no key"},
                    FaultCase{"UnknownMember", "members: [cert, energy-isac]", "members: [cert, zulu]", "member `zulu` of layer `national`"},
                    FaultCase{"BadGroupId", "44444444-4444", "4444", "no UUID"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CheckTogether, FindsNothingWhereAllFits) {
  const World world;
  EXPECT_EQ(world.Together(kBroker), "");
}

TEST(CheckTogether, ComparesTheNodeWithTheDirectory) {
  const World world;
  EXPECT_THAT(world.Together(With(kBroker, "node: energy-broker", "node: nobody")), HasSubstr("node.yaml:1:1: node: `nobody` is not in the directory"));
  EXPECT_THAT(world.Together(With(kBroker, "role: broker", "role: hub")), HasSubstr("role: is hub, in the directory broker"));
  EXPECT_THAT(world.Together(With(kBroker, "layer: energy", "layer: power")), HasSubstr("layer: is `power`, in the directory `energy`"));
  EXPECT_THAT(world.Together(With(kBroker, "org: energy-isac", "org: delta")), HasSubstr("org: is `delta`, in the directory `energy-isac`"));
}

TEST(CheckTogether, LooksAtEveryFileNamed) {
  const World world;
  std::filesystem::remove(world.File("ca.pem"));
  std::filesystem::permissions(world.File("tls.key"), std::filesystem::perms{0644});
  const std::string faults = world.Together(kBroker);
  EXPECT_THAT(faults, HasSubstr("node.yaml:8:3: tls.ca: `"));
  EXPECT_THAT(faults, HasSubstr("cannot be read: No such file"));
  EXPECT_THAT(faults, HasSubstr("tls.key` has mode 0644, allowed is 0600"));
}

TEST(CheckTogether, RefusesASigningKeyThatTheDirectoryDoesNotHave) {
  const World world;
  std::filesystem::remove(world.File("signing.key"));
  ASSERT_TRUE(trust::SigningKey::Generate().Save(world.File("signing.key")).ok());
  EXPECT_THAT(world.Together(kBroker), HasSubstr("is none of the 1 keys"));
}

TEST(CheckTogether, FollowsUplinks) {
  const World world;
  EXPECT_THAT(world.Together(With(kBroker, "layer: national", "layer: delta")), HasSubstr("`energy-isac` is no member of layer `delta`"));
  EXPECT_THAT(world.Together(With(kBroker, "layer: national", "layer: nowhere")), HasSubstr("uplinks[0].layer: `nowhere` is not in the directory"));
  EXPECT_THAT(world.Together(With(kBroker, "node: hub", "node: energy-gateway")), HasSubstr("uplinks[0].node: `energy-gateway` is not the relay"));
}

TEST(CheckTogether, FindsADefaultScopeThatLeadsNowhere) {
  const World world;
  EXPECT_THAT(world.Together(With(kBroker, "default_tlp: green", "default_scope: \"sectors:water\"")),
              HasSubstr("settings.default_scope: names `water`, which is not in the directory"));
}

}  // namespace
}  // namespace noroshi::config
