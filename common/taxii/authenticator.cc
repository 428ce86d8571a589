#include "common/taxii/authenticator.h"

#include <sodium.h>

#include <map>
#include <tuple>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/taxii/brake.h"
#include "common/taxii/credentials.h"
#include "common/taxii/issuer.h"
#include "common/taxii/logins.h"
#include "common/taxii/secrets.h"

namespace noroshi::taxii {
namespace {

constexpr int kBusySeconds = 1;  // all password checks are taken: soon again

}  // namespace

// One request on its way through the checks.
struct Authenticator::Attempt {
  const Shown& shown;
  const std::shared_ptr<const Accounts>& accounts;
  WallTime now;
  Credentials credentials;
  std::string fingerprint;
  std::string source;              // key of the brake
  const Account* account = nullptr;
  const Token* token = nullptr;
  Login login;
  Refusal why = Refusal::kBadToken;  // while `account` is null
  std::string_view scheme;         // for the event
};

struct Authenticator::Memory {
  Memory() : brake(SecureRandom()) {
    NOROSHI_CHECK(sodium_init() >= 0);
    crypto_generichash_keygen(key);
    dummy_hash = HashPassword("nobody").value_or("");
  }

  struct Good {
    Login login;
    int64_t until_us = 0;
  };

  std::string Fingerprint(std::string_view kind, std::string_view user, std::string_view secret) const {
    std::string out(crypto_generichash_BYTES, '\0');
    const std::string all = fmt::format("{} {} {}{}", kind, user.size(), user, secret);
    const auto* in = reinterpret_cast<const unsigned char*>(all.data());
    crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(), in, all.size(), key, sizeof key);
    return out;
  }

  // What was found to be good a moment ago, with these very accounts.
  std::optional<Login> Recall(const std::string& fingerprint, const std::shared_ptr<const Accounts>& accounts, WallTime now) {
    const MutexLock lock(mutex);
    if (of != accounts) {
      good.clear();
      of = accounts;
    }
    const auto found = good.find(fingerprint);
    if (found == good.end() || found->second.until_us <= ToMicros(now)) return {};
    return found->second.login;
  }

  void Remember(const std::string& fingerprint, const std::shared_ptr<const Accounts>& accounts, const Login& login, WallTime now) {
    const MutexLock lock(mutex);
    if (of != accounts) return;  // they changed while this one was checked
    if (good.size() >= limits::kVerifiedCredentialsMax) good.clear();
    good[fingerprint] = {login, ToMicros(now) + limits::kVerifiedCredentialUs};
  }

  // A place among the password checks; false: too many wait.
  bool Enter() {
    std::unique_lock<Mutex> lock(mutex);
    if (waiting >= limits::kPasswordChecksWaitingMax) return false;
    ++waiting;
    turn.wait(lock, [this] { return running < limits::kPasswordChecksAtOnceMax; });
    --waiting;
    ++running;
    return true;
  }
  void Leave() {
    const MutexLock lock(mutex);
    --running;
    turn.notify_one();
  }

  unsigned char key[crypto_generichash_KEYBYTES];
  std::string dummy_hash;
  Brake brake;
  Mutex mutex;
  CondVar turn;
  int waiting NOROSHI_GUARDED_BY(mutex) = 0;
  int running NOROSHI_GUARDED_BY(mutex) = 0;
  std::shared_ptr<const Accounts> of NOROSHI_GUARDED_BY(mutex);  // what `good` was verified against
  std::map<std::string, Good> good NOROSHI_GUARDED_BY(mutex);
};

Authenticator::Authenticator(const Parts& parts) : parts_(parts), memory_(std::make_unique<Memory>()) {}
Authenticator::~Authenticator() = default;

Authenticator::Result Authenticator::Check(const Shown& shown, const std::shared_ptr<const Accounts>& accounts) {
  const WallTime now = parts_.clock.Now();
  const bool looked_at = parts_.client_certificates != config::ClientCertificates::kOff && !shown.certificate.empty();
  const Account* listed = looked_at ? accounts->FindCertificate(shown.certificate) : nullptr;
  Attempt by_certificate{shown, accounts, now, {}, {}, SourceKey(shown.address), listed, nullptr, {}, Refusal::kUnlistedCertificate, "certificate"};
  const bool required = parts_.client_certificates == config::ClientCertificates::kRequired;
  if (listed == nullptr && required) return Refuse(by_certificate, Refusal::kUnlistedCertificate, true);
  if (!shown.authorization.empty()) {
    Result result = CheckCredentials(shown, accounts, now);
    // Two proofs that name two accounts prove neither.
    const bool two = result.outcome == Outcome::kKnown && listed != nullptr && listed != result.account;
    return two ? Refuse(by_certificate, Refusal::kOtherCertificate, true) : result;
  }
  if (listed == nullptr) return {};
  by_certificate.fingerprint = memory_->Fingerprint("certificate", "", shown.certificate);
  by_certificate.login = {listed->user, Method::kCertificate, shown.certificate, std::string(shown.address), shown.certificate_until_us};
  return Finish(by_certificate);
}

