#include "common/config/node_settings.h"

#include <algorithm>
#include <string_view>

#include "common/base/limits.h"

namespace noroshi::config {
namespace {

constexpr int64_t kHoldSecondsMax = 3600;
constexpr int64_t kReceiptWaitSecondsMax = 600;
constexpr int64_t kAnonymityMax = 1000;
constexpr int64_t kThreadsMax = 64;
constexpr int64_t kRequestsPerSecondMax = 1'000'000;
constexpr int64_t kRequestsAtOnceMax = limits::kHttpConnectionsMax;  // a connection has one at a time
constexpr int64_t kReplicasMax = 100;
constexpr int64_t kRetentionDaysMax = 36'500;
constexpr int64_t kTokenAgeSecondsMax = 24 * 3600;
constexpr int64_t kSkewSecondsMax = 300;
constexpr int64_t kConfidenceMax = 100;  // STIX 2.1 section 3.2

Setting Seconds(std::string key, int64_t most, std::chrono::seconds& target, std::string help) {
  return Number(
      std::move(key), 0, most, "s", [&target] { return target.count(); }, [&target](int64_t n) { target = std::chrono::seconds(n); },
      std::move(help));
}

Setting Whole(std::string key, int64_t least, int64_t most, int& target, std::string help) {
  return Number(
      std::move(key), least, most, "", [&target] { return int64_t{target}; }, [&target](int64_t n) { target = static_cast<int>(n); },
      std::move(help));
}

Setting OptionalWhole(std::string key, int64_t least, int64_t most, std::string unit, std::optional<int>& target, std::string help) {
  return Number(
      std::move(key), least, most, std::move(unit), [&target]() -> std::optional<int64_t> { return target; },
      [&target](int64_t n) { target = static_cast<int>(n); }, std::move(help));
}

// CLEAR where it is of use only: as a default it would widen by mistake (sharing.md section 3).
const std::vector<std::string> kTlps = {"clear", "green", "amber", "amber+strict", "red"};
const std::vector<std::string> kDefaultTlps(kTlps.begin() + 1, kTlps.end());

Status CheckBootstrap(const std::string& text) {
  for (size_t from = 0; from <= text.size();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    NOROSHI_TRY(ParseAddress(text.substr(from, comma - from), false).status());
    from = comma + 1;
  }
  return OkStatus();
}

Setting KafkaFile(std::string key, Kafka& kafka, std::string Tls::*member, std::string help) {
  Setting setting;
  setting.kind = Setting::Kind::kFile;
  setting.key = std::move(key);
  setting.form = "file";
  setting.help = std::move(help);
  setting.read = [&kafka, member](const Yaml& yaml, const std::string& path, Reader& reader) {
    if (yaml.kind != Yaml::Kind::kScalar || yaml.scalar.empty()) return reader.AddFault(yaml, path, "must be a file name");
    if (!kafka.tls_files) kafka.tls_files.emplace();
    (*kafka.tls_files).*member = reader.Resolve(yaml.scalar);
  };
  setting.write = [&kafka, member] {
    return kafka.tls_files && !((*kafka.tls_files).*member).empty() ? Scalar((*kafka.tls_files).*member) : Yaml{};
  };
  return setting;
}

Table KafkaTable(Kafka& kafka) {
  return {
      Value(
          "bootstrap", "host:port, separated by commas",
          [&kafka](const std::string& text) { return kafka.bootstrap = text, CheckBootstrap(text); },
          [&kafka] { return kafka.bootstrap.empty() ? std::nullopt : std::optional(kafka.bootstrap); }, "Brokers to ask first.")
          .Required(),
      Flag("tls", kafka.tls, "Mutual TLS, with the node's own files unless `ca`, `certificate` and `key` are given."),
      Flag("allow_plaintext", kafka.allow_plaintext, "Accepts `tls: false` towards servers that are not on this machine."),
      KafkaFile("ca", kafka, &Tls::ca, "PEM of the authority that signs the brokers' certificates."),
      KafkaFile("certificate", kafka, &Tls::certificate, "PEM chain shown to the brokers."),
      KafkaFile("key", kafka, &Tls::key, "PEM key of that certificate.").Secret(),
      Whole("replication_factor", 1, kReplicasMax, kafka.replication_factor, "Of topics that this node creates."),
      Whole("min_insync_replicas", 1, kReplicasMax, kafka.min_insync_replicas, "Copies that an acknowledgement waits for."),
  };
}

Table LogTable(LogConfig& log) {
  const std::vector<std::pair<std::string, LogKind>> kinds = {
      {"embedded", LogKind::kEmbedded}, {"kafka", LogKind::kKafka}, {"remote", LogKind::kRemote}};
  Setting kafka = Section("kafka", [&log] { return KafkaTable(log.kafka); }, "The layer's Kafka cluster, with kind `kafka`.");
  kafka.write = [&log] { return log.kafka.bootstrap.empty() ? Yaml{} : WriteTable(KafkaTable(log.kafka)); };
  kafka.tables = [&log] { return log.kafka.bootstrap.empty() ? std::vector<Table>{} : std::vector<Table>{KafkaTable(log.kafka)}; };
  return {
      Word(
          "kind", {"embedded", "kafka", "remote"},
          [&log, kinds] {
            return std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.second == log.kind; })->first;
          },
          [&log, kinds](const std::string& word) {
            log.kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == word; })->second;
          },
          "Where the layer's topics are: in `data_dir`, on Kafka, or (gateways) at the layer's relay."),
      std::move(kafka),
      Section(
          "relay",
          [&log] {
            return Table{Address("address", log.relay_address, false, "Its gRPC listener."),
                         Name("node", log.relay_node, "Its name in the directory.")};
          },
          "The layer's relay, with kind `remote`."),
      OptionalWhole("retention_days", 1, kRetentionDaysMax, "days", log.retention_days,
                    "Embedded: how long ingress records are kept; absent: for ever."),
  };
}

