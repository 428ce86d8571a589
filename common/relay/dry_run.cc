#include "common/relay/dry_run.h"

#include <deque>
#include <set>

#include "common/base/limits.h"
#include "common/relay/codec.h"

namespace noroshi::relay {
namespace {

using policy::Boundary;
using policy::BoundaryKind;

ItemResult Refused(ItemResult result, policy::Reason reason, std::string message) {
  result.state = ItemState::kRefused;
  result.reason = policy::ReasonName(reason);
  result.message = std::move(message);
  return result;
}

// The relay of a layer as the routing table sees it: its uplinks are the layers that its operator is a member of.
policy::RelayContext RelayOf(const policy::Membership& membership, const policy::Layer& layer) {
  policy::RelayContext relay{layer.name, layer.kind, layer.operator_org, {}};
  for (const auto& [name, other] : membership.layers()) {
    if (other.kind > layer.kind && other.members.contains(layer.operator_org)) relay.uplinks.push_back(name);
  }
  return relay;
}

void Walk(const Context& context, policy::GrantView grant, ItemResult& result) {
  struct Visit {
    std::string layer, from;
  };
  std::deque<Visit> open{{context.relay.layer, ""}};
  std::set<std::string> seen;
  while (!open.empty()) {
    const Visit visit = open.front();
    open.pop_front();
    const policy::Layer* layer = context.membership.FindLayer(visit.layer);
    if (layer == nullptr || !seen.insert(visit.layer).second) continue;
    grant.from_layer = visit.from;
    const policy::RelayContext relay = visit.layer == context.relay.layer ? context.relay : RelayOf(context.membership, *layer);
    for (const Boundary& boundary : policy::Route(context.membership, relay, grant)) {
      if (boundary.kind == BoundaryKind::kUplink || boundary.kind == BoundaryKind::kTransit) {
        open.push_back({boundary.name, visit.layer});
        continue;
      }
      LayerVerdict verdict;
      verdict.layer = visit.layer;
      verdict.audience = policy::FormatBoundary(boundary);
      verdict.verdict = "release";
      verdict.policy_version = context.policy.version;
      verdict.epoch = context.membership.epoch();
      result.verdicts.push_back(std::move(verdict));
    }
  }
}

}  // namespace

ItemResult DryRun(const Context& context, const PublishOptions& options, const stix::InputItem& item, WallTime now) {
  ItemResult result;
  result.number = item.number;
  stix::ParseOptions parse;
  parse.newest_allowed = now + std::chrono::microseconds(limits::kFutureSkewUsMax);
  parse.warn = true;
  const StatusOr<stix::Object> object = item.fault.ok() ? stix::Parse(item.bytes, parse) : StatusOr<stix::Object>(item.fault);
  if (!object.ok()) return Refused(std::move(result), policy::Reason::kInvalidObject, std::string(Message(object.status())));
  result.id = object->id;
  result.version = object->version;
  const policy::Scope wanted = options.scope.kind == policy::ScopeKind::kUnspecified ? context.settings.default_scope : options.scope;
  policy::VersionGrant grant;
  grant.order = 1;
  grant.origin_org = options.org;
  grant.version = object->versioned ? object->version : "";
  grant.version_us = object->version_us;
  grant.content = object->content_hash;
  grant.created_by = object->created_by;
  grant.scope = wanted;
  grant.tlp = policy::EffectiveTlp(object->tlp, options.tlp, context.settings.default_tlp);
  grant.attribution = options.attribution.value_or(context.settings.default_attribution);
  grant.declassify = options.declassify;
  grant.marking_fault = object->marking_fault;
  grant.first_relay = true;
  const policy::ObjectJudgement judgement = policy::JudgeObject(context.membership, object->id, {grant});
  const policy::Decision& stands = judgement.standings.front().decision;
  if (!stands.releases()) return Refused(std::move(result), stands.reason, stands.message);
  const auto resolved = policy::ResolveScope(context.membership, options.org, wanted);
  if (!resolved.ok()) {
    const std::string_view text = Message(resolved.status());
    const StatusOr<policy::Reason> reason = policy::ParseReason(text.substr(0, text.find(' ')));
    return Refused(std::move(result), reason.ok() ? *reason : policy::Reason::kRecipientUnknown, std::string(text));
  }
  if (const auto refused = policy::RefuseAtFirstRelay(context.membership, options.org, resolved->scope, grant.tlp, grant.attribution)) {
    return Refused(std::move(result), refused->reason, refused->message);
  }
  result.state = ItemState::kAccepted;
  result.message = stix::JoinWarnings(object->warnings);
  if (!resolved->warning.empty()) result.message = resolved->warning + (result.message.empty() ? "" : "; ") + result.message;
  Walk(context, {options.org, resolved->scope, grant.tlp, ""}, result);
  return result;
}

}  // namespace noroshi::relay
