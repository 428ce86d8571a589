#include "common/relay/relay_node.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "common/base/random.h"
#include "common/relay/remote.h"
#include "common/run/data_dir.h"

namespace noroshi::relay {
namespace {

constexpr std::chrono::seconds kResumePatience{600};
constexpr std::chrono::seconds kLoopSilenceMax{60};

}  // namespace

StatusOr<std::string> LoadSecret(const std::string& data_dir, const std::string& name) {
  const std::string file = data_dir + "/" + name;
  if (std::ifstream in(file, std::ios::binary); in) {
    std::string secret((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (secret.size() != 32) return FailedPrecondition("`{}` has {} bytes, 32 are expected", file, secret.size());
    return secret;
  }
  std::string secret = SecureRandom().Bytes(32);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return FailedPrecondition("`{}` cannot be written", file);
  const bool written = ::write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) return FailedPrecondition("`{}` cannot be written", file);
  return secret;
}

StatusOr<std::unique_ptr<RelayNode>> RelayNode::Open(const config::NodeConfig& config, const config::DirectoryFile& directory, bool accepts, Clock& clock) {
  std::unique_ptr<RelayNode> node(new RelayNode(config, clock));
  NOROSHI_TRY(run::OpenDataDir(config.data_dir));
  NOROSHI_ASSIGN(node->log_, OpenLog(config, directory));
  NOROSHI_ASSIGN(node->relay_, Relay::Create(config, directory, *node->log_, clock));
  Relay* relay = node->relay_.get();
  const auto context = [relay] { return relay->context(); };
  if (accepts) {
    NodeAcceptor::Options options{config.data_dir + "/submissions", config.layer, config.node, false};
    NOROSHI_ASSIGN(node->acceptor_, NodeAcceptor::Create(std::move(options), context, *node->log_, clock));
  }
  node->access_ = std::make_unique<MemberAccess>(context, clock);
  NOROSHI_ASSIGN(std::string position_key, LoadSecret(config.data_dir, "position.key"));
  node->log_service_ = log::LogServiceServer::Create(*node->log_, *node->access_, std::move(position_key));
  node->admin_ = AdminServer::Create({context, node->acceptor_.get(), relay, &clock});
  return node;
}

RelayNode::~RelayNode() { Drain(std::chrono::milliseconds(0)); }

Status RelayNode::Start() {
  NOROSHI_TRY(relay_->Start(kResumePatience));
  const net::TlsFiles tls{config_.tls.ca, config_.tls.certificate, config_.tls.key};
  NOROSHI_ASSIGN(grpc_, net::GrpcServer::Start(config_.grpc_listen, tls, {log_service_->service(), admin_->service()}));
  return OkStatus();
}

// New work first, then the engine: what was acknowledged is in the ingress or the ledger.
void RelayNode::Drain(std::chrono::milliseconds deadline) {
  if (draining_) return;
  draining_ = true;
  if (log_service_) log_service_->Shutdown();
  if (grpc_) grpc_->Drain(deadline / 2);
  acceptor_.reset();
  if (relay_) relay_->Stop();
}

Status RelayNode::Reload(const config::NodeConfig& config, const config::DirectoryFile& directory) { return relay_->Reload(config, directory); }

run::Health RelayNode::CheckHealth() const {
  run::Health health;
  const bool alive = clock_.Monotonic() - relay_->heartbeat() < kLoopSilenceMax;
  health.startup = {{"ledger_resumed", relay_->running(), ""}, {"serving", grpc_ != nullptr, ""}};
  health.ready = {{"loop", relay_->running(), ""}, {"serving", grpc_ != nullptr && !draining_, ""}};
  health.live = {{"loop", alive, ""}};
  return health;
}

}  // namespace noroshi::relay
