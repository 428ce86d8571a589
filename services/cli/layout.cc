#include "services/cli/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace noroshi::cli {
namespace {

using trust::NodeRole;

constexpr char kHub[] = "national-hub";
constexpr char kNationalGateway[] = "national-gateway";

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `energy-gateway`, `energy-gateway-2`, ...
std::string GatewayName(const std::string& layer, int number) {
  return number == 1 ? layer + "-gateway" : fmt::format("{}-gateway-{}", layer, number);
}

// The replicas of one gateway: each by itself serves the whole layer.
std::vector<NodePlan> Gateways(const Topology& topology, const NodePlan& first) {
  std::vector<NodePlan> out = {first};
  const std::string base = first.name.substr(0, first.name.rfind("-gateway"));
  for (int number = 2; number <= topology.gateways; ++number) {
    NodePlan& replica = out.emplace_back(first);
    replica.name = GatewayName(base, number);
    replica.replica_of = first.name;
  }
  return out;
}

// Their names, with every replica of each.
std::vector<std::string> WithReplicas(const std::vector<std::string>& nodes, const Layout& layout) {
  std::vector<std::string> out;
  for (const std::string& name : nodes) {
    out.push_back(name);
    for (const NodePlan& node : layout.nodes) {
      if (node.replica_of == name) out.push_back(node.name);
    }
  }
  return out;
}

NodePlan Edge(const Topology& topology, const std::string& company) {
  NodePlan edge{company + "-edge", NodeRole::kEdge, company, "", company, "", {}, ""};
  for (const Sector& sector : topology.sectors) {
    if (!Contains(sector.members, company)) continue;
    if (edge.sector.empty()) edge.sector = sector.name;
    edge.uplinks.push_back({sector.name, sector.name + "-broker"});
  }
  if (Contains(topology.national_members, company)) edge.uplinks.push_back({topology.national, kHub});
  return edge;
}

// A company's accounts work at its edge and at the gateway of every layer that it is a member of.
void AddCompanyAccounts(const Topology& topology, const NodePlan& edge, std::vector<AccountPlan>& accounts) {
  std::vector<std::string> gateways = {edge.name};
  for (const UplinkPlan& uplink : edge.uplinks) {
    gateways.push_back(uplink.layer == topology.national ? kNationalGateway : uplink.layer + "-gateway");
  }
  accounts.push_back({edge.org + "-analyst", edge.org, "member", {"reader", "publisher", "red"}, gateways});
  accounts.push_back({edge.org + "-client", edge.org, "client", {"reader"}, gateways});
}

void AddOperatorAccounts(const std::string& org, const std::vector<std::string>& gateways, std::vector<AccountPlan>& accounts) {
  accounts.push_back({org + "-analyst", org, "member", {"reader", "publisher"}, gateways});
  accounts.push_back({org + "-operator", org, "member", {"operator"}, gateways});
}

bool Knows(const Topology& topology, const GroupWanted& group, const NodePlan& viewer) {
  const auto touches = [&](const std::string& org) { return group.owner == org || Contains(group.members, org); };
  if (viewer.role == NodeRole::kEdge || viewer.layer.empty()) return touches(viewer.org);
  if (viewer.layer == topology.national) return true;
  for (const Sector& sector : topology.sectors) {
    if (sector.name != viewer.layer) continue;
    return touches(sector.isac) || std::any_of(sector.members.begin(), sector.members.end(), touches);
  }
  return false;
}

}  // namespace

std::string ToolName(const std::string& org) { return org + "-cli"; }

Layout PlanFederation(const Topology& topology) {
  Layout out;
  std::vector<std::string> shared_gateways;
  out.nodes.push_back({kHub, NodeRole::kHub, topology.cert, "", topology.national, "", {}, ""});
  for (const Sector& sector : topology.sectors) {
    out.nodes.push_back({sector.name + "-broker", NodeRole::kBroker, sector.isac, sector.name, sector.name, "", {{topology.national, kHub}}, ""});
  }
  const auto add_gateways = [&](const NodePlan& first) {
    for (NodePlan& gateway : Gateways(topology, first)) out.nodes.push_back(std::move(gateway));
  };
  add_gateways({kNationalGateway, NodeRole::kGateway, topology.cert, "", topology.national, kHub, {}, ""});
  for (const Sector& sector : topology.sectors) {
    const std::string gateway = GatewayName(sector.name, 1);
    add_gateways({gateway, NodeRole::kGateway, sector.isac, sector.name, sector.name, sector.name + "-broker", {}, ""});
    shared_gateways.push_back(gateway);
  }
  for (const std::string& company : topology.Companies()) {
    out.nodes.push_back(Edge(topology, company));
    AddCompanyAccounts(topology, out.nodes.back(), out.accounts);
  }
  for (const Sector& sector : topology.sectors) {
    AddOperatorAccounts(sector.isac, {sector.name + "-gateway", kNationalGateway}, out.accounts);
  }
  AddOperatorAccounts(topology.cert, {kNationalGateway}, out.accounts);
  shared_gateways.push_back(kNationalGateway);
  if (topology.partner) out.accounts.push_back({"partner", topology.cert, "partner", {"reader"}, shared_gateways});
  for (AccountPlan& account : out.accounts) account.gateways = WithReplicas(account.gateways, out);
  for (const std::string& org : topology.AllOrganisations()) {
    out.tools.push_back({ToolName(org), NodeRole::kTool, org, "", "", "", {}, ""});
  }
  return out;
}

StatusOr<policy::Membership> MembershipFor(const Topology& topology, const Identities& identities, uint64_t epoch, const NodePlan& viewer) {
  std::vector<policy::Organisation> organisations;
  for (const std::string& org : topology.AllOrganisations()) organisations.push_back({org, identities.organisations.at(org)});
  std::vector<policy::Layer> layers;
  for (const std::string& company : topology.Companies()) layers.push_back({company, policy::LayerKind::kOrganisation, company, {company}});
  policy::Layer national{topology.national, policy::LayerKind::kNational, topology.cert, {topology.cert}};
  national.members.insert(topology.national_members.begin(), topology.national_members.end());
  for (const Sector& sector : topology.sectors) {
    policy::Layer layer{sector.name, policy::LayerKind::kSector, sector.isac, {sector.isac}};
    layer.members.insert(sector.members.begin(), sector.members.end());
    layers.push_back(std::move(layer));
    national.members.insert(sector.isac);
  }
  layers.push_back(std::move(national));
  std::vector<policy::Group> groups;
  for (const GroupWanted& wanted : topology.groups) {
    if (!Knows(topology, wanted, viewer)) continue;
    groups.push_back({identities.groups.at(wanted.name), wanted.name, wanted.owner, {wanted.members.begin(), wanted.members.end()}});
  }
  return policy::Membership::Create(epoch, std::move(organisations), std::move(layers), std::move(groups), topology.reference_sets);
}

}  // namespace noroshi::cli
