// What JudgeReference and Settle share about whom a grant is known to. Inside common/policy only.
#pragma once

#include <string_view>

#include "common/policy/references.h"

namespace noroshi::policy {

// The organisation is entitled to what this grant gives (or gave), so an object of its that points there tells of something it knows.
bool KnowsOf(const Membership& membership, const RelayContext& relay, std::string_view org, const GrantView& grant, GrantStatus status);

}  // namespace noroshi::policy
