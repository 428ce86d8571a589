#include "common/taxii/accounts_file.h"

#include <algorithm>

#include "common/base/limits.h"
#include "common/config/node_config.h"
#include "common/net/tls.h"
#include "common/taxii/secrets.h"

namespace noroshi::taxii {
namespace {

using config::Yaml;

// Collects what is wrong in the accounts file.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  std::string faults;

  void Fault(const Yaml& at, std::string_view message) { Add(fmt::format("{}:{}:{}: {}", file_, at.line, at.column, message)); }
  void Add(const std::string& line) { faults += (faults.empty() ? "" : "\n") + line; }

  Account ReadAccount(const Yaml& map) {
    CheckKeys(map, {"user", "org", "kind", "roles", "enabled", "expires", "networks", "granted", "password_hash", "tokens", "token_hash", "certificates",
                    "subjects"});
    Account account;
    account.user = Text(map, "user", true);
    if (const Status status = CheckUserName(account.user); !account.user.empty() && !status.ok()) Fault(map, Message(status));
    account.caller.org = Text(map, "org", true);
    const std::string kind = Text(map, "kind", true);
    account.caller.kind = ParseKind(kind);
    if (account.caller.kind == 0) Fault(map, fmt::format("kind `{}` is none of member, client, partner", kind));
    for (const std::string& role : List(map, "roles", limits::kIdentitiesPerAccountMax)) {
      bool* flag = RoleFlag(account, role);
      if (flag == nullptr) Fault(map, fmt::format("role `{}` is none of reader, red, publisher, operator, auditor", role));
      if (flag != nullptr) *flag = true;
    }
    account.enabled = Flag(map, "enabled");
    account.expires_us = Time(map, "expires");
    account.networks = Networks(map);
    for (std::string& audience : List(map, "granted", limits::kRecipientsMax)) account.caller.granted.insert(std::move(audience));
    account.password_hash = Text(map, "password_hash", false);
    if (!account.password_hash.empty() && !IsPasswordHash(account.password_hash)) Fault(map, "`password_hash` is no Argon2id hash");
    ReadTokens(map, account);
    account.certificates = List(map, "certificates", limits::kIdentitiesPerAccountMax);
    for (const std::string& uri : account.certificates) {
      if (const auto id = net::ParseSpiffeId(uri); !id.ok()) Fault(map, fmt::format("certificate `{}` is {}", uri, Message(id.status())));
    }
    account.subjects = List(map, "subjects", limits::kIdentitiesPerAccountMax);
    return account;
  }

 private:
  void CheckKeys(const Yaml& map, std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : map.map) {
      if (std::find(known.begin(), known.end(), key) == known.end()) Fault(value, fmt::format("unknown key `{}`", key));
    }
  }

  std::vector<std::string> List(const Yaml& map, std::string_view key, size_t count_max) {
    std::vector<std::string> out;
    const Yaml* list = map.Find(key);
    if (list == nullptr) return out;
    if (list->kind != Yaml::Kind::kList) Fault(*list, fmt::format("`{}`: wanted a list", key));
    if (list->list.size() > count_max) Fault(*list, fmt::format("`{}` has {} items, limit is {}", key, list->list.size(), count_max));
    for (const Yaml& item : list->list) {
      if (item.kind != Yaml::Kind::kScalar || item.scalar.empty()) Fault(item, fmt::format("`{}`: wanted words", key));
      out.push_back(item.scalar);
    }
    return out;
  }

  std::string Text(const Yaml& map, std::string_view key, bool needed) {
    const Yaml* text = map.Find(key);
    const bool good = text != nullptr && text->kind == Yaml::Kind::kScalar && !text->scalar.empty();
    if (!good && needed) Fault(map, fmt::format("`{}` is missing", key));
    if (!good && !needed && text != nullptr) Fault(*text, fmt::format("`{}` has no value", key));
    return good ? text->scalar : std::string();
  }

  bool Flag(const Yaml& map, std::string_view key) {
    const std::string text = Text(map, key, false);
    if (!text.empty() && text != "true" && text != "false") Fault(map, fmt::format("`{}`: wanted true or false", key));
    return text != "false";
  }

