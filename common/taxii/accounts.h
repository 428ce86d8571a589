// Who may call: accounts with their credentials (sharing.md section 1, taxii 7-11, AC-36..40), and whether a login still counts.
// Values; how they lie in a file says accounts_file.h, how credentials are checked authenticator.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/policy/readers.h"
#include "common/taxii/network.h"
#include "common/taxii/secrets.h"  // whoever makes accounts hashes

namespace noroshi::taxii {

// The id of a token that was made before tokens had ids; found by its hash.
inline constexpr std::string_view kUnnamedToken = "unnamed";

struct Token {
  std::string id;    // public
  std::string hash;  // HashToken
  int64_t created_us = 0;
  int64_t expires_us = 0;         // 0: never
  std::vector<Network> networks;  // empty: any; beside those of the account
  std::string description;
  bool operator==(const Token&) const = default;
};

struct Account {
  std::string user;
  policy::Caller caller;  // org, kind, roles reader and red, granted
  bool publisher = false, is_operator = false, auditor = false;
  bool enabled = true;
  int64_t expires_us = 0;                 // 0: never
  std::vector<Network> networks;          // empty: any
  std::string password_hash;              // empty: no password
  std::vector<Token> tokens;
  std::vector<std::string> certificates;  // SPIFFE URIs of client certificates
  std::vector<std::string> subjects;      // what the OIDC issuer calls this account

  const Token* FindToken(std::string_view id) const;
};
// `reader`, `red` ... in the order of sharing.md.
std::vector<std::string> RolesOf(const Account& account);
std::string_view KindName(policy::Kinds kind);

enum class Method : uint8_t { kPassword, kToken, kCertificate, kJwt };
std::string_view MethodName(Method method);

// Why credentials do not count. A closed set: event field and metric label. The caller is told none of it.
enum class Refusal : uint8_t {
  kNone, kMalformed, kUnknownUser, kBadPassword, kBadToken, kBadJwt, kUnlistedCertificate, kOtherCertificate, kDisabled, kExpired, kNetwork, kTooMany
};
inline constexpr int kRefusals = 12;
std::string_view RefusalName(Refusal refusal);

// Which credential of which account let somebody in, and from where. Kept by whoever serves him for longer than one request.
struct Login {
  std::string user;        // empty: nobody
  Method method = Method::kPassword;
  std::string credential;  // token id, SPIFFE URI, subject; of a password a print of its hash
  std::string address;
  int64_t until_us = 0;    // end of the certificate or JWT; 0: none
};
// The Login::credential of the account's present password.
std::string PasswordPrint(const Account& account);

// Immutable. Any thread.
class Accounts {
 public:
  // Error: InvalidArgument with all that contradicts itself: names, tokens, certificates or subjects that are there twice.
  static StatusOr<Accounts> Create(std::vector<Account> accounts);
  const Account* FindUser(std::string_view user) const;
  // Constant time in the secret part.
  std::pair<const Account*, const Token*> FindToken(std::string_view token) const;
  const Account* FindCertificate(std::string_view uri) const { return Find(by_certificate_, uri); }
  const Account* FindSubject(std::string_view subject) const { return Find(by_subject_, subject); }
  const std::map<std::string, Account, std::less<>>& all() const { return by_user_; }
  size_t size() const { return by_user_.size(); }

 private:
  using Index = std::map<std::string, std::string, std::less<>>;  // -> user
  const Account* Find(const Index& index, std::string_view key) const;

  std::map<std::string, Account, std::less<>> by_user_;
  Index by_token_id_, by_token_hash_, by_certificate_, by_subject_;
};

// May this account be used now, from there? `token`: the one that was shown, if any.
Refusal CheckUse(const Account& account, const Token* token, std::string_view address, WallTime now);

// The account, where a login that was good before still counts: it is there, enabled and in time, and the very credential too. Else null (AC-36).
// What is open for longer than a request (streams) asks at least once a second.
const Account* StillGood(const Accounts& accounts, const Login& login, WallTime now);

}  // namespace noroshi::taxii
