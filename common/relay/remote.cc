#include "common/relay/remote.h"

#include <fstream>

#include "common/base/random.h"
#include "common/net/tls.h"
#include "common/obs/log.h"

namespace noroshi::relay {

StatusOr<std::shared_ptr<const trust::BatchSigner>> LoadSigner(const config::NodeConfig& config, const std::string& federation) {
  NOROSHI_ASSIGN(trust::SigningKey key, trust::SigningKey::Load(config.signing_key));
  uint64_t epoch = 1;
  if (std::ifstream file(config.data_dir + "/origin_epoch"); file) file >> epoch;
  return std::make_shared<const trust::BatchSigner>(federation, config.node, epoch, std::move(key), SecureRandom());
}

namespace {

log::RemoteOptions Remote(const config::NodeConfig& config, const trust::Directory& directory, const std::string& node, const std::string& address) {
  log::RemoteOptions options;
  options.address = address;
  if (const trust::Node* server = directory.Find(node)) {
    options.server_identity = net::SpiffeId{directory.federation(), server->org, server->name}.ToString();
  }
  options.ca_file = config.tls.ca;
  options.certificate_file = config.tls.certificate;
  options.key_file = config.tls.key;
  return options;
}

}  // namespace

std::string RelayNodeOf(const trust::Directory& directory, const std::string& layer) {
  for (const auto& [name, node] : directory.nodes()) {
    const bool relays = node.role != trust::NodeRole::kTool && node.role != trust::NodeRole::kGateway;
    if (relays && node.layer == layer) return name;
  }
  return "";
}

log::RemoteOptions RemoteOptionsFor(const config::NodeConfig& config, const std::string& layer, const Context& context) {
  for (const config::Uplink& uplink : config.uplinks) {
    if (uplink.layer != layer) continue;
    return Remote(config, context.directory, uplink.node.empty() ? RelayNodeOf(context.directory, layer) : uplink.node, uplink.address);
  }
  return {};
}

log::KafkaOptions KafkaOptionsFor(const config::NodeConfig& config, const config::Kafka& kafka) {
  log::KafkaOptions options;
  options.bootstrap = kafka.bootstrap;
  options.tls = kafka.tls;
  const config::Tls& files = kafka.tls_files ? *kafka.tls_files : config.tls;
  options.ca_file = files.ca;
  options.certificate_file = files.certificate;
  options.key_file = files.key;
  options.replication_factor = kafka.replication_factor;
  options.min_insync_replicas = kafka.min_insync_replicas;
  return options;
}

StatusOr<std::unique_ptr<log::Log>> OpenLog(const config::NodeConfig& config, const config::DirectoryFile& directory) {
  switch (config.log.kind) {
    case config::LogKind::kKafka: return log::CreateKafkaLog(KafkaOptionsFor(config, config.log.kafka));
    case config::LogKind::kRemote: return log::CreateRemoteLog(Remote(config, directory.directory, config.log.relay_node, config.log.relay_address));
    case config::LogKind::kEmbedded: break;
  }
  log::EmbeddedOptions options;
  options.directory = config.data_dir + "/log";
  if (config.log.retention_days) {
    options.retention = std::chrono::hours(24) * *config.log.retention_days;
    options.retained_topics = {config.layer + ".ingress."};
  }
  return log::CreateEmbeddedLog(options);
}

Forwarder::OpenLog UplinkLog(const config::NodeConfig& config, const config::Uplink& uplink, const log::RemoteOptions& remote) {
  if (!uplink.kafka) return [remote] { return log::CreateRemoteLog(remote); };
  return [options = KafkaOptionsFor(config, *uplink.kafka)] { return log::CreateKafkaLog(options); };
}

void AllowWriter(const config::NodeConfig& config, const std::string& topic, const std::string& node) {
  if (config.log.kind != config::LogKind::kKafka || !config.log.kafka.tls) return;
  const Status allowed = log::AllowKafkaWriter(KafkaOptionsFor(config, config.log.kafka), topic, "User:CN=" + node);
  if (!allowed.ok()) obs::Warn("kafka_acl_not_set", "a member's right to write its ingress topic was not set", {{"error", Message(allowed)}});
}

}  // namespace noroshi::relay
