#include "services/gateway/gateway_service.h"

#include <algorithm>
#include <atomic>

#include "common/net/grpc_server.h"
#include "common/relay/admin_service.h"
#include "common/relay/node_acceptor.h"
#include "common/relay/remote.h"

namespace noroshi::gateway {
namespace {

// The relay of the layer, by the directory: the only node whose audience records count.
StatusOr<std::string> RelayOf(const config::NodeConfig& config, const trust::Directory& directory) {
  if (!config.log.relay_node.empty()) return config.log.relay_node;
  if (std::string node = relay::RelayNodeOf(directory, config.layer); !node.empty()) return node;
  return FailedPrecondition("layer `{}` has no relay in the directory", config.layer);
}

taxii::ServerOptions OptionsFrom(const config::NodeConfig& config, const std::string& relay_node, std::shared_ptr<const config::DirectoryFile> directory) {
  taxii::ServerOptions options;
  options.listen = config.taxii->listen;
  options.tls = {config.tls.ca, config.tls.certificate, config.tls.key};
  options.threads = config.taxii->threads;
  options.layer = config.layer;
  options.relay_node = relay_node;
  options.directory = std::move(directory);
  options.accounts_file = config.taxii->accounts_file;
  options.client_certificates = config.taxii->client_certificates;
  options.oidc = config.taxii->oidc;
  options.anonymous_public = config.taxii->anonymous_public;
  options.title = config.taxii->title;
  options.public_url = config.taxii->public_url;
  options.limits = config.taxii->limits;
  options.compression = config.taxii->compression;
  options.data_dir = config.data_dir;
  options.cursor_key_file = config.taxii->cursor_key_file;
  return options;
}

}  // namespace

struct GatewayService::Parts {
  config::NodeConfig config;
  std::shared_ptr<const config::DirectoryFile> directory;  // shared with requests in progress across a reload
  std::shared_ptr<const trust::BatchSigner> signer;
  std::atomic<std::shared_ptr<const relay::Context>> context;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<relay::Acceptor> acceptor;
  std::unique_ptr<taxii::Server> server;
  std::unique_ptr<relay::AdminServer> admin;
  std::unique_ptr<net::GrpcServer> grpc;  // publications and status of the members' command line
  std::atomic<bool> draining{false};

  // The one place where publishing is plugged in.
  Status OpenAcceptor() {
    NOROSHI_ASSIGN(acceptor, relay::NodeAcceptor::Create({config.data_dir + "/submissions", config.layer, config.node, true},
                                                         [this] { return context.load(); }, *log, SystemClock()));
    return OkStatus();
  }
};

GatewayService::GatewayService(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
GatewayService::~GatewayService() {
  // Readers before what they read.
  parts_->grpc.reset();
  parts_->admin.reset();
  parts_->server.reset();
  parts_->acceptor.reset();
}

StatusOr<std::unique_ptr<run::Service>> GatewayService::Create(run::StartArguments arguments) {
  if (!arguments.config.taxii) return InvalidArgument("a gateway needs `taxii:`");
  auto parts = std::make_unique<Parts>();
  parts->config = std::move(arguments.config);
  parts->directory = std::make_shared<const config::DirectoryFile>(std::move(arguments.directory));
  return std::unique_ptr<run::Service>(new GatewayService(std::move(parts)));
}

Status GatewayService::Start() {
  Parts& parts = *parts_;
  NOROSHI_ASSIGN(const std::string relay_node, RelayOf(parts.config, parts.directory->directory));
  NOROSHI_ASSIGN(parts.signer, relay::LoadSigner(parts.config, parts.directory->directory.federation()));
  NOROSHI_ASSIGN(auto context, relay::MakeContext(parts.config, *parts.directory, parts.signer));
  parts.context.store(std::move(context));
  NOROSHI_ASSIGN(parts.log, relay::OpenLog(parts.config, *parts.directory));
  NOROSHI_TRY(parts.OpenAcceptor());
  NOROSHI_ASSIGN(parts.server, taxii::Server::Start(OptionsFrom(parts.config, relay_node, parts.directory), *parts.log, *parts.acceptor, SystemClock()));
  if (parts.config.grpc_listen.empty()) return OkStatus();
  parts.admin = relay::AdminServer::Create({[&parts] { return parts.context.load(); }, parts.acceptor.get(), nullptr, &SystemClock()});
  const net::TlsFiles tls{parts.config.tls.ca, parts.config.tls.certificate, parts.config.tls.key};
  NOROSHI_ASSIGN(parts.grpc, net::GrpcServer::Start(parts.config.grpc_listen, tls, {parts.admin->service()}));
  return OkStatus();
}

void GatewayService::Drain(std::chrono::milliseconds deadline) {
  parts_->draining = true;
  if (parts_->grpc) parts_->grpc->Drain(deadline / 2);
  if (parts_->server) parts_->server->Drain(deadline / 2);
}

Status GatewayService::Reload(const config::NodeConfig& config, const config::DirectoryFile& directory) {
  Parts& parts = *parts_;
  const auto& before = parts.config;
  if (config.layer != before.layer || config.data_dir != before.data_dir || !config.taxii || config.taxii->listen != before.taxii->listen ||
      config.taxii->accounts_file != before.taxii->accounts_file || config.taxii->anonymous_public != before.taxii->anonymous_public) {
    return FailedPrecondition("layer, data_dir, taxii.listen, taxii.accounts_file and taxii.anonymous_public need a restart");
  }
  auto next = std::make_shared<const config::DirectoryFile>(directory);
  NOROSHI_ASSIGN(auto context, relay::MakeContext(config, *next, parts.signer));
  if (parts.server) NOROSHI_TRY(parts.server->Reload(next));
  parts.context.store(std::move(context));
  parts.directory = std::move(next);
  parts.config = config;
  return OkStatus();
}

void GatewayService::Tick() {
  if (parts_->server) parts_->server->Tick();
}

run::Health GatewayService::CheckHealth() const {
  const taxii::Server* server = parts_->server.get();
  const bool started = server != nullptr;
  const size_t stopped = started ? server->stopped_audiences() : 0;
  run::Health health;
  health.startup = {{"store", started, ""}};
  health.ready = {{"not_draining", !parts_->draining, ""},
                  {"caught_up", started && server->caught_up(), "audiences were read to their ends"},
                  {"audiences", stopped == 0, fmt::format("{} stopped", stopped)}};
  health.live = {{"process", true, ""}};
  return health;
}

}  // namespace noroshi::gateway
