#include "common/relay/explain.h"

#include <set>
#include <utility>
#include <vector>

#include "common/relay/catalog.h"
#include "common/relay/codec.h"
#include "common/relay/record.h"

namespace noroshi::relay {
namespace {

// Its latest verdicts; of what never got to an audience one for the whole.
std::vector<v1::Placement> AllPlacements(const v1::CatalogGrant& grant) {
  std::vector<v1::Placement> placements(grant.placements().begin(), grant.placements().end());
  if (!placements.empty() || grant.status() == "accepted") return placements;
  v1::Placement& whole = placements.emplace_back();
  whole.mutable_verdict()->set_verdict(grant.status() == "quarantined" ? "quarantine" : "withhold");
  whole.mutable_verdict()->set_reason(grant.reason());
  whole.set_time_us(grant.stamp_us());
  return placements;
}

// The same as the publisher's receipts say it.
std::vector<v1::Placement> ToldPlacements(const Context& context, const v1::CatalogGrant& grant) {
  const std::vector<v1::Placement> placements = AllPlacements(grant);
  google::protobuf::RepeatedPtrField<v1::LedgerVerdict> verdicts;
  for (const v1::Placement& placement : placements) *verdicts.Add() = placement.verdict();
  std::vector<v1::Placement> told;
  for (v1::LedgerVerdict& verdict : ToldVerdicts(context, grant.grant(), grant.concealed(), verdicts)) {
    v1::Placement& placement = told.emplace_back();
    if (const v1::Placement* known = FindPlacement(grant, verdict.boundary())) {
      placement = *known;
    } else if (!placements.empty()) {
      placement = placements.front();
    }
    *placement.mutable_verdict() = std::move(verdict);
  }
  return told;
}

}  // namespace

v1::ExplainReply ExplainObject(const Context& context, const v1::CatalogObject& object, const std::string& org, const std::string& for_org) {
  v1::ExplainReply reply;
  const bool is_operator = org == context.relay.org;
  const policy::Layer* own = context.membership.FindLayer(context.relay.layer);
  if (!is_operator && (own == nullptr || own->kind == policy::LayerKind::kOrganisation || !own->members.contains(org))) return reply;
  for (const v1::CatalogGrant& grant : object.grants()) {
    const bool is_origin = org == grant.grant().origin_org();
    for (const v1::Placement& placement : is_origin && !is_operator ? ToldPlacements(context, grant) : AllPlacements(grant)) {
      const StatusOr<policy::Boundary> boundary = policy::ParseBoundary(placement.verdict().boundary());
      std::set<std::string> readers;
      if (boundary.ok() && boundary->IsReadHere()) readers = policy::ReadersOf(context.membership, context.relay.layer, *boundary);
      const bool member_reads = placement.released() && readers.contains(org) && (placement.verdict().kinds() & policy::kMember) != 0;
      if (!is_operator && !is_origin && !member_reads) continue;
      if (!for_org.empty() && boundary.ok() && boundary->IsReadHere() && !readers.contains(for_org)) continue;
      v1::ExplainReply::Entry& entry = *reply.add_entries();
      entry.set_object_id(grant.facts().object_id());
      entry.set_version(grant.facts().version());
      entry.set_origin(grant.grant().origin_org());
      *entry.mutable_verdict() = VerdictFor(context.relay.layer, placement);
      if (!is_operator) entry.mutable_verdict()->clear_rule();
    }
  }
  return reply;
}

}  // namespace noroshi::relay