  int64_t Time(const Yaml& map, std::string_view key) {
    const std::string text = Text(map, key, false);
    if (text.empty()) return 0;
    const StatusOr<WallTime> time = ParseTimestamp(text);
    if (!time.ok()) Fault(map, fmt::format("`{}`: `{}` is no time: wanted 2027-01-31T12:00:00Z", key, text));
    return time.ok() ? ToMicros(*time) : 0;
  }

  std::vector<Network> Networks(const Yaml& map) {
    std::vector<Network> out;
    for (const std::string& text : List(map, "networks", limits::kNetworksMax)) {
      const StatusOr<Network> network = Network::Parse(text);
      if (network.ok()) out.push_back(*network);
      if (!network.ok()) Fault(map, Message(network.status()));
    }
    // An empty list would read as "from anywhere", which is not what whoever emptied it meant.
    if (const Yaml* list = map.Find("networks"); list != nullptr && list->list.empty()) Fault(*list, "`networks` is empty: leave the key out for any network");
    return out;
  }

  void ReadTokens(const Yaml& map, Account& account) {
    if (std::string hash = Text(map, "token_hash", false); !hash.empty()) {
      if (!IsTokenHash(hash)) Fault(map, "`token_hash` is not 64 hex digits");
      account.tokens.push_back({std::string(kUnnamedToken), std::move(hash), 0, 0, {}, ""});
    }
    const Yaml* list = map.Find("tokens");
    if (list == nullptr) return;
    if (list->kind != Yaml::Kind::kList) return Fault(*list, "`tokens`: wanted a list");
    if (list->list.size() > limits::kTokensPerAccountMax) Fault(*list, fmt::format("{} tokens, limit is {}", list->list.size(), limits::kTokensPerAccountMax));
    for (const Yaml& item : list->list) account.tokens.push_back(ReadToken(item));
  }

  Token ReadToken(const Yaml& map) {
    CheckKeys(map, {"id", "hash", "created", "expires", "networks", "description"});
    Token token;
    token.id = Text(map, "id", true);
    if (!IsTokenId(token.id)) Fault(map, "`id` of a token is not 16 hex digits");
    token.hash = Text(map, "hash", true);
    if (!IsTokenHash(token.hash)) Fault(map, "`hash` of a token is not 64 hex digits");
    token.created_us = Time(map, "created");
    token.expires_us = Time(map, "expires");
    token.networks = Networks(map);
    token.description = Text(map, "description", false);
    return token;
  }

  const std::string file_;
};

Yaml Scalar(std::string text) {
  Yaml yaml;
  yaml.kind = Yaml::Kind::kScalar;
  yaml.scalar = std::move(text);
  yaml.quoted = true;
  return yaml;
}

template <class List>
Yaml ListOf(const List& texts) {
  Yaml yaml;
  yaml.kind = Yaml::Kind::kList;
  for (const std::string& text : texts) yaml.list.push_back(Scalar(text));
  return yaml;
}

// Puts keys into a map; what says nothing is left out.
struct Writer {
  Yaml map;
  Writer() { map.kind = Yaml::Kind::kMap; }
  void Put(const char* key, const std::string& text) {
    if (!text.empty()) map.map.emplace_back(key, Scalar(text));
  }
  template <class List>
  void PutList(const char* key, const List& list) {
    if (!list.empty()) map.map.emplace_back(key, ListOf(list));
  }
  void PutTime(const char* key, int64_t us) {
    if (us != 0) Put(key, FormatTimestamp(FromMicros(us)));
  }
  void PutNetworks(const std::vector<Network>& networks) {
    std::vector<std::string> texts;
    for (const Network& network : networks) texts.push_back(network.ToString());
    PutList("networks", texts);
  }
};

Yaml WriteToken(const Token& token) {
  Writer writer;
  writer.Put("id", token.id);
  writer.Put("hash", token.hash);
  writer.PutTime("created", token.created_us);
  writer.PutTime("expires", token.expires_us);
  writer.PutNetworks(token.networks);
  writer.Put("description", token.description);
  return std::move(writer.map);
}

