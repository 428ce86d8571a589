#include "common/taxii/accounts.h"

#include <sodium.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/config/node_config.h"

namespace noroshi::taxii {
namespace {

using config::Yaml;

// Collects what is wrong in the accounts file.
struct Reader {
  std::string file;
  std::string faults;

  void Fault(const Yaml& at, std::string_view message) { faults += fmt::format("{}{}:{}:{}: {}", faults.empty() ? "" : "\n", file, at.line, at.column, message); }

  std::vector<std::string> List(const Yaml& map, std::string_view key) {
    std::vector<std::string> out;
    const Yaml* list = map.Find(key);
    if (list == nullptr) return out;
    if (list->kind != Yaml::Kind::kList) Fault(*list, "wanted a list");
    for (const Yaml& item : list->list) out.push_back(item.scalar);
    return out;
  }
  std::string Text(const Yaml& map, std::string_view key, bool needed) {
    const Yaml* text = map.Find(key);
    if (text == nullptr || text->kind != Yaml::Kind::kScalar || text->scalar.empty()) {
      if (needed) Fault(map, fmt::format("`{}` is missing", key));
      return {};
    }
    return text->scalar;
  }

  Account ReadAccount(const Yaml& map) {
    static constexpr std::string_view kKeys[] = {"org", "kind", "roles", "user", "password_hash", "token_hash", "granted"};
    for (const auto& [key, value] : map.map) {
      if (std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys)) Fault(value, fmt::format("unknown key `{}`", key));
    }
    Account account;
    account.user = Text(map, "user", true);
    account.caller.org = Text(map, "org", true);
    account.password_hash = Text(map, "password_hash", false);
    account.token_hash = Text(map, "token_hash", false);
    const std::string kind = Text(map, "kind", true);
    account.caller.kind = kind == "member" ? policy::kMember : kind == "client" ? policy::kClient : kind == "partner" ? policy::kPartner : 0;
    if (account.caller.kind == 0) Fault(map, fmt::format("kind `{}` is none of member, client, partner", kind));
    for (const std::string& role : List(map, "roles")) {
      bool* flag = role == "reader" ? &account.caller.reader : role == "red" ? &account.caller.red : role == "publisher" ? &account.publisher
                   : role == "operator" ? &account.is_operator : role == "auditor" ? &account.auditor : nullptr;
      if (flag == nullptr) {
        Fault(map, fmt::format("role `{}` is none of reader, red, publisher, operator, auditor", role));
      } else {
        *flag = true;
      }
    }
    for (std::string& audience : List(map, "granted")) account.caller.granted.insert(std::move(audience));
    if (account.user.find(':') != std::string::npos) Fault(map, "a user name holds no colon");
    return account;
  }
};

struct Credentials {
  std::string user;    // empty for a bare token
  std::string secret;  // password or token
};

// Nothing: not a form we know. The scheme is case-insensitive (MISP sends `basic`).
std::optional<Credentials> ParseAuthorization(std::string_view header) {
  const size_t space = header.find(' ');
  if (space == std::string_view::npos) return {};
  std::string scheme(header.substr(0, space));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view rest = header.substr(space + 1);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  if (rest.empty()) return {};
  if (scheme == "bearer" || scheme == "token") return Credentials{"", std::string(rest)};
  if (scheme != "basic") return {};
  std::string plain(rest.size(), '\0');
  size_t bytes = 0;
  const int variant = rest.back() == '=' || rest.size() % 4 == 0 ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(plain.data()), plain.size(), rest.data(), rest.size(), nullptr, &bytes, nullptr, variant) != 0) return {};
  plain.resize(bytes);
  const size_t colon = plain.find(':');
  if (colon == std::string::npos || plain.find('\0') != std::string::npos) return {};
  Credentials credentials{plain.substr(0, colon), plain.substr(colon + 1)};
  sodium_memzero(plain.data(), plain.size());
  if (credentials.secret.empty()) return {};
  return credentials;
}

}  // namespace

StatusOr<Accounts> Accounts::Load(const std::string& file) {
  const config::Loaded<Yaml> loaded = config::LoadYaml(file);
  Reader reader{file, {}};
  for (const config::Fault& fault : loaded.faults) reader.faults += (reader.faults.empty() ? "" : "\n") + fault.ToString();
  std::vector<Account> accounts;
  if (loaded.value) {
    const Yaml* list = loaded.value->Find("accounts");
    if (list == nullptr || list->kind != Yaml::Kind::kList) {
      reader.Fault(*loaded.value, "wanted `accounts:` with a list");
    } else {
      for (const Yaml& map : list->list) accounts.push_back(reader.ReadAccount(map));
    }
  }
  if (!reader.faults.empty()) return InvalidArgument("{}", reader.faults);
  return Create(std::move(accounts));
}

StatusOr<Accounts> Accounts::Create(std::vector<Account> list) {
  if (list.size() > limits::kAccountsMax) return InvalidArgument("{} accounts, limit is {}", list.size(), limits::kAccountsMax);
  Accounts accounts;
  for (Account& account : list) {
    const std::string user = account.user;
    if (!account.token_hash.empty() && !accounts.user_by_token_hash_.emplace(account.token_hash, user).second) {
      return InvalidArgument("two accounts have the same token");
    }
    if (!accounts.by_user_.emplace(user, std::move(account)).second) return InvalidArgument("user `{}` is there twice", user);
  }
  return accounts;
}

const Account* Accounts::FindUser(std::string_view user) const {
  const auto found = by_user_.find(user);
  return found == by_user_.end() ? nullptr : &found->second;
}

