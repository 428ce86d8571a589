#include "services/edge/edge_service.h"

namespace noroshi::edge {

StatusOr<std::unique_ptr<run::Service>> EdgeService::Create(run::StartArguments arguments) {
  NOROSHI_ASSIGN(std::unique_ptr<relay::RelayNode> node,
                 relay::RelayNode::Open(arguments.config, arguments.directory, true, SystemClock()));
  return std::unique_ptr<run::Service>(new EdgeService(std::move(arguments), std::move(node)));
}

Status EdgeService::Start() {
  NOROSHI_TRY(node_->Start());
  if (!arguments_.config.taxii) return OkStatus();
  const config::Taxii& taxii = *arguments_.config.taxii;
  const config::Tls& tls = arguments_.config.tls;
  taxii::ServerOptions options;
  options.listen = taxii.listen;
  options.tls = {tls.ca, tls.certificate, tls.key};
  options.threads = taxii.threads;
  options.layer = arguments_.config.layer;
  options.relay_node = arguments_.config.node;
  options.directory = std::make_shared<const config::DirectoryFile>(arguments_.directory);
  options.accounts_file = taxii.accounts_file;
  options.client_certificates = taxii.client_certificates;
  options.oidc = taxii.oidc;
  options.anonymous_public = taxii.anonymous_public;
  options.title = taxii.title;
  options.public_url = taxii.public_url;
  options.limits = taxii.limits;
  options.compression = taxii.compression;
  options.data_dir = arguments_.config.data_dir;
  options.cursor_key_file = taxii.cursor_key_file;
  NOROSHI_ASSIGN(taxii_, taxii::Server::Start(options, node_->log(), *node_->acceptor(), SystemClock()));
  return OkStatus();
}

void EdgeService::Drain(std::chrono::milliseconds deadline) {
  if (taxii_) taxii_->Drain(deadline / 2);
  taxii_.reset();
  node_->Drain(deadline / 2);
}

Status EdgeService::Reload(const config::NodeConfig& config, const config::DirectoryFile& directory) {
  if (taxii_) NOROSHI_TRY(taxii_->Reload(std::make_shared<const config::DirectoryFile>(directory)));
  return node_->Reload(config, directory);
}

void EdgeService::Tick() {
  if (taxii_) taxii_->Tick();
}

run::Health EdgeService::CheckHealth() const {
  run::Health health = node_->CheckHealth();
  if (!arguments_.config.taxii) return health;
  const bool serving = taxii_ != nullptr;
  health.startup.push_back({"taxii", serving, ""});
  health.ready.push_back({"taxii_caught_up", serving && taxii_->caught_up(), ""});
  health.ready.push_back({"taxii_audiences", serving && taxii_->stopped_audiences() == 0, ""});
  return health;
}

}  // namespace noroshi::edge
