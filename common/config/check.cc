// CheckTogether: a node's file against the directory and the files it names.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/config/node_settings.h"
#include "common/trust/signing.h"

namespace noroshi::config {
namespace {

class Check {
 public:
  Check(const NodeConfig& config, const DirectoryFile& directory)
      : config_(config), directory_(directory), reader_(config.file) {
    reader_.given = config.given;
  }

  std::vector<Fault> Run() {
    CheckFiles();
    CheckSelf();
    CheckRelay();
    for (size_t i = 0; i < config_.uplinks.size(); ++i) CheckUplink(i);
    CheckDefaultScope();
    CheckIssuer();
    return std::move(reader_.faults);
  }

 private:
  template <class... Args>
  void Add(const std::string& path, fmt::format_string<Args...> text, Args&&... args) {
    reader_.AddFaultAt(path, fmt::format(text, std::forward<Args>(args)...));
  }

  // Every file that a setting names; what only its owner may read has no mode bit for others.
  void CheckFiles() {
    NodeConfig copy = config_;
    ForEachLeaf(NodeTable(copy), "", [this](const Leaf& leaf) {
      if (leaf.setting->kind != Setting::Kind::kFile) return;
      struct stat facts {};
      if (::stat(leaf.value.scalar.c_str(), &facts) != 0) {
        Add(leaf.path, "`{}` cannot be read: {}", leaf.value.scalar, std::strerror(errno));
      } else if (!S_ISREG(facts.st_mode)) {
        Add(leaf.path, "`{}` is not a file", leaf.value.scalar);
      } else if (leaf.setting->secret && (facts.st_mode & 0077) != 0) {
        Add(leaf.path, "`{}` has mode {:04o}, allowed is 0600 or stricter", leaf.value.scalar, facts.st_mode & 07777);
      }
    });
  }

  void CheckSelf() {
    const trust::Node* self = directory_.directory.Find(config_.node);
    if (self == nullptr) return Add("node", "`{}` is not in the directory", config_.node);
    if (self->org != config_.org) Add("org", "is `{}`, in the directory `{}`", config_.org, self->org);
    if (self->role != config_.role) {
      Add("role", "is {}, in the directory {}", trust::NodeRoleName(config_.role), trust::NodeRoleName(self->role));
    }
    if (self->layer != config_.layer) Add("layer", "is `{}`, in the directory `{}`", config_.layer, self->layer);
    struct stat facts {};
    const bool readable = ::stat(config_.signing_key.c_str(), &facts) == 0 && (facts.st_mode & 0077) == 0;
    if (!readable) return;  // CheckFiles has said so
    const StatusOr<trust::SigningKey> key = trust::SigningKey::Load(config_.signing_key);
    if (!key.ok()) return Add("signing_key", "{}", Message(key.status()));
    if (std::find(self->keys.begin(), self->keys.end(), key->public_key()) == self->keys.end()) {
      Add("signing_key", "`{}` is none of the {} keys that the directory has for this node", config_.signing_key, self->keys.size());
    }
  }

  bool IsRelayOf(const trust::Node& node, const std::string& layer) const {
    return node.layer == layer && node.role != trust::NodeRole::kGateway && node.role != trust::NodeRole::kTool;
  }

  void CheckRelay() {
    if (config_.log.kind != LogKind::kRemote) return;
    const trust::Node* relay = directory_.directory.Find(config_.log.relay_node);
    if (relay == nullptr || !IsRelayOf(*relay, config_.layer)) {
      Add("log.relay.node", "`{}` is not the relay of layer `{}`", config_.log.relay_node, config_.layer);
    }
  }

  void CheckUplink(size_t index) {
    const Uplink& uplink = config_.uplinks[index];
    const std::string path = fmt::format("uplinks[{}]", index);
    const policy::Layer* layer = directory_.membership.FindLayer(uplink.layer);
    if (layer == nullptr) return Add(path + ".layer", "`{}` is not in the directory", uplink.layer);
    if (!layer->members.contains(config_.org)) Add(path + ".layer", "`{}` is no member of layer `{}`", config_.org, uplink.layer);
    const trust::Node* relay = directory_.directory.Find(uplink.node);
    if (relay == nullptr || !IsRelayOf(*relay, uplink.layer)) {
      Add(path + ".node", "`{}` is not the relay of layer `{}`", uplink.node, uplink.layer);
    }
  }

  // The names exist and, at a company's edge that has uplinks, the way there does too. Other nodes publish for their operator only.
  void CheckDefaultScope() {
    const policy::Scope& scope = config_.settings.default_scope;
    const policy::Membership& membership = directory_.membership;
    const std::string path = "settings.default_scope";
    for (const std::string& name : scope.names) {
      const bool known = scope.kind == policy::ScopeKind::kOrgs    ? membership.FindOrganisation(name) != nullptr
                         : scope.kind == policy::ScopeKind::kGroup ? membership.FindGroupFor(name, config_.org) != nullptr
                                                                   : membership.FindLayer(name) != nullptr;
      if (!known) Add(path, "names `{}`, which is not in the directory", name);
    }
    if (config_.role != trust::NodeRole::kEdge || config_.uplinks.empty() || scope.kind != policy::ScopeKind::kSector) return;
    const std::vector<std::string> sectors = membership.SectorsOf(config_.org);
    if (sectors.size() != 1) return Add(path, "is `sector`, but `{}` is in {} sectors: name them", config_.org, sectors.size());
    const bool has_uplink =
        std::any_of(config_.uplinks.begin(), config_.uplinks.end(), [&](const Uplink& uplink) { return uplink.layer == sectors[0]; });
    if (!has_uplink) Add(path, "is `sector`, but there is no uplink to layer `{}`", sectors[0]);
  }

  void CheckIssuer() {
    if (!config_.taxii || !config_.taxii->oidc) return;
    const Oidc& oidc = *config_.taxii->oidc;
    if (oidc.jwks_file.empty() == oidc.jwks_url.empty()) Add("taxii.oidc", "needs either `jwks_file` or `jwks_url`");
    if (!oidc.issuer.starts_with("https://")) Add("taxii.oidc.issuer", "must begin with https://");
  }

  const NodeConfig& config_;
  const DirectoryFile& directory_;
  Reader reader_;
};

}  // namespace

std::vector<Fault> CheckTogether(const NodeConfig& config, const DirectoryFile& directory) { return Check(config, directory).Run(); }

}  // namespace noroshi::config
