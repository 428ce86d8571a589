#include "services/cli/state.h"

#include <unistd.h>

#include <cerrno>

#include <charconv>
#include <nlohmann/json.hpp>

#include "services/cli/files.h"

namespace noroshi::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned kSecretMode = 0600;
constexpr unsigned kPrivateMode = 0640;
constexpr int kIndent = 1;

StatusOr<Json> LoadJson(const std::string& file) {
  NOROSHI_ASSIGN(const std::string bytes, ReadFile(file));
  Json json = Json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return FailedPrecondition("`{}` is not a JSON object", file);
  return json;
}

// nlohmann's exceptions end here: a hand-edited file must not end the program.
template <class T>
StatusOr<T> Decode(const std::string& file, const Json& json, T (*decode)(const Json&)) {
  try {
    return decode(json);
  } catch (const Json::exception& e) {
    return FailedPrecondition("`{}` does not have the form of this version: {}", file, e.what());
  }
}

Json Encode(const NodeRecord& node) {
  return {{"name", node.name}, {"role", node.role}, {"org", node.org},     {"sector", node.sector},
          {"layer", node.layer}, {"grpc", node.grpc}, {"admin", node.admin}, {"taxii", node.taxii}};
}

Json Encode(const OrganisationWanted& organisation) {
  return {{"name", organisation.name}, {"identity", organisation.identity}, {"dictionary", organisation.dictionary}};
}

FederationState DecodeState(const Json& json) {
  FederationState out;
  out.federation = json.at("federation").get<std::string>();
  out.epoch = json.at("epoch").get<uint64_t>();
  out.log = json.at("log").get<std::string>();
  out.ca_file = json.at("ca_file").get<std::string>();
  for (const Json& organisation : json.at("organisations")) {
    out.organisations.push_back({organisation.at("name").get<std::string>(), organisation.at("identity").get<std::string>(),
                                 organisation.at("dictionary").get<std::vector<std::string>>()});
  }
  for (const auto& [name, id] : json.at("groups").items()) out.groups[name] = id.get<std::string>();
  for (const Json& node : json.at("nodes")) {
    const auto text = [&](const char* key) { return node.at(key).get<std::string>(); };
    out.nodes.push_back({text("name"), text("role"), text("org"), text("sector"), text("layer"), text("grpc"), text("admin"), text("taxii")});
  }
  return out;
}

Json EncodePublic(const Account& account) {
  return {{"org", account.plan.org},   {"kind", account.plan.kind},       {"roles", account.plan.roles},
          {"user", account.plan.user}, {"password", account.password},    {"token", account.token},
          {"gateways", account.plan.gateways}};
}

std::vector<Account> DecodeAccounts(const Json& json) {
  std::vector<Account> out;
  for (const Json& entry : json.at("accounts")) {
    const auto text = [&](const char* key) { return entry.at(key).get<std::string>(); };
    out.push_back({{text("user"), text("org"), text("kind"), entry.at("roles").get<std::vector<std::string>>(),
                    entry.at("gateways").get<std::vector<std::string>>()},
                   text("password"), text("token"), text("password_hash"), text("token_hash")});
  }
  return out;
}

// As the ready file shows a node.
Json ReadyNode(const std::string& directory, const NodeRecord& node, int pid) {
  Json out = {{"name", node.name}, {"role", node.role}, {"org", node.org}, {"sector", node.sector}, {"layer", node.layer}, {"pid", pid}};
  out["taxii"] = node.taxii.empty() ? Json() : Json("https://" + node.taxii + "/taxii2/");
  out["api_root"] = node.taxii.empty() ? Json() : Json("https://" + node.taxii + "/" + node.layer + "/");
  out["grpc"] = node.grpc;
  out["admin"] = "http://" + node.admin + "/";
  out["config"] = directory + "/" + node.name + "/config.yaml";
  out["log_file"] = directory + "/log/" + node.name + ".jsonl";
  return out;
}

}  // namespace

