// Section 3 of sharing.md: TLP x scope x account kind.
#include <gtest/gtest.h>

#include "tests/unit/policy/world.h"

namespace noroshi::policy {
namespace {

using namespace testing;  // NOLINT

constexpr stix::Tlp kTlps[] = {stix::Tlp::kClear, stix::Tlp::kGreen, stix::Tlp::kAmber, stix::Tlp::kAmberStrict, stix::Tlp::kRed};

// In the order of kTlps: who reads at the sector's gateway; `-`: the scope is beyond the ceiling. m member, c client, p partner, a without an account.
struct CeilingRow {
  const char *scope, *audience, *want[5];
};
const CeilingRow kCeiling[] = {
    {"org", "", {"", "", "", "", ""}},
    {"orgs:echo", "inbox/echo", {"m", "m", "m", "m", ""}},
    {"orgs:echo", "granted inbox/echo", {"mcp", "mcp", "mc", "m", ""}},
    {"group:power-only", "group", {"m", "m", "m", "m", "-"}},
    {"group:power-only", "granted group", {"mcp", "mcp", "mc", "m", "-"}},
    {"sector", "community", {"mcp", "mcp", "mc", "m", "-"}},
    {"sectors:energy", "community", {"mcp", "mcp", "mc", "-", "-"}},
    {"national", "community", {"mcp", "mcp", "mc", "-", "-"}},
    {"public", "community", {"mcp", "-", "-", "-", "-"}},
    {"public", "public", {"mcpa", "-", "-", "-", "-"}},
};

Caller AccountOf(const std::string& org, char kind) {
  switch (kind) {
    case 'm': return {org, kMember, true, false, {}};
    case 'c': return {org, kClient, true, false, {}};
    case 'p': return {org, kPartner, true, false, {}};
    default: return {};
  }
}

TEST(MayRead, IsTheCeilingForEveryTlpScopeAndKind) {
  const Membership world = MakeWorld();
  const Layer& energy = *world.FindLayer("energy");
  for (const CeilingRow& row : kCeiling) {
    const Scope scope = Resolved(world, "delta", row.scope);
    std::string audience = row.audience;
    const bool granted = audience.starts_with("granted ");
    if (granted) audience.erase(0, 8);
    if (audience == "group") audience += "/" + kPowerOnly;
    for (size_t t = 0; t < 5; ++t) {
      SCOPED_TRACE(std::string(row.scope) + " " + row.audience + " " + std::string(stix::TlpName(kTlps[t])));
      const std::string want = row.want[t];
      EXPECT_EQ(TlpPermits(kTlps[t], scope.kind), want != "-");
      for (const std::string& at : {std::string("community"), std::string("public"), std::string("inbox/echo"), "group/" + kPowerOnly}) {
        const Boundary boundary = BoundaryOf(at);
        for (const char kind : {'m', 'c', 'p', 'a'}) {
          Caller caller = AccountOf("echo", kind);
          if (granted && kind != 'a') caller.granted = {audience};
          const bool read = MayRead(world, energy, boundary, caller, {kTlps[t], scope, "delta", kAllKinds, BoundaryKind::kCommunity});
          const bool other_row = at != audience && scope.kind == ScopeKind::kPublic && (at == "community" || at == "public");
          if (other_row) continue;
          EXPECT_EQ(read, at == audience && want.find(kind) != std::string::npos) << kind << " at " << at;
        }
      }
    }
  }
}

TEST(MayRead, AsksForTheRightOrganisationRoleAndReadingClass) {
  const Membership world = MakeWorld();
  const Layer& energy = *world.FindLayer("energy");
  const Boundary community = BoundaryOf("community");
  const ReadFacts facts{stix::Tlp::kGreen, ScopeOf("sector:energy"), "delta", kMember, BoundaryKind::kCommunity};
  EXPECT_TRUE(MayRead(world, energy, community, AccountOf("echo", 'm'), facts));
  EXPECT_FALSE(MayRead(world, energy, community, AccountOf("echo", 'c'), facts)) << "refers to something for members";
  EXPECT_FALSE(MayRead(world, energy, community, AccountOf("alfa", 'm'), facts)) << "another sector's member";
  Caller operator_only = AccountOf("echo", 'm');
  operator_only.reader = false;
  EXPECT_FALSE(MayRead(world, energy, community, operator_only, facts));
  ReadFacts elsewhere = facts;
  elsewhere.scope = ScopeOf("sector:finance");
  EXPECT_FALSE(MayRead(world, energy, community, AccountOf("echo", 'm'), elsewhere)) << "a relay's mistake";
  elsewhere.scope = {};
  EXPECT_FALSE(MayRead(world, energy, community, AccountOf("echo", 'm'), elsewhere)) << "no scope";
}

TEST(MayRead, GivesRedToClearedMembersAtTheirEdgesInboxOnly) {
  const Membership world = MakeWorld();
  const Layer &edge = *world.FindLayer("delta"), &energy = *world.FindLayer("energy");
  Caller red = AccountOf("delta", 'm');
  red.red = true;
  const ReadFacts facts{stix::Tlp::kRed, ScopeOf("org"), "delta", kRed, BoundaryKind::kCommunity};
  EXPECT_TRUE(MayRead(world, edge, BoundaryOf("inbox/delta"), red, facts));
  EXPECT_FALSE(MayRead(world, edge, BoundaryOf("community"), red, facts));
  EXPECT_FALSE(MayRead(world, edge, BoundaryOf("inbox/delta"), AccountOf("delta", 'm'), facts));
  EXPECT_FALSE(MayEnter(world, edge, BoundaryOf("inbox/delta"), AccountOf("delta", 'm')));
  ReadFacts orgs = facts;
  orgs.scope = ScopeOf("orgs:delta");
  EXPECT_FALSE(MayRead(world, energy, BoundaryOf("inbox/delta"), red, orgs)) << "in no sector endpoint";
  Caller red_client = AccountOf("delta", 'c');
  red_client.red = true;
  red_client.granted = {"inbox/delta"};
  EXPECT_FALSE(MayRead(world, edge, BoundaryOf("inbox/delta"), red_client, facts));
  // A cleared member still reads as a member, and what refers to RED is for the cleared only.
  const ReadFacts amber{stix::Tlp::kAmber, ScopeOf("sector:energy"), "delta", kRed, BoundaryKind::kCommunity};
  EXPECT_TRUE(MayRead(world, edge, BoundaryOf("community"), red, amber));
  EXPECT_FALSE(MayRead(world, edge, BoundaryOf("community"), AccountOf("delta", 'm'), amber));
}

TEST(MayRead, AtARecipientsEdgeKeepsInboxAndGroupForMembers) {
  const Membership world = MakeWorld();
  const Layer& edge = *world.FindLayer("alfa");
  for (const BoundaryKind via : {BoundaryKind::kCommunity, BoundaryKind::kPublic, BoundaryKind::kInbox, BoundaryKind::kGroup}) {
    const bool narrow = via == BoundaryKind::kInbox || via == BoundaryKind::kGroup;
    const ReadFacts facts{stix::Tlp::kGreen, {}, "delta", kAllKinds, via};
    EXPECT_TRUE(MayRead(world, edge, BoundaryOf("community"), AccountOf("alfa", 'm'), facts));
    EXPECT_EQ(MayRead(world, edge, BoundaryOf("community"), AccountOf("alfa", 'c'), facts), !narrow);
    EXPECT_EQ(MayRead(world, edge, BoundaryOf("community"), AccountOf("alfa", 'p'), facts), !narrow);
    EXPECT_FALSE(MayRead(world, edge, BoundaryOf("community"), {}, facts));
    EXPECT_FALSE(MayRead(world, edge, BoundaryOf("community"), AccountOf("delta", 'm'), facts)) << "not of this house";
  }
}

TEST(MayEnter, HidesWhatIsNotTheCallers) {
  const Membership world = MakeWorld();
  const Layer &energy = *world.FindLayer("energy"), &national = *world.FindLayer("national");
  const auto enters = [&](const Layer& layer, const std::string& at, const Caller& caller) { return MayEnter(world, layer, BoundaryOf(at), caller); };
  EXPECT_TRUE(enters(energy, "community", AccountOf("echo", 'c')));
  EXPECT_FALSE(enters(energy, "community", {}));
  EXPECT_TRUE(enters(energy, "public", {}));
  EXPECT_FALSE(enters(energy, "inbox/delta", AccountOf("echo", 'm')));
  EXPECT_FALSE(enters(energy, "inbox/echo", AccountOf("echo", 'c')));
  EXPECT_TRUE(enters(energy, "group/" + kSolarWatch, AccountOf("echo", 'm')));
  EXPECT_FALSE(enters(energy, "group/" + kSolarWatch, AccountOf("hotel", 'm')));
  EXPECT_FALSE(enters(energy, "group/" + kNobody, AccountOf("delta", 'm'))) << "an owner is no member";
  EXPECT_FALSE(enters(national, "transit/energy", AccountOf("cert", 'm')));
  EXPECT_FALSE(enters(energy, "uplink/national", AccountOf("energy-isac", 'm')));
}

TEST(ReadsAs, NeedsTheReaderRole) {
  EXPECT_EQ(ReadsAs({}), kAnonymous);
  EXPECT_EQ(ReadsAs({"echo", kMember, false, true, {}}), 0u);
  EXPECT_EQ(ReadsAs({"echo", kMember, true, true, {}}), kMember | kRed);
  EXPECT_EQ(ReadsAs({"echo", kPartner, true, true, {}}), kPartner);
  EXPECT_EQ(ReadsAs({"echo", kAnonymous, true, false, {}}), 0u);
  EXPECT_EQ(ReadsAs({"", kMember, true, false, {}}), 0u);
}

}  // namespace
}  // namespace noroshi::policy
