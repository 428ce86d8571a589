#include "services/cli/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/taxii/accounts_file.h"
#include "common/taxii/cursor.h"
#include "common/trust/signing.h"
#include "services/cli/accounts_file.h"
#include "services/cli/files.h"
#include "services/cli/pki.h"
#include "services/cli/ports.h"

namespace noroshi::cli {
namespace {

using trust::NodeRole;

constexpr unsigned kPrivateDirectory = 0700;
constexpr unsigned kPrivateFile = 0600;

// One generation, step by step; each step keeps what an earlier `up` left.
class Generation {
 public:
  Generation(const GenerateArguments& arguments, Random& random, WallTime now) : arguments_(arguments), random_(random), now_(now) {
    out_.directory = arguments.directory;
    out_.layout = PlanFederation(arguments.topology);
  }

  StatusOr<Generated> Run() {
    NOROSHI_TRY(OpenDirectory());
    NOROSHI_TRY(KeepOrMakeNames());
    NOROSHI_TRY(AssignPorts());
    NOROSHI_TRY(IssueCertificates());
    NOROSHI_TRY(LoadOrMakeSigningKeys());
    NOROSHI_ASSIGN(out_.accounts, MakeAccounts(out_.layout.accounts, old_accounts_, random_));
    if (!arguments_.prepare) {
      NOROSHI_TRY(WriteNodes());
      // Behind the nodes' files: what is planned there counts as done once it stands here.
      NOROSHI_TRY(SaveAccounts(out_.directory, out_.accounts));
    }
    NOROSHI_TRY(SaveState(out_.directory, out_.state));
    return std::move(out_);
  }

 private:
  Status OpenDirectory() {
    const std::string& directory = out_.directory;
    NOROSHI_TRY(MakeDirectory(directory, kPrivateDirectory));
    if (Exists(directory + "/VERSION")) {
      NOROSHI_TRY(CheckVersion(directory));
    } else {
      NOROSHI_TRY(WriteFile(directory + "/VERSION", fmt::format("{}\n", kDirectoryVersion), 0644));
    }
    if (Exists(directory + "/federation.json")) {
      NOROSHI_ASSIGN(out_.state, LoadState(directory));
      known_before_ = true;
    }
    if (Exists(directory + "/accounts.json")) {
      NOROSHI_ASSIGN(old_accounts_, LoadAccounts(directory));
    }
    NOROSHI_TRY(MakeDirectory(directory + "/log", kPrivateDirectory));
    return ChooseLog();
  }

  // The log holds what was acknowledged: another one would begin empty.
  Status ChooseLog() {
    if (known_before_ && out_.state.federation != arguments_.topology.federation) {
      return FailedPrecondition("`{}` belongs to federation `{}`, the topology names `{}`", out_.directory, out_.state.federation,
                                arguments_.topology.federation);
    }
    if (arguments_.prepare) return OkStatus();
    written_before_ = !out_.state.log.empty();
    if (written_before_ && arguments_.log && arguments_.log->text != out_.state.log) {
      return Aborted("`{}` was made with --log {}; its data is there, not in {}", out_.directory, out_.state.log, arguments_.log->text);
    }
    if (!written_before_) out_.state.log = arguments_.log ? arguments_.log->text : "embedded";
    NOROSHI_ASSIGN(log_, ParseLogChoice(out_.state.log));
    return OkStatus();
  }

  Status KeepOrMakeNames() {
    out_.state.federation = arguments_.topology.federation;
    std::vector<OrganisationWanted> before = std::exchange(out_.state.organisations, {});
    for (const std::string& org : arguments_.topology.AllOrganisations()) out_.state.organisations.push_back(Organisation(org, before));
    std::map<std::string, std::string> groups_before = std::exchange(out_.state.groups, {});
    for (const GroupWanted& group : arguments_.topology.groups) {
      const auto kept = groups_before.find(group.name);
      out_.state.groups[group.name] = kept == groups_before.end() ? random_.Uuid() : kept->second;
    }
    for (const OrganisationWanted& organisation : out_.state.organisations) {
      identities_.organisations[organisation.name] = organisation.identity;
    }
    identities_.groups = out_.state.groups;
    return OkStatus();
  }

  // The topology's word first, then what was made before, then a new identity.
  OrganisationWanted Organisation(const std::string& org, const std::vector<OrganisationWanted>& before) {
    OrganisationWanted out{org, "", {}};
    for (const OrganisationWanted& wanted : arguments_.topology.organisations) {
      if (wanted.name == org) out = wanted;
    }
    for (const OrganisationWanted& kept : before) {
      if (kept.name == org && out.identity.empty()) out.identity = kept.identity;
    }
    if (out.identity.empty()) out.identity = "identity--" + random_.Uuid();
    return out;
  }

