// Which nodes and accounts a topology means (contract.md, "Roles of nodes"), and who of them may know which group. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/policy/membership.h"
#include "common/trust/directory.h"
#include "services/cli/topology.h"

namespace noroshi::cli {

struct UplinkPlan {
  std::string layer;
  std::string relay;  // node
};

struct NodePlan {
  std::string name;
  trust::NodeRole role = trust::NodeRole::kTool;
  std::string org;
  std::string sector;  // empty at the national layer, and for companies without a sector
  std::string layer;   // whose relay or gateway it is; empty for tools
  std::string relay;   // gateways: the relay of that layer
  std::vector<UplinkPlan> uplinks;
  std::string replica_of;  // gateways behind the first of their layer: that one

  bool ServesTaxii() const { return role == trust::NodeRole::kEdge || role == trust::NodeRole::kGateway; }
  bool IsRelay() const { return role == trust::NodeRole::kEdge || role == trust::NodeRole::kBroker || role == trust::NodeRole::kHub; }
};

struct AccountPlan {
  std::string user;
  std::string org;
  std::string kind;  // member, client, partner
  std::vector<std::string> roles;
  std::vector<std::string> gateways;  // nodes
};

struct Layout {
  std::vector<NodePlan> nodes;  // daemons, in the order in which they start: what others read from comes first
  std::vector<NodePlan> tools;  // one for each organisation: the CLI's identity
  std::vector<AccountPlan> accounts;
};
Layout PlanFederation(const Topology& topology);

std::string ToolName(const std::string& org);

// Names that stay the same from one `up` to the next.
struct Identities {
  std::map<std::string, std::string> organisations;  // name -> STIX identity id
  std::map<std::string, std::string> groups;         // name -> UUID
};

// The membership as `viewer` may know it: an edge learns of the groups its organisation belongs to or owns, a sector's broker and
// gateway of those with a member or owner in their sector, the national nodes of all.
StatusOr<policy::Membership> MembershipFor(const Topology& topology, const Identities& identities, uint64_t epoch, const NodePlan& viewer);

}  // namespace noroshi::cli
