// Decides what one grant may do at one relay, boundary by boundary, save for references (references.h). The only place where
// sharing is decided. Pure: no clock, no I/O, no globals. Any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "common/policy/decision.h"
#include "common/policy/membership.h"
#include "common/policy/readers.h"
#include "common/policy/scope.h"
#include "common/stix/object.h"

namespace noroshi::policy {

enum class Attribution : uint8_t { kNamed = 1, kSector = 2, kAnonymous = 3 };  // values of noroshi.v1.Attribution
std::string_view AttributionName(Attribution attribution);
StatusOr<Attribution> ParseAttribution(std::string_view name);

// A layer's own rule (sharing.md section 5). A condition field that is empty does not restrict.
enum class Effect : uint8_t { kForbid, kRequireReview, kMaxTlp };
struct Rule {
  std::string id;
  Effect effect = Effect::kForbid;
  stix::Tlp max_tlp = stix::Tlp::kClear;  // kMaxTlp: forbids what is stricter
  std::vector<std::string> types, labels, origins, pattern_types;
  std::optional<stix::Tlp> tlp_at_least;
  std::optional<int> confidence_below;
  std::vector<std::string> boundaries;    // FormatBoundary forms, or `uplink/*`, `group/*`, ...; empty: all
};
struct PolicySet {
  uint64_t version = 1;
  std::vector<Rule> rules;
};

// Effective TLP (sharing.md section 3): the strictest of the object's markings and the envelope's own; `node_default` where neither says.
stix::Tlp EffectiveTlp(std::optional<stix::Tlp> object, std::optional<stix::Tlp> envelope, stix::Tlp node_default);

// Scopes that a TLP allows, e.g. `org, orgs` (for the message of scope_exceeds_tlp).
std::string ScopesAllowed(stix::Tlp tlp);
bool TlpPermits(stix::Tlp tlp, ScopeKind kind);

// One publication of one version, as JudgeObject sees it.
struct VersionGrant {
  // identity of the publication
  uint64_t order = 0;            // arrival at this relay (ledger sequence); smaller = earlier
  std::string origin_org;
  std::string version;           // empty: not versioned (SCO, marking-definition)
  int64_t version_us = 0;
  Hash content{};                // equal = same content (callers have compared JSON values where the bytes differ)
  std::string created_by;
  // what the origin said
  Scope scope;
  stix::Tlp tlp = stix::Tlp::kAmber;  // effective
  Attribution attribution = Attribution::kNamed;
  bool declassify = false;
  std::string marking_fault;     // stix::Object::marking_fault
  bool first_relay = false;      // this relay is the first: checks of section 4 number 5 refuse here
  std::optional<Reason> barred;  // already refused or quarantined on its own facts (checks 1, 2, 5), kept as it was
  bool approved = false;         // an operator reviewed it (not_custodian)
};

// Judges all grants known of one object id together: checks 3 and 4 of sharing.md section 4, and the version rules of section 8. The answer for each grant, in input
// order: an admission (kRelease: may go wherever Route and the rules say), kQuarantine or kWithhold with the reason for the whole grant, or a duplicate.
// (Duplicates and superseded grants are kWithhold without a reason; scope_exceeds_tlp is kWithhold = refused at a first relay, kQuarantine later.)
// Depends on arrival order only where section 8 does (of an origin the first content stays). Custody without `custodians` is asked of each audience later (custody.h).
struct Standing {
  Decision decision;                 // kRelease or the reason it goes nowhere
  bool duplicate = false;            // same origin, version, content, scope, TLP, attribution as an earlier one: nothing new
  bool superseded = false;           // a later grant of the same origin for the same version replaced this one (scope or TLP changed)
  bool later_variant = false;        // not versioned, and other content than the first here: shown where no other is (policy/variants.h)
  // An older version is bounded by what the owner later said (sharing.md section 8): the strictest TLP and the narrowing scopes of newer versions by the same origin.
  stix::Tlp tlp_bound = stix::Tlp::kClear;
  std::vector<Scope> scope_bounds;   // each must also reach a boundary for it to stay there
  // A recalled newer version said less than this one. No relay further on need know that, so it is handed on to none.
  bool stays_here = false;
};
struct ObjectJudgement {
  std::string owner;                 // directory organisation; empty: created by nobody in the directory
  std::vector<Standing> standings;
};
ObjectJudgement JudgeObject(const Membership& membership, std::string_view object_id, const std::vector<VersionGrant>& grants,
                            const std::vector<std::string>& custodians = {});

// Route of a grant that stands, within its scope bounds; empty where it does not stand. Readers: KindsFor the stricter of the grant's TLP and tlp_bound.
std::vector<Boundary> RouteStanding(const Membership& membership, const RelayContext& relay, const GrantView& grant, const Standing& standing);

// Checks 5 and kUnsupported at a first relay, on the publication's own facts: what is refused is kWithhold with the reason and a message for the
// publisher (kQuarantine stays for what a person must look at). Callers run JudgeObject first: scope_exceeds_tlp is check 4 and comes before these.
std::optional<Decision> RefuseAtFirstRelay(const Membership& membership, std::string_view publisher, const Scope& scope, stix::Tlp tlp,
                                           Attribution attribution);

// Checks 6 and 7 for one boundary of a grant that stands: kRelease, or withhold/hold. `routed`: the boundary is one of Route(grant).
struct RuleInput {
  const std::string& type;
  const std::vector<std::string>& labels;
  std::optional<int> confidence;
  const std::string& pattern_type;
  const GrantView& grant;
};
Decision ApplyRules(const PolicySet& policy, const RuleInput& input, const Boundary& boundary);

}  // namespace noroshi::policy