  Status AssignPorts() {
    std::vector<NodeRecord> before = std::exchange(out_.state.nodes, {});
    size_t missing = 0;
    for (const NodePlan& node : out_.layout.nodes) {
      NodeRecord record{node.name, std::string(trust::NodeRoleName(node.role)), node.org, node.sector, node.layer, "", "", ""};
      for (const NodeRecord& kept : before) {
        if (kept.name == node.name) std::tie(record.grpc, record.admin, record.taxii) = std::tie(kept.grpc, kept.admin, kept.taxii);
      }
      missing += record.grpc.empty() + record.admin.empty() + (node.ServesTaxii() && record.taxii.empty());
      out_.state.nodes.push_back(std::move(record));
    }
    NOROSHI_ASSIGN(const std::vector<int> ports, FreePorts(missing, arguments_.ports, random_));
    size_t next = 0;
    const auto fill = [&](std::string& address) {
      if (address.empty()) address = fmt::format("127.0.0.1:{}", ports[next++]);
    };
    for (size_t i = 0; i < out_.layout.nodes.size(); ++i) {
      fill(out_.state.nodes[i].grpc);
      fill(out_.state.nodes[i].admin);
      if (out_.layout.nodes[i].ServesTaxii()) fill(out_.state.nodes[i].taxii);
    }
    return OkStatus();
  }

  Status IssueCertificates() {
    NOROSHI_ASSIGN(const auto authority, CertificateAuthority::OpenOrCreate(out_.directory, out_.state.federation, now_));
    for (const auto* plans : {&out_.layout.nodes, &out_.layout.tools}) {
      for (const NodePlan& node : *plans) {
        NOROSHI_TRY(MakeDirectory(out_.directory + "/" + node.name, kPrivateDirectory));
        const net::SpiffeId identity{out_.state.federation, node.org, node.name};
        NOROSHI_TRY(authority->Issue(identity, TlsFilesOf(out_.directory, out_.state, node.name), now_).status());
      }
    }
    return OkStatus();
  }

  Status LoadOrMakeSigningKeys() {
    for (const NodePlan& node : out_.layout.nodes) {
      const std::string file = out_.directory + "/" + node.name + "/signing.key";
      if (!Exists(file)) NOROSHI_TRY(trust::SigningKey::Generate().Save(file));
      NOROSHI_ASSIGN(const trust::SigningKey key, trust::SigningKey::Load(file));
      directory_nodes_.push_back({node.name, node.org, node.role, node.layer, {key.public_key()}});
    }
    for (const NodePlan& tool : out_.layout.tools) directory_nodes_.push_back({tool.name, tool.org, NodeRole::kTool, "", {}});
    return OkStatus();
  }

  // The membership epoch grows whenever a directory would say something else under the same number.
  Status WriteNodes() {
    NOROSHI_ASSIGN(const bool same, DirectoriesAreAsBefore());
    if (written_before_ && !same) ++out_.state.epoch;
    for (const NodePlan& node : out_.layout.nodes) {
      const std::string own = out_.directory + "/" + node.name;
      NOROSHI_TRY(MakeDirectory(own + "/data", kPrivateDirectory));
      // Before two replicas may want to make it at the same time.
      if (node.role == NodeRole::kGateway && node.replica_of.empty()) NOROSHI_TRY(taxii::LoadCursorKey(own + "/cursor.key").status());
      NOROSHI_ASSIGN(const std::string directory, DirectoryText(node));
      NOROSHI_ASSIGN(bool changed, UpdateFile(own + "/directory.yaml", directory, kPrivateFile));
      const config::NodeConfig config = ConfigOf(node, out_.state, arguments_.topology, log_);
      NOROSHI_ASSIGN(const bool config_changed, UpdateFile(own + "/config.yaml", config::WriteNodeConfig(config), kPrivateFile));
      changed |= config_changed;
      if (node.ServesTaxii()) NOROSHI_TRY(WriteAccountsOf(node, own + "/accounts.yaml"));
      if (changed) out_.changed.push_back(node.name);
    }
    return OkStatus();
  }

  // No reason to restart: the node notices by itself.
  Status WriteAccountsOf(const NodePlan& node, const std::string& file) const {
    NOROSHI_ASSIGN(const FileLock lock, FileLock::Take(file + ".lock"));
    std::optional<taxii::Accounts> there;
    if (Exists(file)) {
      StatusOr<taxii::Accounts> loaded = taxii::LoadAccounts(file);
      if (!loaded.ok()) return FailedPrecondition("{}", Message(loaded.status()));
      there = *std::move(loaded);
    }
    return UpdateFile(file, AccountsFile(out_.accounts, old_accounts_, node, there ? &*there : nullptr), kPrivateFile).status();
  }

