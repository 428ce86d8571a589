// noroshi admin account certificate, subject: identities that others vouch for, by their exact names.
#include <algorithm>

#include "common/net/tls.h"
#include "services/cli/admin_account.h"

namespace noroshi::cli {
namespace {

Status Change(std::vector<std::string>& list, const ListChange& change, std::string_view what) {
  if (change.empty()) return InvalidArgument("say which: --add or --remove");
  for (const std::string& name : change.remove) {
    if (std::erase(list, name) == 0) return NotFound("the account has no {} `{}`", what, name);
  }
  for (const std::string& name : change.add) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  }
  return OkStatus();
}

AccountChange Said(const std::string& user, const std::vector<std::string>& list, std::string_view what) {
  return {user, list.empty() ? fmt::format("has no {}", what) : fmt::format("has {} {}", what, fmt::join(list, ", ")), "", "", ""};
}

}  // namespace

StatusOr<AccountChange> ChangeCertificates(AccountsEditor& editor, const std::string& user, const ListChange& change) {
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  for (const std::string& uri : change.add) NOROSHI_TRY(net::ParseSpiffeId(uri).status());
  NOROSHI_TRY(Change(account->certificates, change, "certificate"));
  NOROSHI_TRY(editor.Save(user));
  return Said(user, account->certificates, "certificate");
}

StatusOr<AccountChange> ChangeSubjects(AccountsEditor& editor, const std::string& user, const ListChange& change) {
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  NOROSHI_TRY(Change(account->subjects, change, "subject"));
  NOROSHI_TRY(editor.Save(user));
  return Said(user, account->subjects, "subject");
}

}  // namespace noroshi::cli
