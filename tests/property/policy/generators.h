// Random grants and candidates in the world of the policy tests.
#pragma once

#include <rapidcheck.h>

#include <map>
#include <string>
#include <vector>

#include "tests/unit/policy/world.h"

namespace noroshi::policy::testing {

inline const std::vector<std::string> kOrganisations = {"cert", "finance-isac", "energy-isac", "telecom-isac", "alfa", "bravo", "charlie",
                                                        "delta", "echo", "foxtrot", "golf", "hotel", "india"};
inline const std::vector<std::string> kRelays = {"national", "finance", "energy", "telecom", "alfa", "delta", "golf", "hotel"};

inline std::vector<std::string> SomeOf(const std::vector<std::string>& all) {
  std::vector<std::string> some;
  for (const std::string& name : all) {
    if (*rc::gen::inRange(0, 3) == 0) some.push_back(name);
  }
  if (some.empty()) some.push_back(*rc::gen::elementOf(all));
  std::sort(some.begin(), some.end());
  return some;
}

inline stix::Tlp AnyTlp() { return static_cast<stix::Tlp>(*rc::gen::inRange(1, 6)); }

// As it travels: resolved, and possibly beyond the ceiling of its TLP.
inline Scope AnyScope(const Membership& world, const std::string& publisher) {
  const auto kind = static_cast<ScopeKind>(*rc::gen::inRange(1, 8));
  switch (kind) {
    case ScopeKind::kOrgs: return {kind, SomeOf(kOrganisations)};
    case ScopeKind::kGroup: return {kind, {*rc::gen::element(kSolarWatch, kPowerOnly, kNobody, kWithGolf, kStrangers)}};
    case ScopeKind::kSectors: return {kind, SomeOf({"energy", "finance", "telecom"})};
    case ScopeKind::kSector: {
      const std::vector<std::string> own = world.SectorsOf(publisher);
      return own.empty() ? Scope{ScopeKind::kOrg, {}} : Scope{kind, {*rc::gen::elementOf(own)}};
    }
    default: return {kind, {}};
  }
}

inline GrantView AnyGrant(const Membership& world) {
  const std::string origin = *rc::gen::elementOf(kOrganisations);
  return {origin, AnyScope(world, origin), AnyTlp(), ""};
}

// At this relay, come from somewhere that could have sent it.
inline GrantView AnyGrantAt(const Membership& world, const RelayContext& relay) {
  GrantView grant = AnyGrant(world);
  std::vector<std::string> from = relay.uplinks;
  from.push_back("");
  if (relay.kind == LayerKind::kOrganisation) {
    grant.from_layer = *rc::gen::elementOf(from);
    if (grant.from_layer.empty()) grant.origin_org = relay.org;
    if (!grant.from_layer.empty()) grant.scope = {};
    return grant;
  }
  for (const char* lower : {"alfa", "delta", "energy", "finance"}) {
    if (lower != relay.layer) from.push_back(lower);
  }
  grant.from_layer = *rc::gen::elementOf(from);
  return grant;
}

inline std::string ObjectId(int number) { return "object--" + std::to_string(number); }

inline Candidate AnyCandidate(const Membership& world, const RelayContext& relay, int ids, bool with_markings = true) {
  Candidate candidate;
  candidate.object_id = ObjectId(*rc::gen::inRange(0, ids));
  candidate.grant = AnyGrantAt(world, relay);
  if (*rc::gen::inRange(0, 3) != 0) candidate.grant.tlp = stix::Tlp::kClear;  // else contradictions are most of it
  for (const Boundary& boundary : Route(world, relay, candidate.grant)) {
    candidate.base[boundary] = KindsFor(relay.kind, boundary, candidate.grant.tlp);
  }
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) candidate.refs.push_back(ObjectId(*rc::gen::inRange(0, ids + 2)));
  if (with_markings && *rc::gen::inRange(0, 5) == 0) candidate.marking_refs.push_back(ObjectId(*rc::gen::inRange(0, ids + 2)));
  candidate.may_wait = *rc::gen::inRange(0, 4) == 0;
  candidate.deny_dangling = *rc::gen::inRange(0, 5) == 0;
  return candidate;
}

inline std::vector<Candidate> AnyCandidates(const Membership& world, const RelayContext& relay, bool with_markings = true) {
  std::vector<Candidate> candidates;
  const int count = *rc::gen::inRange(1, 12);
  for (int i = 0; i < count; ++i) candidates.push_back(AnyCandidate(world, relay, 8, with_markings));
  return candidates;
}

class MapSource : public TargetSource {
 public:
  explicit MapSource(std::map<std::string, Target> targets = {}) : targets_(std::move(targets)) {}
  const Target& Find(const std::string& object_id) override {
    scratch_ = targets_.contains(object_id) ? targets_[object_id] : Target{};  // one answer at a time: Settle must not keep it
    return scratch_;
  }

 private:
  std::map<std::string, Target> targets_;
  Target scratch_;
};

}  // namespace noroshi::policy::testing
