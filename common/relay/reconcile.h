// The working set of one relay step: the objects it touches, judged and settled together, and what must change for each of their
// grants. Loop thread; lives for one step.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/policy/references.h"
#include "common/relay/admit.h"
#include "common/relay/bodies.h"
#include "common/relay/catalog.h"
#include "common/relay/context.h"

namespace noroshi::relay {

class WorkingSet {
 public:
  WorkingSet(const Context& context, Catalog& catalog, Bodies& bodies, int64_t now_us)
      : context_(context), catalog_(catalog), bodies_(bodies), now_us_(now_us) {}

  // A new publication. `arrival` grows with every call and is greater than any publication of the catalog.
  void Add(Admitted admitted, uint64_t arrival);
  // A known object must be decided anew (a hold ended).
  void Touch(const std::string& object_id);
  // A grant is gone at its origin's wish or at that of the relay it came through. `via` non-empty: only what came by that audience.
  void Withdraw(const std::string& object_id, uint64_t publication, const std::string& via);
  // An organisation ends its grant of a version, or of all: also of what comes after. Each is marked, and stays in the catalog, since it binds what its
  // organisation says later. False: too many recalls of this object.
  bool Recall(const Admitted& admitted);
  // A crash may have cut off what followed the decision of this object: whatever refers to it, over any number of steps, is decided anew.
  void Redo(const std::string& object_id);
  // The grants of an object as this step knows them so far; null: unknown.
  const v1::CatalogGrant* FindGrantBy(const std::string& object_id, uint64_t publication);
  std::vector<const v1::CatalogGrant*> GrantsOf(const std::string& object_id);

  // Judges and settles to the fixpoint, drawing in whatever depends on what changed.
  void Reconcile();

  // The entries of the step without sequence and stamp, referred-to before referring. Once, after Reconcile.
  std::vector<v1::LedgerEntry> TakeEntries();

 private:
  struct WorkGrant {
    v1::CatalogGrant state;
    uint64_t arrival = 0;
    bool is_new = false;
    bool vias_changed = false;
    bool ended_now = false;  // withdrawn or recalled
    bool duplicate = false;
    uint64_t duplicate_of = 0;
    policy::Standing standing;
    std::map<policy::Boundary, policy::Kinds> base;
    std::map<policy::Boundary, policy::Decision> ruled;  // withheld or held by a rule
    policy::Outcome outcome;
    std::set<policy::Boundary> concealed_at;  // what stands in its way there is not for its publisher to know
    bool in_settlement = false;
  };
  struct WorkObject {
    std::string id;
    bool known_before = false;
    std::deque<WorkGrant> grants;
    std::map<policy::Boundary, policy::Kinds> visible_before;
    std::string reach_before;  // who could see or know it, as one comparable text
    bool referrers_drawn = false;
    bool draws_referrers = false;  // whether or not it changes for others; so do they
    Recalls recalls;
    std::string owner;
  };
  class Targets;
  class Sight;

  WorkObject& Load(const std::string& object_id);
  static void End(WorkGrant& grant, const char* status);
  void NormaliseContent(WorkObject& object, WorkGrant& added);
  void Judge(WorkObject& object);
  void JudgeGrant(WorkObject& object, WorkGrant& grant);
  void CheckRescope(const WorkObject& object, WorkGrant& added);
  void CheckFollowed(const WorkObject& object, WorkGrant& added);
  void SettleAll();
  void ShareAudiences(WorkObject& object);
  void ShareVariants(const WorkObject& object, const policy::Boundary& audience, const std::vector<WorkGrant*>& grants);
  bool KnowsEveryContent(const WorkObject& object, const WorkGrant& grant) const;
  void ShareByCustody(const policy::Boundary& audience, const std::vector<WorkGrant*>& grants, const Sight& sight);
  void TellNothingOfHidden(const WorkObject& object, const WorkGrant& grant, v1::LedgerEntry& entry) const;
  bool DrawReferrers(bool only_open);
  std::map<policy::Boundary, policy::Kinds> VisibleAfter(const WorkObject& object) const;
  std::string ReachOf(const WorkObject& object) const;
  bool FullyReleased(const WorkObject& object) const;
  std::vector<WorkObject*> ReferredFirst();
  std::optional<v1::LedgerEntry> EntryFor(WorkObject& object, WorkGrant& grant);
  int64_t HoldUntil(int64_t until_us) const;
  static policy::Decision DecisionOf(const WorkGrant& grant);
  static std::string RevokedBefore(const WorkObject& object, const WorkGrant& grant);
  void AddVerdicts(WorkObject& object, WorkGrant& grant, v1::LedgerEntry& entry);
  bool MayTell(policy::Reason reason, const WorkObject& object, const WorkGrant& grant) const;
  int64_t FirstDate(const WorkObject& object, const WorkGrant& grant, const std::string& boundary) const;

  const Context& context_;
  Catalog& catalog_;
  Bodies& bodies_;
  const int64_t now_us_;
  std::unordered_map<std::string, std::unique_ptr<WorkObject>> objects_;
  std::vector<WorkObject*> order_;  // as touched
  std::vector<v1::LedgerEntry> recalls_;
};

// Bytes that say the same count as the first of them.
inline const std::string& ContentOf(const v1::ObjectFacts& facts) { return facts.same_as().empty() ? facts.content_hash() : facts.same_as(); }

// Reasons that a grant carries for ever, whatever comes later (checks 1, 2 and 5).
bool IsOwnFault(policy::Reason reason);
// Why a grant goes nowhere whatever comes later; nothing where that is judged anew.
std::optional<policy::Reason> BarredReason(const v1::CatalogGrant& grant);
policy::GrantStatus GrantStatusOf(const v1::CatalogGrant& grant);

}  // namespace noroshi::relay
