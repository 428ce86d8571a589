#include "common/policy/custody.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace noroshi::policy {
namespace {

// The audience as one kind of account sees it.
class ForKind {
 public:
  ForKind(const std::vector<CustodyClaim>& claims, const SeesClaim& sees, Kinds kind) : claims_(claims), sees_(sees), kept_(claims.size()), lost_(claims.size()) {
    for (size_t i = 0; i < claims.size(); ++i) {
      if ((claims[i].kinds & kind) == 0) continue;
      ranked_.push_back(i);
      custodians_[claims[i].origin];
    }
    std::sort(ranked_.begin(), ranked_.end(), [&](size_t a, size_t b) {
      return std::tuple(!(claims[a].shown & kind), claims[a].order, a) < std::tuple(!(claims[b].shown & kind), claims[b].order, b);
    });
    KeepFirst();
    KeepIdentical();
  }
  const std::vector<size_t>& ranked() const { return ranked_; }
  bool kept(size_t i) const { return kept_[i]; }
  Reason lost(size_t i) const { return lost_[i]; }

 private:
  bool Sees(const std::string& origin, size_t claim) const { return claims_[claim].origin == origin || sees_(origin, claim); }

  // What is set aside decides nothing about what comes behind it.
  void KeepFirst() {
    std::map<int64_t, Hash> contents;
    for (const size_t i : ranked_) {
      const CustodyClaim& claim = claims_[i];
      const std::string& custodian = custodians_.at(claim.origin);
      if (!claim.approved && !custodian.empty() && custodian != claim.origin) {
        lost_[i] = Reason::kNotCustodian;
      } else if (contents.emplace(claim.version_us, claim.content).first->second != claim.content) {
        lost_[i] = Reason::kEquivocation;
      } else {
        Keep(i);
      }
    }
  }
  void Keep(size_t i) {
    kept_[i] = true;
    for (auto& [origin, custodian] : custodians_) {
      if (custodian.empty() && Sees(origin, i)) custodian = claims_[i].origin;
    }
  }

  // Versions of the custodian, and such as were approved, are anybody's to repeat.
  void KeepIdentical() {
    std::map<std::pair<int64_t, Hash>, std::vector<size_t>> said;
    for (const size_t i : ranked_) {
      if (kept_[i]) said[{claims_[i].version_us, claims_[i].content}].push_back(i);
    }
    for (const size_t i : ranked_) {
      const auto same = said.find({claims_[i].version_us, claims_[i].content});
      if (lost_[i] != Reason::kNotCustodian || same == said.end()) continue;
      const std::string& origin = claims_[i].origin;
      const auto may_repeat = [&](size_t other) {
        return (claims_[other].origin == custodians_.at(origin) || claims_[other].approved) && Sees(origin, other);
      };
      if (std::none_of(same->second.begin(), same->second.end(), may_repeat)) continue;
      kept_[i] = true;
      lost_[i] = Reason::kNone;
    }
  }

  const std::vector<CustodyClaim>& claims_;
  const SeesClaim& sees_;
  std::vector<size_t> ranked_;                     // what this kind may read, first what it is shown
  std::map<std::string, std::string> custodians_;  // as each origin can know: the first that stands and that it sees; empty: none yet
  std::vector<bool> kept_;
  std::vector<Reason> lost_;                       // kNone: nothing is
};

}  // namespace

std::vector<CustodyShare> ShareByCustody(const std::vector<CustodyClaim>& claims, const SeesClaim& sees) {
  std::vector<CustodyShare> shares(claims.size());
  for (Kinds kind = 1; kind <= kAllKinds; kind <<= 1) {
    const ForKind audience(claims, sees, kind);
    for (const size_t i : audience.ranked()) {
      if (audience.kept(i)) {
        shares[i].kinds |= kind;
      } else if (shares[i].reason == Reason::kNone) {
        shares[i].reason = audience.lost(i);
      }
    }
  }
  return shares;
}

}  // namespace noroshi::policy
