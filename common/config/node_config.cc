#include "common/config/node_config.h"

#include <algorithm>
#include <set>

#include "common/base/limits.h"
#include "common/config/node_settings.h"
#include "common/config/yaml_write.h"

namespace noroshi::config {
namespace {

// `127.` and digits only: `127.example` is a name, and may be anywhere.
bool IsLoopback(std::string_view address) {
  const std::string_view host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

void CheckKafka(const Kafka& kafka, const std::string& path, Reader& reader) {
  if (kafka.tls_files && (kafka.tls_files->ca.empty() || kafka.tls_files->certificate.empty() || kafka.tls_files->key.empty())) {
    reader.AddFaultAt(path, "needs `ca`, `certificate` and `key` together, or none of them");
  }
  if (kafka.tls_files && !kafka.tls) reader.AddFaultAt(path + ".tls", "must be true where certificate files are given");
  if (kafka.min_insync_replicas > kafka.replication_factor) {
    reader.AddFaultAt(path + ".min_insync_replicas",
                      fmt::format("is {}, `replication_factor` is {}", kafka.min_insync_replicas, kafka.replication_factor));
  }
  if (const std::string server = UnprotectedServer(kafka); !server.empty()) {
    reader.AddFaultAt(path + ".tls", fmt::format("is false, and `{}` is not a loopback address: records would cross the network in clear, and anyone "
                                                 "there could write; set `tls: true`, or `allow_plaintext: true` to accept that",
                                                 server));
  } else if (!kafka.tls) {
    reader.warnings.push_back(fmt::format("{}.tls is false: records cross the network in clear, and anyone there can write", path));
  }
}

void CheckLog(const NodeConfig& config, Reader& reader) {
  const bool is_gateway = config.role == trust::NodeRole::kGateway;
  const LogConfig& log = config.log;
  if (is_gateway && log.kind == LogKind::kEmbedded) {
    reader.AddFaultAt("log.kind", "is embedded; a gateway's log is `remote` (its layer's relay) or `kafka`");
  }
  if (!is_gateway && log.kind == LogKind::kRemote) reader.AddFaultAt("log.kind", "is remote; a relay's log is `embedded` or `kafka`");
  if (log.kind == LogKind::kKafka && !reader.given.contains("log.kafka")) {
    reader.AddFaultAt("log.kafka", "is missing for kind `kafka`");
  } else if (log.kind == LogKind::kKafka) {
    CheckKafka(log.kafka, "log.kafka", reader);
  } else if (reader.given.contains("log.kafka")) {
    reader.AddFaultAt("log.kafka", "is given, but `log.kind` is not `kafka`");
  }
  if (log.kind == LogKind::kRemote) {
    if (log.relay_address.empty()) reader.AddFaultAt("log.relay.address", "is missing for kind `remote`");
    if (log.relay_node.empty()) reader.AddFaultAt("log.relay.node", "is missing for kind `remote`");
  } else if (reader.given.contains("log.relay")) {
    reader.AddFaultAt("log.relay", "is given, but `log.kind` is not `remote`");
  }
  if (log.retention_days && log.kind != LogKind::kEmbedded) {
    reader.AddFaultAt("log.retention_days", "is for kind `embedded` only");
  }
}

// What each role must and must not have.
void CheckRole(const NodeConfig& config, Reader& reader) {
  const bool is_gateway = config.role == trust::NodeRole::kGateway;
  const bool serves_taxii = is_gateway || config.role == trust::NodeRole::kEdge;
  const std::string_view role = trust::NodeRoleName(config.role);
  if (serves_taxii && !config.taxii && !reader.given.contains("taxii")) reader.AddFaultAt("taxii", fmt::format("is missing for role `{}`", role));
  if (!serves_taxii && config.taxii) reader.AddFaultAt("taxii", fmt::format("is for gateways and edges, not for role `{}`", role));
  if (is_gateway && !config.uplinks.empty()) reader.AddFaultAt("uplinks", "are for relays, not for role `gateway`");
  if (!is_gateway && config.grpc_listen.empty()) reader.AddFaultAt("grpc.listen", fmt::format("is missing for role `{}`", role));
}

void CheckUplinks(const NodeConfig& config, Reader& reader) {
  std::set<std::string> seen;
  for (size_t i = 0; i < config.uplinks.size(); ++i) {
    const Uplink& uplink = config.uplinks[i];
    const std::string path = fmt::format("uplinks[{}]", i);
    if (!uplink.layer.empty() && uplink.layer == config.layer) reader.AddFaultAt(path + ".layer", "is the node's own layer");
    if (!uplink.layer.empty() && !seen.insert(uplink.layer).second) {
      reader.AddFaultAt(path + ".layer", fmt::format("`{}` has an uplink already", uplink.layer));
    }
    if (uplink.kafka) CheckKafka(*uplink.kafka, path + ".kafka", reader);
  }
}

Status CheckBoundary(const std::string& text) {
  for (const char* all : {"group/*", "inbox/*", "transit/*", "uplink/*"}) {
    if (text == all) return OkStatus();
  }
  return policy::ParseBoundary(text).status();
}

void CheckRules(const NodeConfig& config, Reader& reader) {
  std::set<std::string> seen;
  for (size_t i = 0; i < config.policy.rules.size(); ++i) {
    const policy::Rule& rule = config.policy.rules[i];
    const std::string path = fmt::format("rules[{}]", i);
    if (!rule.id.empty() && !seen.insert(rule.id).second) reader.AddFaultAt(path + ".id", fmt::format("`{}` is another rule's", rule.id));
    const bool has_max = reader.given.contains(path + ".max_tlp");
    const bool wants_max = rule.effect == policy::Effect::kMaxTlp;
    if (wants_max && !has_max) reader.AddFaultAt(path + ".max_tlp", "is missing for effect `max_tlp`");
    if (!wants_max && has_max) reader.AddFaultAt(path + ".max_tlp", "is for effect `max_tlp` only");
    for (size_t k = 0; k < rule.boundaries.size(); ++k) {
      const Status status = CheckBoundary(rule.boundaries[k]);
      if (!status.ok()) reader.AddFaultAt(fmt::format("{}.boundaries[{}]", path, k), std::string(Message(status)));
    }
  }
}

void CheckSettings(const NodeConfig& config, Reader& reader) {
  const Settings& settings = config.settings;
  if (!policy::TlpPermits(settings.default_tlp, settings.default_scope.kind)) {
    reader.AddFaultAt("settings.default_scope",
                      fmt::format("`{}` is beyond what `default_tlp` {} allows ({}): such objects would all be refused",
                                  policy::FormatScope(settings.default_scope), stix::TlpName(settings.default_tlp),
                                  policy::ScopesAllowed(settings.default_tlp)));
  }
  if (settings.k < 2) reader.warnings.push_back(fmt::format("settings.k is {}: a hidden name can be worked out", settings.k));
  if (!config.admin_listen.empty() && !IsLoopback(config.admin_listen)) {
    reader.warnings.push_back("admin.listen is not a loopback address: metrics and health are served without authentication");
  }
}

Loaded<NodeConfig> ReadNodeConfig(Loaded<Yaml> yaml, const std::string& file) {
  Loaded<NodeConfig> out;
  if (!yaml.value) {
    out.faults = std::move(yaml.faults);
    return out;
  }
  NodeConfig config;
  config.file = file;
  Reader reader(file);
  ReadTable(NodeTable(config), *yaml.value, "", reader);
  // With the role unknown the rest would be guessing.
  if (reader.given.contains("role")) {
    CheckRole(config, reader);
    CheckLog(config, reader);
  }
  CheckUplinks(config, reader);
  CheckRules(config, reader);
  CheckSettings(config, reader);
  std::stable_sort(reader.faults.begin(), reader.faults.end(),
                   [](const Fault& a, const Fault& b) { return std::pair(a.line, a.column) < std::pair(b.line, b.column); });
  out.faults = std::move(reader.faults);
  out.warnings = std::move(reader.warnings);
  config.given = std::move(reader.given);
  if (out.faults.empty()) out.value = std::move(config);
  return out;
}

// `key: value`, each value with where it comes from.
void Print(const Table& table, const std::string& path, const std::map<std::string, Place>& given, const std::string& margin,
           std::string& out) {
  for (const Setting& setting : table) {
    const std::string key_path = JoinPath(path, setting.key);
    if (!setting.tables) {
      const Yaml value = setting.write();
      if (value.kind == Yaml::Kind::kNull) continue;
      out += fmt::format("{}{}: {}  # {}\n", margin, setting.key, FlowText(value), given.contains(key_path) ? "file" : "default");
      continue;
    }
    const std::vector<Table> below = setting.tables();
    std::string text;
    for (size_t i = 0; i < below.size(); ++i) {
      const bool is_item = setting.kind == Setting::Kind::kItems;
      std::string block;
      Print(below[i], is_item ? fmt::format("{}[{}]", key_path, i) : key_path, given, margin + (is_item ? "    " : "  "), block);
      if (is_item && !block.empty()) block[margin.size() + 2] = '-';
      text += block;
    }
    if (!text.empty()) out += fmt::format("{}{}:\n{}", margin, setting.key, text);
  }
}

std::string Cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

void WriteRows(const Table& table, const std::string& path, std::string& out) {
  for (const Setting& setting : table) {
    const std::string key_path = JoinPath(path, setting.key);
    const Yaml fallback = setting.write();
    const bool shows = !setting.tables && fallback.kind != Yaml::Kind::kNull && !setting.required;
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", key_path, Cell(setting.form),
                       setting.required ? "required" : shows ? "`" + FlowText(fallback) + "`" : "–", setting.tables ? "–" : setting.restart ? "yes" : "no",
                       setting.secret ? "mode 0600" : "–", Cell(setting.help));
    if (setting.sample) WriteRows(setting.sample(), setting.kind == Setting::Kind::kItems ? key_path + "[]" : key_path, out);
  }
}

std::map<std::string, std::pair<std::string, bool>> Flatten(NodeConfig config) {
  std::map<std::string, std::pair<std::string, bool>> values;
  ForEachLeaf(NodeTable(config), "", [&](const Leaf& leaf) { values[leaf.path] = {FlowText(leaf.value), leaf.setting->restart}; });
  return values;
}

}  // namespace

std::string UnprotectedServer(const Kafka& kafka) {
  if (kafka.bootstrap.empty() || kafka.tls || kafka.allow_plaintext) return "";
  for (size_t from = 0; from <= kafka.bootstrap.size();) {
    const size_t comma = std::min(kafka.bootstrap.find(',', from), kafka.bootstrap.size());
    const std::string server = kafka.bootstrap.substr(from, comma - from);
    if (!IsLoopback(server)) return server;
    from = comma + 1;
  }
  return "";
}

Loaded<NodeConfig> LoadNodeConfig(const std::string& file) { return ReadNodeConfig(LoadYaml(file), file); }

std::string PrintConfig(const NodeConfig& config) {
  NodeConfig copy = config;
  std::string out;
  Print(NodeTable(copy), "", config.given, "", out);
  return out;
}

std::string WriteNodeConfig(const NodeConfig& config) {
  NodeConfig copy = config;
  return WriteYaml(WriteTable(NodeTable(copy)));
}

std::vector<Change> Changes(const NodeConfig& from, const NodeConfig& to) {
  const auto before = Flatten(from), after = Flatten(to);
  std::vector<Change> changes;
  for (const auto& [path, value] : before) {
    const auto now = after.find(path);
    if (now == after.end() || now->second != value) changes.push_back({path, value.second});
  }
  for (const auto& [path, value] : after) {
    if (!before.contains(path)) changes.push_back({path, value.second});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.path < b.path; });
  return changes;
}

std::string SettingsPage() {
  NodeConfig defaults;
  std::string out =
      "# Settings of a node's file\n\n"
      "Made from the declarations in `node_settings.cc`; `tests/unit/config/settings_page_test.cc` compares. YAML, read strictly: unknown and repeated\n"
      "keys, anchors, aliases and tags are errors. Relative file names count from the folder of the file. Files marked `mode 0600` may be readable by\n"
      "their owner only. *Restart*: a change takes effect at the next start; a reload (SIGHUP) with such a change is refused.\n\n"
      "| key | value | default | restart | secret | what it does |\n|---|---|---|---|---|---|\n";
  WriteRows(NodeTable(defaults), "", out);
  return out;
}

}  // namespace noroshi::config
