// TAXII accounts of an `up` directory: made once, kept, and written for each gateway as its accounts.yaml (common/taxii/accounts.h).
#pragma once

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/base/status.h"
#include "services/cli/state.h"

namespace noroshi::cli {

// An account for each plan: secrets of `before` where the user had some (the plan wins for everything else), new ones otherwise.
StatusOr<std::vector<Account>> MakeAccounts(const std::vector<AccountPlan>& plans, const std::vector<Account>& before, Random& random);

// What the node's gateway may know: hashes of those accounts that work there.
std::string AccountsFile(const std::vector<Account>& accounts, const NodePlan& node);

}  // namespace noroshi::cli
