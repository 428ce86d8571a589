// Variants: the contents of one object that has no versions (SCO, marking-definition). A relay keeps each; an audience shows its first (sharing.md
// section 8). Asked kind by kind, so that a variant which some kind of account may not read changes nothing for that kind. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/hash.h"
#include "common/policy/readers.h"

namespace noroshi::policy {

// One grant of one variant at one audience.
struct VariantClaim {
  Hash content{};
  Kinds kinds = 0;     // may read it there by everything else
  Kinds shown = 0;     // are shown it there now
  uint64_t order = 0;  // of arrival
};

// Kinds that each claim is shown to, in input order: of the variants that a kind may read it keeps the one it is shown, else gets the first that came. Claims of
// the same content are shown together.
// INVARIANT: together the claims are shown to exactly the kinds that may read any of them; no kind is shown two contents.
std::vector<Kinds> ShareAmongVariants(const std::vector<VariantClaim>& claims);

}  // namespace noroshi::policy