Setting Algorithms(std::vector<std::string>& target) {
  static const std::vector<std::string> all = {"RS256", "ES256", "EdDSA"};
  Setting setting = Words("algorithms", target, "RS256, ES256, EdDSA", "Signature algorithms that count; each is bound to one kind of key.");
  setting.read = [&target](const Yaml& yaml, const std::string& path, Reader& reader) {
    std::vector<std::string> given;
    for (const Yaml& item : yaml.list) given.push_back(item.scalar);
    for (const std::string& name : given) {
      if (std::find(all.begin(), all.end(), name) == all.end()) reader.AddFault(yaml, path, fmt::format("`{}` is none of RS256, ES256, EdDSA", name));
    }
    if (given.empty()) reader.AddFault(yaml, path, "must be a list with at least one of RS256, ES256, EdDSA");
    target = std::move(given);
  };
  return setting;
}

Table OidcTable(Oidc& oidc) {
  return {
      Text("issuer", oidc.issuer, "Exactly what the tokens' `iss` says.").Required(),
      Text("audience", oidc.audience, "What the tokens' `aud` must hold: this gateway.").Required(),
      FileName("jwks_file", oidc.jwks_file, "The issuer's public keys (JWKS), read again when it changes. This or `jwks_url`."),
      Text("jwks_url", oidc.jwks_url, "The same by https, fetched about once an hour, never for a single request."),
      FileName("jwks_ca", oidc.jwks_ca, "PEM of the authority behind `jwks_url`; absent: the system's."),
      Words("jwks_networks", oidc.jwks_networks, "networks", "Internal networks (CIDR) that `jwks_url` may lead to; else public addresses only."),
      Algorithms(oidc.algorithms),
      Text("claim", oidc.claim, "The claim whose value an account lists under `subjects`."),
      Word(
          "token_type", {"at+jwt", "jwt"}, [&oidc] { return oidc.token_type; }, [&oidc](const std::string& word) { oidc.token_type = word; },
          "What the tokens' `typ` must be."),
      Seconds("max_age_s", kTokenAgeSecondsMax, oidc.max_age, "How long after `iat` a token counts at most."),
      Seconds("skew_s", kSkewSecondsMax, oidc.skew, "How far the issuer's clock may be off."),
  };
}

