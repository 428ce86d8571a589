// All grants of one object id judged together: checks 3 and 4 of sharing.md section 4, the rules of section 8.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/limits.h"
#include "common/policy/evaluate.h"

namespace noroshi::policy {
namespace {

// Refused at the first relay (the publisher is told), stopped for a person to look at anywhere later.
Decision ScopeExceedsTlp(const VersionGrant& grant) {
  std::string name(stix::TlpName(grant.tlp));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string message = fmt::format("TLP {} allows scopes {}; asked for {}", name, ScopesAllowed(grant.tlp), ScopeKindName(grant.scope.kind));
  return {grant.first_relay ? Verdict::kWithhold : Verdict::kQuarantine, Reason::kScopeExceedsTlp, {}, std::move(message)};
}

// What was decided before on the grant's own facts.
Decision Barred(Reason reason) {
  switch (reason) {
    case Reason::kRateLimited: return Decision::Hold(reason);
    case Reason::kRecalled:
    case Reason::kGroupDenied:
    case Reason::kRecipientUnknown:
    case Reason::kScopeAmbiguous:
    case Reason::kBelowK:
    case Reason::kRescopeDenied:
    case Reason::kUnsupported: return Decision::Withhold(reason);
    default: return Decision::Quarantine(reason);
  }
}

class ObjectJudge {
 public:
  ObjectJudge(const Membership& membership, std::string_view object_id, const std::vector<VersionGrant>& grants,
              const std::vector<std::string>& custodians)
      : membership_(membership), object_id_(object_id), grants_(grants), custodians_(custodians.begin(), custodians.end()) {}

  ObjectJudgement Run() &&;

 private:
  using Index = size_t;

  // Without versions it is the content that is recalled: another one by the same origin is something new.
  static std::tuple<std::string, int64_t, Hash> RecallKey(const VersionGrant& g) {
    return {g.origin_org, g.version_us, g.version.empty() ? g.content : Hash{}};
  }
  bool IsRecalled(const VersionGrant& g) const { return recalled_.contains(RecallKey(g)); }
  // A fault of check 4.
  bool IsFaulty(const VersionGrant& g) const {
    return !g.marking_fault.empty() || (g.scope.kind != ScopeKind::kUnspecified && !TlpPermits(g.tlp, g.scope.kind));
  }
  bool IsBarred(const VersionGrant& g) const { return g.barred && *g.barred != Reason::kRecalled; }
  // What never was in an audience makes nobody owner, unless there is nothing else to go by.
  bool Counts(const VersionGrant& g) const { return !IsBarred(g) && (!IsFaulty(g) || !any_sound_); }

  std::string FindOwner() const;
  void FindAdmittedContent();
  std::optional<Reason> DenyByOwnership(const VersionGrant& g) const;
  void JudgeVersion(const std::vector<Index>& by_order);
  Decision JudgeGrant(Index i);
  Decision Admit(Index i);
  void BoundOlderVersions();

