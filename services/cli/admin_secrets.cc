// noroshi admin account password, token create, token revoke.
#include <algorithm>
#include <iostream>
#include <iterator>

#include "common/base/limits.h"
#include "common/taxii/secrets.h"
#include "services/cli/admin_account.h"
#include "services/cli/output.h"

namespace noroshi::cli {

StatusOr<std::string> ReadPassword(const std::string& file) {
  std::string password;
  if (file == "-") {
    std::getline(std::cin, password);
  } else {
    NOROSHI_ASSIGN(password, ReadFile(file));
  }
  for (const char end : {'\n', '\r'}) {
    if (!password.empty() && password.back() == end) password.pop_back();
  }
  NOROSHI_TRY(taxii::CheckPassword(password));
  return password;
}

StatusOr<AccountChange> SetPassword(AccountsEditor& editor, const std::string& user, const std::string& file, bool remove, Random& random) {
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  AccountChange change{user, remove ? "has no password" : "has a new password", "", "", ""};
  std::string password;
  if (!file.empty()) {
    NOROSHI_ASSIGN(password, ReadPassword(file));
  } else if (!remove) {
    password = change.secret = taxii::NewPassword(random);
    change.secret_name = "password";
  }
  account->password_hash.clear();
  if (!password.empty()) {
    NOROSHI_ASSIGN(account->password_hash, taxii::HashPassword(password));
  }
  NOROSHI_TRY(editor.Save(user));
  return change;
}

StatusOr<AccountChange> CreateToken(AccountsEditor& editor, const std::string& user, const WantedToken& wanted, Random& random, WallTime now) {
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  if (wanted.description.size() > limits::kDescriptionBytesMax || Visible(wanted.description) != wanted.description) {
    return InvalidArgument("a description has at most {} bytes and no invisible characters", limits::kDescriptionBytesMax);
  }
  const taxii::NewToken made = taxii::MakeToken(random);
  taxii::Token token{made.id, taxii::HashToken(made.text), ToMicros(now), 0, {}, wanted.description};
  if (!wanted.expires.empty()) {
    NOROSHI_ASSIGN(token.expires_us, ParseExpiry(wanted.expires, now));
  }
  NOROSHI_ASSIGN(token.networks, ParseNetworks(wanted.networks));
  account->tokens.push_back(std::move(token));
  NOROSHI_TRY(editor.Save(user));
  return AccountChange{user, "has a new token", "token", made.text, made.id};
}

StatusOr<AccountChange> RevokeToken(AccountsEditor& editor, const std::string& user, const std::string& id) {
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  const auto found = std::find_if(account->tokens.begin(), account->tokens.end(), [&](const taxii::Token& token) { return token.id == id; });
  if (found == account->tokens.end()) return NotFound("account `{}` has no token `{}`; `noroshi admin account token list {}` names them", user, id, user);
  account->tokens.erase(found);
  NOROSHI_TRY(editor.Save(user));
  return AccountChange{user, "token revoked", "", "", id};
}

}  // namespace noroshi::cli
