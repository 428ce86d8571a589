// TAXII accounts of an `up` directory: made once, kept, and written for each gateway as its accounts.yaml (common/taxii/accounts_file.h).
#pragma once

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/base/status.h"
#include "common/taxii/accounts.h"
#include "services/cli/state.h"

namespace noroshi::cli {

// An account for each plan: secrets of `before` where the user had some (the plan wins for everything else), new ones otherwise.
StatusOr<std::vector<Account>> MakeAccounts(const std::vector<AccountPlan>& plans, const std::vector<Account>& before, Random& random);

// The text of the node's accounts.yaml: hashes of those accounts that work there. `there`: what it holds now (null: it is not there yet); `before`:
// what an earlier `up` planned. What people changed with `noroshi admin account` stays as it is: only what the topology changed since is changed -
// accounts that it adds, drops, or gives other rights.
std::string AccountsFile(const std::vector<Account>& accounts, const std::vector<Account>& before, const NodePlan& node, const taxii::Accounts* there);

}  // namespace noroshi::cli