Authenticator::Result Authenticator::CheckCredentials(const Shown& shown, const std::shared_ptr<const Accounts>& accounts, WallTime now) {
  Attempt attempt{shown, accounts, now, {}, {}, SourceKey(shown.address), nullptr, nullptr, {}, Refusal::kMalformed, "unknown"};
  std::optional<Credentials> credentials = ParseAuthorization(shown.authorization);
  if (!credentials) {
    const int wait = memory_->brake.SecondsToWait(attempt.source, now);
    return wait > 0 ? Wait(attempt, wait) : Refuse(attempt, Refusal::kMalformed, true);
  }
  attempt.credentials = *std::move(credentials);
  attempt.scheme = attempt.credentials.basic ? "basic" : "bearer";
  attempt.fingerprint = memory_->Fingerprint(attempt.scheme, attempt.credentials.user, attempt.credentials.secret);
  if (std::optional<Login> known = memory_->Recall(attempt.fingerprint, accounts, now)) {
    known->address = shown.address;
    attempt.account = StillGood(*accounts, *known, now);
    if (attempt.account != nullptr) return {Outcome::kKnown, attempt.account, *std::move(known), 0};
  }
  std::tie(attempt.account, attempt.token) = accounts->FindToken(attempt.credentials.secret);
  if (attempt.account != nullptr) {
    // 256 random bits need no brake, and whoever has them is not kept out by others' guesses.
    attempt.login = {attempt.account->user, Method::kToken, attempt.token->id, std::string(shown.address), 0};
    return Finish(attempt);
  }
  int wait = memory_->brake.SecondsToWait(attempt.source, now);
  if (attempt.credentials.basic && wait == 0 && !parts_.logins.Knows(attempt.credentials.user, shown.address)) {
    wait = memory_->brake.SecondsToWait("user " + CanonicalName(attempt.credentials.user), now);
  }
  if (wait > 0) return Wait(attempt, wait);
  if (!attempt.credentials.basic) {
    FindBearer(attempt);
  } else if (!FindPassword(attempt)) {
    return Wait(attempt, kBusySeconds);
  }
  return attempt.account == nullptr ? Refuse(attempt, attempt.why, true) : Finish(attempt);
}

void Authenticator::FindBearer(Attempt& attempt) {
  if (parts_.issuer == nullptr || !LooksLikeJwt(attempt.credentials.secret)) return;
  attempt.why = Refusal::kBadJwt;
  const StatusOr<VerifiedJwt> jwt = parts_.issuer->Verify(attempt.credentials.secret, attempt.now);
  if (!jwt.ok()) return;
  attempt.account = attempt.accounts->FindSubject(jwt->subject);
  if (attempt.account == nullptr) attempt.why = Refusal::kUnknownUser;
  if (attempt.account != nullptr) attempt.login = {attempt.account->user, Method::kJwt, jwt->subject, std::string(attempt.shown.address), jwt->until_us};
}

// False: too many checks wait already.
bool Authenticator::FindPassword(Attempt& attempt) {
  const Account* claimed = attempt.accounts->FindUser(attempt.credentials.user);
  const bool has_password = claimed != nullptr && !claimed->password_hash.empty();
  attempt.why = claimed == nullptr ? Refusal::kUnknownUser : Refusal::kBadPassword;
  const bool hopeless = attempt.credentials.secret.size() > limits::kPasswordBytesMax;
  if (!memory_->Enter()) return false;
  // Another connection of the same client may have shown the same while this one waited.
  if (memory_->Recall(attempt.fingerprint, attempt.accounts, attempt.now)) {
    memory_->Leave();
    attempt.account = claimed;
  } else {
    const bool good = VerifyPassword(has_password ? claimed->password_hash : memory_->dummy_hash, hopeless ? "" : attempt.credentials.secret);
    memory_->Leave();
    if (good && has_password && !hopeless) attempt.account = claimed;
  }
  if (attempt.account != nullptr) attempt.login = {claimed->user, Method::kPassword, PasswordPrint(*claimed), std::string(attempt.shown.address), 0};
  return true;
}

// The credentials are good; may the account be used now, and from there?
Authenticator::Result Authenticator::Finish(Attempt& attempt) {
  const Refusal why = CheckUse(*attempt.account, attempt.token, attempt.shown.address, attempt.now);
  const bool over = attempt.login.until_us != 0 && ToMicros(attempt.now) >= attempt.login.until_us;
  if (why != Refusal::kNone || over) return Refuse(attempt, over ? Refusal::kExpired : why, false);
  if (!memory_->Recall(attempt.fingerprint, attempt.accounts, attempt.now)) {
    memory_->Remember(attempt.fingerprint, attempt.accounts, attempt.login, attempt.now);
    parts_.logins.Good(attempt.login, attempt.now);
  }
  return {Outcome::kKnown, attempt.account, std::move(attempt.login), 0};
}

// `counts`: a guess, for the brake.
Authenticator::Result Authenticator::Refuse(const Attempt& attempt, Refusal why, bool counts) {
  if (counts) memory_->brake.Fail(attempt.source, attempt.now);
  if (counts && attempt.credentials.basic) memory_->brake.Fail("user " + CanonicalName(attempt.credentials.user), attempt.now);
  const Account* named = attempt.account != nullptr ? attempt.account : attempt.accounts->FindUser(attempt.credentials.user);
  parts_.logins.Refused(why, attempt.scheme, named == nullptr ? "" : std::string_view(named->user), attempt.shown.address);
  return {Outcome::kRefused, nullptr, {}, 0};
}

Authenticator::Result Authenticator::Wait(const Attempt& attempt, int seconds) {
  const Account* named = attempt.accounts->FindUser(attempt.credentials.user);
  parts_.logins.Refused(Refusal::kTooMany, attempt.scheme, named == nullptr ? "" : std::string_view(named->user), attempt.shown.address);
  return {Outcome::kTooMany, nullptr, {}, seconds};
}

}  // namespace noroshi::taxii
