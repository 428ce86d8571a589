#include "common/relay/codec.h"

#include "common/base/clock.h"

namespace noroshi::relay {

policy::Scope FromProto(const v1::Scope& scope) {
  policy::Scope out;
  if (scope.kind() >= v1::SCOPE_ORG && scope.kind() <= v1::SCOPE_PUBLIC) out.kind = static_cast<policy::ScopeKind>(scope.kind());
  out.names.assign(scope.names().begin(), scope.names().end());
  return out;
}

v1::Scope ToProto(const policy::Scope& scope) {
  v1::Scope out;
  out.set_kind(static_cast<v1::ScopeKind>(scope.kind));
  for (const std::string& name : scope.names) out.add_names(name);
  return out;
}

std::optional<stix::Tlp> OptionalTlp(v1::Tlp tlp) {
  if (tlp == v1::TLP_UNSPECIFIED) return std::nullopt;
  return FromProto(tlp);
}

stix::Tlp FromProto(v1::Tlp tlp) {
  if (tlp < v1::TLP_CLEAR || tlp > v1::TLP_RED) return stix::Tlp::kRed;
  return static_cast<stix::Tlp>(tlp);
}

v1::Tlp ToProto(stix::Tlp tlp) { return static_cast<v1::Tlp>(tlp); }

policy::Attribution FromProto(v1::Attribution attribution) {
  switch (attribution) {
    case v1::ATTRIBUTION_UNSPECIFIED:
    case v1::ATTRIBUTION_NAMED: return policy::Attribution::kNamed;
    case v1::ATTRIBUTION_SECTOR: return policy::Attribution::kSector;
    default: return policy::Attribution::kAnonymous;
  }
}

v1::Attribution ToProto(policy::Attribution attribution) { return static_cast<v1::Attribution>(attribution); }

v1::ObjectFacts FactsOf(const stix::Object& object) {
  v1::ObjectFacts facts;
  facts.set_object_id(object.id);
  facts.set_object_type(object.type);
  facts.set_version(object.version);
  facts.set_version_us(object.version_us);
  facts.set_versioned(object.versioned);
  facts.set_content_hash(AsBytes(object.content_hash));
  facts.set_created_by(object.created_by);
  for (const std::string& ref : object.refs) facts.add_refs(ref);
  for (const std::string& ref : object.marking_refs) {
    if (!stix::OfficialTlp(ref)) facts.add_marking_refs(ref);
  }
  if (object.tlp) facts.set_object_tlp(ToProto(*object.tlp));
  facts.set_revoked(object.revoked);
  for (const std::string& label : object.labels) facts.add_labels(label);
  facts.set_pattern_type(object.pattern_type);
  if (object.confidence) facts.set_confidence(*object.confidence + 1);
  facts.set_marking_fault(object.marking_fault);
  return facts;
}

policy::GrantView ViewOf(const v1::Grant& grant) {
  return {grant.origin_org(), FromProto(grant.scope()), FromProto(grant.tlp()), grant.from_layer()};
}

std::string StampVersion(int64_t accepted_us) { return FormatTimestamp(FromMicros(accepted_us)); }

std::string IngressTopic(std::string_view layer, std::string_view node) { return fmt::format("{}.ingress.{}", layer, node); }
std::string UplinkIngressTopic(std::string_view layer, std::string_view uplink) { return fmt::format("{}.ingress.uplink.{}", layer, uplink); }
std::string UplinkReceiptsTopic(std::string_view layer, std::string_view uplink) { return fmt::format("{}.ingress.receipts.{}", layer, uplink); }
std::string LedgerTopic(std::string_view layer) { return fmt::format("{}.ledger", layer); }
std::string ControlTopic(std::string_view layer) { return fmt::format("{}.control", layer); }
std::string ReceiptsTopic(std::string_view layer, std::string_view node) { return fmt::format("{}.receipts.{}", layer, node); }

std::optional<policy::Boundary> AudienceOfTopic(std::string_view layer, std::string_view topic) {
  const std::string prefix = fmt::format("{}.audience.", layer);
  if (!topic.starts_with(prefix)) return std::nullopt;
  std::string audience(topic.substr(prefix.size()));
  if (const size_t dot = audience.find('.'); dot != std::string::npos) audience[dot] = '/';
  StatusOr<policy::Boundary> boundary = policy::ParseBoundary(audience);
  if (!boundary.ok()) return std::nullopt;
  return *boundary;
}

v1::Verdict VerdictFor(std::string_view layer, const v1::Placement& placement) {
  v1::Verdict verdict;
  verdict.set_layer(std::string(layer));
  verdict.set_audience(placement.verdict().boundary());
  verdict.set_verdict(placement.verdict().verdict());
  verdict.set_reason(placement.verdict().reason());
  verdict.set_rule(placement.verdict().rule());
  verdict.set_policy_version(placement.policy_version());
  verdict.set_epoch(placement.membership_epoch());
  verdict.set_time_us(placement.time_us());
  return verdict;
}

}  // namespace noroshi::relay
