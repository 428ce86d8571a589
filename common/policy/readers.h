// Which kinds of account may read what (the ceiling of sharing.md section 3). Used twice: by the relay, which records the reading
// class of each release, and by every gateway, which asks again for each caller before bytes leave.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "common/policy/scope.h"
#include "common/stix/tlp.h"

namespace noroshi::policy {

// A set of account kinds. kRed: `member` accounts with role `red`, at an edge's inbox.
using Kinds = uint32_t;
inline constexpr Kinds kMember = 1, kClient = 2, kPartner = 4, kAnonymous = 8, kRed = 16;
inline constexpr Kinds kAllKinds = 31;

// Kinds that may read an object of this effective TLP in this audience of a layer of this kind. `via`: at an organisation's relay, the audience of the
// other layer it came by (inbox or group: members only); community where it did not come from outside.
Kinds KindsFor(LayerKind layer, const Boundary& audience, stix::Tlp tlp, BoundaryKind via = BoundaryKind::kCommunity);

// An account as the gateway knows it.
struct Caller {
  std::string org;                 // empty: without an account
  Kinds kind = kAnonymous;         // one of kMember, kClient, kPartner, kAnonymous
  bool reader = false;             // role
  bool red = false;
  std::set<std::string> granted;   // groups and inboxes (`group/<uuid>`, `inbox/<org>`) granted by its organisation to a client or partner
};

// The kinds bit set this caller reads with (0: reads nothing).
Kinds ReadsAs(const Caller& caller);

// May this caller know that the audience exists at this layer's gateway (and read in it)? False is answered like absence.
bool MayEnter(const Membership& membership, const Layer& layer, const Boundary& audience, const Caller& caller);

// What the gateway knows of one release.
struct ReadFacts {
  stix::Tlp tlp = stix::Tlp::kRed;
  Scope scope;               // of the grant; at an edge, of what came by an uplink: unspecified
  std::string origin_org;
  Kinds reference_kinds = 0; // reading class recorded by the relay
  BoundaryKind via = BoundaryKind::kCommunity;
};
// The decision for one caller, asked before bytes leave: ceiling, scope and reading class again, from scratch. False: absent.
bool MayRead(const Membership& membership, const Layer& layer, const Boundary& audience, const Caller& caller, const ReadFacts& facts);

}  // namespace noroshi::policy