  StatusOr<std::string> DirectoryText(const NodePlan& viewer) const {
    NOROSHI_ASSIGN(const policy::Membership membership, MembershipFor(arguments_.topology, identities_, out_.state.epoch, viewer));
    return config::WriteDirectory(out_.state.federation, out_.state.epoch, directory_nodes_, membership);
  }

  StatusOr<bool> DirectoriesAreAsBefore() const {
    for (const NodePlan& node : out_.layout.nodes) {
      NOROSHI_ASSIGN(const std::string text, DirectoryText(node));
      const StatusOr<std::string> old = ReadFile(out_.directory + "/" + node.name + "/directory.yaml");
      if (!old.ok() || *old != text) return false;
    }
    return true;
  }

  const GenerateArguments& arguments_;
  Random& random_;
  const WallTime now_;
  Generated out_;
  LogChoice log_;
  bool known_before_ = false;
  bool written_before_ = false;  // nodes had their configuration
  std::vector<Account> old_accounts_;
  Identities identities_;
  std::vector<trust::Node> directory_nodes_;
};

}  // namespace

StatusOr<LogChoice> ParseLogChoice(const std::string& text) {
  constexpr std::string_view kPrefix = "kafka=", kTls = ",tls", kPlaintext = ",plaintext";
  if (text == "embedded") return LogChoice{};
  std::string bootstrap = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : "";
  config::Kafka kafka;
  if (bootstrap.ends_with(kTls)) {
    kafka.tls = true;
    bootstrap.resize(bootstrap.size() - kTls.size());
  } else if (bootstrap.ends_with(kPlaintext)) {
    kafka.allow_plaintext = true;
    bootstrap.resize(bootstrap.size() - kPlaintext.size());
  }
  bool good = !bootstrap.empty();
  for (size_t begin = 0; good && begin <= bootstrap.size();) {
    const size_t end = std::min(bootstrap.find(',', begin), bootstrap.size());
    const std::string server = bootstrap.substr(begin, end - begin);
    const int port = PortOf(server);
    good = server.find(':') != 0 && port > 0 && port < 65536;
    begin = end + 1;
  }
  if (!good) return InvalidArgument("`{}` is no log: `embedded` or `kafka=HOST:PORT[,HOST:PORT...][,tls|,plaintext]`", text);
  kafka.bootstrap = bootstrap;
  if (const std::string server = config::UnprotectedServer(kafka); !server.empty()) {
    return InvalidArgument("`{}` is not a loopback address, and records would cross the network in clear: add `,tls`, or `,plaintext` to accept that",
                           server);
  }
  return LogChoice{kafka, text};
}

config::NodeConfig ConfigOf(const NodePlan& node, const FederationState& state, const Topology& topology, const LogChoice& log) {
  const NodeRecord* record = state.Find(node.name);
  config::NodeConfig out;
  out.node = node.name;
  out.org = node.org;
  out.role = node.role;
  out.layer = node.layer;
  out.directory_file = "directory.yaml";
  out.data_dir = "data";
  out.tls = {"../" + state.ca_file, "tls.pem", "tls.key"};
  out.signing_key = "signing.key";
  out.grpc_listen = record->grpc;
  out.admin_listen = record->admin;
  out.settings = topology.settings;
  if (node.ServesTaxii()) {
    config::Taxii taxii;
    taxii.listen = record->taxii;
    taxii.accounts_file = "accounts.yaml";
    if (node.role == NodeRole::kGateway) taxii.cursor_key_file = node.replica_of.empty() ? "cursor.key" : "../" + node.replica_of + "/cursor.key";
    taxii.title = fmt::format("{}: {}", state.federation, node.layer);
    // An organisation's own layer is for its own people: only shared layers show anything to readers without an account.
    taxii.anonymous_public = topology.anonymous && node.role == NodeRole::kGateway;
    taxii.public_url = "https://" + record->taxii;
    out.taxii = taxii;
  }
  if (node.role == NodeRole::kGateway) {
    out.log.kind = config::LogKind::kRemote;
    out.log.relay_node = node.relay;
    out.log.relay_address = state.Find(node.relay)->grpc;
  } else if (log.kafka && node.role != NodeRole::kEdge) {
    out.log.kind = config::LogKind::kKafka;
    out.log.kafka = *log.kafka;
  }
  for (const UplinkPlan& plan : node.uplinks) {
    config::Uplink uplink{plan.layer, plan.relay, state.Find(plan.relay)->grpc, std::nullopt};
    if (node.role == NodeRole::kEdge) uplink.kafka = log.kafka;
    out.uplinks.push_back(std::move(uplink));
  }
  return out;
}

StatusOr<Generated> Generate(const GenerateArguments& arguments, Random& random, WallTime now) {
  return Generation(arguments, random, now).Run();
}

}  // namespace noroshi::cli
