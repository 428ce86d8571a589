// The accounts file of one node, for `noroshi admin account`: found, locked, read, changed, checked as a whole, replaced. The node notices by itself within a
// second; it need not run. Two commands at once wait for one another (lock on `<file>.lock`). One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/config/node_config.h"
#include "common/taxii/accounts.h"
#include "services/cli/files.h"

namespace noroshi::cli {

// Which node, and for whom one acts there.
struct AccountsTarget {
  std::string directory;    // of the federation, with `node`
  std::string node;
  std::string config_file;  // instead of the two
  std::string as_org;       // empty: the organisation that runs the node
};

class AccountsEditor {
 public:
  // Errors: InvalidArgument (neither or both named), NotFound (node, file), FailedPrecondition (a faulty configuration or accounts file, or a node
  // without accounts).
  static StatusOr<std::unique_ptr<AccountsEditor>> Open(const AccountsTarget& target);

  const std::vector<taxii::Account>& accounts() const { return accounts_; }
  const config::NodeConfig& config() const { return config_; }
  // For reading: NotFound, with what is near.
  StatusOr<const taxii::Account*> Find(const std::string& user) const;
  // For changing: PermissionDenied too, where the actor may not.
  StatusOr<taxii::Account*> Edit(const std::string& user);
  // AlreadyExists, also for a name that differs in case or blanks only.
  Status Add(taxii::Account account);
  Status Remove(const std::string& user);
  // Checks the rights of `user` as they are now (unless it was removed), then the file as a whole, and replaces it.
  Status Save(const std::string& user);

 private:
  AccountsEditor(config::NodeConfig config, policy::Membership membership, std::string actor, FileLock lock)
      : config_(std::move(config)), membership_(std::move(membership)), actor_(std::move(actor)), lock_(std::move(lock)) {}

  const config::NodeConfig config_;
  const policy::Membership membership_;
  const std::string actor_;
  const FileLock lock_;
  std::vector<taxii::Account> accounts_;
};

}  // namespace noroshi::cli
