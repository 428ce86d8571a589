// noroshi admin account list, show, token list: what there is, without a secret; and what a changing verb says.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "common/taxii/logins.h"
#include "services/cli/admin_account.h"
#include "services/cli/output.h"

namespace noroshi::cli {
namespace {

using Json = nlohmann::ordered_json;
using taxii::Account;
using taxii::LastUse;
using taxii::Method;
using taxii::Token;

std::string Time(int64_t us) { return us == 0 ? "" : FormatTimestamp(FromMicros(us)); }

std::string StateOf(const Account& account, WallTime now) {
  if (!account.enabled) return "disabled";
  return account.expires_us != 0 && account.expires_us <= ToMicros(now) ? "expired" : "enabled";
}

std::vector<std::string> Texts(const std::vector<taxii::Network>& networks) {
  std::vector<std::string> out;
  for (const taxii::Network& network : networks) out.push_back(network.ToString());
  return out;
}

std::string Joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

std::string Line(const Json& json) { return VisibleJson(json.dump(-1, ' ', false, Json::error_handler_t::replace)); }

// An account with what proves it, and when that was last used.
class Description {
 public:
  Description(const Account& account, std::vector<LastUse> uses, WallTime now) : account_(account), uses_(std::move(uses)), now_(now) {}

  Json ToJson() const {
    Json json = {{"user", account_.user}, {"org", account_.caller.org}, {"kind", taxii::KindName(account_.caller.kind)}, {"roles", taxii::RolesOf(account_)}};
    json["state"] = StateOf(account_, now_);
    if (account_.expires_us != 0) json["expires"] = Time(account_.expires_us);
    if (!account_.networks.empty()) json["networks"] = Texts(account_.networks);
    if (!account_.caller.granted.empty()) json["granted"] = account_.caller.granted;
    json["credentials"] = Json::array();
    if (!account_.password_hash.empty()) json["credentials"].push_back(Credential(Method::kPassword, ""));
    for (const Token& token : account_.tokens) json["credentials"].push_back(TokenJson(token));
    for (const std::string& uri : account_.certificates) json["credentials"].push_back(Credential(Method::kCertificate, uri));
    for (const std::string& subject : account_.subjects) json["credentials"].push_back(Credential(Method::kJwt, subject));
    return json;
  }

  Json TokenJson(const Token& token) const {
    Json json = Credential(Method::kToken, token.id);
    if (!token.description.empty()) json["description"] = token.description;
    if (token.created_us != 0) json["created"] = Time(token.created_us);
    if (token.expires_us != 0) json["expires"] = Time(token.expires_us);
    if (!token.networks.empty()) json["networks"] = Texts(token.networks);
    return json;
  }

  std::string ToText() const {
    const Json json = ToJson();
    Table facts({"account", account_.user});
    facts.Add({"organisation", account_.caller.org});
    facts.Add({"kind", std::string(taxii::KindName(account_.caller.kind))});
    facts.Add({"roles", Joined(taxii::RolesOf(account_))});
    facts.Add({"state", StateOf(account_, now_)});
    if (account_.expires_us != 0) facts.Add({"expires", Time(account_.expires_us)});
    if (!account_.networks.empty()) facts.Add({"networks", Joined(Texts(account_.networks))});
    if (!account_.caller.granted.empty()) facts.Add({"granted", fmt::format("{}", fmt::join(account_.caller.granted, ", "))});
    return facts.ToString() + "\n" + CredentialsTable(json["credentials"]);
  }

  static std::string CredentialsTable(const Json& credentials) {
    if (credentials.empty()) return "no credentials: nobody can use this account";
    Table table({"credential", "name", "expires", "networks", "last used", "from", "description"});
    for (const Json& entry : credentials) {
      const std::vector<std::string> networks = entry.value("networks", std::vector<std::string>{});
      table.Add({entry.value("method", ""), entry.value("id", ""), entry.value("expires", ""), Joined(networks), entry.value("last_used", "never"),
                 entry.value("last_address", ""), entry.value("description", "")});
    }
    return table.ToString();
  }

 private:
  Json Credential(Method method, const std::string& name) const {
    Json json = {{"method", taxii::MethodName(method)}};
    if (!name.empty()) json["id"] = name;
    for (const LastUse& use : uses_) {
      if (use.user != account_.user || use.method != method || use.credential != name) continue;
      json["last_used"] = Time(use.time_us);
      json["last_address"] = use.address;
    }
    return json;
  }

  const Account& account_;
  const std::vector<LastUse> uses_;
  const WallTime now_;
};

StatusOr<Description> Describe(const AccountsEditor& editor, const std::string& user, WallTime now) {
  NOROSHI_ASSIGN(const Account* account, editor.Find(user));
  NOROSHI_ASSIGN(std::vector<LastUse> uses, taxii::ReadLastUses(editor.config().data_dir + "/logins.json"));
  return Description(*account, std::move(uses), now);
}

std::string CredentialsShort(const Account& account) {
  std::vector<std::string> out;
  if (!account.password_hash.empty()) out.emplace_back("password");
  if (!account.tokens.empty()) out.push_back(fmt::format("{} token{}", account.tokens.size(), account.tokens.size() == 1 ? "" : "s"));
  if (!account.certificates.empty()) out.push_back(fmt::format("{} certificate{}", account.certificates.size(), account.certificates.size() == 1 ? "" : "s"));
  if (!account.subjects.empty()) out.push_back(fmt::format("{} subject{}", account.subjects.size(), account.subjects.size() == 1 ? "" : "s"));
  return Joined(out);
}

}  // namespace

std::string ChangeText(const AccountChange& change, bool json) {
  if (json) {
    Json out = {{"user", change.user}, {"change", change.what}};
    if (!change.token_id.empty()) out["id"] = change.token_id;
    if (!change.secret.empty()) out[change.secret_name] = change.secret;
    return Line(out);
  }
  if (!change.secret.empty()) return change.secret;
  return fmt::format("{}: {}{}", change.user, change.what, change.token_id.empty() ? "" : " (" + change.token_id + ")");
}

std::string ListText(const AccountsEditor& editor, const std::string& org, bool json, WallTime now) {
  std::string lines;
  Table table({"user", "organisation", "kind", "roles", "state", "credentials", "expires"});
  for (const Account& account : editor.accounts()) {
    if (!org.empty() && account.caller.org != org) continue;
    if (json) lines += (lines.empty() ? "" : "\n") + Line(Description(account, {}, now).ToJson());
    table.Add({account.user, account.caller.org, std::string(taxii::KindName(account.caller.kind)), Joined(taxii::RolesOf(account)), StateOf(account, now),
               CredentialsShort(account), Time(account.expires_us)});
  }
  return json ? lines : table.ToString();
}

StatusOr<std::string> ShowText(const AccountsEditor& editor, const std::string& user, bool json, WallTime now) {
  NOROSHI_ASSIGN(const Description description, Describe(editor, user, now));
  return json ? Line(description.ToJson()) : description.ToText();
}

StatusOr<std::string> TokensText(const AccountsEditor& editor, const std::string& user, bool json, WallTime now) {
  NOROSHI_ASSIGN(const Account* account, editor.Find(user));
  NOROSHI_ASSIGN(const Description description, Describe(editor, user, now));
  Json all = Json::array();
  std::string lines;
  for (const Token& token : account->tokens) {
    all.push_back(description.TokenJson(token));
    lines += (lines.empty() ? "" : "\n") + Line(all.back());
  }
  return json ? lines : all.empty() ? "no tokens" : Description::CredentialsTable(all);
}

}  // namespace noroshi::cli
