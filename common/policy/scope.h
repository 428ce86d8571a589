// Scope: whom the publisher wants to reach, and which boundaries of a relay that means (the table of sharing.md section 2).
// Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/policy/membership.h"
#include "common/stix/tlp.h"

namespace noroshi::policy {

// Values equal noroshi.v1.ScopeKind.
enum class ScopeKind : uint8_t { kUnspecified = 0, kOrg = 1, kOrgs = 2, kGroup = 3, kSector = 4, kSectors = 5, kNational = 6, kPublic = 7 };

struct Scope {
  ScopeKind kind = ScopeKind::kUnspecified;
  std::vector<std::string> names;  // sorted, distinct: organisations, one group UUID, sector layers
  bool operator==(const Scope&) const = default;
};

// `org`, `orgs:alfa,delta`, `group:solar-watch`, `sector`, `sectors:energy`, `national`, `public` (contract.md). Syntax only.
// Error: InvalidArgument naming the allowed forms.
StatusOr<Scope> ParseScope(std::string_view text);
std::string FormatScope(const Scope& scope);
std::string_view ScopeKindName(ScopeKind kind);

// What crosses out of a relay, or is read at it.
enum class BoundaryKind : uint8_t { kCommunity, kGroup, kInbox, kPublic, kTransit, kUplink };
struct Boundary {
  BoundaryKind kind = BoundaryKind::kCommunity;
  std::string name;  // group UUID, organisation, layer; empty for community and public
  auto operator<=>(const Boundary&) const = default;
  bool IsAudience() const { return kind != BoundaryKind::kUplink; }
  bool IsReadHere() const { return kind < BoundaryKind::kTransit; }  // one TAXII collection
};
// `community`, `group/<uuid>`, `inbox/<org>`, `public`, `transit/<layer>`, `uplink/<layer>`.
std::string FormatBoundary(const Boundary& boundary);
StatusOr<Boundary> ParseBoundary(std::string_view text);
// Topic of an audience: `<layer>.audience.<audience>` with `/` as `.`.
std::string AudienceTopic(std::string_view layer, const Boundary& boundary);

// Where a relay stands.
struct RelayContext {
  std::string layer;
  LayerKind kind = LayerKind::kOrganisation;
  std::string org;                   // operator
  std::vector<std::string> uplinks;  // names of the layers it is a member of, in configured order
};

// One origin's grant, as far as routing needs it.
struct GrantView {
  std::string origin_org;
  Scope scope;            // of a first relay or later: SECTOR and GROUP are resolved (one layer name, one UUID)
  stix::Tlp tlp = stix::Tlp::kAmber;  // effective
  std::string from_layer; // layer it came from; empty: accepted at this layer
};

// Turns what a publisher wrote into what travels: default scope applied by the caller; `sector` becomes the publisher's one sector, a group name its UUID.
// Errors carry the reason code as the first word of the text, for Refusal(): `scope_ambiguous ...`, `group_denied ...`, `recipient_unknown ...`.
struct ResolvedScope {
  Scope scope;
  std::string warning;  // e.g. the group is empty: reaches nobody beyond the own organisation (AC-01)
};
StatusOr<ResolvedScope> ResolveScope(const Membership& membership, std::string_view publisher, const Scope& wanted);

// The boundaries that the table names for this grant at this relay, sorted; empty: nowhere here. TLP RED: the own inbox at an organisation's relay, else nowhere.
// Nothing goes back to from_layer. At an organisation's relay what came by an uplink goes to the own `community` only.
std::vector<Boundary> Route(const Membership& membership, const RelayContext& relay, const GrantView& grant);

// Organisations that a grant reaches in the whole federation, the publisher's included, and whether it reaches the national community and everybody.
struct Reach {
  std::set<std::string> organisations;
  bool national = false;
  bool everybody = false;
};
Reach ReachOf(const Membership& membership, const GrantView& grant);
// The part of `reach` that lies behind an uplink or a transit audience of this relay.
Reach Beyond(const Membership& membership, const RelayContext& relay, const Boundary& boundary, const Reach& reach);
// Every reader in `inner` is in `outer`.
bool Covers(const Reach& outer, const Reach& inner);
// The organisation is one that the grant reaches (or made).
bool Entitled(const Membership& membership, std::string_view org, const GrantView& grant);
// Organisations that read an audience of this layer directly (`community`: members; group: its members in this layer ...). public: members too.
std::set<std::string> ReadersOf(const Membership& membership, std::string_view layer, const Boundary& boundary);

}  // namespace noroshi::policy
