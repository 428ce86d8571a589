// The configured ways between nodes: keys, other layers' LogService and Kafka. Values in, clients out.
#pragma once

#include <memory>
#include <string>

#include "common/config/node_config.h"
#include "common/log/backends.h"
#include "common/relay/context.h"
#include "common/relay/forward.h"

namespace noroshi::relay {

// The node's signing key with its origin epoch (`<data_dir>/origin_epoch`, 1 where absent).
StatusOr<std::shared_ptr<const trust::BatchSigner>> LoadSigner(const config::NodeConfig& config, const std::string& federation);

// LogService of the relay of `layer`.
log::RemoteOptions RemoteOptionsFor(const config::NodeConfig& config, const std::string& layer, const Context& context);
// The node that is the relay of a layer, by the directory; empty where it names none.
std::string RelayNodeOf(const trust::Directory& directory, const std::string& layer);
log::KafkaOptions KafkaOptionsFor(const config::NodeConfig& config, const config::Kafka& kafka);

// The log that config.log names: embedded, kafka or remote.
StatusOr<std::unique_ptr<log::Log>> OpenLog(const config::NodeConfig& config, const config::DirectoryFile& directory);

// Where an uplink's ingress is written: Kafka directly, or the LogService.
Forwarder::OpenLog UplinkLog(const config::NodeConfig& config, const config::Uplink& uplink, const log::RemoteOptions& remote);

// Gives a member's node the right to write its ingress topic, where this layer's log is Kafka with an authorizer.
void AllowWriter(const config::NodeConfig& config, const std::string& topic, const std::string& node);

}  // namespace noroshi::relay
