#include "common/relay/context.h"

namespace noroshi::relay {

StatusOr<std::shared_ptr<const Context>> MakeContext(const config::NodeConfig& config, const config::DirectoryFile& directory,
                                                     std::shared_ptr<const trust::BatchSigner> signer) {
  const trust::Node* self = directory.directory.FindPeer(config.org, config.node);
  if (self == nullptr || self->role != config.role || self->layer != config.layer) {
    return FailedPrecondition("node `{}` is not in the directory as {} of layer `{}`", config.node,
                              trust::NodeRoleName(config.role), config.layer);
  }
  const policy::Layer* layer = directory.membership.FindLayer(config.layer);
  if (layer == nullptr) return FailedPrecondition("layer `{}` is not in the directory", config.layer);
  auto context = std::make_shared<Context>();
  context->node = config.node;
  context->relay = {config.layer, layer->kind, config.org, {}};
  for (const config::Uplink& uplink : config.uplinks) {
    const policy::Layer* upper = directory.membership.FindLayer(uplink.layer);
    if (upper == nullptr || !upper->members.contains(config.org)) {
      return FailedPrecondition("uplink `{}`: organisation `{}` is not a member of that layer", uplink.layer, config.org);
    }
    context->relay.uplinks.push_back(uplink.layer);
  }
  context->directory = directory.directory;
  context->membership = directory.membership;
  context->policy = config.policy;
  context->settings = config.settings;
  context->signer = std::move(signer);
  context->verifier = std::make_unique<trust::Verifier>(context->directory);
  return std::shared_ptr<const Context>(std::move(context));
}

}  // namespace noroshi::relay
