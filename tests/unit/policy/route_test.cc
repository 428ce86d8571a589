// The table of sharing.md section 2, cell by cell: publisher delta, whose sector is energy.
#include <gtest/gtest.h>

#include "tests/unit/policy/world.h"

namespace noroshi::policy {
namespace {

using namespace testing;  // NOLINT: the world's verbs

struct TableRow {
  const char* name;
  std::string scope;
  stix::Tlp tlp;
  std::string edge;          // delta's edge, accepted there
  std::string broker;        // energy, from delta's edge
  std::string hub;           // national, from energy
  std::string other_broker;  // finance, from national
  std::string recipient;     // alfa's edge, from finance
};
void PrintTo(const TableRow& row, std::ostream* out) { *out << row.scope; }

const std::string kSolar = "group/" + kSolarWatch;
constexpr stix::Tlp kClear = stix::Tlp::kClear, kRedTlp = stix::Tlp::kRed, kAmberTlp = stix::Tlp::kAmber;

const TableRow kTable[] = {
    {"Org", "org", kClear, "community", "", "", "", "community"},
    {"OrgsInTheSector", "orgs:echo,foxtrot", kClear, "community uplink/energy", "inbox/echo inbox/foxtrot", "", "", "community"},
    {"OrgsHereAndThere", "orgs:alfa,echo", kClear, "community uplink/energy", "inbox/echo uplink/national", "transit/finance", "inbox/alfa", "community"},
    {"OrgsDirectMembers", "orgs:cert,golf", kClear, "community uplink/energy", "uplink/national", "inbox/cert inbox/golf", "", "community"},
    {"OrgsOfAnIsac", "orgs:finance-isac", kClear, "community uplink/energy", "uplink/national", "transit/finance", "inbox/finance-isac", "community"},
    {"OrgsOwnIsac", "orgs:energy-isac", kClear, "community uplink/energy", "inbox/energy-isac", "", "", "community"},
    {"OrgsInTwoSectors", "orgs:hotel", kClear, "community uplink/energy", "inbox/hotel", "transit/finance", "inbox/hotel", "community"},
    {"OrgsInTelecom", "orgs:india", kClear, "community uplink/energy", "uplink/national uplink/telecom", "transit/telecom", "", "community"},
    {"OrgsItself", "orgs:delta", kClear, "community", "", "", "", "community"},
    {"GroupAcross", "group:solar-watch", kClear, "community uplink/energy", kSolar + " uplink/national", "transit/finance", kSolar, "community"},
    {"GroupInTheSector", "group:power-only", kClear, "community uplink/energy", "group/" + kPowerOnly, "", "", "community"},
    {"GroupEmpty", "group:nobody", kClear, "community", "", "", "", "community"},
    {"GroupWithDirectMember", "group:with-golf", kClear, "community uplink/energy", "group/" + kWithGolf + " uplink/national", "group/" + kWithGolf, "", "community"},
    {"Sector", "sector", kClear, "community uplink/energy", "community", "", "", "community"},
    {"SectorsOwn", "sectors:energy", kClear, "community uplink/energy", "community", "", "", "community"},
    {"SectorsOther", "sectors:finance", kClear, "community uplink/energy", "uplink/national", "transit/finance", "community", "community"},
    {"SectorsBoth", "sectors:energy,finance", kClear, "community uplink/energy", "community uplink/national", "transit/finance", "community", "community"},
    {"SectorsTelecom", "sectors:telecom", kClear, "community uplink/energy", "uplink/national uplink/telecom", "transit/telecom", "", "community"},
    {"National", "national", kClear, "community uplink/energy", "community uplink/national uplink/telecom", "community transit/finance transit/telecom", "community",
     "community"},
    {"Public", "public", kClear, "community uplink/energy", "community public uplink/national uplink/telecom", "community public transit/finance transit/telecom",
     "community public", "community"},
    // RED crosses nothing yet: the own inbox, and a recipient's.
    {"RedOrg", "org", kRedTlp, "inbox/delta", "", "", "", "inbox/alfa"},
    {"RedOrgs", "orgs:alfa,echo", kRedTlp, "inbox/delta", "", "", "", "inbox/alfa"},
    // A contradiction goes nowhere at any relay that can see it.
    {"RedNational", "national", kRedTlp, "", "", "", "", "inbox/alfa"},
    {"AmberPublic", "public", kAmberTlp, "", "", "", "", "community"},
};

class RouteTable : public ::testing::TestWithParam<TableRow> {
 protected:
  std::string At(std::string_view layer, std::string_view from, bool scope_known = true) const {
    const TableRow& row = GetParam();
    GrantView grant{"delta", Resolved(world_, "delta", row.scope), row.tlp, std::string(from)};
    if (!scope_known) grant.scope = {};
    return Join(Route(world_, RelayOf(world_, layer), grant));
  }
  const Membership world_ = MakeWorld();
};

TEST_P(RouteTable, HoldsAtThePublishersEdge) { EXPECT_EQ(At("delta", ""), GetParam().edge); }
TEST_P(RouteTable, HoldsAtTheBrokerOfItsSector) { EXPECT_EQ(At("energy", "delta"), GetParam().broker); }
TEST_P(RouteTable, HoldsAtTheHub) { EXPECT_EQ(At("national", "energy"), GetParam().hub); }
TEST_P(RouteTable, HoldsAtTheBrokerOfAnotherSector) { EXPECT_EQ(At("finance", "national"), GetParam().other_broker); }
TEST_P(RouteTable, HoldsAtARecipientsEdge) { EXPECT_EQ(At("alfa", "finance", /*scope_known=*/false), GetParam().recipient); }

INSTANTIATE_TEST_SUITE_P(Table, RouteTable, ::testing::ValuesIn(kTable), [](const auto& info) { return std::string(info.param.name); });

struct OtherCase {
  const char* name;
  const char *layer, *origin, *from, *scope, *want;
};
void PrintTo(const OtherCase& c, std::ostream* out) { *out << c.name; }
const OtherCase kOther[] = {
    // Members without an edge publish at their layer's gateway.
    {"IsacToItsSector", "energy", "energy-isac", "", "sector", "community"},
    {"IsacToOneMember", "energy", "energy-isac", "", "orgs:echo", "inbox/echo"},
    {"CertToAll", "national", "cert", "", "national", "community transit/energy transit/finance transit/telecom"},
    {"CertToASector", "national", "cert", "", "sectors:energy", "transit/energy"},
    {"SmallCompanyToItselfByName", "energy", "foxtrot", "", "orgs:foxtrot", "inbox/foxtrot"},
    // Several uplinks: those the scope reaches, and the first for what lies elsewhere.
    {"HotelToOneSector", "hotel", "hotel", "", "sectors:finance", "community uplink/finance"},
    {"HotelToAThirdSector", "hotel", "hotel", "", "sectors:finance,telecom", "community uplink/energy uplink/finance"},
    {"HotelToAlfa", "hotel", "hotel", "", "orgs:alfa", "community uplink/finance"},
    {"HotelToGolf", "hotel", "hotel", "", "orgs:golf", "community uplink/energy"},
    {"HotelToAll", "hotel", "hotel", "", "national", "community uplink/energy uplink/finance"},
    {"GolfToASector", "golf", "golf", "", "sectors:energy", "community uplink/national"},
    {"GolfToCert", "golf", "golf", "", "orgs:cert", "community uplink/national"},
    // Nothing goes back.
    {"DownFromTheHub", "energy", "alfa", "national", "national", "community uplink/telecom"},
    {"DownFromTheHubByName", "energy", "alfa", "national", "orgs:echo,golf", "inbox/echo"},
    {"FromTelecomToAll", "energy", "india", "telecom", "national", "community uplink/national"},
    {"ForeignSectorScope", "energy", "alfa", "national", "sector", ""},
};
class RouteOther : public ::testing::TestWithParam<OtherCase> {};
TEST_P(RouteOther, GoesWhereTheTableSays) {
  const Membership world = MakeWorld();
  const OtherCase& c = GetParam();
  EXPECT_EQ(Join(Route(world, RelayOf(world, c.layer), {c.origin, Resolved(world, c.origin, c.scope), kClear, c.from})), c.want);
}
INSTANTIATE_TEST_SUITE_P(Cases, RouteOther, ::testing::ValuesIn(kOther), [](const auto& info) { return std::string(info.param.name); });

TEST(Route, OfAScopeThatNobodyGaveGoesNowhere) {
  const Membership world = MakeWorld();
  for (const char* layer : {"delta", "energy", "national"}) EXPECT_EQ(Join(Route(world, RelayOf(world, layer), {"delta", {}, kClear, ""})), "");
}

TEST(ReachOf, GrowsFromTheOrganisationToEverybody) {
  const Membership world = MakeWorld();
  const auto reach = [&](std::string_view scope) { return ReachOf(world, {"delta", Resolved(world, "delta", scope), kClear, ""}); };
  EXPECT_EQ(reach("org").organisations, std::set<std::string>{"delta"});
  EXPECT_EQ(reach("orgs:alfa").organisations, (std::set<std::string>{"alfa", "delta"}));
  EXPECT_EQ(reach("group:nobody").organisations, std::set<std::string>{"delta"});
  EXPECT_EQ(reach("sector").organisations, (std::set<std::string>{"delta", "echo", "energy-isac", "foxtrot", "hotel"}));
  EXPECT_TRUE(reach("national").national);
  EXPECT_FALSE(reach("national").everybody);
  EXPECT_EQ(reach("national").organisations.size(), 13u);
  EXPECT_TRUE(Covers(reach("public"), reach("national")));
  EXPECT_FALSE(Covers(reach("national"), reach("public")));
  EXPECT_TRUE(Covers(reach("sector"), reach("group:power-only")));
  EXPECT_FALSE(Covers(reach("sector"), reach("group:solar-watch")));
}

TEST(Beyond, KeepsWhatLiesBehindTheBoundary) {
  const Membership world = MakeWorld();
  const RelayContext energy = RelayOf(world, "energy"), hub = RelayOf(world, "national"), edge = RelayOf(world, "delta");
  const Reach reach = ReachOf(world, {"delta", Resolved(world, "delta", "group:solar-watch"), kClear, ""});
  EXPECT_EQ(Beyond(world, energy, BoundaryOf("uplink/national"), reach).organisations, std::set<std::string>{"alfa"});
  EXPECT_EQ(Beyond(world, hub, BoundaryOf("transit/finance"), reach).organisations, std::set<std::string>{"alfa"});
  EXPECT_EQ(Beyond(world, edge, BoundaryOf("uplink/energy"), reach).organisations, (std::set<std::string>{"alfa", "echo", "foxtrot"}));
  EXPECT_TRUE(Beyond(world, energy, BoundaryOf("community"), reach).organisations.empty());
}

}  // namespace
}  // namespace noroshi::policy
