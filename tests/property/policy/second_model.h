// Sharing decided a second time, naively: no shared code with common/policy (its types serve as data only), nothing kept, everything recomputed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/policy/references.h"

namespace noroshi::policy::model {

using Names = std::set<std::string>;
using Kind = BoundaryKind;

struct Model {
  const Membership& world;
  RelayContext relay;

  Names LayersOf(const std::string& org, LayerKind kind) const {
    Names all, own;
    for (const auto& [name, l] : world.layers()) {
      if (l.kind == kind && l.members.count(org)) all.insert(name);
      if (l.kind == kind && l.operator_org == org) own.insert(name);
    }
    return own.empty() ? all : own;
  }
  Names Homes(const std::string& org) const {  // where its inbox is
    const Names sectors = LayersOf(org, LayerKind::kSector);
    return sectors.empty() ? LayersOf(org, LayerKind::kNational) : sectors;
  }
  Names Named(const Scope& s) const { return {s.names.begin(), s.names.end()}; }
  Names Recipients(const Scope& s) const {
    if (s.kind == ScopeKind::kOrgs) return Named(s);
    return s.kind == ScopeKind::kGroup ? world.groups().find(s.names[0])->second.members : Names{};
  }
  Names Communities(const Scope& s) const {
    if (s.kind == ScopeKind::kSector || s.kind == ScopeKind::kSectors) return Named(s);
    Names all;
    if (s.kind < ScopeKind::kNational) return all;
    for (const auto& [name, l] : world.layers()) if (l.kind != LayerKind::kOrganisation) all.insert(name);
    return all;
  }
  bool Allowed(stix::Tlp tlp, ScopeKind kind) const {
    static const char* const rows[] = {"", "1111111", "1111110", "1111110", "1111000", "1100000"};
    return kind != ScopeKind::kUnspecified && rows[static_cast<int>(tlp)][static_cast<int>(kind) - 1] == '1';
  }
  // The table, asked the other way round: where is it read in the end, and which boundary leads there?
  std::set<Boundary> Route(const GrantView& g) const {
    std::set<Boundary> out;
    const bool edge = relay.kind == LayerKind::kOrganisation, red = g.tlp == stix::Tlp::kRed;
    if (!(edge && !g.from_layer.empty()) && !Allowed(g.tlp, g.scope.kind)) return out;
    if (edge) out.insert(red ? Boundary{Kind::kInbox, relay.org} : Boundary{});
    if (red || (edge && !g.from_layer.empty())) return out;
    std::map<std::string, std::set<Boundary>> places;  // layer -> audiences
    for (const std::string& layer : Communities(g.scope)) {
      places[layer].insert(Boundary{});
      if (g.scope.kind == ScopeKind::kPublic) places[layer].insert({Kind::kPublic, ""});
    }
    bool elsewhere = false;
    for (const std::string& layer : Communities(g.scope)) {
      const bool own_uplink = std::count(relay.uplinks.begin(), relay.uplinks.end(), layer) > 0;
      elsewhere |= edge ? !own_uplink && g.scope.kind == ScopeKind::kSectors : layer != relay.layer && g.scope.kind != ScopeKind::kSector;
    }
    for (const std::string& org : Recipients(g.scope)) {
      if (edge && org == relay.org) continue;
      bool here = false;
      for (const std::string& home : Homes(org)) {
        const bool group = g.scope.kind == ScopeKind::kGroup;
        if (group || org != g.from_layer) places[home].insert({group ? Kind::kGroup : Kind::kInbox, group ? g.scope.names[0] : org});
        else places[home];
        here |= home == relay.layer || (edge && std::count(relay.uplinks.begin(), relay.uplinks.end(), home));
      }
      elsewhere |= !here;
    }
    if (relay.kind == LayerKind::kNational && g.scope.kind == ScopeKind::kSector) return out;
    if (!edge && places.count(relay.layer)) out.insert(places[relay.layer].begin(), places[relay.layer].end());
    for (const auto& [layer, audiences] : places) {
      if (relay.kind == LayerKind::kNational && layer != relay.layer && layer != g.from_layer) out.insert({Kind::kTransit, layer});
    }
    for (const std::string& up : relay.uplinks) {
      const bool national = world.layers().find(up)->second.kind == LayerKind::kNational;
      const bool use = edge ? places.count(up) || (elsewhere && up == relay.uplinks[0]) : elsewhere && (national || places.count(up));
      if (use && up != g.from_layer) out.insert({Kind::kUplink, up});
    }
    return out;
  }
  bool Reaches(const std::string& org, const GrantView& g) const {
    if (org == g.origin_org || g.scope.kind == ScopeKind::kPublic || Recipients(g.scope).count(org)) return true;
    for (const std::string& layer : Communities(g.scope)) if (world.layers().find(layer)->second.members.count(org)) return true;
    return false;
  }
  Names Readers(const Boundary& b) const {
    Names out;
    for (const std::string& org : world.layers().find(relay.layer)->second.members) {
      if (b.kind == Kind::kInbox ? org == b.name : b.kind != Kind::kGroup || world.groups().find(b.name)->second.members.count(org)) out.insert(org);
    }
    return out;
  }
  using Seen = std::map<Boundary, Kinds>;
  static Kinds Implied(Kinds k) { return k & kMember ? k | kRed : k; }
  Kinds Common(const Boundary& at, const Seen& seen) const {
    const auto get = [&](Kind kind) { const auto it = seen.find({kind, ""}); return it == seen.end() ? 0 : it->second; };
    if (at.kind == Kind::kPublic) return get(Kind::kPublic) ? Implied(get(Kind::kPublic) | get(Kind::kCommunity)) : 0;
    const Kinds all = get(Kind::kCommunity) | get(Kind::kPublic) | (seen.count(at) ? seen.at(at) : 0);
    const Names readers = Readers(at);
    Kinds common = readers.empty() ? Implied(all) : kAllKinds;
    for (const std::string& org : readers) {
      Kinds kinds = all;
      for (const auto& [b, k] : seen) if (b.kind < Kind::kTransit && Readers(b).count(org)) kinds |= k & (kMember | kRed);
      if (kinds == 0) return 0;
      common &= Implied(kinds);
    }
    return common;
  }
};

}  // namespace noroshi::policy::model
