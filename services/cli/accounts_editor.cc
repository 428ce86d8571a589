#include "services/cli/accounts_editor.h"

#include <algorithm>

#include "common/taxii/accounts_file.h"
#include "common/taxii/administer.h"
#include "common/taxii/credentials.h"
#include "services/cli/names.h"
#include "services/cli/state.h"

namespace noroshi::cli {
namespace {

constexpr unsigned kMode = 0600;

template <class T>
StatusOr<T> OrFaults(config::Loaded<T> loaded) {
  std::string text;
  for (const config::Fault& fault : loaded.faults) text += (text.empty() ? "" : "\n") + fault.ToString();
  if (!loaded.value) return FailedPrecondition("{}", text);
  return *std::move(loaded.value);
}

StatusOr<std::string> ConfigFile(const AccountsTarget& target) {
  if (target.node.empty() == target.config_file.empty()) return InvalidArgument("name the node: --node NAME with --dir, or its file with --config");
  if (!target.config_file.empty()) return target.config_file;
  NOROSHI_TRY(CheckVersion(target.directory));
  const std::string file = target.directory + "/" + target.node + "/config.yaml";
  const bool is_path = target.node.find('/') != std::string::npos || target.node.starts_with('.');
  if (is_path || !Exists(file)) return NotFound("there is no node `{}` in `{}`", target.node, target.directory);
  return file;
}

}  // namespace

StatusOr<std::unique_ptr<AccountsEditor>> AccountsEditor::Open(const AccountsTarget& target) {
  NOROSHI_ASSIGN(const std::string file, ConfigFile(target));
  NOROSHI_ASSIGN(config::NodeConfig config, OrFaults(config::LoadNodeConfig(file)));
  if (!config.taxii) return FailedPrecondition("node `{}` serves no TAXII, so it has no accounts", config.node);
  NOROSHI_ASSIGN(config::DirectoryFile directory, OrFaults(config::LoadDirectory(config.directory_file)));
  NOROSHI_ASSIGN(FileLock lock, FileLock::Take(config.taxii->accounts_file + ".lock"));
  const std::string actor = target.as_org.empty() ? config.org : target.as_org;
  auto editor = std::unique_ptr<AccountsEditor>(new AccountsEditor(std::move(config), std::move(directory.membership), actor, std::move(lock)));
  StatusOr<taxii::Accounts> accounts = taxii::LoadAccounts(editor->config_.taxii->accounts_file);
  if (!accounts.ok()) return FailedPrecondition("{}", Message(accounts.status()));
  for (const auto& [user, account] : accounts->all()) editor->accounts_.push_back(account);
  return editor;
}

StatusOr<const taxii::Account*> AccountsEditor::Find(const std::string& user) const {
  std::vector<std::string> users;
  for (const taxii::Account& account : accounts_) {
    if (account.user == user) return &account;
    users.push_back(account.user);
  }
  return NotFound("there is no account `{}` at node `{}`{}", user, config_.node, DidYouMean(user, users));
}

StatusOr<taxii::Account*> AccountsEditor::Edit(const std::string& user) {
  NOROSHI_ASSIGN(const taxii::Account* found, Find(user));
  NOROSHI_TRY(taxii::MayAdminister(actor_, config_.org, *found));
  return &accounts_[size_t(found - accounts_.data())];
}

Status AccountsEditor::Add(taxii::Account account) {
  NOROSHI_TRY(taxii::MayAdminister(actor_, config_.org, account));
  for (const taxii::Account& there : accounts_) {
    if (taxii::CanonicalName(there.user) != taxii::CanonicalName(account.user)) continue;
    return AlreadyExists("there is an account `{}` at node `{}` already", there.user, config_.node);
  }
  accounts_.push_back(std::move(account));
  return OkStatus();
}

Status AccountsEditor::Remove(const std::string& user) {
  NOROSHI_ASSIGN(const taxii::Account* found, Edit(user));
  accounts_.erase(accounts_.begin() + (found - accounts_.data()));
  return OkStatus();
}

Status AccountsEditor::Save(const std::string& user) {
  if (const auto found = Find(user); found.ok()) {
    // Both: neither may an account be raised to what its administrator may not touch.
    NOROSHI_TRY(taxii::MayAdminister(actor_, config_.org, **found));
    NOROSHI_TRY(taxii::CheckRights(**found, config_.org, membership_));
  }
  const std::string text = taxii::WriteAccounts(accounts_);
  NOROSHI_TRY(taxii::ParseAccounts(text, config_.taxii->accounts_file).status());
  return UpdateFile(config_.taxii->accounts_file, text, kMode).status();
}

}  // namespace noroshi::cli