  const Membership& membership_;
  const std::string_view object_id_;
  const std::vector<VersionGrant>& grants_;
  std::set<std::string> custodians_;
  ObjectJudgement out_;
  bool any_sound_ = false;
  std::vector<Index> sorted_;                                  // by version, then order
  std::set<std::tuple<std::string, int64_t, Hash>> recalled_;  // sent again it stays recalled
  std::set<Index> bounding_;                                   // recalled, and the last word of its origin on its version
  std::set<std::pair<int64_t, Hash>> admitted_content_;        // of custodians, or approved: others may add grants of it
  std::map<std::string, stix::Tlp> baseline_;                  // of an origin: TLP of its newest version so far
  // Of the version at hand:
  std::map<std::string, Hash> first_content_;                  // of an origin
  std::optional<Hash> first_variant_;                          // of anybody, where there are no versions
  std::map<std::pair<std::string, Hash>, Index> current_;      // of an origin, and of a content where there are no versions: its grant that stands
  std::map<std::string, stix::Tlp> said_;                      // of an origin: TLP of its last grant that stands
  std::map<std::string, Index> last_recalled_;
};

std::string ObjectJudge::FindOwner() const {
  if (const Organisation* itself = membership_.FindByIdentity(object_id_)) return itself->name;
  for (const Index i : sorted_) {
    const VersionGrant& g = grants_[i];
    if (!Counts(g) || g.created_by.empty()) continue;
    const Organisation* org = membership_.FindByIdentity(g.created_by);
    return org ? org->name : std::string();
  }
  return {};
}

// Custodians that the layer names. Without, each audience has its own (policy/custody.h).
void ObjectJudge::FindAdmittedContent() {
  for (const VersionGrant& g : grants_) {
    if (Counts(g) && (g.approved || custodians_.contains(g.origin_org))) admitted_content_.emplace(g.version_us, g.content);
  }
}

std::optional<Reason> ObjectJudge::DenyByOwnership(const VersionGrant& g) const {
  if (!out_.owner.empty()) {
    if (g.origin_org == out_.owner) return std::nullopt;
    return Reason::kNotOwner;
  }
  if (g.version.empty() || custodians_.empty() || custodians_.contains(g.origin_org) || g.approved) return std::nullopt;
  if (admitted_content_.contains({g.version_us, g.content})) return std::nullopt;
  return Reason::kNotCustodian;
}

// The grant is its publisher's to make: is it new, and may it stand beside what came before?
Decision ObjectJudge::Admit(Index i) {
  const VersionGrant& g = grants_[i];
  const bool versioned = !g.version.empty();
  const std::pair<std::string, Hash> key(g.origin_org, versioned ? Hash{} : g.content);
  const auto current = current_.find(key);
  const VersionGrant* before = current == current_.end() ? nullptr : &grants_[current->second];
  const auto first = first_content_.find(g.origin_org);
  const bool same_content = !versioned || first == first_content_.end() || first->second == g.content;
  if (before && same_content) {
    // The own object come back from above has no scope here: it changes nothing.
    const bool returned = g.scope.kind == ScopeKind::kUnspecified && before->scope.kind != ScopeKind::kUnspecified;
    if (returned || (before->scope == g.scope && before->tlp == g.tlp && before->attribution == g.attribution)) {
      out_.standings[i].duplicate = true;
      return Decision::Withhold(Reason::kNone);
    }
  }
  const auto said = said_.find(g.origin_org), baseline = baseline_.find(g.origin_org);
  const std::optional<stix::Tlp> was = said != said_.end() ? std::optional(said->second) : baseline != baseline_.end() ? std::optional(baseline->second) : std::nullopt;
  if (was && g.tlp < *was && !g.declassify) {
    return Decision::Quarantine(Reason::kDeclassifyRequired,
                                fmt::format("published as TLP {} before: {} needs declassify", stix::TlpName(*was), stix::TlpName(g.tlp)));
  }
  if (!same_content) return Decision::Quarantine(Reason::kEquivocation);
  if (IsFaulty(g)) return Decision::Release();  // check 4 has the last word; it neither replaces nor is first
  if (before) {
    Standing& replaced = out_.standings[current->second];
    replaced.superseded = true;
    replaced.decision = Decision::Withhold(Reason::kNone);
  }
  first_content_.emplace(g.origin_org, g.content);
  if (!first_variant_) first_variant_ = g.content;
  out_.standings[i].later_variant = !versioned && *first_variant_ != g.content;
  current_[key] = i;
  said_[g.origin_org] = g.tlp;
  return Decision::Release();
}

Decision ObjectJudge::JudgeGrant(Index i) {
  const VersionGrant& g = grants_[i];
  if (IsBarred(g)) return Barred(*g.barred);
  if (IsRecalled(g)) {
    // It was there: another content of the same version does not become the first, nor a lower TLP unasked for.
    if (!g.version.empty() && !IsFaulty(g) && !DenyByOwnership(g)) {
      first_content_.emplace(g.origin_org, g.content);
      auto [it, fresh] = baseline_.emplace(g.origin_org, g.tlp);
      if (!fresh && !g.declassify) it->second = std::max(it->second, g.tlp);
      last_recalled_[g.origin_org] = i;
    }
    return Decision::Withhold(Reason::kRecalled);
  }
  if (const auto reason = DenyByOwnership(g)) return Decision::Quarantine(*reason);
  Decision decision = Admit(i);
  if (!decision.releases()) return decision;
  if (!g.marking_fault.empty()) return Decision::Quarantine(Reason::kUnknownMarking, g.marking_fault);
  if (IsFaulty(g)) return ScopeExceedsTlp(g);
  return decision;
}

void ObjectJudge::JudgeVersion(const std::vector<Index>& by_order) {
  first_content_.clear();
  first_variant_.reset();
  current_.clear();
  said_.clear();
  last_recalled_.clear();
  for (const Index i : by_order) out_.standings[i].decision = JudgeGrant(i);
  for (const auto& [origin, tlp] : said_) baseline_[origin] = tlp;
  for (const auto& [origin, i] : last_recalled_) bounding_.insert(i);
}

// An older version goes no further than what its origin said of newer ones, recalled ones included: a recall takes nothing back of what was narrowed.
void ObjectJudge::BoundOlderVersions() {
  struct Said {
    Scope scope;
    Reach reach;
    bool recalled = false;  // by recalled versions alone
  };
  struct Newer {
    stix::Tlp standing = stix::Tlp::kClear, recalled = stix::Tlp::kClear;  // strictest
    std::vector<Said> said;                                                // distinct scopes
  };
  std::map<std::string, Newer> newer_of;
  for (auto it = sorted_.rbegin(); it != sorted_.rend(); ++it) {
    const VersionGrant& g = grants_[*it];
    Standing& standing = out_.standings[*it];
    const bool recalled = bounding_.contains(*it);
    if ((!standing.decision.releases() && !recalled) || g.version.empty()) continue;
    Newer& newer = newer_of[g.origin_org];
    standing.tlp_bound = std::max(newer.standing, newer.recalled);
    standing.stays_here = newer.recalled > std::max(newer.standing, g.tlp);
    stix::Tlp& strictest = recalled ? newer.recalled : newer.standing;
    strictest = std::max(strictest, g.tlp);
    const auto known = std::find_if(newer.said.begin(), newer.said.end(), [&](const Said& said) { return said.scope == g.scope; });
    if (known != newer.said.end()) {
      known->recalled = known->recalled && recalled;
      if (newer.said.size() == 1) continue;  // the usual case: nothing was narrowed
    }
    Reach reach = ReachOf(membership_, {g.origin_org, g.scope, g.tlp, {}});
    for (const Said& said : newer.said) {
      if (Covers(said.reach, reach)) continue;
      standing.scope_bounds.push_back(said.scope);
      standing.stays_here = standing.stays_here || said.recalled;
    }
    if (known != newer.said.end()) continue;
    if (newer.said.size() < limits::kScopeBoundsMax) {
      newer.said.push_back({g.scope, std::move(reach), recalled});
    } else {
      // Nobody narrows so often by need: whatever is older stays at home.
      const Scope home{ScopeKind::kOrg, {}};
      newer.said.back() = {home, ReachOf(membership_, {g.origin_org, home, g.tlp, {}}), recalled};
    }
  }
}

ObjectJudgement ObjectJudge::Run() && {
  out_.standings.resize(grants_.size());
  sorted_.resize(grants_.size());
  for (Index i = 0; i < grants_.size(); ++i) {
    sorted_[i] = i;
    any_sound_ |= !IsBarred(grants_[i]) && !IsFaulty(grants_[i]);
    if (grants_[i].barred == Reason::kRecalled) recalled_.insert(RecallKey(grants_[i]));
  }
  std::sort(sorted_.begin(), sorted_.end(), [&](Index a, Index b) {
    const VersionGrant &x = grants_[a], &y = grants_[b];
    return std::tie(x.version_us, x.order, a) < std::tie(y.version_us, y.order, b);
  });
  out_.owner = FindOwner();
  if (out_.owner.empty()) FindAdmittedContent();
  std::vector<Index> version;
  for (size_t at = 0; at < sorted_.size(); ++at) {
    version.push_back(sorted_[at]);
    const bool last = at + 1 == sorted_.size() || grants_[sorted_[at + 1]].version_us != grants_[sorted_[at]].version_us;
    if (!last) continue;
    JudgeVersion(version);
    version.clear();
  }
  BoundOlderVersions();
  return std::move(out_);
}

}  // namespace

ObjectJudgement JudgeObject(const Membership& membership, std::string_view object_id, const std::vector<VersionGrant>& grants,
                            const std::vector<std::string>& custodians) {
  return ObjectJudge(membership, object_id, grants, custodians).Run();
}

std::vector<Boundary> RouteStanding(const Membership& membership, const RelayContext& relay, const GrantView& grant, const Standing& standing) {
  if (!standing.decision.releases()) return {};
  std::vector<Boundary> boundaries = Route(membership, relay, grant);
  if (standing.stays_here) std::erase_if(boundaries, [](const Boundary& b) { return !b.IsReadHere(); });
  for (const Scope& bound : standing.scope_bounds) {
    const std::vector<Boundary> still = Route(membership, relay, {grant.origin_org, bound, standing.tlp_bound, grant.from_layer});
    std::erase_if(boundaries, [&](const Boundary& b) { return !std::binary_search(still.begin(), still.end(), b); });
  }
  return boundaries;
}

}  // namespace noroshi::policy
