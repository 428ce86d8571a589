#include "services/cli/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "services/cli/names.h"

namespace noroshi::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kSmall[] = R"(
federation: test
national: {name: national, org: cert}
sectors:
  - {name: energy, isac: energy-isac, members: [delta, echo]}
  - {name: finance, isac: finance-isac, members: [alfa]}
)";

std::string Faults(const std::string& text) {
  std::string out;
  for (const config::Fault& fault : ParseTopology(text, "t.yaml").faults) out += fault.ToString() + "\n";
  return out;
}

TEST(Topology, OfTheDemoIsRead) {
  const char* source = std::getenv("NOROSHI_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  const auto loaded = LoadTopology(std::string(source) + "/deploy/topologies/demo.yaml");
  ASSERT_TRUE(loaded.value) << (loaded.faults.empty() ? "" : loaded.faults[0].ToString());
  EXPECT_EQ(loaded.value->federation, "demo");
  EXPECT_THAT(loaded.value->Companies(), ElementsAre("delta", "echo", "foxtrot", "alfa", "bravo", "charlie"));
  EXPECT_TRUE(loaded.value->partner);
  EXPECT_EQ(loaded.value->settings.hold, std::chrono::seconds(10));
  EXPECT_EQ(loaded.value->organisations[0].dictionary[0], "Delta Power");
}

TEST(Topology, SettingsHaveTheDefaultsOfTheContract) {
  const auto loaded = ParseTopology(kSmall, "t.yaml");
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(loaded.value->settings.hold, std::chrono::seconds(60));
  EXPECT_EQ(loaded.value->settings.k, 3);
  EXPECT_EQ(loaded.value->settings.default_tlp, stix::Tlp::kAmber);
  EXPECT_EQ(loaded.value->settings.default_scope.kind, policy::ScopeKind::kSector);
  EXPECT_FALSE(loaded.value->partner);
}

TEST(Topology, ACompanyMayBeInTwoSectors) {
  const auto loaded = ParseTopology(R"(
federation: test
national: {name: national, org: cert}
sectors:
  - {name: energy, isac: energy-isac, members: [delta]}
  - {name: finance, isac: finance-isac, members: [delta]}
)", "t.yaml");
  ASSERT_TRUE(loaded.value);
  EXPECT_THAT(loaded.value->Companies(), ElementsAre("delta"));
}

struct FaultCase {
  const char* name;
  std::string text;
  std::string want;
};
class TopologyFault : public testing::TestWithParam<FaultCase> {};
TEST_P(TopologyFault, IsNamed) { EXPECT_THAT(Faults(GetParam().text), HasSubstr(GetParam().want)); }
INSTANTIATE_TEST_SUITE_P(
    Table, TopologyFault,
    testing::Values(
        FaultCase{"CompanyNamedLikeASector", "federation: t\nnational: {name: national, org: cert}\nsectors: [{name: energy, isac: i, members: [energy]}]\n",
                  "`energy` is already the name of a sector"},
        FaultCase{"CompanyNamedLikeALaterSector",
                  "federation: t\nnational: {name: national, org: cert}\nsectors: [{name: a, isac: i, members: [b]}, {name: b, isac: j, members: []}]\n",
                  "`b` is already the name of a sector"},
        FaultCase{"SectorTwice", "federation: t\nnational: {name: national, org: cert}\nsectors: [{name: a, isac: i}, {name: a, isac: j}]\n",
                  "`a` is already the name of a sector"},
        FaultCase{"IsacIsTheCert", "federation: t\nnational: {name: national, org: cert}\nsectors: [{name: a, isac: cert}]\n", "`cert` is already the name of"},
        FaultCase{"MemberTwice", "federation: t\nnational: {name: national, org: cert}\nsectors: [{name: a, isac: i, members: [x, x]}]\n",
                  "`x` stands here twice"},
        FaultCase{"BadCharacters", "federation: t\nnational: {name: national, org: cert}\nsectors: [{name: a, isac: i, members: [\"Ä b\"]}]\n", "is no name"},
        FaultCase{"SectorCalledNational", "federation: t\nnational: {name: country, org: cert}\nsectors: [{name: national, isac: i}]\n",
                  "`national-gateway` is the hub's own gateway"},
        FaultCase{"UnknownMemberOfAGroup", std::string(kSmall) + "groups: [{name: g, owner: delta, members: [ecko]}]\n", "did you mean `echo`?"},
        FaultCase{"UnknownOwner", std::string(kSmall) + "groups: [{name: g, owner: nobody, members: []}]\n", "`nobody` is no organisation of this topology"},
        FaultCase{"UnknownKey", std::string(kSmall) + "group: []\n", "unknown key `group`; did you mean `groups`?"},
        FaultCase{"MissingFederation", "national: {name: national, org: cert}\n", "federation: is missing"},
        FaultCase{"ClearAsDefault", std::string(kSmall) + "settings: {default_tlp: clear}\n", "clear cannot be a default"},
        FaultCase{"BadScope", std::string(kSmall) + "settings: {default_scope: everywhere}\n", "settings.default_scope"},
        FaultCase{"BadIdentity", std::string(kSmall) + "organisations: [{name: delta, identity: delta}]\n", "is not the id of a STIX identity"},
        FaultCase{"QuotedBoolean", std::string(kSmall) + "accounts: {partner: \"true\"}\n", "accounts.partner"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Topology, AllFaultsComeAtOnceWithTheirPlaces) {
  const std::string text = "federation: Test\nnational: {name: national, org: cert}\nsectors:\n  - {name: energy, isac: cert, member: []}\n";
  const std::string faults = Faults(text);
  EXPECT_THAT(faults, HasSubstr("t.yaml:1:"));
  EXPECT_THAT(faults, HasSubstr("sectors[0].isac"));
  EXPECT_THAT(faults, HasSubstr("did you mean `members`?"));
}

TEST(Nearest, FindsTypingSlipsOnly) {
  const std::vector<std::string> nodes = {"alfa-edge", "bravo-edge", "energy-broker"};
  EXPECT_EQ(Nearest("alfa-egde", nodes), "alfa-edge");
  EXPECT_EQ(Nearest("energy-broke", nodes), "energy-broker");
  EXPECT_EQ(Nearest("zulu", nodes), "");
  EXPECT_EQ(Nearest("", nodes), "");
}

}  // namespace
}  // namespace noroshi::cli
