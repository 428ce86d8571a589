#include "services/cli/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace noroshi::cli {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

Topology TwoSectors() {
  Topology out;
  out.federation = "test";
  out.national = "national";
  out.cert = "cert";
  out.sectors = {{"energy", "energy-isac", {"delta", "echo"}}, {"finance", "finance-isac", {"alfa"}}};
  out.groups = {{"solar", "delta", {"delta", "alfa"}}, {"wind", "echo", {"echo"}}, {"empty", "cert", {}}};
  out.partner = true;
  return out;
}

Identities SomeIdentities(const Topology& topology) {
  Identities out;
  int n = 0;
  const auto uuid = [&] { return fmt::format("00000000-0000-4000-8000-{:012}", ++n); };
  for (const std::string& org : topology.AllOrganisations()) out.organisations[org] = "identity--" + uuid();
  for (const GroupWanted& group : topology.groups) out.groups[group.name] = uuid();
  return out;
}

const NodePlan& Find(const Layout& layout, const std::string& name) {
  return *std::find_if(layout.nodes.begin(), layout.nodes.end(), [&](const NodePlan& node) { return node.name == name; });
}
const AccountPlan& FindAccount(const Layout& layout, const std::string& user) {
  return *std::find_if(layout.accounts.begin(), layout.accounts.end(), [&](const AccountPlan& account) { return account.user == user; });
}

TEST(Layout, HasTheNodesOfTheContract) {
  std::vector<std::string> names;
  for (const NodePlan& node : PlanFederation(TwoSectors()).nodes) names.push_back(node.name);
  EXPECT_THAT(names, UnorderedElementsAre("national-hub", "energy-broker", "finance-broker", "national-gateway", "energy-gateway", "finance-gateway",
                                          "delta-edge", "echo-edge", "alfa-edge"));
}

TEST(Layout, GivesEachSharedGatewayItsReplicas) {
  Topology topology = TwoSectors();
  topology.gateways = 2;
  const Layout layout = PlanFederation(topology);
  const NodePlan& replica = Find(layout, "energy-gateway-2");
  EXPECT_EQ(replica.replica_of, "energy-gateway");
  EXPECT_EQ(replica.layer, "energy");
  EXPECT_EQ(replica.relay, "energy-broker");
  EXPECT_EQ(Find(layout, "national-gateway-2").replica_of, "national-gateway");
  EXPECT_THAT(FindAccount(layout, "alfa-analyst").gateways, ElementsAre("alfa-edge", "finance-gateway", "finance-gateway-2"));
}

TEST(Layout, LeadsUplinksUpwards) {
  const Layout layout = PlanFederation(TwoSectors());
  EXPECT_EQ(Find(layout, "delta-edge").uplinks.at(0).relay, "energy-broker");
  EXPECT_EQ(Find(layout, "delta-edge").layer, "delta");
  EXPECT_EQ(Find(layout, "energy-broker").uplinks.at(0).relay, "national-hub");
  EXPECT_EQ(Find(layout, "energy-gateway").relay, "energy-broker");
  EXPECT_TRUE(Find(layout, "national-hub").uplinks.empty());
}

TEST(Layout, GivesAccountsOfTheContract) {
  const Layout layout = PlanFederation(TwoSectors());
  EXPECT_THAT(FindAccount(layout, "alfa-analyst").roles, ElementsAre("reader", "publisher", "red"));
  EXPECT_THAT(FindAccount(layout, "alfa-analyst").gateways, ElementsAre("alfa-edge", "finance-gateway"));
  EXPECT_EQ(FindAccount(layout, "alfa-client").kind, "client");
  EXPECT_THAT(FindAccount(layout, "energy-isac-analyst").gateways, ElementsAre("energy-gateway", "national-gateway"));
  EXPECT_THAT(FindAccount(layout, "energy-isac-analyst").roles, ElementsAre("reader", "publisher"));
  EXPECT_THAT(FindAccount(layout, "cert-operator").roles, ElementsAre("operator"));
  EXPECT_THAT(FindAccount(layout, "cert-analyst").gateways, ElementsAre("national-gateway"));
  EXPECT_THAT(FindAccount(layout, "partner").gateways, UnorderedElementsAre("energy-gateway", "finance-gateway", "national-gateway"));
  EXPECT_EQ(layout.accounts.size(), 3u * 2 + 3 * 2 + 1);
}

TEST(Layout, HasOneToolForEachOrganisation) {
  std::vector<std::string> names;
  for (const NodePlan& tool : PlanFederation(TwoSectors()).tools) names.push_back(tool.name);
  EXPECT_THAT(names, UnorderedElementsAre("delta-cli", "echo-cli", "alfa-cli", "energy-isac-cli", "finance-isac-cli", "cert-cli"));
}

struct ViewerCase {
  const char* name;
  const char* node;
  std::vector<std::string> groups;
};
class GroupsKnown : public testing::TestWithParam<ViewerCase> {};
TEST_P(GroupsKnown, AreThoseThatConcernTheViewer) {
  const Topology topology = TwoSectors();
  const Layout layout = PlanFederation(topology);
  const auto membership = MembershipFor(topology, SomeIdentities(topology), 1, Find(layout, GetParam().node));
  ASSERT_TRUE(membership.ok()) << Message(membership.status());
  std::vector<std::string> names;
  for (const auto& [id, group] : membership->groups()) names.push_back(group.name);
  EXPECT_THAT(names, testing::UnorderedElementsAreArray(GetParam().groups));
  EXPECT_EQ(membership->organisations().size(), 6u);
  EXPECT_EQ(membership->National()->members.size(), 3u);
}
INSTANTIATE_TEST_SUITE_P(Table, GroupsKnown,
                         testing::Values(ViewerCase{"Member", "alfa-edge", {"solar"}}, ViewerCase{"Owner", "delta-edge", {"solar"}},
                                         ViewerCase{"NoMember", "echo-edge", {"wind"}}, ViewerCase{"Broker", "finance-broker", {"solar"}},
                                         ViewerCase{"BrokerOfTwo", "energy-gateway", {"solar", "wind"}},
                                         ViewerCase{"Hub", "national-hub", {"solar", "wind", "empty"}},
                                         ViewerCase{"NationalGateway", "national-gateway", {"solar", "wind", "empty"}}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace noroshi::cli
