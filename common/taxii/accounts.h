// Who may call: the accounts file, and the check of credentials (taxii 7-11, AC-36..40).
//
// accounts.yaml: `accounts:` a list of {org, kind: member|client|partner, roles: [reader, red, publisher, operator, auditor], user, password_hash
// (Argon2id of libsodium), token_hash (hex SHA-256 of the token), granted: [group/<uuid>, inbox/<org>]}. Either hash may be absent.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/policy/readers.h"

namespace noroshi::taxii {

struct Account {
  std::string user;
  policy::Caller caller;      // org, kind, roles reader and red, granted
  bool publisher = false, is_operator = false, auditor = false;
  std::string password_hash;  // empty: no password
  std::string token_hash;     // lower-case hex; empty: no token
};

// Immutable. Any thread.
class Accounts {
 public:
  // Error: InvalidArgument with all faults of the file, each with its place.
  static StatusOr<Accounts> Load(const std::string& file);
  static StatusOr<Accounts> Create(std::vector<Account> accounts);
  const Account* FindUser(std::string_view user) const;
  const Account* FindToken(std::string_view token) const;
  size_t size() const { return by_user_.size(); }

 private:
  std::map<std::string, Account, std::less<>> by_user_;
  std::map<std::string, std::string, std::less<>> user_by_token_hash_;
};

// For whoever writes accounts files. Password: Argon2id, interactive limits (64 MiB, some 50 ms).
StatusOr<std::string> HashPassword(const std::string& password);
std::string HashToken(std::string_view token);

// Checks `Authorization`. Any thread; a password check may take long, at most kPasswordChecksAtOnceMax run at once. Who is unknown costs as much as who gives a wrong
// password. Good credentials are remembered for a minute under a keyed hash, until the accounts change.
class Authenticator {
 public:
  enum class Outcome : uint8_t { kNone, kKnown, kRefused, kTooMany };  // kNone: no credentials were given
  struct Result {
    Outcome outcome = Outcome::kNone;
    const Account* account = nullptr;  // of `accounts`, with kKnown
  };
  explicit Authenticator(Clock& clock);
  ~Authenticator();
  // `accounts` is held by what is remembered of it; a new object forgets all.
  Result Check(std::string_view authorization, std::string_view remote_address, const std::shared_ptr<const Accounts>& accounts);

 private:
  struct Memory;
  const std::unique_ptr<Memory> memory_;
};

}  // namespace noroshi::taxii
