// A node's configuration file and the federation's directory file. YAML, read strictly (operations.md section 6): unknown keys with
// "did you mean", anchors, aliases, tags and duplicate keys refused, at most 1 MiB and 32 levels; every fault at once with file:line:column and path.
// Relative file names are relative to the file that holds them. Values only; nothing is opened here but the two files (and, for CheckTogether, the signing key).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/policy/evaluate.h"
#include "common/policy/membership.h"
#include "common/trust/directory.h"

namespace noroshi::config {

struct Fault {
  std::string file;
  int line = 0, column = 0;
  std::string path;     // `uplinks[3].tls.ca`
  std::string message;
  std::string ToString() const;  // file:line:column: path: message
};

struct Place {
  int line = 0, column = 0;          // from 1; 0: nowhere in the file
};

struct Tls {
  std::string ca, certificate, key;
};

struct Kafka {
  std::string bootstrap;
  bool tls = false;                  // with the node's own Tls files unless `tls_files` is given
  bool allow_plaintext = false;      // without TLS beyond this machine: only where somebody said so
  std::optional<Tls> tls_files;
  int replication_factor = 1;
  int min_insync_replicas = 1;
};

// The first bootstrap server to which records would go in clear although nobody allowed it; empty where there is none. What such a
// server then advertises as its brokers' addresses nobody can know before.
std::string UnprotectedServer(const Kafka& kafka);

enum class LogKind : uint8_t { kEmbedded, kKafka, kRemote };
struct LogConfig {
  LogKind kind = LogKind::kEmbedded; // relays: embedded or kafka; gateways: remote (their layer's relay) or kafka
  Kafka kafka;
  std::string relay_address;         // kRemote: host:port of the layer's relay (gRPC)
  std::string relay_node;            // and its name in the directory
  std::optional<int> retention_days; // embedded: ingress only; absent: for ever
};

struct Uplink {
  std::string layer;
  std::string node;                  // name of that layer's relay in the directory
  std::string address;               // host:port of its gRPC listener (LogService)
  std::optional<Kafka> kafka;        // present: write the ingress there directly; reading stays with LogService
};

// What one address and one account may take of a TAXII server. The defaults lie above what two cores serve: they bound, and slow nobody down.
struct TaxiiLimits {
  int connections_per_address = 11'000;         // of the server's 12,000: some are always left for others
  int requests_per_second_per_address = 20'000;
  int requests_at_once_per_address = 2'000;
  int requests_per_second_per_account = 20'000;
  int requests_at_once_per_account = 16;        // handlers that it may keep busy
};

enum class ClientCertificates : uint8_t { kOff, kOptional, kRequired };

// An OIDC issuer whose JSON Web Tokens count as credentials of the accounts that list their subject.
struct Oidc {
  std::string issuer, audience;
  std::string jwks_file;             // one of the two
  std::string jwks_url;              // https
  std::string jwks_ca;               // PEM; empty: the system's authorities
  std::vector<std::string> jwks_networks;  // internal networks that the URL may lead to
  std::vector<std::string> algorithms{"RS256", "ES256", "EdDSA"};
  std::string claim = "sub";
  std::string token_type = "at+jwt"; // header `typ`
  std::chrono::seconds max_age{3600}, skew{60};
};

struct Taxii {
  std::string listen;                // host:port
  std::string accounts_file;         // accounts.yaml
  std::string cursor_key_file;       // shared by the replicas of a gateway; empty: cursor.key in data_dir
  ClientCertificates client_certificates = ClientCertificates::kOff;
  std::optional<Oidc> oidc;
  std::string title;
  bool anonymous_public = false;     // audience `public` readable without an account
  int threads = 2;
  std::string public_url;            // absolute base in discovery; empty: relative roots
  TaxiiLimits limits;
  bool compression = false;          // of objects and manifests that are read
};

struct Settings {
  std::chrono::seconds hold{60};
  int k = 3;
  stix::Tlp default_tlp = stix::Tlp::kAmber;         // CLEAR refused
  policy::Scope default_scope{policy::ScopeKind::kSector, {}};
  policy::Attribution default_attribution = policy::Attribution::kNamed;
  bool deny_dangling = false;
  std::chrono::seconds receipt_wait{30};             // how long `publish` waits for the first relay
};

struct NodeConfig {
  std::string file;
  std::string node, org;
  trust::NodeRole role = trust::NodeRole::kEdge;
  std::string layer;                 // relay: its own layer; gateway: the layer it exposes
  std::string directory_file;
  std::string data_dir;
  Tls tls;
  std::string signing_key;
  std::string grpc_listen, admin_listen;
  std::optional<Taxii> taxii;        // gateway and edge
  LogConfig log;
  std::vector<Uplink> uplinks;
  Settings settings;
  policy::PolicySet policy;          // `rules:` list, local to this layer
  std::string log_level = "info";
  std::map<std::string, Place> given; // keys that the file holds, by path; not a setting
};

struct DirectoryFile {
  trust::Directory directory;
  policy::Membership membership;
};

template <class T>
struct Loaded {
  std::optional<T> value;            // absent if there is any fault
  std::vector<Fault> faults;
  std::vector<std::string> warnings; // whatever weakens security
};

Loaded<NodeConfig> LoadNodeConfig(const std::string& file);
Loaded<DirectoryFile> LoadDirectory(const std::string& file);

// Cross-checks of `--check-config`: node and layer exist in the directory with this role and organisation, the signing key is the directory's, files named exist and
// those with secrets are their owner's only, uplinks lead to relays of layers that take this organisation, the default scope leads somewhere. What certificates say
// is net::CheckTlsFiles' part. Side-effect free.
std::vector<Fault> CheckTogether(const NodeConfig& config, const DirectoryFile& directory);

// Effective values with their origin (default, file) as YAML, secrets redacted.
std::string PrintConfig(const NodeConfig& config);

// What differs, by path, for the log line and the refusal of a reload.
struct Change {
  std::string path;
  bool restart = false;              // takes effect at the next start only
};
std::vector<Change> Changes(const NodeConfig& from, const NodeConfig& to);

// The table of common/config/SETTINGS.md, made from the declarations (a test compares).
std::string SettingsPage();

// The YAML of both files, as `noroshi up` and tests write them.
std::string WriteNodeConfig(const NodeConfig& config);
std::string WriteDirectory(const std::string& federation, uint64_t epoch, const std::vector<trust::Node>& nodes, const policy::Membership& membership);

// Strict generic YAML for other files (accounts, topologies): parsed into this tree, with positions for faults.
struct Yaml {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap } kind = Kind::kNull;
  std::string scalar;
  bool quoted = false;
  std::vector<Yaml> list;
  std::vector<std::pair<std::string, Yaml>> map;  // in file order, keys distinct
  int line = 0, column = 0;                       // of the value, from 1
  int key_line = 0, key_column = 0;               // of its key, where it has one
  const Yaml* Find(std::string_view key) const;
};
// `bytes_max` 0: limits::kConfigBytesMax.
Loaded<Yaml> LoadYaml(const std::string& file, size_t bytes_max = 0);
Loaded<Yaml> ParseYaml(const std::string& text, const std::string& file_name, size_t bytes_max = 0);
std::string WriteYaml(const Yaml& yaml);

}  // namespace noroshi::config