const NodeRecord* FederationState::Find(const std::string& node) const {
  for (const NodeRecord& record : nodes) {
    if (record.name == node) return &record;
  }
  return nullptr;
}

Status CheckVersion(const std::string& directory) {
  const StatusOr<std::string> text = ReadFile(directory + "/VERSION");
  if (!text.ok()) {
    if (access(directory.c_str(), X_OK) != 0 && errno == EACCES) return NotFound("`{}` cannot be entered: permission denied; run as who made it", directory);
    return NotFound("`{}` is no directory of a federation: it has no file VERSION", directory);
  }
  const std::string trimmed = text->substr(0, text->find('\n'));
  if (trimmed == std::to_string(kDirectoryVersion)) return OkStatus();
  return FailedPrecondition("`{}` has format version `{}`, this program reads version {}", directory, trimmed, kDirectoryVersion);
}

StatusOr<FederationState> LoadState(const std::string& directory) {
  const std::string file = directory + "/federation.json";
  NOROSHI_ASSIGN(const Json json, LoadJson(file));
  return Decode(file, json, DecodeState);
}

Status SaveState(const std::string& directory, const FederationState& state) {
  Json json = {{"federation", state.federation}, {"epoch", state.epoch}, {"log", state.log}, {"ca_file", state.ca_file}};
  json["organisations"] = Json::array();
  for (const OrganisationWanted& organisation : state.organisations) json["organisations"].push_back(Encode(organisation));
  json["groups"] = Json::object();
  for (const auto& [name, id] : state.groups) json["groups"][name] = id;
  json["nodes"] = Json::array();
  for (const NodeRecord& node : state.nodes) json["nodes"].push_back(Encode(node));
  return UpdateFile(directory + "/federation.json", json.dump(kIndent) + "\n", kPrivateMode).status();
}

StatusOr<std::vector<Account>> LoadAccounts(const std::string& directory) {
  const std::string file = directory + "/accounts.json";
  NOROSHI_ASSIGN(const Json json, LoadJson(file));
  return Decode(file, json, DecodeAccounts);
}

Status SaveAccounts(const std::string& directory, const std::vector<Account>& accounts) {
  Json json = {{"accounts", Json::array()}};
  for (const Account& account : accounts) {
    Json entry = EncodePublic(account);
    entry["password_hash"] = account.password_hash;
    entry["token_hash"] = account.token_hash;
    json["accounts"].push_back(std::move(entry));
  }
  return UpdateFile(directory + "/accounts.json", json.dump(kIndent) + "\n", kSecretMode).status();
}

std::string ReadyFile(const std::string& directory, const FederationState& state, const std::vector<Account>& accounts,
                      const std::map<std::string, int>& pids) {
  Json json = {{"ca_file", directory + "/" + state.ca_file}, {"federation", state.federation}, {"dir", directory}, {"log", state.log}};
  json["nodes"] = Json::array();
  for (const NodeRecord& node : state.nodes) {
    const auto pid = pids.find(node.name);
    json["nodes"].push_back(ReadyNode(directory, node, pid == pids.end() ? 0 : pid->second));
  }
  json["accounts"] = Json::array();
  for (const Account& account : accounts) json["accounts"].push_back(EncodePublic(account));
  json["organisations"] = Json::array();
  for (const OrganisationWanted& organisation : state.organisations) json["organisations"].push_back(Encode(organisation));
  json["groups"] = Json::object();
  for (const auto& [name, id] : state.groups) json["groups"][name] = id;
  return json.dump(kIndent) + "\n";
}

int PortOf(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon != std::string::npos) std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  return port;
}

net::TlsFiles TlsFilesOf(const std::string& directory, const FederationState& state, const std::string& node) {
  const std::string own = directory + "/" + node;
  return {directory + "/" + state.ca_file, own + "/tls.pem", own + "/tls.key"};
}

}  // namespace noroshi::cli
