// References decided a second time: every candidate asked again and again until nothing changes.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/property/policy/second_model.h"

namespace noroshi::policy::model {

struct NaiveSettle {
  Model model;
  const std::vector<Candidate>& candidates;
  const std::map<std::string, Target>& outside;
  enum State { kGone, kHeld, kReleased };
  std::vector<std::map<Boundary, State>> state;
  std::vector<std::map<Boundary, Kinds>> kinds;
  std::set<size_t> stopped;  // unknown marking

  Target Outside(const std::string& id) const { return outside.count(id) ? outside.at(id) : Target{}; }
  Model::Seen SeenWhere(const std::string& id, State least) const {
    Model::Seen seen = Outside(id).visible;
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].object_id != id) continue;
      for (const auto& [b, s] : state[i]) if (s >= least) seen[b] |= kinds[i].at(b);
    }
    return seen;
  }
  Names RefsOf(size_t i) const {
    Names refs(candidates[i].refs.begin(), candidates[i].refs.end());
    refs.insert(candidates[i].marking_refs.begin(), candidates[i].marking_refs.end());
    refs.erase(candidates[i].object_id);
    return refs;
  }
  bool IsMarking(size_t i, const std::string& id) const {
    return std::count(candidates[i].marking_refs.begin(), candidates[i].marking_refs.end(), id) > 0;
  }
  Kinds Cover(const Boundary& at, const std::string& id, State least) const {
    const Model::Seen seen = SeenWhere(id, least);
    if (at.kind < Kind::kTransit) return model.Common(at, seen);
    bool there = seen.count(at) > 0;
    for (const TargetGrant& g : Outside(id).grants) there |= g.status == GrantStatus::kActive && g.grant.from_layer == at.name;
    for (size_t i = 0; i < candidates.size(); ++i) {
      there |= candidates[i].object_id == id && !stopped.count(i) && candidates[i].grant.from_layer == at.name;
    }
    return there ? kAllKinds : 0;
  }
  bool Knows(const std::string& org, const std::string& id) const {
    const bool own_relay = model.relay.kind == LayerKind::kOrganisation;
    for (const TargetGrant& g : Outside(id).grants) {
      if (g.status == GrantStatus::kBarred ? g.grant.origin_org == org : own_relay || model.Reaches(org, g.grant)) return true;
    }
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].object_id != id) continue;
      if (stopped.count(i) ? candidates[i].grant.origin_org == org : own_relay || model.Reaches(org, candidates[i].grant)) return true;
    }
    return false;
  }
  ReferenceAnswer Answer(size_t i, const Boundary& at, const std::string& id) const {
    const Target target = Outside(id);
    if (target.always_fine || Cover(at, id, kReleased)) return ReferenceAnswer::kFine;
    if (!Knows(candidates[i].grant.origin_org, id)) return ReferenceAnswer::kUnresolved;
    return Cover(at, id, kHeld) || target.pending ? ReferenceAnswer::kPending : ReferenceAnswer::kHidden;
  }
  State Judge(size_t i, const Boundary& at) const {
    State worst = kReleased;
    for (const std::string& id : RefsOf(i)) {
      const ReferenceAnswer a = Answer(i, at, id);
      const bool stops = IsMarking(i, id) || candidates[i].deny_dangling;
      if (a == ReferenceAnswer::kHidden) worst = kGone;
      if (a == ReferenceAnswer::kPending || (a == ReferenceAnswer::kUnresolved && candidates[i].may_wait)) worst = std::min(worst, kHeld);
      if (a == ReferenceAnswer::kUnresolved && !candidates[i].may_wait && stops) worst = kGone;
    }
    return worst;
  }
  void Rounds() {
    state.assign(candidates.size(), {});
    kinds.assign(candidates.size(), {});
    for (size_t i = 0; i < candidates.size(); ++i) {
      for (const auto& [b, k] : candidates[i].base) {
        state[i][b] = stopped.count(i) || (b.kind < Kind::kTransit && k == 0) ? kGone : kReleased;
        kinds[i][b] = b.kind < Kind::kTransit ? Model::Implied(k) : kAllKinds;
      }
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < candidates.size(); ++i) {
        for (auto& [b, s] : state[i]) {
          const State now = stopped.count(i) ? kGone : std::min(s, Judge(i, b));
          changed |= now != s;
          s = now;
        }
      }
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < candidates.size(); ++i) {
        for (auto& [b, k] : kinds[i]) {
          const Kinds before = k;
          for (const std::string& id : RefsOf(i)) {
            const Kinds cover = Outside(id).always_fine ? kAllKinds : Cover(b, id, kReleased);
            if (state[i][b] == kReleased && b.kind < Kind::kTransit && cover) k &= cover;
          }
          changed |= k != before;
        }
      }
    }
  }
  bool PointsTo(size_t from, size_t to) const {  // over any number of steps
    Names seen{candidates[from].object_id};
    for (size_t before = 0; before != seen.size();) {
      before = seen.size();
      for (size_t i = 0; i < candidates.size(); ++i) if (seen.count(candidates[i].object_id)) seen.merge(RefsOf(i));
    }
    return seen.count(candidates[to].object_id) > 0;
  }
  void Run() {
    for (std::set<size_t> found{0}; !found.empty();) {
      Rounds();
      found.clear();
      for (size_t i = 0; i < candidates.size(); ++i) {
        if (stopped.count(i) || candidates[i].may_wait) continue;
        for (const auto& [b, k] : candidates[i].base) {
          for (const std::string& id : RefsOf(i)) {
            if (IsMarking(i, id) && Answer(i, b, id) == ReferenceAnswer::kUnresolved && (k || b.kind >= Kind::kTransit)) found.insert(i);
          }
        }
      }
      // Those first that depend on no other.
      for (const size_t i : found) {
        if (std::none_of(found.begin(), found.end(), [&](size_t j) { return PointsTo(i, j) && !PointsTo(j, i); })) stopped.insert(i);
      }
    }
  }
};

}  // namespace noroshi::policy::model
