// Settle: many candidates decided together.
//
// Objects that point at each other in a circle form a component; components are decided behind all that they point at, so each depends on
// decided things only. Inside a component everything starts released and what may not be is taken back until nothing changes: a candidate at a
// boundary only ever goes from released to held to gone. Whether a target blocks at all never depends on account kinds, so those are
// narrowed afterwards. A quarantine makes its grant unknown to others, which can free them: the component then starts over with it.
#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/policy/components.h"
#include "common/policy/coverage.h"
#include "common/policy/entitlement.h"
#include "common/policy/references.h"

namespace noroshi::policy {
namespace {

enum class State : uint8_t { kGone, kHeld, kReleased };  // in this order: only ever downwards

// A candidate at one boundary.
struct Slot {
  int boundary = 0;
  Kinds base = 0;       // implied ones included
  Reason closed = Reason::kNone;  // set: may not be released whatever its references say
  State state = State::kReleased;
  Reason reason = Reason::kNone;
  bool dangling = false;
  Kinds kinds = 0;
};

struct Ref {
  int object = 0;
  bool is_marking = false;
};

struct Item {
  const Candidate* candidate = nullptr;
  int object = 0;
  int origin = 0;
  std::vector<Ref> refs;
  std::vector<Slot> slots;  // in the order of candidate->base
  bool quarantined = false;
  bool deciding = false;  // its component is the one at hand
  bool queued = false;
};

// Kinds that every reader has a target with: among what is released, and with what is held as well.
struct Cover {
  uint32_t revision = 0;
  Kinds released = 0;
  Kinds possible = 0;
};

// An object id that is a candidate's or is pointed at.
struct Node {
  Target target;
  Visibility outside;  // target.visible
  std::vector<int> items;
  std::vector<int> referrers;  // items that point here
  uint32_t revision = 1;       // of what items have at their slots
  uint32_t seen_revision = 0;  // of released and possible
  Visibility released, possible;
  std::unordered_map<int, Cover> covers;  // by boundary
  std::unordered_map<int, bool> known_to;  // by origin
};

class Settlement {
 public:
  Settlement(const Membership& membership, const RelayContext& relay, const std::vector<Candidate>& candidates, TargetSource& targets)
      : membership_(membership), relay_(relay), boundaries_(membership, relay) {
    Load(candidates, targets);
  }

  std::vector<Outcome> Run() && {
    std::vector<std::vector<int>> edges(nodes_.size());
    for (const Item& item : items_) {
      for (const Ref& ref : item.refs) edges[item.object].push_back(ref.object);
    }
    for (const std::vector<int>& component : Components(edges)) Decide(component);
    return Outcomes();
  }

 private:
  void Load(const std::vector<Candidate>& candidates, TargetSource& targets);
  int NodeOf(const std::string& id, TargetSource& targets);
  void Decide(const std::vector<int>& component);
  void Restart(const std::vector<int>& items);
  // Runs `step` on every item, and again on those that point at one that it changed.
  template <class Step>
  void UntilStable(const std::vector<int>& items, Step step);
  bool TakeBack(Item& item);
  bool NarrowKinds(Item& item);
  bool CloseEmpty(const std::vector<int>& items);
  bool QuarantineUnknownMarkings(const std::vector<int>& items);
  void Judge(const Item& item, Slot& slot);
  ReferenceAnswer Answer(const Item& item, int boundary, Node& node);
  const Cover& CoverOf(Node& node, int boundary);
  Cover CoverBeyond(const Node& node, int boundary) const;
  void Refresh(Node& node);
  bool IsKnownTo(Node& node, const Item& item);
  std::vector<Outcome> Outcomes() const;

