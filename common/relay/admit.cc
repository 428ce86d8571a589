#include "common/relay/admit.h"

#include "common/base/limits.h"
#include "common/relay/codec.h"
#include "common/stix/ids.h"
#include "common/stix/object.h"
#include "common/trust/proof.h"

namespace noroshi::relay {
namespace {

using policy::Decision;
using policy::Reason;

// The proof code puts the reason first; anything else is a bad signature too.
Decision FromProofError(const Status& status) {
  const Reason reason = Message(status).starts_with("unknown_origin") ? Reason::kUnknownOrigin : Reason::kBadSignature;
  return Decision::Quarantine(reason, "the proof of origin does not hold");
}

Decision Refusal(const Status& status) {
  const std::string_view text = Message(status);
  const size_t space = text.find(' ');
  const StatusOr<Reason> reason = policy::ParseReason(text.substr(0, space));
  Decision decision = Decision::Withhold(reason.ok() ? *reason : Reason::kRecipientUnknown);
  decision.message = space == std::string_view::npos ? "" : std::string(text.substr(space + 1));
  return decision;
}

// May this node speak for the organisation? Its own; or the operator's node of a layer the organisation belongs to.
bool SpeaksFor(const Context& context, const std::string& node_name, const std::string& org) {
  const trust::Node* node = context.directory.Find(node_name);
  if (node == nullptr || node->role == trust::NodeRole::kTool) return false;
  if (node->org == org) return true;
  const policy::Layer* layer = context.membership.FindLayer(node->layer);
  return layer != nullptr && layer->operator_org == node->org && layer->members.contains(org);
}

// What a member's relay may hand in: an edge its own organisation's objects, a broker its members'.
bool MayForward(const Context& context, const Source& source, const std::string& org) {
  const trust::Node* node = context.directory.Find(source.node);
  const policy::Layer* layer = node == nullptr ? nullptr : context.membership.FindLayer(node->layer);
  if (layer == nullptr) return false;
  if (layer->kind == policy::LayerKind::kOrganisation) return node->org == org;
  return layer->members.contains(org);
}

std::optional<Decision> CheckOrigin(const Context& context, const Source& source, const v1::OriginHeader& origin, WallTime now) {
  if (source.kind != Source::Kind::kOwn && context.Expired(now)) {
    return Decision::Withhold(Reason::kMembershipExpired);
  }
  if (context.membership.FindOrganisation(origin.origin_org()) == nullptr) {
    return Decision::Quarantine(Reason::kUnknownOrigin, "the origin organisation is not in the directory");
  }
  switch (source.kind) {
    case Source::Kind::kOwn: return std::nullopt;
    case Source::Kind::kGateway: {
      const policy::Layer* layer = context.membership.FindLayer(context.relay.layer);
      if (layer == nullptr || !layer->members.contains(origin.origin_org())) {
        return Decision::Quarantine(Reason::kUnknownOrigin, "the origin organisation is not a member of this layer");
      }
      return std::nullopt;
    }
    case Source::Kind::kMember:
      if (!MayForward(context, source, origin.origin_org()) || !SpeaksFor(context, origin.origin_node(), origin.origin_org())) {
        return Decision::Quarantine(Reason::kUnknownOrigin, "the sender may not speak for the origin organisation");
      }
      return std::nullopt;
    default:
      if (!SpeaksFor(context, origin.origin_node(), origin.origin_org())) {
        return Decision::Quarantine(Reason::kUnknownOrigin, "the signer may not speak for the origin organisation");
      }
      return std::nullopt;
  }
}

// What a member learns of the scope: only that the audience it came by was in it.
policy::Scope ImpliedScope(const Source& source, const std::optional<policy::Boundary>& via, const std::string& own_org) {
  if (!via) return {};
  switch (via->kind) {
    case policy::BoundaryKind::kCommunity: return {policy::ScopeKind::kSectors, {source.layer}};
    case policy::BoundaryKind::kGroup: return {policy::ScopeKind::kGroup, {via->name}};
    case policy::BoundaryKind::kInbox: return {policy::ScopeKind::kOrgs, {own_org}};
    case policy::BoundaryKind::kPublic: return {policy::ScopeKind::kPublic, {}};
    default: return {};
  }
}

void FillGrant(const Context& context, const Source& source, const v1::OriginHeader& origin, const v1::RelayHeader& header,
               const stix::Object& object, Admitted& admitted) {
  v1::Grant& grant = admitted.grant;
  const std::optional<stix::Tlp> envelope_tlp = OptionalTlp(header.envelope_tlp());
  grant.set_origin_org(origin.origin_org());
  grant.set_from_layer(source.layer);
  grant.set_from_node(source.node);
  grant.set_first_relay(source.kind == Source::Kind::kOwn || source.kind == Source::Kind::kGateway);
  grant.set_accepted_us(origin.accepted_us());
  grant.set_declassify(header.declassify());
  grant.set_attribution(ToProto(FromProto(header.attribution())));
  if (grant.first_relay()) {
    grant.set_submission(header.submission());
    grant.set_number(header.number());
    grant.set_account(header.account());
    grant.set_tlp(ToProto(policy::EffectiveTlp(object.tlp, envelope_tlp, context.settings.default_tlp)));
    *grant.mutable_scope() = header.scope();
    return;
  }
  grant.set_origin_node(origin.origin_node());
  grant.set_origin_epoch(header.origin_epoch());
  grant.set_origin_sequence(header.origin_sequence());
  grant.set_dangling(origin.dangling());
  const bool stripped = source.kind == Source::Kind::kUplink && admitted.envelope->relay_header().empty();
  const std::optional<policy::Boundary> via = AudienceOfTopic(source.layer, admitted.audience_topic);
  if (stripped) {
    *grant.mutable_scope() = ToProto(ImpliedScope(source, via, context.relay.org));
    if (via) grant.add_vias(policy::FormatBoundary(*via));
  } else {
    *grant.mutable_scope() = header.scope();
  }
  // The header's TLP is covered by the origin proof; an object marked stricter than its header says is judged by its marking.
  stix::Tlp tlp = FromProto(origin.tlp());
  if (object.tlp && *object.tlp > tlp) tlp = *object.tlp;
  grant.set_tlp(ToProto(tlp));
}

// Check 5, and the names in the scope become what travels. Only where this layer accepted the object.
void ResolveAtFirstRelay(const Context& context, Admitted& admitted) {
  v1::Grant& grant = admitted.grant;
  const stix::Tlp tlp = FromProto(grant.tlp());
  policy::Scope scope = FromProto(grant.scope());
  // A scope beyond the ceiling is check 4: it is answered before the names in it are looked at.
  if (!policy::TlpPermits(tlp, scope.kind)) return;
  const auto resolved = policy::ResolveScope(context.membership, grant.origin_org(), scope);
  if (!resolved.ok()) {
    admitted.fault = Refusal(resolved.status());
    return;
  }
  *grant.mutable_scope() = ToProto(resolved->scope);
  admitted.fault = policy::RefuseAtFirstRelay(context.membership, grant.origin_org(), resolved->scope, tlp, FromProto(grant.attribution()));
  // `sector` names the publisher's own sector; a layer that is not it would carry the object nowhere, silently.
  if (!admitted.fault && scope.kind == policy::ScopeKind::kSector && context.relay.kind != policy::LayerKind::kOrganisation &&
      resolved->scope.names != std::vector<std::string>{context.relay.layer}) {
    admitted.fault = Decision::Withhold(Reason::kScopeAmbiguous);
    admitted.fault->message = "scope `sector` means another layer than this one; name the sectors instead";
  }
}

// Check 5 behind the first relay: that one may err, or lie, about who may use a group. A group that is not known here has no readers here.
void CheckGroupUse(const Context& context, Admitted& admitted) {
  const v1::Grant& grant = admitted.grant;
  if (grant.scope().kind() != v1::SCOPE_GROUP || grant.vias_size() > 0) return;
  for (const std::string& name : grant.scope().names()) {
    if (!context.membership.FindGroup(name) || context.membership.FindGroupFor(name, grant.origin_org())) continue;
    admitted.fault = Decision::Withhold(Reason::kGroupDenied);
    admitted.fault->message = "the group is for its owner and members";
    return;
  }
}

void AdmitObject(const Context& context, const Source& source, WallTime now, Admitted& admitted) {
  admitted.kind = Admitted::Kind::kObject;
  const v1::Envelope& envelope = *admitted.envelope;
  v1::OriginHeader origin;
  v1::RelayHeader header;
  if (!origin.ParseFromString(envelope.origin_header()) || !header.ParseFromString(envelope.relay_header())) {
    admitted.fault = Decision::Quarantine(Reason::kBadSignature, "a header cannot be read");
    return;
  }
  admitted.grant.set_origin_org(origin.origin_org());
  admitted.grant.set_from_layer(source.layer);
  admitted.grant.set_from_node(source.node);
  if (source.kind == Source::Kind::kOwn || source.kind == Source::Kind::kGateway) {
    admitted.grant.set_submission(header.submission());
    admitted.grant.set_number(header.number());
  } else {
    admitted.grant.set_origin_node(origin.origin_node());
    admitted.grant.set_origin_epoch(header.origin_epoch());
    admitted.grant.set_origin_sequence(header.origin_sequence());
  }
  if ((admitted.fault = CheckOrigin(context, source, origin, now))) return;
  stix::ParseOptions options;
  options.newest_allowed = now + std::chrono::microseconds(limits::kFutureSkewUsMax);
  const StatusOr<stix::Object> object = stix::Parse(envelope.payload(), options);
  if (!object.ok()) {
    admitted.fault = Decision::Quarantine(Reason::kInvalidObject, std::string(Message(object.status())));
    return;
  }
  if (!origin.object_id().empty() && origin.object_id() != object->id) {
    admitted.fault = Decision::Quarantine(Reason::kBadSignature, "header and object name different ids");
    return;
  }
  FillGrant(context, source, origin, header, *object, admitted);
  admitted.facts = FactsOf(*object);
  // The definitions of TLP itself are nobody's secret; a label may only repeat what the markings and the envelope say.
  if (stix::OfficialTlp(object->id) && object->marking_fault.empty()) admitted.grant.set_tlp(v1::TLP_CLEAR);
  if (object->label_tlp && *object->label_tlp > FromProto(admitted.grant.tlp()) && object->marking_fault.empty()) {
    admitted.facts.set_marking_fault("a label names a stricter TLP than the markings and the envelope");
  }
  if (object->version.empty()) admitted.facts.set_version(origin.version().empty() ? StampVersion(origin.accepted_us()) : origin.version());
  if (admitted.grant.first_relay()) {
    ResolveAtFirstRelay(context, admitted);
  } else {
    CheckGroupUse(context, admitted);
  }
}

// Taken from those who take publications of the organisation in this layer: a recall ends what it granted here.
void AdmitRecall(const Context& context, const Source& source, WallTime now, Admitted& admitted) {
  const v1::Envelope& envelope = *admitted.envelope;
  v1::OriginHeader origin;
  v1::RelayHeader header;
  if (!origin.ParseFromString(envelope.origin_header()) || !header.ParseFromString(envelope.relay_header())) {
    admitted.fault = Decision::Quarantine(Reason::kBadSignature, "a header cannot be read");
    return;
  }
  admitted.grant.set_origin_org(origin.origin_org());
  admitted.grant.set_from_node(source.node);
  admitted.grant.set_accepted_us(origin.accepted_us());
  admitted.grant.set_account(header.account());
  const bool own = source.kind == Source::Kind::kOwn && origin.origin_org() == context.relay.org;
  if (!own && source.kind != Source::Kind::kGateway) {
    admitted.fault = Decision::Quarantine(Reason::kUnknownOrigin, "the sender may not recall for the organisation");
    return;
  }
  if ((admitted.fault = CheckOrigin(context, source, origin, now))) return;
  if (!stix::CheckId(origin.object_id()).ok() || (!origin.version().empty() && !ParseTimestamp(origin.version()).ok())) {
    admitted.fault = Decision::Quarantine(Reason::kInvalidObject, "the recall names no object or version");
    return;
  }
  admitted.facts.set_object_id(origin.object_id());
  admitted.facts.set_version(origin.version());
}

}  // namespace

Admitted Admit(const Context& context, const Source& source, log::Offset offset, std::string_view record, WallTime now) {
  Admitted admitted;
  admitted.source = &source;
  admitted.offset = offset;
  admitted.envelope = std::make_shared<v1::Envelope>();
  v1::Envelope& envelope = *admitted.envelope;
  if (record.size() > limits::kRecordBytesMax || !envelope.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    admitted.kind = Admitted::Kind::kUnreadable;
    admitted.fault = Decision::Quarantine(Reason::kBadSignature, "the record cannot be read");
    return admitted;
  }
  if (envelope.hops_size() > 0) {
    const v1::Attestation& last = envelope.hops(envelope.hops_size() - 1);
    admitted.sender_epoch = last.relay_epoch();
    admitted.date_us = last.date_added_us();
    if (source.kind == Source::Kind::kUplink) {
      admitted.audience_topic = last.destination();
    } else {
      v1::LayerHeader link;
      if (link.ParseFromString(envelope.layer_header())) {
        admitted.link_sequence = link.link_sequence();
        admitted.link_epoch = link.link_epoch();
      }
    }
  }
  switch (envelope.kind()) {
    case v1::RECORD_OBJECT: admitted.kind = Admitted::Kind::kObject; break;
    case v1::RECORD_RESTRICT:  // members are given those only that take it from them (MemberAccess::ForMember)
    case v1::RECORD_WITHDRAWAL: admitted.kind = Admitted::Kind::kWithdrawal; break;
    case v1::RECORD_RECALL: admitted.kind = Admitted::Kind::kRecall; break;
    case v1::RECORD_RECEIPT: admitted.kind = Admitted::Kind::kReceipts; break;
    default: admitted.kind = Admitted::Kind::kMarker; break;
  }
  if (source.kind != Source::Kind::kOwn) {
    trust::Expected expected;
    expected.from_node = source.node;
    if (source.kind == Source::Kind::kGateway || source.kind == Source::Kind::kMember) expected.destination = source.topic;
    if (source.kind == Source::Kind::kReceipts) expected.destination = ReceiptsTopic(source.layer, context.node);
    expected.publication = source.kind == Source::Kind::kGateway || admitted.kind != Admitted::Kind::kObject;
    if (const Status proved = trust::VerifyEnvelope(*context.verifier, envelope, expected); !proved.ok()) {
      admitted.fault = FromProofError(proved);
      admitted.facts.Clear();
      return admitted;
    }
    if (source.kind == Source::Kind::kUplink && !AudienceOfTopic(source.layer, admitted.audience_topic)) {
      admitted.fault = Decision::Quarantine(Reason::kBadSignature, "the record is for another destination");
      return admitted;
    }
  }
  if (admitted.kind == Admitted::Kind::kObject) AdmitObject(context, source, now, admitted);
  if (admitted.kind == Admitted::Kind::kRecall) AdmitRecall(context, source, now, admitted);
  return admitted;
}

}  // namespace noroshi::relay
