#include "common/relay/member_access.h"

#include "common/relay/codec.h"
#include "common/trust/proof.h"

namespace noroshi::relay {
namespace {

using policy::Boundary;
using policy::BoundaryKind;

bool IsGatewayHere(const Context& context, const trust::Node& node) {
  return node.role == trust::NodeRole::kGateway && node.layer == context.relay.layer && node.org == context.relay.org;
}

// A relay of a layer below, run by a member of this one.
bool IsMemberRelay(const Context& context, const trust::Node& node) {
  if (node.role == trust::NodeRole::kTool || node.role == trust::NodeRole::kGateway || node.name == context.node) return false;
  const policy::Layer* own = context.membership.FindLayer(context.relay.layer);
  const policy::Layer* theirs = context.membership.FindLayer(node.layer);
  return own != nullptr && theirs != nullptr && own->members.contains(node.org) && theirs->kind < own->kind;
}

// Of what it may not read it is told nothing: neither the object, nor afterwards that it is gone. A change is for those who had it and have it no more.
bool Concerns(const Context& context, const std::string& org, const Boundary& audience, const v1::Envelope& envelope) {
  const bool changes = envelope.kind() == v1::RECORD_WITHDRAWAL || envelope.kind() == v1::RECORD_RESTRICT;
  if (!changes && envelope.kind() != v1::RECORD_OBJECT) return true;
  v1::OriginHeader origin;
  v1::RelayHeader relay;
  v1::LayerHeader layer;
  if (!origin.ParseFromString(envelope.origin_header()) || !relay.ParseFromString(envelope.relay_header()) ||
      !layer.ParseFromString(envelope.layer_header())) {
    return false;
  }
  policy::Caller caller;
  caller.org = org;
  caller.kind = policy::kMember;
  caller.reader = true;
  const policy::Layer* own = context.membership.FindLayer(context.relay.layer);
  if (own == nullptr) return false;
  if (changes) {
    const bool has = envelope.kind() == v1::RECORD_RESTRICT && (layer.kinds() & policy::kMember) != 0;
    return !has && (layer.had_kinds() & policy::kMember) != 0 && policy::MayEnter(context.membership, *own, audience, caller);
  }
  policy::ReadFacts facts;
  facts.tlp = FromProto(origin.tlp());
  facts.scope = FromProto(relay.scope());
  facts.origin_org = origin.origin_org();
  facts.reference_kinds = layer.kinds();
  return policy::MayRead(context.membership, *own, audience, caller, facts);
}

}  // namespace

const trust::Node* MemberAccess::Known(const Context& context, const log::Peer& peer) const {
  if (peer.federation != context.directory.federation() || context.Expired(clock_.Now())) return nullptr;
  return context.directory.FindPeer(peer.org, peer.node);
}

bool MemberAccess::MayAppend(const log::Peer& peer, std::string_view topic) const {
  const std::shared_ptr<const Context> context = context_();
  const trust::Node* node = Known(*context, peer);
  if (node == nullptr || topic != IngressTopic(context->relay.layer, peer.node)) return false;
  return IsGatewayHere(*context, *node) || IsMemberRelay(*context, *node);
}

bool MemberAccess::MayReadRaw(const log::Peer& peer, std::string_view topic) const {
  const std::shared_ptr<const Context> context = context_();
  const trust::Node* node = Known(*context, peer);
  if (node == nullptr) return false;
  const bool gateway = IsGatewayHere(*context, *node);
  if (!gateway && !IsMemberRelay(*context, *node)) return false;
  if (topic == ReceiptsTopic(context->relay.layer, peer.node)) return true;
  if (!gateway) return false;
  if (topic == IngressTopic(context->relay.layer, peer.node)) return true;  // to find its last number
  const std::optional<Boundary> audience = AudienceOfTopic(context->relay.layer, topic);
  return audience && audience->IsReadHere();
}

std::vector<log::AccessPolicy::AudienceTopic> MemberAccess::Subscribable(const log::Peer& peer) const {
  const std::shared_ptr<const Context> context = context_();
  const trust::Node* node = Known(*context, peer);
  if (node == nullptr) return {};
  std::vector<AudienceTopic> topics;
  const auto add = [&](const Boundary& boundary) {
    topics.push_back({policy::AudienceTopic(context->relay.layer, boundary), policy::FormatBoundary(boundary)});
  };
  const policy::Layer* own = context->membership.FindLayer(context->relay.layer);
  if (own == nullptr || !own->members.contains(node->org)) return {};
  const policy::Layer* theirs = context->membership.FindLayer(node->layer);
  if (node->role != trust::NodeRole::kTool) {
    if (!IsMemberRelay(*context, *node)) return {};
    // A sector's relay passes on what is for its sector; what its own organisation may read is read at the gateway.
    if (theirs->kind == policy::LayerKind::kSector) {
      add({BoundaryKind::kTransit, theirs->name});
      return topics;
    }
  }
  add({BoundaryKind::kCommunity, ""});
  if (node->role == trust::NodeRole::kTool) add({BoundaryKind::kPublic, ""});
  add({BoundaryKind::kInbox, node->org});
  for (const auto& [id, group] : context->membership.groups()) {
    if (group.members.contains(node->org)) add({BoundaryKind::kGroup, id});
  }
  return topics;
}

std::optional<std::string> MemberAccess::ForMember(const log::Peer& peer, std::string_view audience, std::string_view record) const {
  const std::shared_ptr<const Context> context = context_();
  const trust::Node* node = Known(*context, peer);
  v1::Envelope envelope;
  if (node == nullptr || !envelope.ParseFromArray(record.data(), static_cast<int>(record.size()))) return std::nullopt;
  const StatusOr<Boundary> boundary = policy::ParseBoundary(audience);
  if (!boundary.ok()) return std::nullopt;
  for (const v1::Attestation& hop : envelope.hops()) {
    if (hop.from_node() == peer.node) return std::nullopt;  // nothing goes back to where it came from
  }
  if (boundary->kind == BoundaryKind::kTransit) {
    if (node->layer != boundary->name) return std::nullopt;
    trust::StripForNextLayer(envelope);
    return envelope.SerializeAsString();
  }
  if (!Concerns(*context, node->org, *boundary, envelope)) return std::nullopt;
  trust::StripForMember(envelope);
  return envelope.SerializeAsString();
}

Status MemberAccess::CheckAppend(const log::Peer& peer, std::string_view topic, const std::vector<std::string>& records) const {
  (void)topic;
  for (const std::string& record : records) {
    v1::Envelope envelope;
    if (!envelope.ParseFromString(record) || envelope.hops_size() == 0 || envelope.hops(envelope.hops_size() - 1).from_node() != peer.node) {
      return InvalidArgument("a record is not an envelope handed on by the caller");
    }
  }
  return OkStatus();
}

}  // namespace noroshi::relay
