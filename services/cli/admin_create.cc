// noroshi admin account create, delete.
#include <algorithm>

#include "common/taxii/accounts_file.h"
#include "common/taxii/secrets.h"
#include "services/cli/admin_account.h"
#include "services/cli/names.h"
#include "services/cli/output.h"

namespace noroshi::cli {
namespace {

StatusOr<taxii::Account> Plan(const NewAccount& wanted, WallTime now) {
  taxii::Account account;
  account.user = wanted.user;
  NOROSHI_TRY(taxii::CheckUserName(wanted.user));
  if (Visible(wanted.user) != wanted.user) return InvalidArgument("user name `{}` holds characters that people cannot see", Visible(wanted.user));
  account.caller.org = wanted.org;
  account.caller.kind = taxii::ParseKind(wanted.kind);
  if (account.caller.kind == 0) return InvalidArgument("kind `{}` is none of member, client, partner", wanted.kind);
  for (const std::string& role : wanted.roles) {
    bool* flag = taxii::RoleFlag(account, role);
    if (flag == nullptr) return InvalidArgument("role `{}` is none of reader, red, publisher, operator, auditor", role);
    *flag = true;
  }
  account.caller.granted = {wanted.granted.begin(), wanted.granted.end()};
  if (!wanted.expires.empty()) {
    NOROSHI_ASSIGN(account.expires_us, ParseExpiry(wanted.expires, now));
  }
  NOROSHI_ASSIGN(account.networks, ParseNetworks(wanted.networks));
  return account;
}

}  // namespace

StatusOr<AccountChange> CreateAccount(AccountsEditor& editor, const NewAccount& wanted, Random& random, WallTime now) {
  NOROSHI_ASSIGN(taxii::Account account, Plan(wanted, now));
  AccountChange change{wanted.user, "created", "", "", ""};
  std::string password;
  if (!wanted.password_file.empty()) {
    NOROSHI_ASSIGN(password, ReadPassword(wanted.password_file));
  } else if (!wanted.no_password) {
    password = change.secret = taxii::NewPassword(random);
    change.secret_name = "password";
  }
  if (!password.empty()) {
    NOROSHI_ASSIGN(account.password_hash, taxii::HashPassword(password));
  }
  NOROSHI_TRY(editor.Add(std::move(account)));
  NOROSHI_TRY(editor.Save(wanted.user));
  return change;
}

StatusOr<AccountChange> DeleteAccount(AccountsEditor& editor, const std::string& user, bool sure) {
  NOROSHI_TRY(editor.Edit(user).status());
  if (!sure) return Aborted("deleting `{}` cannot be undone: say --yes, or `disable` it", user);
  NOROSHI_TRY(editor.Remove(user));
  NOROSHI_TRY(editor.Save(user));
  return AccountChange{user, "deleted", "", "", ""};
}

}  // namespace noroshi::cli