  const Membership& membership_;
  const RelayContext& relay_;
  BoundaryTable boundaries_;
  std::deque<Node> nodes_;
  std::unordered_map<std::string_view, int> numbers_;  // keys borrowed from the candidates
  std::unordered_map<std::string_view, int> origins_;
  std::vector<Item> items_;
};

int Settlement::NodeOf(const std::string& id, TargetSource& targets) {
  const auto [it, fresh] = numbers_.emplace(id, static_cast<int>(nodes_.size()));
  if (!fresh) return it->second;
  Node& node = nodes_.emplace_back();
  node.target = targets.Find(id);  // a copy: the source need not keep it
  for (const auto& [boundary, kinds] : node.target.visible) {
    if (kinds || !boundary.IsReadHere()) node.outside.emplace_back(boundaries_.Number(boundary), boundary.IsReadHere() ? kinds : kAllKinds);
  }
  std::sort(node.outside.begin(), node.outside.end());
  return it->second;
}

void Settlement::Load(const std::vector<Candidate>& candidates, TargetSource& targets) {
  items_.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    Item& item = items_.emplace_back();
    const int number = static_cast<int>(items_.size()) - 1;
    item.candidate = &candidate;
    item.object = NodeOf(candidate.object_id, targets);
    item.origin = origins_.emplace(candidate.grant.origin_org, static_cast<int>(origins_.size())).first->second;
    nodes_[item.object].items.push_back(number);
    const auto add = [&](const std::string& id, bool is_marking) {
      if (id == candidate.object_id) return;
      const int object = NodeOf(id, targets);
      if (nodes_[object].target.always_fine) return;
      item.refs.push_back({object, is_marking});
    };
    for (const std::string& id : candidate.marking_refs) add(id, true);
    for (const std::string& id : candidate.refs) add(id, false);
    // A marking stays one where it is in both lists.
    std::stable_sort(item.refs.begin(), item.refs.end(), [](const Ref& a, const Ref& b) { return a.object < b.object; });
    item.refs.erase(std::unique(item.refs.begin(), item.refs.end(), [](const Ref& a, const Ref& b) { return a.object == b.object; }),
                    item.refs.end());
    for (const Ref& ref : item.refs) nodes_[ref.object].referrers.push_back(number);
    for (const auto& [boundary, kinds] : candidate.base) {
      Slot& slot = item.slots.emplace_back();
      slot.boundary = boundaries_.Number(boundary);
      slot.base = boundary.IsReadHere() ? WithImplied(kinds) : kAllKinds;
      if (slot.base == 0) slot.closed = Reason::kOutOfScope;  // nobody may read it there anyway
    }
  }
}

void Settlement::Decide(const std::vector<int>& component) {
  std::vector<int> items;
  for (const int node : component) items.insert(items.end(), nodes_[node].items.begin(), nodes_[node].items.end());
  for (const int i : items) items_[i].deciding = true;
  do {
    Restart(items);
    UntilStable(items, [this](Item& item) { return TakeBack(item); });
    UntilStable(items, [this](Item& item) { return NarrowKinds(item); });
  } while (CloseEmpty(items) || QuarantineUnknownMarkings(items));
  for (const int i : items) items_[i].deciding = false;
}

void Settlement::Restart(const std::vector<int>& items) {
  for (const int i : items) {
    Item& item = items_[i];
    for (Slot& slot : item.slots) {
      slot.state = slot.closed != Reason::kNone || item.quarantined ? State::kGone : State::kReleased;
      slot.reason = slot.closed;
      slot.kinds = slot.base;
      slot.dangling = false;
    }
    ++nodes_[item.object].revision;
    nodes_[item.object].known_to.clear();
  }
}

template <class Step>
void Settlement::UntilStable(const std::vector<int>& items, Step step) {
  std::deque<int> queue(items.begin(), items.end());
  for (const int i : items) items_[i].queued = true;
  while (!queue.empty()) {
    Item& item = items_[queue.front()];
    queue.pop_front();
    item.queued = false;
    if (!step(item)) continue;
    Node& node = nodes_[item.object];
    ++node.revision;
    for (const int i : node.referrers) {
      if (items_[i].queued || !items_[i].deciding) continue;  // others come with their own component
      items_[i].queued = true;
      queue.push_back(i);
    }
  }
}

bool Settlement::TakeBack(Item& item) {
  if (item.quarantined) return false;
  bool changed = false;
  for (Slot& slot : item.slots) {
    if (slot.state == State::kGone) continue;
    const State before = slot.state;
    Judge(item, slot);
    changed |= slot.state != before;
  }
  return changed;
}

// A marking that stays unknown is dealt with afterwards: it stops the whole grant.
void Settlement::Judge(const Item& item, Slot& slot) {
  const Candidate& candidate = *item.candidate;
  State state = State::kReleased;
  Reason reason = Reason::kNone;
  slot.dangling = false;
  for (const Ref& ref : item.refs) {
    switch (Answer(item, slot.boundary, nodes_[ref.object])) {
      case ReferenceAnswer::kFine: continue;
      case ReferenceAnswer::kHidden:
        slot.state = State::kGone;
        slot.reason = Reason::kHiddenReference;
        return;
      case ReferenceAnswer::kPending: break;
      case ReferenceAnswer::kUnresolved:
        if (candidate.may_wait) break;
        if (ref.is_marking || candidate.deny_dangling) {
          state = State::kGone;
          reason = Reason::kUnresolvedReference;
        } else {
          slot.dangling = true;
        }
        continue;
    }
    if (state == State::kReleased) {
      state = State::kHeld;
      reason = Reason::kUnresolvedReference;
    }
  }
  if (state > slot.state) return;
  slot.state = state;
  slot.reason = reason;
}

bool Settlement::NarrowKinds(Item& item) {
  bool changed = false;
  for (Slot& slot : item.slots) {
    if (slot.state != State::kReleased || !boundaries_.At(slot.boundary).IsReadHere()) continue;
    Kinds kinds = slot.kinds;
    for (const Ref& ref : item.refs) {
      Node& node = nodes_[ref.object];
      if (Answer(item, slot.boundary, node) == ReferenceAnswer::kFine) kinds &= CoverOf(node, slot.boundary).released;
    }
    changed |= kinds != slot.kinds;
    slot.kinds = kinds;
  }
  return changed;
}

// Nobody who may read it may read all it refers to.
bool Settlement::CloseEmpty(const std::vector<int>& items) {
  bool any = false;
  for (const int i : items) {
    for (Slot& slot : items_[i].slots) {
      if (slot.state != State::kReleased || slot.kinds != 0) continue;
      slot.closed = Reason::kHiddenReference;
      any = true;
    }
  }
  return any;
}

bool Settlement::QuarantineUnknownMarkings(const std::vector<int>& items) {
  std::vector<int> found;  // all at once, so that the order of the items cannot matter
  for (const int i : items) {
    const Item& item = items_[i];
    if (item.quarantined || item.candidate->may_wait) continue;
    const bool unknown = std::any_of(item.slots.begin(), item.slots.end(), [&](const Slot& slot) {
      if (slot.base == 0) return false;
      return std::any_of(item.refs.begin(), item.refs.end(), [&](const Ref& ref) {
        return ref.is_marking && Answer(item, slot.boundary, nodes_[ref.object]) == ReferenceAnswer::kUnresolved;
      });
    });
    if (unknown) found.push_back(i);
  }
  for (const int i : found) items_[i].quarantined = true;
  return !found.empty();
}

ReferenceAnswer Settlement::Answer(const Item& item, int boundary, Node& node) {
  const Cover& cover = CoverOf(node, boundary);
  if (cover.released) return ReferenceAnswer::kFine;
  if (IsKnownTo(node, item)) return cover.possible || node.target.pending ? ReferenceAnswer::kPending : ReferenceAnswer::kHidden;
  const bool nobody_named = node.target.grants.empty() && node.items.empty();
  return node.target.pending && nobody_named ? ReferenceAnswer::kPending : ReferenceAnswer::kUnresolved;
}

const Cover& Settlement::CoverOf(Node& node, int boundary) {
  Cover& cover = node.covers[boundary];
  if (cover.revision == node.revision) return cover;
  Refresh(node);
  if (boundaries_.At(boundary).IsReadHere()) {
    cover.released = boundaries_.CommonKinds(boundary, node.released);
    cover.possible = cover.released ? cover.released : boundaries_.CommonKinds(boundary, node.possible);
  } else {
    cover = CoverBeyond(node, boundary);
  }
  cover.revision = node.revision;
  return cover;
}

Cover Settlement::CoverBeyond(const Node& node, int boundary) const {
  const std::string& layer = boundaries_.At(boundary).name;
  const bool came_from_there =
      std::any_of(node.target.grants.begin(), node.target.grants.end(),
                  [&](const TargetGrant& g) { return g.status == GrantStatus::kActive && g.grant.from_layer == layer; }) ||
      std::any_of(node.items.begin(), node.items.end(),
                  [&](int i) { return !items_[i].quarantined && items_[i].candidate->grant.from_layer == layer; });
  if (came_from_there) return {0, kAllKinds, kAllKinds};
  return {0, KindsAt(node.released, boundary), KindsAt(node.possible, boundary)};
}

void Settlement::Refresh(Node& node) {
  if (node.seen_revision == node.revision) return;
  node.seen_revision = node.revision;
  node.released = node.possible = node.outside;
  for (const int i : node.items) {
    for (const Slot& slot : items_[i].slots) {
      if (slot.state == State::kGone || slot.kinds == 0) continue;
      node.possible.emplace_back(slot.boundary, slot.kinds);
      if (slot.state == State::kReleased) node.released.emplace_back(slot.boundary, slot.kinds);
    }
  }
  for (Visibility* visibility : {&node.released, &node.possible}) {
    std::sort(visibility->begin(), visibility->end());
    size_t kept = 0;
    for (const auto& entry : *visibility) {
      if (kept > 0 && (*visibility)[kept - 1].first == entry.first) {
        (*visibility)[kept - 1].second |= entry.second;
      } else {
        (*visibility)[kept++] = entry;
      }
    }
    visibility->resize(kept);
  }
}

bool Settlement::IsKnownTo(Node& node, const Item& item) {
  const auto [it, fresh] = node.known_to.emplace(item.origin, false);
  if (!fresh) return it->second;
  const std::string& org = item.candidate->grant.origin_org;
  it->second = std::any_of(node.target.grants.begin(), node.target.grants.end(),
                           [&](const TargetGrant& g) { return KnowsOf(membership_, relay_, org, g.grant, g.status); }) ||
               std::any_of(node.items.begin(), node.items.end(), [&](int i) {
                 const GrantStatus status = items_[i].quarantined ? GrantStatus::kBarred : GrantStatus::kActive;
                 return KnowsOf(membership_, relay_, org, items_[i].candidate->grant, status);
               });
  return it->second;
}

std::vector<Outcome> Settlement::Outcomes() const {
  std::vector<Outcome> outcomes;
  outcomes.reserve(items_.size());
  for (const Item& item : items_) {
    Outcome& outcome = outcomes.emplace_back();
    auto slot = item.slots.begin();
    for (const auto& [boundary, base] : item.candidate->base) {
      BoundaryOutcome& at = outcome[boundary];
      if (item.quarantined) {
        at.decision = Decision::Quarantine(Reason::kUnknownMarking);
      } else if (slot->state == State::kReleased) {
        at.decision = Decision::Release();
        at.kinds = !boundary.IsReadHere() ? base : base & kRed ? slot->kinds : WithoutImplied(slot->kinds);
        at.dangling = slot->dangling;
      } else {
        at.decision = slot->state == State::kHeld ? Decision::Hold(slot->reason) : Decision::Withhold(slot->reason);
      }
      ++slot;
    }
  }
  return outcomes;
}

}  // namespace

std::vector<Outcome> Settle(const Membership& membership, const RelayContext& relay, const std::vector<Candidate>& candidates,
                            TargetSource& targets) {
  return Settlement(membership, relay, candidates, targets).Run();
}

}  // namespace noroshi::policy