Table TaxiiTable(Taxii& taxii) {
  const std::vector<std::string> modes = {"none", "optional", "required"};
  return {
      Address("listen", taxii.listen, true, "HTTPS listener of the TAXII server.").Required(),
      FileName("accounts", taxii.accounts_file, "Accounts of this gateway; a changed file is noticed within a second.").Required().Secret(),
      FileName("cursor_key", taxii.cursor_key_file, "Key of page cursors and collection ids, the same at every replica of a gateway; absent: made in `data_dir`.").Secret(),
      Word(
          "client_certificates", modes, [&taxii, modes] { return modes[static_cast<size_t>(taxii.client_certificates)]; },
          [&taxii, modes](const std::string& word) {
            taxii.client_certificates = static_cast<ClientCertificates>(std::find(modes.begin(), modes.end(), word) - modes.begin());
          },
          "Certificates of `tls.ca` whose exact SPIFFE name an account lists; `required`: besides whatever else is shown."),
      OptionalSection("oidc", taxii.oidc, OidcTable, "An OIDC issuer whose tokens are taken."),
      Text("title", taxii.title, "Title shown in discovery."),
      Flag("anonymous_public", taxii.anonymous_public, "Audience `public` is readable without an account."),
      Whole("threads", 1, kThreadsMax, taxii.threads, "Threads that answer requests."),
      Text("public_url", taxii.public_url, "Absolute base of the URLs in discovery; absent: relative ones."),
      Whole("connections_per_address", 1, limits::kHttpConnectionsMax, taxii.limits.connections_per_address,
            "Open connections of one address (IPv6: one /64), of 12,000 in all; one more is closed."),
      Whole("requests_per_second_per_address", 0, kRequestsPerSecondMax, taxii.limits.requests_per_second_per_address,
            "Above: 429. 0: any number. So for the next three."),
      Whole("requests_at_once_per_address", 0, kRequestsAtOnceMax, taxii.limits.requests_at_once_per_address, "Requests in progress of one address."),
      Whole("requests_per_second_per_account", 0, kRequestsPerSecondMax, taxii.limits.requests_per_second_per_account, "Of one account, wherever it calls from."),
      Whole("requests_at_once_per_account", 0, kRequestsAtOnceMax, taxii.limits.requests_at_once_per_account,
            "Requests of one account that are worked on; 16 are, of all accounts together."),
      Flag("compression", taxii.compression,
           "Objects and manifests go out as zstd or gzip to who asks for it. Who publishes here and sees the sizes of others' answers could learn of their content."),
  };
}

Table UplinkTable(Uplink& uplink) {
  return {
      Name("layer", uplink.layer, "The other layer.").Required(),
      Name("node", uplink.node, "Its relay's name in the directory.").Required(),
      Address("address", uplink.address, false, "Its relay's gRPC listener.").Required(),
      OptionalSection("kafka", uplink.kafka, KafkaTable, "Write the ingress there directly; reading stays with the relay."),
  };
}

Table SettingsTable(Settings& settings) {
  return {
      Seconds("hold_s", kHoldSecondsMax, settings.hold, "How long an object waits for one that it refers to.").Live(),
      Whole("k", 1, kAnonymityMax, settings.k, "Organisations that could have published what is shown without a name.").Live(),
      Word(
          "default_tlp", kDefaultTlps, [&settings] { return std::string(stix::TlpName(settings.default_tlp)); },
          [&settings](const std::string& word) { settings.default_tlp = *stix::ParseTlp(word); },
          "TLP of an object without marking whose publisher says none.")
          .Live(),
      Value(
          "default_scope", "scope",
          [&settings](const std::string& text) -> Status {
            NOROSHI_ASSIGN(settings.default_scope, policy::ParseScope(text));
            return OkStatus();
          },
          [&settings] { return policy::FormatScope(settings.default_scope); }, "Scope of a publication that names none.")
          .Live(),
      Word(
          "default_attribution", {"named", "sector", "anonymous"},
          [&settings] { return std::string(policy::AttributionName(settings.default_attribution)); },
          [&settings](const std::string& word) { settings.default_attribution = *policy::ParseAttribution(word); },
          "How the publisher appears where it says nothing.")
          .Live(),
      Word(
          "dangling", {"allow", "deny"}, [&settings] { return settings.deny_dangling ? "deny" : "allow"; },
          [&settings](const std::string& word) { settings.deny_dangling = word == "deny"; },
          "An object whose reference stays unresolved: release it marked as such, or keep it back.")
          .Live(),
      Seconds("receipt_wait_s", kReceiptWaitSecondsMax, settings.receipt_wait, "How long `publish` waits for the first relay.").Live(),
  };
}

Setting OptionalTlp(std::string key, std::optional<stix::Tlp>& target, std::string help) {
  return Word(
      std::move(key), kTlps,
      [&target]() -> std::optional<std::string> { return target ? std::optional(std::string(stix::TlpName(*target))) : std::nullopt; },
      [&target](const std::string& word) { target = stix::ParseTlp(word); }, std::move(help));
}

