// Who may change which account, and what an account may be: the one place that all commands ask (AC-37). Pure; any thread.
#pragma once

#include <string_view>

#include "common/base/status.h"
#include "common/policy/membership.h"
#include "common/taxii/accounts.h"

namespace noroshi::taxii {

// `actor`: the organisation for which somebody acts; `runs`: the one that runs the node. Whoever runs it administers all its accounts; another
// organisation its own ones, but no operators and auditors. Error: PermissionDenied.
Status MayAdminister(std::string_view actor, std::string_view runs, const Account& target);

// What sharing.md section 1 leaves to an account: roles of trust for members only, operator and auditor for the organisation that runs the node
// only, audiences granted by the account's own organisation only, an organisation of the directory. Asked for what a command makes or changes; a
// reader of the file does not ask. Errors: PermissionDenied; NotFound, an unknown organisation.
Status CheckRights(const Account& account, std::string_view runs, const policy::Membership& membership);

}  // namespace noroshi::taxii
