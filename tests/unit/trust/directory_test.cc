#include "common/trust/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/limits.h"
#include "tests/unit/trust/world.h"

namespace noroshi::trust {
namespace {

using testing::HasSubstr;

TEST(Directory, FindsNodesKeysAndPeers) {
  const World world;
  ASSERT_NE(world.directory.Find("delta-edge"), nullptr);
  EXPECT_EQ(world.directory.Find("delta-edge")->org, "delta");
  EXPECT_EQ(world.directory.Find("nobody"), nullptr);
  EXPECT_NE(world.directory.FindPeer("delta", "delta-edge"), nullptr);
  EXPECT_EQ(world.directory.FindPeer("cert", "delta-edge"), nullptr);
  const KeyId id = KeyIdOf(KnownKey(1).public_key());
  const std::string_view id_bytes(reinterpret_cast<const char*>(id.data()), id.size());
  ASSERT_NE(world.directory.FindKey("delta-edge", id_bytes), nullptr);
  EXPECT_EQ(*world.directory.FindKey("delta-edge", id_bytes), KnownKey(1).public_key());
  EXPECT_EQ(world.directory.FindKey("hub", id_bytes), nullptr);
  EXPECT_EQ(world.directory.FindKey("delta-edge", id_bytes.substr(1)), nullptr);
}

TEST(Directory, ExpiresAtItsTimeAndNotBefore) {
  const Directory directory = *Directory::Create("demo", 1, {}, FromMicros(1000));
  EXPECT_FALSE(directory.ExpiredAt(FromMicros(999)));
  EXPECT_TRUE(directory.ExpiredAt(FromMicros(1000)));
  EXPECT_FALSE(Directory::Create("demo", 1, {})->ExpiredAt(WallTime::max()));
}

TEST(NodeRole, RoundTrips) {
  for (NodeRole role : {NodeRole::kEdge, NodeRole::kBroker, NodeRole::kHub, NodeRole::kGateway, NodeRole::kTool}) {
    EXPECT_EQ(*ParseNodeRole(NodeRoleName(role)), role);
  }
  EXPECT_FALSE(ParseNodeRole("Edge").ok());
  EXPECT_FALSE(ParseNodeRole("").ok());
}

struct DirectoryCase {
  const char* name;
  std::string federation;
  std::vector<Node> nodes;
  const char* want;
};
class DirectoryFault : public testing::TestWithParam<DirectoryCase> {};
TEST_P(DirectoryFault, IsNamed) {
  const StatusOr<Directory> directory = Directory::Create(GetParam().federation, 1, GetParam().nodes);
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Message(directory.status())), HasSubstr(GetParam().want));
}
INSTANTIATE_TEST_SUITE_P(
    Table, DirectoryFault,
    testing::Values(
        DirectoryCase{"NoFederation", "", {}, "federation ``"},
        DirectoryCase{"UpperCase", "Demo", {}, "federation `Demo`"},
        DirectoryCase{"NodeWithSlash", "demo", {{"a/b", "o", NodeRole::kEdge, "l", {}}}, "node `a/b`"},
        DirectoryCase{"LongOrg", "demo", {{"a", std::string(33, 'o'), NodeRole::kEdge, "l", {}}}, "33 characters, allowed are 1 to 32"},
        DirectoryCase{"NoLayer", "demo", {{"a", "o", NodeRole::kGateway, "", {}}}, "layer ``"},
        DirectoryCase{"ToolWithLayer", "demo", {{"a", "o", NodeRole::kTool, "l", {}}}, "must not name a layer"},
        DirectoryCase{"ToolWithKey", "demo", {{"a", "o", NodeRole::kTool, "", {KnownKey(1).public_key()}}}, "signs nothing"},
        DirectoryCase{"Twice", "demo", {{"a", "o", NodeRole::kEdge, "l", {}}, {"a", "p", NodeRole::kEdge, "m", {}}}, "`a` is listed twice"},
        DirectoryCase{"SharedKey", "demo",
                      {{"a", "o", NodeRole::kEdge, "l", {KnownKey(1).public_key()}}, {"b", "o", NodeRole::kEdge, "l", {KnownKey(1).public_key()}}},
                      "nodes `a` and `b` list the same key"},
        DirectoryCase{"ManyKeys", "demo", {{"a", "o", NodeRole::kEdge, "l", std::vector<PublicKey>(limits::kNodeKeysMax + 1)}}, "17 keys, limit is 16"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace noroshi::trust
