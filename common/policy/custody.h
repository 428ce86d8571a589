// Custody: what several origins may say in one audience of an object that no organisation of the directory owns (sharing.md section 8). The first origin there
// is its custodian: others add grants with identical versions, and their own versions need a review; of two contents of one version the first stays.
//
// Asked audience by audience and kind by kind. A grant that a publisher cannot see never makes another its custodian: to that publisher it is as if it were
// not there. Uplinks and transit are not asked: which is first is each layer's affair. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "common/policy/decision.h"
#include "common/policy/readers.h"

namespace noroshi::policy {

// One grant that may be shown in the audience.
struct CustodyClaim {
  std::string origin;
  int64_t version_us = 0;
  Hash content{};
  Kinds kinds = 0;        // that may read it
  Kinds shown = 0;        // that it is shown to already: nothing that comes later takes its place
  uint64_t order = 0;     // of arrival
  bool approved = false;  // an operator reviewed it
};

struct CustodyShare {
  Kinds kinds = 0;
  Reason reason = Reason::kNone;  // where some of them are lost: not_custodian or equivocation
};

// The organisation can see the claim of another, here or elsewhere.
using SeesClaim = std::function<bool(const std::string& org, size_t claim)>;

// Shares in the order of the claims; O(claims x origins). INVARIANT: every kind that may read one of the claims is shown one.
std::vector<CustodyShare> ShareByCustody(const std::vector<CustodyClaim>& claims, const SeesClaim& sees);

}  // namespace noroshi::policy
