// Checks who calls: password, token, JWT or client certificate (taxii 5, 7-11, Q9; AC-36, 37, 39, 40, 54, 84). Any thread; a password check may take
// long, and at most limits::kPasswordChecksAtOnceMax run at once. Who is unknown costs as much as who gives a wrong password, and gets the same
// answer. Good credentials are remembered for a minute under a keyed hash, until the accounts change; whether the account may be used now is asked
// at every request all the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/config/node_config.h"
#include "common/taxii/accounts.h"

namespace noroshi::taxii {

class Issuer;
class Logins;

class Authenticator {
 public:
  struct Parts {
    Clock& clock;
    Logins& logins;
    const Issuer* issuer = nullptr;  // null: no JWTs
    config::ClientCertificates client_certificates = config::ClientCertificates::kOff;
  };
  // What a request shows. The address is that of the connection: forwarding headers say nothing here (AC-40).
  struct Shown {
    std::string_view authorization;
    std::string_view address;
    std::string certificate;           // SPIFFE URI of a certificate that the handshake verified, else empty
    int64_t certificate_until_us = 0;  // its last moment
  };
  enum class Outcome : uint8_t { kNone, kKnown, kRefused, kTooMany };  // kNone: no credentials were given
  struct Result {
    Outcome outcome = Outcome::kNone;
    const Account* account = nullptr;  // of `accounts`, with kKnown
    Login login;                       // with kKnown
    int retry_after_s = 0;             // with kTooMany
  };
  explicit Authenticator(const Parts& parts);
  ~Authenticator();
  // `accounts` is held by what is remembered of it; a new object forgets all.
  Result Check(const Shown& shown, const std::shared_ptr<const Accounts>& accounts);

 private:
  struct Memory;
  struct Attempt;
  Result CheckCredentials(const Shown& shown, const std::shared_ptr<const Accounts>& accounts, WallTime now);
  void FindBearer(Attempt& attempt);
  bool FindPassword(Attempt& attempt);
  Result Finish(Attempt& attempt);
  Result Refuse(const Attempt& attempt, Refusal why, bool counts);
  Result Wait(const Attempt& attempt, int seconds);

  const Parts parts_;
  const std::unique_ptr<Memory> memory_;
};

}  // namespace noroshi::taxii
