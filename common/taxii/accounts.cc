#include "common/taxii/accounts.h"

#include <algorithm>

#include "common/base/hash.h"
#include "common/base/limits.h"

namespace noroshi::taxii {
namespace {

constexpr size_t kPrintHexDigits = 16;

bool Over(int64_t expires_us, WallTime now) { return expires_us != 0 && ToMicros(now) >= expires_us; }

}  // namespace

const Token* Account::FindToken(std::string_view id) const {
  const auto found = std::find_if(tokens.begin(), tokens.end(), [&](const Token& token) { return token.id == id; });
  return found == tokens.end() ? nullptr : &*found;
}

std::vector<std::string> RolesOf(const Account& account) {
  std::vector<std::string> roles;
  if (account.caller.reader) roles.emplace_back("reader");
  if (account.caller.red) roles.emplace_back("red");
  if (account.publisher) roles.emplace_back("publisher");
  if (account.is_operator) roles.emplace_back("operator");
  if (account.auditor) roles.emplace_back("auditor");
  return roles;
}

std::string_view KindName(policy::Kinds kind) {
  return kind == policy::kMember ? "member" : kind == policy::kClient ? "client" : kind == policy::kPartner ? "partner" : "none";
}

std::string_view MethodName(Method method) {
  switch (method) {
    case Method::kPassword: return "password";
    case Method::kToken: return "token";
    case Method::kCertificate: return "certificate";
    case Method::kJwt: break;
  }
  return "jwt";
}

std::string_view RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone: return "none";
    case Refusal::kMalformed: return "malformed";
    case Refusal::kUnknownUser: return "unknown_user";
    case Refusal::kBadPassword: return "bad_password";
    case Refusal::kBadToken: return "bad_token";
    case Refusal::kBadJwt: return "bad_jwt";
    case Refusal::kUnlistedCertificate: return "unlisted_certificate";
    case Refusal::kOtherCertificate: return "other_certificate";
    case Refusal::kDisabled: return "disabled";
    case Refusal::kExpired: return "expired";
    case Refusal::kNetwork: return "network";
    case Refusal::kTooMany: break;
  }
  return "too_many";
}

std::string PasswordPrint(const Account& account) { return Hex(AsView(Sha256(account.password_hash))).substr(0, kPrintHexDigits); }

StatusOr<Accounts> Accounts::Create(std::vector<Account> list) {
  if (list.size() > limits::kAccountsMax) return InvalidArgument("{} accounts, limit is {}", list.size(), limits::kAccountsMax);
  Accounts accounts;
  std::string faults;
  const auto fault = [&](std::string text) { faults += (faults.empty() ? "" : "\n") + std::move(text); };
  for (Account& account : list) {
    const std::string user = account.user;
    const auto index = [&](Index& into, const std::string& key, std::string_view what) {
      if (!into.emplace(key, user).second) fault(fmt::format("user `{}` has a {} that an account before it has", user, what));
    };
    for (const Token& token : account.tokens) {
      index(accounts.by_token_hash_, token.hash, "token");
      if (token.id != kUnnamedToken) index(accounts.by_token_id_, token.id, "token id");
    }
    for (const std::string& uri : account.certificates) index(accounts.by_certificate_, uri, "certificate");
    for (const std::string& subject : account.subjects) index(accounts.by_subject_, subject, "subject");
    if (!accounts.by_user_.emplace(user, std::move(account)).second) fault(fmt::format("user `{}` is there twice", user));
  }
  if (!faults.empty()) return InvalidArgument("{}", faults);
  return accounts;
}

const Account* Accounts::Find(const Index& index, std::string_view key) const {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : FindUser(found->second);
}

const Account* Accounts::FindUser(std::string_view user) const {
  const auto found = by_user_.find(user);
  return found == by_user_.end() ? nullptr : &found->second;
}

std::pair<const Account*, const Token*> Accounts::FindToken(std::string_view text) const {
  const std::string hash = HashToken(text);
  if (const std::string_view id = TokenId(text); !id.empty()) {
    const Account* account = Find(by_token_id_, id);
    const Token* token = account == nullptr ? nullptr : account->FindToken(id);
    if (token == nullptr || !SameHash(token->hash, hash)) return {};
    return {account, token};
  }
  // Without an id the hash is the way: what is compared byte by byte is nothing that an attacker can aim at.
  const Account* account = Find(by_token_hash_, hash);
  const Token* token = account == nullptr ? nullptr : account->FindToken(kUnnamedToken);
  return token != nullptr && SameHash(token->hash, hash) ? std::pair{account, token} : std::pair<const Account*, const Token*>{};
}

Refusal CheckUse(const Account& account, const Token* token, std::string_view address, WallTime now) {
  if (!account.enabled) return Refusal::kDisabled;
  if (Over(account.expires_us, now) || (token != nullptr && Over(token->expires_us, now))) return Refusal::kExpired;
  if (!InAny(account.networks, address) || (token != nullptr && !InAny(token->networks, address))) return Refusal::kNetwork;
  return Refusal::kNone;
}

const Account* StillGood(const Accounts& accounts, const Login& login, WallTime now) {
  const Account* account = accounts.FindUser(login.user);
  if (account == nullptr || Over(login.until_us, now)) return nullptr;
  const Token* token = nullptr;
  bool there = false;
  switch (login.method) {
    case Method::kPassword: there = !account->password_hash.empty() && PasswordPrint(*account) == login.credential; break;
    case Method::kToken:
      token = account->FindToken(login.credential);
      there = token != nullptr;
      break;
    case Method::kCertificate: there = accounts.FindCertificate(login.credential) == account; break;
    case Method::kJwt: there = accounts.FindSubject(login.credential) == account; break;
  }
  return there && CheckUse(*account, token, login.address, now) == Refusal::kNone ? account : nullptr;
}

}  // namespace noroshi::taxii