// By hash: what is compared byte by byte is nothing that an attacker can aim at.
const Account* Accounts::FindToken(std::string_view token) const {
  const auto found = user_by_token_hash_.find(HashToken(token));
  return found == user_by_token_hash_.end() ? nullptr : FindUser(found->second);
}

StatusOr<std::string> HashPassword(const std::string& password) {
  NOROSHI_CHECK(sodium_init() >= 0);
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str(out, password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return ResourceExhausted("no memory to hash a password");
  }
  return std::string(out);
}

std::string HashToken(std::string_view token) { return Hex(AsView(Sha256(token))); }

struct Authenticator::Memory {
  explicit Memory(Clock& c) : clock(c) {
    NOROSHI_CHECK(sodium_init() >= 0);
    crypto_generichash_keygen(key);
    dummy_hash = HashPassword("nobody").value_or("");
  }

  struct Good {
    std::string user;
    int64_t until_us = 0;
  };
  struct Failures {
    int64_t since_us = 0;
    int count = 0;
  };

  std::string Fingerprint(const Credentials& credentials) const {
    std::string out(crypto_generichash_BYTES, '\0');
    const std::string both = credentials.user + '\0' + credentials.secret;
    crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(), reinterpret_cast<const unsigned char*>(both.data()), both.size(), key, sizeof key);
    return out;
  }

  bool TooMany(const std::string& who, int64_t now_us) NOROSHI_REQUIRES(mutex) {
    const auto found = failures.find(who);
    return found != failures.end() && now_us - found->second.since_us < 60'000'000 && found->second.count >= limits::kAuthFailuresPerMinuteMax;
  }
  void Fail(const std::string& who, int64_t now_us) NOROSHI_REQUIRES(mutex) {
    if (failures.size() >= limits::kAuthFailureKeysMax) failures.clear();
    Failures& counted = failures[who];
    if (now_us - counted.since_us >= 60'000'000) counted = {now_us, 0};
    ++counted.count;
  }

  // One password check at a time per slot; false: too many wait.
  bool Enter() {
    mutex.Lock();
    if (waiting >= limits::kPasswordChecksWaitingMax) {
      mutex.Unlock();
      return false;
    }
    ++waiting;
    while (running >= limits::kPasswordChecksAtOnceMax) turn.wait(mutex);
    --waiting;
    ++running;
    mutex.Unlock();
    return true;
  }
  void Leave() {
    const MutexLock lock(mutex);
    --running;
    turn.notify_one();
  }

  Clock& clock;
  unsigned char key[crypto_generichash_KEYBYTES];
  std::string dummy_hash;
  Mutex mutex;
  CondVar turn;
  size_t waiting NOROSHI_GUARDED_BY(mutex) = 0;
  int running NOROSHI_GUARDED_BY(mutex) = 0;
  std::shared_ptr<const Accounts> of NOROSHI_GUARDED_BY(mutex);  // what `good` was verified against
  std::map<std::string, Good> good NOROSHI_GUARDED_BY(mutex);
  std::map<std::string, Failures> failures NOROSHI_GUARDED_BY(mutex);
};

Authenticator::Authenticator(Clock& clock) : memory_(std::make_unique<Memory>(clock)) {}
Authenticator::~Authenticator() = default;

Authenticator::Result Authenticator::Check(std::string_view authorization, std::string_view remote_address, const std::shared_ptr<const Accounts>& accounts) {
  if (authorization.empty()) return {};
  Memory& memory = *memory_;
  const int64_t now_us = ToMicros(memory.clock.Now());
  const std::string source = "source " + std::string(remote_address);
  const std::optional<Credentials> credentials = ParseAuthorization(authorization);
  if (!credentials) {
    const MutexLock lock(memory.mutex);
    memory.Fail(source, now_us);
    return {Outcome::kRefused, nullptr};
  }
  const std::string fingerprint = memory.Fingerprint(*credentials);
  const std::string name = "user " + credentials->user;
  {
    const MutexLock lock(memory.mutex);
    if (memory.of != accounts) {
      memory.good.clear();
      memory.of = accounts;
    }
    const auto found = memory.good.find(fingerprint);
    if (found != memory.good.end() && found->second.until_us > now_us) return {Outcome::kKnown, accounts->FindUser(found->second.user)};
    if (memory.TooMany(source, now_us) || (!credentials->user.empty() && memory.TooMany(name, now_us))) return {Outcome::kTooMany, nullptr};
  }
  const Account* account = accounts->FindToken(credentials->secret);
  if (account == nullptr && !credentials->user.empty()) {
    const Account* claimed = accounts->FindUser(credentials->user);
    const bool has_password = claimed != nullptr && !claimed->password_hash.empty();
    if (!memory.Enter()) return {Outcome::kTooMany, nullptr};
    const std::string& hash = has_password ? claimed->password_hash : memory.dummy_hash;
    const bool good = crypto_pwhash_str_verify(hash.c_str(), credentials->secret.data(), credentials->secret.size()) == 0;
    memory.Leave();
    if (good && has_password) account = claimed;
  }
  const MutexLock lock(memory.mutex);
  if (account == nullptr) {
    memory.Fail(source, now_us);
    if (!credentials->user.empty()) memory.Fail(name, now_us);
    return {Outcome::kRefused, nullptr};
  }
  if (memory.of == accounts) {
    if (memory.good.size() >= limits::kVerifiedCredentialsMax) memory.good.clear();
    memory.good[fingerprint] = {account->user, now_us + limits::kVerifiedCredentialUs};
  }
  return {Outcome::kKnown, account};
}

}  // namespace noroshi::taxii
