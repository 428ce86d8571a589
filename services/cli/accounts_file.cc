#include "services/cli/accounts_file.h"

#include <algorithm>

#include "common/base/hash.h"
#include "common/config/node_config.h"
#include "common/taxii/accounts.h"

namespace noroshi::cli {
namespace {

using config::Yaml;

constexpr size_t kPasswordBytes = 16;
constexpr size_t kTokenBytes = 32;

Yaml Scalar(const std::string& text) {
  Yaml yaml;
  yaml.kind = Yaml::Kind::kScalar;
  yaml.scalar = text;
  yaml.quoted = true;
  return yaml;
}

Yaml ListOf(const std::vector<std::string>& texts) {
  Yaml yaml;
  yaml.kind = Yaml::Kind::kList;
  for (const std::string& text : texts) yaml.list.push_back(Scalar(text));
  return yaml;
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

std::string AccountsFile(const std::vector<Account>& accounts, const NodePlan& node) {
  Yaml list;
  list.kind = Yaml::Kind::kList;
  for (const Account& account : accounts) {
    const std::vector<std::string>& gateways = account.plan.gateways;
    if (std::find(gateways.begin(), gateways.end(), node.name) == gateways.end()) continue;
    Yaml entry;
    entry.kind = Yaml::Kind::kMap;
    // A partner is vouched for by whoever runs the gateway.
    entry.map = {{"user", Scalar(account.plan.user)},
                 {"org", Scalar(account.plan.kind == "partner" ? node.org : account.plan.org)},
                 {"kind", Scalar(account.plan.kind)},
                 {"roles", ListOf(account.plan.roles)},
                 {"password_hash", Scalar(account.password_hash)},
                 {"token_hash", Scalar(account.token_hash)}};
    list.list.push_back(std::move(entry));
  }
  Yaml root;
  root.kind = Yaml::Kind::kMap;
  root.map.emplace_back("accounts", std::move(list));
  return config::WriteYaml(root);
}

}  // namespace noroshi::cli