Table RuleTable(policy::Rule& rule) {
  const std::vector<std::pair<std::string, policy::Effect>> effects = {{"forbid", policy::Effect::kForbid},
                                                                       {"require_review", policy::Effect::kRequireReview},
                                                                       {"max_tlp", policy::Effect::kMaxTlp}};
  Table table = {
      Name("id", rule.id, "Shown with each decision it makes.").Required(),
      Word(
          "effect", {"forbid", "require_review", "max_tlp"},
          [&rule, effects] {
            return std::find_if(effects.begin(), effects.end(), [&](const auto& e) { return e.second == rule.effect; })->first;
          },
          [&rule, effects](const std::string& word) {
            rule.effect = std::find_if(effects.begin(), effects.end(), [&](const auto& e) { return e.first == word; })->second;
          },
          "Withhold, hold for an operator, or withhold what is stricter than `max_tlp`.")
          .Required(),
      Word(
          "max_tlp", kTlps,
          [&rule]() -> std::optional<std::string> {
            return rule.effect == policy::Effect::kMaxTlp ? std::optional(std::string(stix::TlpName(rule.max_tlp))) : std::nullopt;
          },
          [&rule](const std::string& word) { rule.max_tlp = *stix::ParseTlp(word); }, "With effect `max_tlp` only."),
      Words("types", rule.types, "STIX types", "Condition: one of these; empty: any. So for the next three."),
      Words("labels", rule.labels, "labels", "Condition: has one of these."),
      Words("origins", rule.origins, "organisations", "Condition: published by one of these."),
      Words("pattern_types", rule.pattern_types, "pattern types", "Condition: an indicator of one of these."),
      OptionalTlp("tlp_at_least", rule.tlp_at_least, "Condition: this TLP or stricter."),
      OptionalWhole("confidence_below", 1, kConfidenceMax, "", rule.confidence_below, "Condition: less confidence than this."),
      Words("boundaries", rule.boundaries, "boundaries", "`community`, `group/*`, `uplink/national` ...; empty: all."),
  };
  for (Setting& setting : table) setting.restart = false;
  return table;
}

const std::vector<std::string> kLevels = {"debug", "info", "warn", "error"};

}  // namespace

Table NodeTable(NodeConfig& config) {
  return {
      Name("node", config.node, "This node's name in the directory.").Required(),
      Name("org", config.org, "The organisation that runs it.").Required(),
      Word(
          "role", {"edge", "broker", "hub", "gateway"}, [&config] { return std::string(trust::NodeRoleName(config.role)); },
          [&config](const std::string& word) { config.role = *trust::ParseNodeRole(word); }, "Which program runs it.")
          .Required(),
      Name("layer", config.layer, "A relay's own layer; the layer that a gateway exposes.").Required(),
      FileName("directory", config.directory_file, "The federation's directory file.").Required().Live(),
      FolderName("data_dir", config.data_dir, "Where the node keeps its data; made with mode 0700.").Required(),
      Section(
          "tls",
          [&config] {
            return Table{
                FileName("ca", config.tls.ca, "PEM of the federation's authority.").Required(),
                FileName("certificate", config.tls.certificate, "PEM chain with the node's SPIFFE id.").Required(),
                FileName("key", config.tls.key, "PEM key of the certificate.").Required().Secret(),
            };
          },
          "The node's certificate, looked at again every minute.")
          .Required(),
      FileName("signing_key", config.signing_key, "Ed25519 seed, 64 hex digits.").Required().Secret(),
      Section("grpc", [&config] { return Table{Address("listen", config.grpc_listen, true, "LogService and administration.")}; },
              "Relays only."),
      Section("admin",
              [&config] { return Table{Address("listen", config.admin_listen, true, "Metrics and health, without TLS: loopback only.")}; },
              "The admin listener."),
      OptionalSection("taxii", config.taxii, TaxiiTable, "Gateways and edges."),
      Section("log", [&config] { return LogTable(config.log); }, "The event log."),
      Items("uplinks", config.uplinks, limits::kUplinksMax, UplinkTable, "Membership in other layers. Relays only."),
      Section("settings", [&config] { return SettingsTable(config.settings); }, "What decisions and waiting depend on."),
      Items("rules", config.policy.rules, limits::kRulesMax, RuleTable, "This layer's own rules; they can only narrow."),
      Word(
          "log_level", kLevels, [&config] { return config.log_level; }, [&config](const std::string& word) { config.log_level = word; },
          "Least level of log lines.")
          .Live(),
  };
}

}  // namespace noroshi::config
