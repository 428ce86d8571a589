// The verbs of `noroshi admin account`: what each does, apart from the parser (admin.cc). One file a concern. Secrets are never arguments: they are
// made here and shown once, or read from a file or standard input. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "services/cli/accounts_editor.h"

namespace noroshi::cli {

// What a changing verb has to say.
struct AccountChange {
  std::string user;
  std::string what;         // `created`, `disabled` ...
  std::string secret_name;  // `password` or `token`: shown this once
  std::string secret;
  std::string token_id;
};
std::string ChangeText(const AccountChange& change, bool json);

// `-` is standard input; one line end behind it is left out. InvalidArgument: not a password that CheckPassword takes.
StatusOr<std::string> ReadPassword(const std::string& file);
// `2027-01-31T12:00:00Z`, `2027-01-31`, `90d`, or `never` (0). InvalidArgument: none of them, or over already.
StatusOr<int64_t> ParseExpiry(const std::string& text, WallTime now);

struct NewAccount {
  std::string user, org, kind = "member", expires, password_file;
  std::vector<std::string> roles, networks, granted;
  bool no_password = false;
};
StatusOr<AccountChange> CreateAccount(AccountsEditor& editor, const NewAccount& wanted, Random& random, WallTime now);
// Aborted without `sure`.
StatusOr<AccountChange> DeleteAccount(AccountsEditor& editor, const std::string& user, bool sure);

StatusOr<AccountChange> SetEnabled(AccountsEditor& editor, const std::string& user, bool enabled);
StatusOr<AccountChange> SetExpiry(AccountsEditor& editor, const std::string& user, const std::string& expires, WallTime now);
// None: from anywhere.
StatusOr<AccountChange> SetNetworks(AccountsEditor& editor, const std::string& user, const std::vector<std::string>& networks);

// A list that is set, added to, or taken from.
struct ListChange {
  std::vector<std::string> set, add, remove;
  bool empty() const { return set.empty() && add.empty() && remove.empty(); }
};
StatusOr<AccountChange> ChangeRoles(AccountsEditor& editor, const std::string& user, const ListChange& change);
StatusOr<AccountChange> ChangeCertificates(AccountsEditor& editor, const std::string& user, const ListChange& change);
StatusOr<AccountChange> ChangeSubjects(AccountsEditor& editor, const std::string& user, const ListChange& change);

// `file` empty: one is made. `remove`: from now on none counts.
StatusOr<AccountChange> SetPassword(AccountsEditor& editor, const std::string& user, const std::string& file, bool remove, Random& random);
struct WantedToken {
  std::string expires, description;
  std::vector<std::string> networks;
};
StatusOr<AccountChange> CreateToken(AccountsEditor& editor, const std::string& user, const WantedToken& wanted, Random& random, WallTime now);
StatusOr<AccountChange> RevokeToken(AccountsEditor& editor, const std::string& user, const std::string& id);

// Texts for standard output: a table for people, or one JSON object a line. `org` empty: all.
std::string ListText(const AccountsEditor& editor, const std::string& org, bool json, WallTime now);
StatusOr<std::string> ShowText(const AccountsEditor& editor, const std::string& user, bool json, WallTime now);
StatusOr<std::string> TokensText(const AccountsEditor& editor, const std::string& user, bool json, WallTime now);

// Shared by the verbs.
StatusOr<std::vector<taxii::Network>> ParseNetworks(const std::vector<std::string>& texts);

}  // namespace noroshi::cli