Yaml WriteAccount(const Account& account) {
  Writer writer;
  writer.Put("user", account.user);
  writer.Put("org", account.caller.org);
  writer.Put("kind", std::string(KindName(account.caller.kind)));
  writer.PutList("roles", RolesOf(account));
  if (!account.enabled) writer.Put("enabled", "false");
  writer.PutTime("expires", account.expires_us);
  writer.PutNetworks(account.networks);
  writer.PutList("granted", account.caller.granted);
  writer.Put("password_hash", account.password_hash);
  Yaml tokens;
  tokens.kind = Yaml::Kind::kList;
  for (const Token& token : account.tokens) {
    if (token.id == kUnnamedToken) writer.Put("token_hash", token.hash);
    if (token.id != kUnnamedToken) tokens.list.push_back(WriteToken(token));
  }
  if (!tokens.list.empty()) writer.map.map.emplace_back("tokens", std::move(tokens));
  writer.PutList("certificates", account.certificates);
  writer.PutList("subjects", account.subjects);
  return std::move(writer.map);
}

StatusOr<Accounts> FromYaml(const config::Loaded<Yaml>& loaded, const std::string& file) {
  Reader reader(file);
  for (const config::Fault& fault : loaded.faults) reader.Add(fault.ToString());
  std::vector<Account> accounts;
  if (loaded.value) {
    const Yaml* list = loaded.value->Find("accounts");
    if (list == nullptr || list->kind != Yaml::Kind::kList) {
      reader.Fault(*loaded.value, "wanted `accounts:` with a list");
    } else {
      for (const Yaml& map : list->list) accounts.push_back(reader.ReadAccount(map));
    }
    for (const auto& [key, value] : loaded.value->map) {
      if (key != "accounts") reader.Fault(value, fmt::format("unknown key `{}`", key));
    }
  }
  StatusOr<Accounts> out = Accounts::Create(std::move(accounts));
  if (!out.ok()) reader.Add(fmt::format("{}: {}", file, Message(out.status())));
  if (!reader.faults.empty()) return InvalidArgument("{}", reader.faults);
  return out;
}

}  // namespace

StatusOr<Accounts> LoadAccounts(const std::string& file) { return FromYaml(config::LoadYaml(file, limits::kAccountsFileBytesMax), file); }

StatusOr<Accounts> ParseAccounts(const std::string& text, const std::string& file_name) {
  return FromYaml(config::ParseYaml(text, file_name, limits::kAccountsFileBytesMax), file_name);
}

std::string WriteAccounts(const std::vector<Account>& accounts) {
  Yaml list;
  list.kind = Yaml::Kind::kList;
  for (const Account& account : accounts) list.list.push_back(WriteAccount(account));
  Yaml root;
  root.kind = Yaml::Kind::kMap;
  root.map.emplace_back("accounts", std::move(list));
  return config::WriteYaml(root);
}

bool* RoleFlag(Account& account, std::string_view role) {
  return role == "reader" ? &account.caller.reader : role == "red" ? &account.caller.red : role == "publisher" ? &account.publisher
         : role == "operator" ? &account.is_operator : role == "auditor" ? &account.auditor : nullptr;
}

policy::Kinds ParseKind(std::string_view kind) {
  return kind == "member" ? policy::kMember : kind == "client" ? policy::kClient : kind == "partner" ? policy::kPartner : policy::Kinds{0};
}

Status CheckUserName(std::string_view user) {
  if (user.empty() || user.size() > limits::kUserNameBytesMax) {
    return InvalidArgument("a user name has 1 to {} bytes, this one {}", limits::kUserNameBytesMax, user.size());
  }
  if (user.find(':') != std::string_view::npos) return InvalidArgument("a user name holds no colon");
  const bool plain = std::none_of(user.begin(), user.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!plain) return InvalidArgument("a user name holds no control characters");
  if (user.front() == ' ' || user.back() == ' ') return InvalidArgument("a user name neither begins nor ends with a blank");
  return OkStatus();
}

}  // namespace noroshi::taxii
