// What an object refers to decides where it may go (sharing.md section 6). Pure.
//
// JudgeReference answers for one reference; Settle decides a set of grants together, to the greatest set that is closed under
// the rules, so that the members of a cycle are released together and the order of arrival does not matter.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/policy/decision.h"
#include "common/policy/membership.h"
#include "common/policy/readers.h"
#include "common/policy/scope.h"

namespace noroshi::policy {

enum class ReferenceAnswer : uint8_t { kFine, kPending, kHidden, kUnresolved };

// What a relay knows of one grant of the target.
enum class GrantStatus : uint8_t {
  kActive,    // stands (released, held or withheld by references)
  kBarred,    // refused or quarantined by checks 3-5: known to its origin, nobody else
  kRecalled,  // known to those it reached
};
struct TargetGrant {
  GrantView grant;
  GrantStatus status = GrantStatus::kActive;
};
struct Target {
  bool always_fine = false;             // official TLP marking, identity of a directory organisation, reference set
  std::vector<TargetGrant> grants;      // empty: unknown here
  std::map<Boundary, Kinds> visible;    // where some version of it is released now (or assumed so by Settle), and to which kinds
  bool pending = false;                 // accepted and held: not yet decided
};

struct ReferenceJudgement {
  ReferenceAnswer answer = ReferenceAnswer::kUnresolved;
  Kinds kinds = kAllKinds;              // kFine: kinds of account that can see the target there (audiences only)
};
// `attribution_hidden`: P is not named beyond this boundary (then Covers decides, section 6 last paragraph).
ReferenceJudgement JudgeReference(const Membership& membership, const RelayContext& relay, const GrantView& referrer,
                                  const Boundary& at, const Target& target, bool attribution_hidden = false);

// One grant to settle.
struct Candidate {
  std::string object_id;
  GrantView grant;
  std::map<Boundary, Kinds> base;       // boundaries it may go to by everything but references, with the kinds its TLP allows
  std::vector<std::string> refs;        // reference targets, markings included, official ones left out
  std::vector<std::string> marking_refs;  // those of them that are markings: never released unresolved
  bool may_wait = false;                // this is the first relay and its hold has not ended
  bool deny_dangling = false;           // setting `dangling: deny`
};
struct BoundaryOutcome {
  Decision decision;                    // release, withhold(hidden_reference), hold(unresolved_reference), quarantine(unknown_marking)
  Kinds kinds = 0;
  bool dangling = false;                // released with an unresolved reference
};
using Outcome = std::map<Boundary, BoundaryOutcome>;

// What Settle asks about targets that are not among the candidates, and about those that are, apart from their candidacy (other grants that are
// already released). Called often: should be cheap.
class TargetSource {
 public:
  virtual ~TargetSource() = default;
  virtual const Target& Find(const std::string& object_id) = 0;
};

// Decides all candidates together; outcomes in input order. Optimistic start (every candidate visible at its base), then removal to the fixpoint:
// O(candidates x references x rounds). Never fails; what cannot be judged is withheld.
std::vector<Outcome> Settle(const Membership& membership, const RelayContext& relay, const std::vector<Candidate>& candidates,
                            TargetSource& targets);

}  // namespace noroshi::policy
