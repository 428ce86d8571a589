#include "services/cli/accounts_file.h"

#include <algorithm>

#include "common/base/hash.h"
#include "common/taxii/accounts_file.h"
#include "common/taxii/secrets.h"

namespace noroshi::cli {
namespace {

constexpr size_t kPasswordBytes = 16;
constexpr size_t kTokenBytes = 32;

// Does the account work at the node?
bool WorksAt(const Account& account, const NodePlan& node) {
  const std::vector<std::string>& gateways = account.plan.gateways;
  return std::find(gateways.begin(), gateways.end(), node.name) != gateways.end();
}

const Account* FindAt(const std::vector<Account>& accounts, const std::string& user, const NodePlan& node) {
  for (const Account& account : accounts) {
    if (account.plan.user == user && WorksAt(account, node)) return &account;
  }
  return nullptr;
}

bool SameRights(const AccountPlan& one, const AccountPlan& other) {
  return one.org == other.org && one.kind == other.kind && one.roles == other.roles;
}

void GiveRights(const AccountPlan& plan, const NodePlan& node, taxii::Account& account) {
  account.caller = {};
  // A partner is vouched for by whoever runs the gateway.
  account.caller.org = plan.kind == "partner" ? node.org : plan.org;
  account.caller.kind = taxii::ParseKind(plan.kind);
  account.publisher = account.is_operator = account.auditor = false;
  for (const std::string& role : plan.roles) {
    if (bool* flag = taxii::RoleFlag(account, role)) *flag = true;
  }
}

taxii::Account NewAt(const Account& account, const NodePlan& node) {
  taxii::Account out;
  out.user = account.plan.user;
  GiveRights(account.plan, node, out);
  out.password_hash = account.password_hash;
  out.tokens.push_back({std::string(taxii::kUnnamedToken), account.token_hash, 0, 0, {}, ""});
  return out;
}

}  // namespace

StatusOr<std::vector<Account>> MakeAccounts(const std::vector<AccountPlan>& plans, const std::vector<Account>& before, Random& random) {
  std::vector<Account> out;
  for (const AccountPlan& plan : plans) {
    const auto kept = std::find_if(before.begin(), before.end(), [&](const Account& account) { return account.plan.user == plan.user; });
    Account account;
    if (kept != before.end()) account = *kept;
    account.plan = plan;
    if (kept == before.end()) {
      account.password = Hex(random.Bytes(kPasswordBytes));
      account.token = Hex(random.Bytes(kTokenBytes));
      NOROSHI_ASSIGN(account.password_hash, taxii::HashPassword(account.password));
      account.token_hash = taxii::HashToken(account.token);
    }
    out.push_back(std::move(account));
  }
  return out;
}

std::string AccountsFile(const std::vector<Account>& accounts, const std::vector<Account>& before, const NodePlan& node, const taxii::Accounts* there) {
  std::vector<taxii::Account> out;
  if (there != nullptr) {
    for (const auto& [user, found] : there->all()) {
      const Account* was = FindAt(before, user, node);
      const Account* now = FindAt(accounts, user, node);
      if (was != nullptr && now == nullptr) continue;  // the topology dropped it
      if (was == nullptr && now != nullptr) continue;  // planned for the first time, or by an `up` that did not come to its end: written anew below
      taxii::Account kept = found;
      if (was != nullptr && now != nullptr && !SameRights(was->plan, now->plan)) GiveRights(now->plan, node, kept);
      out.push_back(std::move(kept));
    }
  }
  for (const Account& account : accounts) {
    if (!WorksAt(account, node)) continue;
    const bool kept_or_deleted = there != nullptr && FindAt(before, account.plan.user, node) != nullptr;
    if (!kept_or_deleted) out.push_back(NewAt(account, node));
  }
  std::sort(out.begin(), out.end(), [](const taxii::Account& a, const taxii::Account& b) { return a.user < b.user; });
  return taxii::WriteAccounts(out);
}

}  // namespace noroshi::cli
