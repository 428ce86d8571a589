// A small federation that the policy tests speak about: sectors energy, finance and telecom under one national hub, groups within a sector, across
// sectors and with a direct member, an empty one, and an organisation in two sectors.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/policy/evaluate.h"
#include "common/policy/membership.h"
#include "common/policy/references.h"
#include "common/policy/scope.h"

namespace noroshi::policy::testing {

inline const std::string kSolarWatch = "11111111-1111-4111-8111-111111111111";  // delta (owner), echo, foxtrot, alfa
inline const std::string kPowerOnly = "22222222-2222-4222-8222-222222222222";   // echo (owner), delta
inline const std::string kNobody = "33333333-3333-4333-8333-333333333333";      // delta owns it, empty
inline const std::string kWithGolf = "44444444-4444-4444-8444-444444444444";    // golf (owner), delta
inline const std::string kStrangers = "55555555-5555-4555-8555-555555555555";   // alfa (owner), bravo

inline std::string IdentityOf(std::string_view org) { return "identity--" + std::string(org); }

inline Membership MakeWorld() {
  std::vector<Organisation> organisations;
  for (const char* name : {"cert", "finance-isac", "energy-isac", "telecom-isac", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf",
                           "hotel", "india"}) {
    organisations.push_back({name, IdentityOf(name)});
  }
  std::vector<Layer> layers = {
      {"national", LayerKind::kNational, "cert", {"cert", "finance-isac", "energy-isac", "telecom-isac", "golf"}},
      {"finance", LayerKind::kSector, "finance-isac", {"finance-isac", "alfa", "bravo", "charlie", "hotel"}},
      {"energy", LayerKind::kSector, "energy-isac", {"energy-isac", "delta", "echo", "foxtrot", "hotel"}},
      {"telecom", LayerKind::kSector, "telecom-isac", {"telecom-isac", "india", "energy-isac"}},  // the energy broker is a member here too
  };
  for (const char* name : {"alfa", "bravo", "delta", "echo", "golf", "hotel"}) {
    layers.push_back({name, LayerKind::kOrganisation, name, {name}});
  }
  std::vector<Group> groups = {{kSolarWatch, "solar-watch", "delta", {"delta", "echo", "foxtrot", "alfa"}},
                               {kPowerOnly, "power-only", "echo", {"echo", "delta"}},
                               {kNobody, "nobody", "delta", {}},
                               {kWithGolf, "with-golf", "golf", {"golf", "delta"}},
                               {kStrangers, "strangers", "alfa", {"alfa", "bravo"}}};
  auto membership = Membership::Create(7, std::move(organisations), std::move(layers), std::move(groups), {"identity--reference"});
  NOROSHI_CHECK(membership.ok());
  return *std::move(membership);
}

// The relay of a layer, with the uplinks that the world gives it.
inline RelayContext RelayOf(const Membership& membership, std::string_view layer_name) {
  const Layer* layer = membership.FindLayer(layer_name);
  NOROSHI_CHECK(layer != nullptr);
  RelayContext relay{layer->name, layer->kind, layer->operator_org, {}};
  if (layer->kind == LayerKind::kSector) {
    relay.uplinks.push_back("national");
    for (const auto& [name, other] : membership.layers()) {
      if (other.kind == LayerKind::kSector && name != layer->name && other.members.contains(layer->operator_org)) relay.uplinks.push_back(name);
    }
  } else if (layer->kind == LayerKind::kOrganisation) {
    relay.uplinks = membership.SectorsOf(layer->name);
    if (relay.uplinks.empty()) relay.uplinks.push_back("national");
  }
  return relay;
}

inline Scope ScopeOf(std::string_view text) {
  auto scope = ParseScope(text);
  NOROSHI_CHECK(scope.ok());
  return *std::move(scope);
}

inline Boundary BoundaryOf(std::string_view text) {
  auto boundary = ParseBoundary(text);
  NOROSHI_CHECK(boundary.ok());
  return *std::move(boundary);
}

// `community inbox/echo uplink/national`.
inline std::string Join(const std::vector<Boundary>& boundaries) {
  std::vector<std::string> names;
  for (const Boundary& boundary : boundaries) names.push_back(FormatBoundary(boundary));
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

// What a publisher wrote, as it travels.
inline Scope Resolved(const Membership& membership, std::string_view publisher, std::string_view text) {
  auto resolved = ResolveScope(membership, publisher, ScopeOf(text));
  NOROSHI_CHECK(resolved.ok());
  return resolved->scope;
}

}  // namespace noroshi::policy::testing
