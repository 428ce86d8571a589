// POST /{root}/collections/{id}/objects/ (taxii 112-129): what is posted is published, with the scope of the audience, or by `publish` with that of the headers.
#include <nlohmann/json.hpp>

#include "common/obs/log.h"
#include "common/stix/input.h"
#include "common/taxii/call.h"
#include "common/taxii/status_resource.h"

namespace noroshi::taxii {
namespace {

using policy::BoundaryKind;
using policy::Scope;
using policy::ScopeKind;

Scope ScopeOf(const Call& call, const Collection& collection) {
  const policy::Layer& layer = call.snapshot.layer;
  switch (collection.audience.kind) {
    case BoundaryKind::kGroup: return {ScopeKind::kGroup, {collection.audience.name}};
    case BoundaryKind::kPublic: return {ScopeKind::kPublic, {}};
    default: break;
  }
  if (layer.kind == policy::LayerKind::kOrganisation) return {ScopeKind::kOrg, {}};
  if (layer.kind == policy::LayerKind::kNational) return {ScopeKind::kNational, {}};
  // Who belongs to several sectors means the one where he posts.
  if (call.snapshot.membership().SectorsOf(call.account.caller.org) == std::vector<std::string>{layer.name}) return {ScopeKind::kSector, {}};
  return {ScopeKind::kSectors, {layer.name}};
}

bool SameScope(const Call& call, const Scope& of_audience, const Scope& of_header) {
  if (of_audience == of_header) return true;
  if (of_audience.kind == ScopeKind::kGroup && of_header.kind == ScopeKind::kGroup && of_header.names.size() == 1) {
    const policy::Group* group = call.snapshot.membership().FindGroupFor(of_header.names[0], call.account.caller.org);
    return group != nullptr && group->id == of_audience.names[0];
  }
  return false;
}

// Header values win where the collection says nothing; a contradiction is refused (AC-03).
StatusOr<relay::PublishOptions> Options(const Call& call, const Collection& collection) {
  relay::PublishOptions options;
  options.org = call.account.caller.org;
  options.account = call.account.user;
  if (!collection.publish) options.scope = ScopeOf(call, collection);
  const std::string_view scope = call.request.Header("x-noroshi-scope"), tlp = call.request.Header("x-noroshi-tlp"),
                         attribution = call.request.Header("x-noroshi-attribution");
  if (!scope.empty()) {
    NOROSHI_ASSIGN(Scope wanted, policy::ParseScope(scope));
    if (!collection.publish && !SameScope(call, options.scope, wanted)) return InvalidArgument("X-Noroshi-Scope contradicts the collection");
    if (collection.publish) options.scope = std::move(wanted);
  }
  if (!tlp.empty()) {
    options.tlp = stix::ParseTlp(tlp);
    if (!options.tlp) return InvalidArgument("X-Noroshi-TLP is none of clear, green, amber, amber+strict, red");
  }
  if (!attribution.empty()) {
    NOROSHI_ASSIGN(options.attribution, policy::ParseAttribution(attribution));
  }
  return options;
}

net::Response RefuseBody(const std::string& body, const Status& fault) {
  if (fault.code() == StatusCode::kResourceExhausted) return Error(ErrorCode::kTooManyObjects, Message(fault));
  // 400: not JSON; 422: JSON, but no envelope (taxii 0.7).
  const bool json = nlohmann::json::accept(body);
  return Error(json ? ErrorCode::kNotAnEnvelope : ErrorCode::kNotJson, Message(fault));
}

net::Response RefuseAccept(const Status& fault) {
  if (fault.code() == StatusCode::kInvalidArgument) return Error(ErrorCode::kBadPublication, Message(fault));
  if (fault.code() == StatusCode::kUnavailable || fault.code() == StatusCode::kResourceExhausted || fault.code() == StatusCode::kDeadlineExceeded) {
    return UnavailableAnswer();
  }
  obs::Error("publish_failed", "a publication was not accepted", {{"code", static_cast<int>(fault.code())}});
  return Error(ErrorCode::kInternalError);
}

}  // namespace

net::Response PostObjects(const Call& call, const Collection& collection) {
  const StatusOr<relay::PublishOptions> options = Options(call, collection);
  if (!options.ok()) return Error(ErrorCode::kBadPublication, Message(options.status()));
  const StatusOr<stix::Input> input = stix::SplitInput(call.request.body);
  if (!input.ok()) return RefuseBody(call.request.body, input.status());
  // A body that was cut, or is broken as a whole, is refused as a whole: half of an envelope is nothing that its sender meant (taxii 121, R5).
  if (!input->whole) return Error(ErrorCode::kNotJson, Message(input->items.back().fault));
  if (input->form != "envelope" && input->form != "bundle") return RefuseBody(call.request.body, InvalidArgument("wanted an envelope or a bundle"));
  relay::SubmissionState state;
  state.id = call.site.acceptor.NewSubmission();
  state.received_us = ToMicros(call.site.clock.Now());
  StatusOr<std::vector<relay::ItemResult>> results = call.site.acceptor.Accept(state.id, *options, input->items);
  if (!results.ok()) return RefuseAccept(results.status());
  state.items = *std::move(results);
  state.total = state.items.size();
  return AnswerStatus(202, state);
}

}  // namespace noroshi::taxii
