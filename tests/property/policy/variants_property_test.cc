// Laws of variants (sharing.md section 8): as a naive model has it; nothing is lost, nothing shown twice; what a kind may not read changes nothing for it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "common/policy/variants.h"

namespace noroshi::policy {
namespace {

const std::vector<Kinds> kKinds = {kMember, kClient, kPartner, kAnonymous, kRed};

std::vector<VariantClaim> AnyClaims() {
  std::vector<VariantClaim> claims(*rc::gen::inRange<size_t>(0, 6));
  for (size_t i = 0; i < claims.size(); ++i) {
    claims[i].content[0] = static_cast<uint8_t>(*rc::gen::inRange(0, 3));
    // As KindsFor gives them: RED alone, or without it.
    claims[i].kinds = *rc::gen::elementOf(std::vector<Kinds>{kMember, kMember | kClient, kMember | kClient | kPartner, kMember | kClient | kPartner | kAnonymous, kRed, 0});
    claims[i].shown = *rc::gen::elementOf(std::vector<Kinds>{0, 0, kMember, kClient | kPartner, claims[i].kinds});
    claims[i].order = i + 1;
  }
  return claims;
}

// Told once more, in words: everybody who could see it keeps what he sees; whoever is left takes the first that he can have.
std::vector<Kinds> Naive(const std::vector<VariantClaim>& claims) {
  std::vector<Kinds> shares(claims.size(), 0);
  for (const Kinds kind : kKinds) {
    std::vector<size_t> can, has;
    for (size_t i = 0; i < claims.size(); ++i) {
      if (!(claims[i].kinds & kind)) continue;
      can.push_back(i);
      if (claims[i].shown & kind) has.push_back(i);
    }
    std::vector<size_t>& from = has.empty() ? can : has;
    std::sort(from.begin(), from.end(), [&](size_t a, size_t b) { return claims[a].order < claims[b].order; });
    for (const size_t i : can) {
      if (claims[i].content == claims[from[0]].content) shares[i] |= kind;
    }
  }
  return shares;
}

RC_GTEST_PROP(Variants, AgreeWithTheNaiveModel, ()) {
  const std::vector<VariantClaim> claims = AnyClaims();
  const std::vector<Kinds> shares = ShareAmongVariants(claims), want = Naive(claims);
  for (size_t i = 0; i < claims.size(); ++i) RC_ASSERT(shares[i] == want[i]);
}

RC_GTEST_PROP(Variants, LoseNobodyAndShowNobodyTwo, ()) {
  const std::vector<VariantClaim> claims = AnyClaims();
  const std::vector<Kinds> shares = ShareAmongVariants(claims);
  for (const Kinds kind : kKinds) {
    std::set<Hash> contents;
    bool may = false;
    for (size_t i = 0; i < claims.size(); ++i) {
      may |= (claims[i].kinds & kind) != 0;
      if (shares[i] & kind) contents.insert(claims[i].content);
      RC_ASSERT((shares[i] & ~claims[i].kinds) == 0u);
    }
    RC_ASSERT(contents.size() == (may ? 1u : 0u));
  }
}

RC_GTEST_PROP(Variants, DoNotDependOnTheOrderInWhichTheyAreListed, ()) {
  const std::vector<VariantClaim> claims = AnyClaims();
  std::vector<size_t> order(claims.size());
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[*rc::gen::inRange<size_t>(0, i)]);
  std::vector<VariantClaim> mixed;
  for (const size_t i : order) mixed.push_back(claims[i]);
  const std::vector<Kinds> straight = ShareAmongVariants(claims), shuffled = ShareAmongVariants(mixed);
  for (size_t i = 0; i < order.size(); ++i) RC_ASSERT(shuffled[i] == straight[order[i]]);
}

RC_GTEST_PROP(Variants, ThatAKindMayNotReadChangeNothingForIt, ()) {
  const std::vector<VariantClaim> claims = AnyClaims();
  const std::vector<Kinds> all = ShareAmongVariants(claims);
  for (const Kinds kind : kKinds) {
    std::vector<VariantClaim> readable;
    std::vector<size_t> at;
    for (size_t i = 0; i < claims.size(); ++i) {
      if (!(claims[i].kinds & kind)) continue;
      readable.push_back(claims[i]);
      at.push_back(i);
    }
    const std::vector<Kinds> alone = ShareAmongVariants(readable);
    for (size_t i = 0; i < at.size(); ++i) RC_ASSERT((alone[i] & kind) == (all[at[i]] & kind));
  }
}

RC_GTEST_PROP(Variants, AreShownAgainWhereTheyWereShown, ()) {
  std::vector<VariantClaim> claims = AnyClaims();
  for (VariantClaim& claim : claims) claim.shown = 0;
  const std::vector<Kinds> shares = ShareAmongVariants(claims);
  for (size_t i = 0; i < claims.size(); ++i) {
    claims[i].shown = shares[i];
    claims[i].order = 100 - i;  // what came first no longer counts
  }
  RC_ASSERT(ShareAmongVariants(claims) == shares);
}

}  // namespace
}  // namespace noroshi::policy
