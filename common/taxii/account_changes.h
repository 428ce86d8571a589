// Tells the log what a new accounts file changed, account by account: `account_changed` with the user and closed words, never a hash. Any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/taxii/accounts.h"

namespace noroshi::taxii {

// (user, what), in the order of users; `what` holds one or more of created, deleted, enabled, disabled, expires, organisation, kind, roles, granted,
// networks, password, tokens, certificates, subjects, separated by blanks.
std::vector<std::pair<std::string, std::string>> ChangesBetween(const Accounts& before, const Accounts& after);

void ReportChanges(const Accounts& before, const Accounts& after);

}  // namespace noroshi::taxii
