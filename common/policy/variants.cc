#include "common/policy/variants.h"

#include <utility>

namespace noroshi::policy {

std::vector<Kinds> ShareAmongVariants(const std::vector<VariantClaim>& claims) {
  std::vector<Kinds> shares(claims.size(), 0);
  for (Kinds kind = 1; kind <= kAllKinds; kind <<= 1) {
    const auto reads = [kind](Kinds kinds) { return (kinds & kind) != 0; };
    const auto rank = [&reads](const VariantClaim& claim) { return std::pair(!reads(claim.shown), claim.order); };
    const VariantClaim* first = nullptr;
    for (const VariantClaim& claim : claims) {
      if (reads(claim.kinds) && (first == nullptr || rank(claim) < rank(*first))) first = &claim;
    }
    for (size_t i = 0; i < claims.size(); ++i) {
      if (reads(claims[i].kinds) && claims[i].content == first->content) shares[i] |= kind;
    }
  }
  return shares;
}

}  // namespace noroshi::policy
