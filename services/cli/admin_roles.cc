// noroshi admin account roles.
#include "common/taxii/accounts_file.h"
#include "services/cli/admin_account.h"

namespace noroshi::cli {
namespace {

Status Set(taxii::Account& account, const std::vector<std::string>& roles, bool value) {
  for (const std::string& role : roles) {
    bool* flag = taxii::RoleFlag(account, role);
    if (flag == nullptr) return InvalidArgument("role `{}` is none of reader, red, publisher, operator, auditor", role);
    *flag = value;
  }
  return OkStatus();
}

}  // namespace

StatusOr<AccountChange> ChangeRoles(AccountsEditor& editor, const std::string& user, const ListChange& change) {
  if (change.empty()) return InvalidArgument("say which: --set, --add or --remove");
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  if (!change.set.empty()) NOROSHI_TRY(Set(*account, taxii::RolesOf(*account), false));
  NOROSHI_TRY(Set(*account, change.set, true));
  NOROSHI_TRY(Set(*account, change.add, true));
  NOROSHI_TRY(Set(*account, change.remove, false));
  NOROSHI_TRY(editor.Save(user));
  const std::vector<std::string> roles = taxii::RolesOf(*account);
  return AccountChange{user, roles.empty() ? "has no role" : fmt::format("has roles {}", fmt::join(roles, ", ")), "", "", ""};
}

}  // namespace noroshi::cli
