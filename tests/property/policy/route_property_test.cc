// Laws of routing and reading: the same answer as the naive model, nobody beyond the origin's own reach, everybody within it, never beyond the TLP.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>

#include "tests/property/policy/generators.h"
#include "tests/property/policy/second_model.h"

namespace noroshi::policy {
namespace {

using namespace testing;  // NOLINT

// Who could read it somewhere, when every relay forwards what Route says: organisation and kind (red counts as member; `` = without an account).
struct Flood {
  std::set<std::pair<std::string, Kinds>> readers;
  std::set<std::string> organisations;
  bool everybody = false;
};

std::string FirstRelay(const Membership& world, const std::string& origin) {
  if (world.FindLayer(origin)) return origin;
  const std::vector<std::string> sectors = world.SectorsOf(origin);
  return sectors.empty() ? "national" : sectors.front();
}

void Read(const Membership& world, const Layer& layer, const Boundary& audience, const GrantView& grant, BoundaryKind via, Flood& flood) {
  for (const std::string& org : ReadersOf(world, layer.name, audience)) {
    flood.organisations.insert(org);
    for (const Kinds kind : {kMember, kClient, kPartner}) {
      const Caller caller{org, kind, true, true, {}};
      const ReadFacts facts{grant.tlp, grant.scope, grant.origin_org, kAllKinds, via};
      if (MayRead(world, layer, audience, caller, facts)) flood.readers.emplace(org, kind);
    }
  }
  flood.everybody |= MayRead(world, layer, audience, {}, {grant.tlp, grant.scope, grant.origin_org, kAllKinds, via});
}

Flood Spread(const Membership& world, const GrantView& grant) {
  Flood flood;
  std::deque<std::pair<std::string, std::string>> steps{{FirstRelay(world, grant.origin_org), ""}};
  std::set<std::pair<std::string, std::string>> done;
  while (!steps.empty()) {
    const auto [at, from] = steps.front();
    steps.pop_front();
    if (!done.emplace(at, from).second) continue;
    const RelayContext relay = RelayOf(world, at);
    GrantView here = grant;
    here.from_layer = from;
    for (const Boundary& boundary : Route(world, relay, here)) {
      RC_ASSERT(boundary.name != from || from.empty());
      if (!boundary.IsReadHere()) {
        steps.emplace_back(boundary.name, at);
        continue;
      }
      Read(world, *world.FindLayer(at), boundary, grant, BoundaryKind::kCommunity, flood);
      if (relay.kind == LayerKind::kOrganisation) continue;
      for (const std::string& org : ReadersOf(world, at, boundary)) {  // their edges
        if (!world.FindLayer(org)) continue;
        const GrantView arrived{grant.origin_org, {}, grant.tlp, at};
        for (const Boundary& audience : Route(world, RelayOf(world, org), arrived)) {
          RC_ASSERT(audience.IsReadHere());
          Read(world, *world.FindLayer(org), audience, arrived, boundary.kind, flood);
        }
      }
    }
  }
  return flood;
}

RC_GTEST_PROP(Route, AgreesWithTheNaiveModel, ()) {
  const Membership world = MakeWorld();
  const RelayContext relay = RelayOf(world, *rc::gen::elementOf(kRelays));
  const GrantView grant = AnyGrantAt(world, relay);
  const std::set<Boundary> want = model::Model{world, relay}.Route(grant);
  const std::vector<Boundary> got = Route(world, relay, grant);
  RC_LOG() << relay.layer << " " << grant.origin_org << " " << FormatScope(grant.scope) << " from " << grant.from_layer << ": " << Join(got) << " want "
           << Join({want.begin(), want.end()}) << "\n";
  RC_ASSERT(std::is_sorted(got.begin(), got.end()));
  RC_ASSERT(std::set<Boundary>(got.begin(), got.end()) == want);
}

RC_GTEST_PROP(Route, OnAnyPathReachesNobodyBeyondTheOriginsScopeAndEverybodyWithin, ()) {
  const Membership world = MakeWorld();
  const GrantView grant = AnyGrant(world);
  const Flood flood = Spread(world, grant);
  const Reach reach = ReachOf(world, grant);
  RC_LOG() << grant.origin_org << " " << FormatScope(grant.scope) << "\n";
  for (const std::string& org : flood.organisations) {
    RC_ASSERT(reach.organisations.contains(org));
    RC_ASSERT(Entitled(world, org, grant));
    RC_ASSERT((model::Model{world, {}}.Reaches(org, grant)));
  }
  RC_ASSERT(reach.everybody || !flood.everybody);
  if (grant.tlp == stix::Tlp::kRed || !TlpPermits(grant.tlp, grant.scope.kind)) return;
  for (const std::string& org : reach.organisations) {
    const bool no_edge = org == grant.origin_org && !world.FindLayer(org);
    RC_ASSERT(no_edge || flood.organisations.contains(org));
  }
  RC_ASSERT(flood.everybody == reach.everybody);
}

RC_GTEST_PROP(MayRead, NeverGoesBeyondTheTlp, ()) {
  const Membership world = MakeWorld();
  const GrantView grant = AnyGrant(world);
  const Layer& layer = *world.FindLayer(*rc::gen::elementOf(kRelays));
  const Boundary audience = *rc::gen::elementOf(std::vector<Boundary>{BoundaryOf("community"), BoundaryOf("public"), BoundaryOf("inbox/echo"),
                                                                      BoundaryOf("inbox/delta"), BoundaryOf("group/" + kSolarWatch), BoundaryOf("transit/energy")});
  const Caller caller{*rc::gen::elementOf(kOrganisations), *rc::gen::element(kMember, kClient, kPartner, kAnonymous), *rc::gen::arbitrary<bool>(),
                      *rc::gen::arbitrary<bool>(), {"inbox/echo", "group/" + kSolarWatch}};
  const auto reference_kinds = *rc::gen::inRange<Kinds>(0, 32);
  const auto via = static_cast<BoundaryKind>(*rc::gen::inRange(0, 4));
  if (!MayRead(world, layer, audience, caller, {grant.tlp, grant.scope, grant.origin_org, reference_kinds, via})) return;
  RC_ASSERT((KindsFor(layer.kind, audience, grant.tlp, via) & ReadsAs(caller)) != 0u);
  RC_ASSERT((reference_kinds & ReadsAs(caller)) != 0u);
  RC_ASSERT((model::Model{world, {}}.Allowed(grant.tlp, grant.scope.kind)));
  RC_ASSERT(ReadersOf(world, layer.name, audience).contains(caller.org) || audience.kind == BoundaryKind::kPublic);
  if (grant.tlp == stix::Tlp::kRed) RC_ASSERT(layer.name == caller.org && audience.kind == BoundaryKind::kInbox && caller.red);
  if (grant.tlp >= stix::Tlp::kAmberStrict) RC_ASSERT(caller.kind == kMember);
  if (grant.tlp >= stix::Tlp::kAmber) RC_ASSERT(caller.kind != kPartner);
}

// A stricter TLP, fewer names.
RC_GTEST_PROP(Route, AnAddedRestrictionNeverAddsAReader, ()) {
  const Membership world = MakeWorld();
  const GrantView grant = AnyGrant(world);
  GrantView narrow = grant;
  narrow.tlp = std::max(grant.tlp, AnyTlp());
  if (narrow.scope.names.size() > 1) narrow.scope.names.erase(narrow.scope.names.begin() + *rc::gen::inRange<long>(0, static_cast<long>(narrow.scope.names.size())));
  const Flood wide = Spread(world, grant), less = Spread(world, narrow);
  RC_LOG() << grant.origin_org << " " << FormatScope(grant.scope) << " -> " << FormatScope(narrow.scope) << " " << stix::TlpName(narrow.tlp) << "\n";
  RC_ASSERT(std::includes(wide.readers.begin(), wide.readers.end(), less.readers.begin(), less.readers.end()));
  RC_ASSERT(wide.everybody || !less.everybody);
}

RC_GTEST_PROP(ApplyRules, AnAddedRuleNeverWidensAndOrderDoesNotMatter, ()) {
  const Membership world = MakeWorld();
  const auto any_rule = [] {
    Rule rule;
    rule.id = std::to_string(*rc::gen::inRange(0, 100));
    rule.effect = static_cast<Effect>(*rc::gen::inRange(0, 3));
    rule.max_tlp = AnyTlp();
    if (*rc::gen::arbitrary<bool>()) rule.types = {*rc::gen::element<std::string>("indicator", "malware")};
    if (*rc::gen::arbitrary<bool>()) rule.tlp_at_least = AnyTlp();
    if (*rc::gen::arbitrary<bool>()) rule.boundaries = {*rc::gen::element<std::string>("community", "uplink/*", "public")};
    return rule;
  };
  PolicySet policy;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) policy.rules.push_back(any_rule());
  PolicySet more = policy, reversed = policy;
  more.rules.insert(more.rules.begin() + *rc::gen::inRange<long>(0, static_cast<long>(more.rules.size()) + 1), any_rule());
  std::reverse(reversed.rules.begin(), reversed.rules.end());
  const GrantView grant = AnyGrant(world);
  const std::string type = "indicator", pattern_type = "stix";
  const std::vector<std::string> labels;
  for (const char* at : {"community", "public", "uplink/national"}) {
    const RuleInput input{type, labels, std::nullopt, pattern_type, grant};
    const Decision decision = ApplyRules(policy, input, BoundaryOf(at)), stricter = ApplyRules(more, input, BoundaryOf(at));
    RC_ASSERT(decision.releases() || !stricter.releases());
    RC_ASSERT(decision.verdict != Verdict::kWithhold || stricter.verdict == Verdict::kWithhold);
    RC_ASSERT(ApplyRules(reversed, input, BoundaryOf(at)).verdict == decision.verdict);
  }
}

}  // namespace
}  // namespace noroshi::policy
