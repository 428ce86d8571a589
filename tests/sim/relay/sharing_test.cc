// The rules of sharing.md, end to end through every relay of a small federation. What is expected is written by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/relay/codec.h"
#include "tests/support/sim/federation.h"

namespace noroshi::test {
namespace {

using stix::Tlp;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;
using Places = std::set<std::string>;

const std::string kGroup = "group/" + kSolarWatch;

// `layer audience` wherever some version of the object is.
Places PlacesOf(const SimFederation& federation, const std::string& nickname) {
  Places places;
  for (const auto& [where, set] : federation.VisibleEverywhere()) {
    for (const Shown& shown : set) {
      if (shown.id == IdOf(nickname)) places.insert(where);
    }
  }
  return places;
}

// `version kinds` of an object in one audience; versions by their number.
std::vector<std::string> VersionsIn(const SimFederation& federation, const std::string& layer, const std::string& audience, const std::string& nickname) {
  std::vector<std::string> versions;
  for (const Shown& shown : federation.Visible(layer, audience)) {
    if (shown.id == IdOf(nickname)) versions.push_back(shown.version.substr(17, 2) + " " + shown.kinds);
  }
  return versions;
}

std::vector<v1::Envelope> RecordsOf(const SimFederation& federation, const std::string& topic, const std::string& nickname) {
  std::vector<v1::Envelope> found;
  for (const std::string& record : federation.Records(topic.substr(0, topic.find('.')), topic)) {
    v1::Envelope envelope;
    v1::OriginHeader origin;
    if (envelope.ParseFromString(record) && origin.ParseFromString(envelope.origin_header()) && origin.object_id() == IdOf(nickname)) {
      found.push_back(std::move(envelope));
    }
  }
  return found;
}

// --- the table of section 2 ---

struct ScopeRow {
  const char* name;
  std::string org, scope;
  Tlp tlp;
  Places want;  // beyond the publisher's own community
};
class EveryScope : public testing::TestWithParam<ScopeRow> {};

TEST_P(EveryScope, ReachesWhomItNamesAndNobodyElse) {
  const ScopeRow& row = GetParam();
  SimFederation federation;
  const uint64_t number = federation.Publish({row.org, MakeObject({.nickname = "indicator-a"}), row.scope, row.tlp});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), row.want);
  EXPECT_EQ(federation.AnswerTo(number).status, "accepted");
  EXPECT_EQ(federation.FindBreach(), "");
}

const Places kEnergyEdges = {"delta community", "echo community", "foxtrot community"};
const Places kFinanceEdges = {"alfa community", "bravo community", "charlie community"};
Places Union(std::initializer_list<Places> parts) {
  Places all;
  for (const Places& part : parts) all.insert(part.begin(), part.end());
  return all;
}
const Places kNationwide = Union({kEnergyEdges, kFinanceEdges, {"energy community", "finance community", "national community"}});

INSTANTIATE_TEST_SUITE_P(
    Table, EveryScope,
    testing::Values(
        ScopeRow{"Org", "delta", "org", Tlp::kAmber, {"delta community"}},
        ScopeRow{"OrgRed", "delta", "org", Tlp::kRed, {"delta inbox/delta"}},
        ScopeRow{"OrgsInTheSector", "delta", "orgs:echo", Tlp::kAmber, {"delta community", "energy inbox/echo", "echo community"}},
        ScopeRow{"OrgsInAnotherSector", "delta", "orgs:alfa", Tlp::kAmber,
                 {"delta community", "national transit/finance", "finance inbox/alfa", "alfa community"}},
        ScopeRow{"OrgsInBoth", "delta", "orgs:alfa,echo", Tlp::kAmberStrict,
                 {"delta community", "energy inbox/echo", "echo community", "national transit/finance", "finance inbox/alfa", "alfa community"}},
        ScopeRow{"OrgsTheIsac", "delta", "orgs:energy-isac", Tlp::kAmber, {"delta community", "energy inbox/energy-isac"}},
        ScopeRow{"OrgsAnotherIsac", "delta", "orgs:finance-isac", Tlp::kAmber,
                 {"delta community", "national transit/finance", "finance inbox/finance-isac"}},
        ScopeRow{"OrgsADirectMember", "delta", "orgs:cert", Tlp::kAmber, {"delta community", "national inbox/cert"}},
        ScopeRow{"Group", "delta", "group:solar-watch", Tlp::kAmberStrict,
                 Union({kEnergyEdges, {"alfa community", "energy " + kGroup, "national transit/finance", "finance " + kGroup}})},
        ScopeRow{"Sector", "delta", "sector", Tlp::kAmberStrict, Union({kEnergyEdges, {"energy community"}})},
        ScopeRow{"SectorsOwn", "delta", "sectors:energy", Tlp::kAmber, Union({kEnergyEdges, {"energy community"}})},
        ScopeRow{"SectorsOther", "delta", "sectors:finance", Tlp::kAmber,
                 Union({kFinanceEdges, {"delta community", "national transit/finance", "finance community"}})},
        ScopeRow{"SectorsBoth", "delta", "sectors:energy,finance", Tlp::kGreen,
                 Union({kEnergyEdges, kFinanceEdges, {"energy community", "national transit/finance", "finance community"}})},
        ScopeRow{"National", "delta", "national", Tlp::kAmber, Union({kNationwide, {"national transit/finance"}})},
        ScopeRow{"Public", "delta", "public", Tlp::kClear,
                 Union({kNationwide, {"national transit/finance", "energy public", "finance public", "national public"}})},
        ScopeRow{"SectorFromItsIsac", "energy-isac", "sector", Tlp::kAmber, Union({kEnergyEdges, {"energy community"}})},
        ScopeRow{"NationalFromAnIsac", "finance-isac", "national", Tlp::kGreen, Union({kNationwide, {"national transit/energy"}})},
        ScopeRow{"NationalFromTheCert", "cert", "national", Tlp::kAmber,
                 Union({kNationwide, {"national transit/energy", "national transit/finance"}})},
        ScopeRow{"OrgsFromTheCert", "cert", "orgs:echo", Tlp::kAmber, {"national transit/energy", "energy inbox/echo", "echo community"}}),
    [](const auto& info) { return info.param.name; });

// --- refused at the first relay ---

struct RefusalRow {
  const char* name;
  std::string org, scope;
  Tlp tlp;
  std::string reason;
};
class EveryContradiction : public testing::TestWithParam<RefusalRow> {};

TEST_P(EveryContradiction, IsRefusedAtTheFirstRelayAndPublishedNowhere) {
  const RefusalRow& row = GetParam();
  SimFederation federation({.echo_in_both = true, .settings = {}, .finance_policy = {}});
  const uint64_t number = federation.Publish({row.org, MakeObject({.nickname = "indicator-a"}), row.scope, row.tlp});
  federation.RunUntilQuiet();
  EXPECT_EQ(federation.AnswerTo(number).status, "refused");
  EXPECT_EQ(federation.AnswerTo(number).reason, row.reason);
  EXPECT_EQ(ToString(federation.VisibleEverywhere()), "");
}

INSTANTIATE_TEST_SUITE_P(Table, EveryContradiction,
                         testing::Values(RefusalRow{"RedToSector", "delta", "sector", Tlp::kRed, "scope_exceeds_tlp"},
                                         RefusalRow{"RedToGroup", "delta", "group:solar-watch", Tlp::kRed, "scope_exceeds_tlp"},
                                         RefusalRow{"AmberStrictToNational", "delta", "national", Tlp::kAmberStrict, "scope_exceeds_tlp"},
                                         RefusalRow{"AmberStrictToSectors", "delta", "sectors:finance", Tlp::kAmberStrict, "scope_exceeds_tlp"},
                                         RefusalRow{"AmberToPublic", "delta", "public", Tlp::kAmber, "scope_exceeds_tlp"},
                                         RefusalRow{"GreenToPublic", "energy-isac", "public", Tlp::kGreen, "scope_exceeds_tlp"},
                                         RefusalRow{"GroupOfStrangers", "bravo", "group:solar-watch", Tlp::kAmber, "recipient_unknown"},
                                         RefusalRow{"NoSuchGroup", "bravo", "group:no-such", Tlp::kAmber, "recipient_unknown"},
                                         RefusalRow{"NoSuchOrganisation", "delta", "orgs:zulu", Tlp::kAmber, "recipient_unknown"},
                                         RefusalRow{"NoSuchSector", "delta", "sectors:water", Tlp::kAmber, "recipient_unknown"},
                                         RefusalRow{"TwoSectors", "echo", "sector", Tlp::kAmber, "scope_ambiguous"},
                                         RefusalRow{"CertHasNoSector", "cert", "sector", Tlp::kAmber, "scope_ambiguous"}),
                         [](const auto& info) { return info.param.name; });

TEST(Relay, ShowsAnObjectToAMemberOfTwoSectorsOnce) {
  SimFederation federation({.echo_in_both = true, .settings = {}, .finance_policy = {}});
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "national", Tlp::kGreen});
  federation.RunUntilQuiet();
  EXPECT_THAT(VersionsIn(federation, "echo", "community", "indicator-a"), UnorderedElementsAre("01 mcp"));
  EXPECT_EQ(RecordsOf(federation, "echo.audience.community", "indicator-a").size(), 1u);
  federation.Publish({"echo", MakeObject({.nickname = "indicator-b"}), "sectors:finance", Tlp::kGreen});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-b"), Union({kFinanceEdges, {"echo community", "finance community"}}));
}

TEST(Relay, GivesOwnPeopleOfAnInboxOnlyMembers) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "orgs:echo", Tlp::kGreen});
  federation.RunUntilQuiet();
  EXPECT_THAT(VersionsIn(federation, "echo", "community", "indicator-a"), UnorderedElementsAre("01 m"));
}

TEST(Relay, ReceiptsOfEveryLayerReachTheOrigin) {
  SimFederation federation;
  const uint64_t number = federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "national", Tlp::kGreen});
  federation.RunUntilQuiet();
  const std::map<std::string, std::string> want = {
      {"delta community", "release"},     {"delta uplink/energy", "release"},        {"energy community", "release"},
      {"energy uplink/national", "release"}, {"national community", "release"},      {"national transit/finance", "release"},
      {"finance community", "release"}};
  EXPECT_EQ(federation.AnswerTo(number).verdicts, want);
}

TEST(Relay, ARuleOfAnotherSectorIsToldWithoutItsName) {
  policy::Rule forbid;
  forbid.id = "no-indicators";
  forbid.types = {"indicator"};
  SimFederation federation({.echo_in_both = false, .settings = {}, .finance_policy = {1, {forbid}}});
  const uint64_t number = federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "national", Tlp::kGreen});
  federation.RunUntilQuiet();
  EXPECT_EQ(federation.AnswerTo(number).verdicts.at("finance community"), "withhold rule_denied");
  EXPECT_THAT(PlacesOf(federation, "indicator-a"), Not(testing::Contains("alfa community")));
}

// --- references ---

TEST(Reference, InTheSameBatchIsDecidedTogether) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "sector", {}});
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t"}), "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Union({kEnergyEdges, {"energy community"}}));
  const auto deliveries = federation.DeliveriesTo("energy", "echo", "echo-edge");
  std::vector<std::string> objects;
  for (const auto& [header, payload] : deliveries) {
    if (!payload.empty()) objects.push_back(header);
  }
  EXPECT_THAT(objects, testing::ElementsAre(HasSubstr(IdOf("indicator-t")), HasSubstr(IdOf("report-r"))));
}

TEST(Reference, InACycleIsReleasedTogether) {
  SimFederation federation;
  for (const auto& [from, to] : {std::pair{"report-a", "report-b"}, {"report-b", "report-c"}, {"report-c", "report-a"}}) {
    federation.Publish({"delta", MakeObject({.nickname = from, .refs = {to}}), "national", {}});
    federation.RunUntilQuiet();
    if (from != std::string("report-c")) {
      EXPECT_EQ(ToString(federation.VisibleEverywhere()), "");
    }
  }
  for (const char* report : {"report-a", "report-b", "report-c"}) {
    EXPECT_EQ(PlacesOf(federation, report), Union({kNationwide, {"national transit/finance"}})) << report;
  }
}

TEST(Reference, ToWhatIsOnlyForTheOwnOrganisationKeepsTheReferrerAtHome) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t"}), "org", {}});
  const uint64_t number = federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "national", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Places{"delta community"});
  EXPECT_EQ(federation.AnswerTo(number).verdicts.at("delta uplink/energy"), "withhold hidden_reference");
}

TEST(Reference, ToWhatIsOnlyForTheSectorKeepsTheReferrerInTheSector) {
  SimFederation federation;
  federation.Publish({"echo", MakeObject({.nickname = "indicator-t"}), "sector", {}});
  federation.RunUntilQuiet();
  const uint64_t number = federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "national", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Union({kEnergyEdges, {"energy community"}}));
  EXPECT_EQ(federation.AnswerTo(number).verdicts.at("energy uplink/national"), "withhold hidden_reference");
}

TEST(Reference, ToSomethingRefusedIsHidden) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t"}), "national", Tlp::kAmberStrict});
  const uint64_t number = federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Places{});
  EXPECT_EQ(federation.AnswerTo(number).verdicts.at("delta uplink/energy"), "withhold hidden_reference");
}

TEST(Reference, UnresolvedIsHeldForAMinuteAndThenReleasedDangling) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-unknown"}}), "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Places{});
  federation.Advance(std::chrono::seconds(59));
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Places{});
  federation.Advance(std::chrono::seconds(1));
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Union({kEnergyEdges, {"energy community"}}));
  const auto records = RecordsOf(federation, "energy.audience.community", "report-r");
  ASSERT_EQ(records.size(), 1u);
  v1::OriginHeader origin;
  ASSERT_TRUE(origin.ParseFromString(records[0].origin_header()));
  EXPECT_TRUE(origin.dangling());
}

TEST(Reference, ToWhatThePublisherMayNotKnowLooksUnresolved) {
  SimFederation federation;
  federation.Publish({"bravo", MakeObject({.nickname = "indicator-t"}), "sector", {}});
  federation.RunUntilQuiet();
  federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "national", {}});
  federation.RunUntilQuiet();
  federation.Advance(std::chrono::seconds(60));
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Union({kNationwide, {"national transit/finance"}}));
}

TEST(Reference, ArrivingWithinTheMinuteReleasesTheReferrer) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "sector", {}});
  federation.RunUntilQuiet();
  federation.Advance(std::chrono::seconds(30));
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t"}), "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "report-r"), Union({kEnergyEdges, {"energy community"}}));
  v1::OriginHeader origin;
  ASSERT_TRUE(origin.ParseFromString(RecordsOf(federation, "energy.audience.community", "report-r").at(0).origin_header()));
  EXPECT_FALSE(origin.dangling());
  federation.Advance(std::chrono::seconds(60));
  federation.RunUntilQuiet();
  EXPECT_EQ(RecordsOf(federation, "energy.audience.community", "report-r").size(), 1u);
}

TEST(Reference, UnresolvedMarkingIsNeverReleased) {
  SimFederation federation;
  const uint64_t number = federation.Publish({"delta", MakeObject({.nickname = "indicator-r", .markings = {"marking-unknown"}}), "sector", {}});
  federation.RunUntilQuiet();
  federation.Advance(std::chrono::seconds(61));
  federation.RunUntilQuiet();
  EXPECT_EQ(ToString(federation.VisibleEverywhere()), "");
  EXPECT_EQ(federation.AnswerTo(number).reason, "unknown_marking");
  EXPECT_EQ(federation.AnswerTo(number).status, "quarantined");
}

TEST(Reference, HiddenLaterWithdrawsTheReferrerWithATombstone) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t", .creator = "delta"}), "sector", {}});
  federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "sector", {}});
  federation.RunUntilQuiet();
  ASSERT_EQ(PlacesOf(federation, "report-r").size(), 4u);
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t", .creator = "delta", .version = 2}), "org", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-t"), Places{"delta community"});
  EXPECT_EQ(PlacesOf(federation, "report-r"), Places{"delta community"});
  const auto records = RecordsOf(federation, "energy.audience.community", "report-r");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].kind(), v1::RECORD_WITHDRAWAL);
  EXPECT_TRUE(records[1].payload().empty());
}

TEST(Reference, SeenAgainBringsTheReferrerBack) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t", .creator = "delta"}), "national", {}});
  federation.Publish({"delta", MakeObject({.nickname = "report-r", .refs = {"indicator-t"}}), "national", {}});
  federation.RunUntilQuiet();
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t", .creator = "delta", .version = 2}), "org", {}});
  federation.RunUntilQuiet();
  ASSERT_EQ(PlacesOf(federation, "report-r"), Places{"delta community"});
  federation.Publish({"delta", MakeObject({.nickname = "indicator-t", .creator = "delta", .version = 3}), "national", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-t"), Union({kNationwide, {"national transit/finance"}}));
  EXPECT_EQ(PlacesOf(federation, "report-r"), Union({kNationwide, {"national transit/finance"}}));
}

// --- versions, owners, grants ---

TEST(NewVersion, WithANarrowerScopeWithdrawsTheOlderOnes) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta"}), "national", {}});
  federation.RunUntilQuiet();
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta", .version = 2}), "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), Union({kEnergyEdges, {"energy community"}}));
  EXPECT_THAT(VersionsIn(federation, "energy", "community", "indicator-a"), UnorderedElementsAre("01 mc", "02 mc"));
}

TEST(NewVersion, WithAStricterTlpRestrictsTheOlderOnes) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta"}), "sector", Tlp::kGreen});
  federation.RunUntilQuiet();
  EXPECT_THAT(VersionsIn(federation, "energy", "community", "indicator-a"), UnorderedElementsAre("01 mcp"));
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta", .version = 2}), "sector", Tlp::kAmberStrict});
  federation.RunUntilQuiet();
  EXPECT_THAT(VersionsIn(federation, "energy", "community", "indicator-a"), UnorderedElementsAre("01 m", "02 m"));
  EXPECT_THAT(VersionsIn(federation, "delta", "community", "indicator-a"), UnorderedElementsAre("01 m", "02 m"));
}

TEST(NewVersion, OlderThanTheStoredOneDoesNotReplaceIt) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta", .version = 2}), "sector", Tlp::kAmber});
  federation.RunUntilQuiet();
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta", .version = 1}), "national", Tlp::kAmber});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), Union({kEnergyEdges, {"energy community"}}));
}

TEST(Tlp, LoweredNeedsDeclassify) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta"}), "sector", Tlp::kAmberStrict});
  federation.RunUntilQuiet();
  const std::string second = MakeObject({.nickname = "indicator-a", .creator = "delta", .version = 2});
  EXPECT_EQ((federation.Publish({"delta", second, "sector", Tlp::kGreen}), federation.RunUntilQuiet(), federation.AnswerTo(2).reason),
            "declassify_required");
  federation.Publish({"delta", second, "sector", Tlp::kGreen, true});
  federation.RunUntilQuiet();
  EXPECT_EQ(federation.AnswerTo(3).status, "accepted");
  EXPECT_THAT(VersionsIn(federation, "energy", "community", "indicator-a"), UnorderedElementsAre("01 m", "02 mcp"));
}

TEST(Publication, RepeatedIsADuplicate) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "sector", {}});
  federation.RunUntilQuiet();
  const uint64_t again = federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(federation.AnswerTo(again).status, "duplicate");
  EXPECT_EQ(RecordsOf(federation, "delta.audience.community", "indicator-a").size(), 1u);
  EXPECT_EQ(RecordsOf(federation, "energy.audience.community", "indicator-a").size(), 1u);
}

TEST(Publication, AgainWithANarrowerScopeWithdraws) {
  SimFederation federation;
  const std::string object = MakeObject({.nickname = "indicator-a"});
  federation.Publish({"delta", object, "national", {}});
  federation.RunUntilQuiet();
  federation.Publish({"delta", object, "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), Union({kEnergyEdges, {"energy community"}}));
}

TEST(Publication, AgainWithAWiderScopeReachesMore) {
  SimFederation federation;
  const std::string object = MakeObject({.nickname = "indicator-a"});
  federation.Publish({"delta", object, "orgs:echo", {}});
  federation.RunUntilQuiet();
  federation.Publish({"delta", object, "national", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), Union({kNationwide, {"national transit/finance"}}));
}

TEST(Publication, OfAnotherOriginIsOneMoreGrant) {
  SimFederation federation;
  const std::string object = MakeObject({.nickname = "indicator-a"});
  federation.Publish({"delta", object, "sector", {}});
  federation.Publish({"alfa", object, "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), Union({kEnergyEdges, kFinanceEdges, {"energy community", "finance community"}}));
  federation.Publish({"alfa", object, "org", {}});  // narrows its own grant only
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), Union({kEnergyEdges, {"energy community", "alfa community"}}));
}

TEST(Publication, OfAnotherOriginStaysWhenTheFirstIsNarrowed) {
  SimFederation federation;
  const std::string object = MakeObject({.nickname = "indicator-a"});
  federation.Publish({"delta", object, "sector", {}});
  federation.Publish({"foxtrot", object, "sector", {}});
  federation.RunUntilQuiet();
  federation.Publish({"foxtrot", object, "org", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), Union({kEnergyEdges, {"energy community"}}));
}

TEST(Owner, IsTheOnlyOneWhoPublishes) {
  SimFederation federation;
  const uint64_t number = federation.Publish({"echo", MakeObject({.nickname = "indicator-a", .creator = "delta"}), "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(federation.AnswerTo(number).reason, "not_owner");
  EXPECT_EQ(ToString(federation.VisibleEverywhere()), "");
}

TEST(Equivocation, LeavesEachAudienceItsFirst) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta", .text = "one"}), "sector", {}});
  federation.RunUntilQuiet();
  const uint64_t second = federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta", .text = "two"}), "sector", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(RecordsOf(federation, "energy.audience.community", "indicator-a").size(), 1u);
  EXPECT_EQ(RecordsOf(federation, "echo.audience.community", "indicator-a").size(), 1u);
  EXPECT_EQ(federation.AnswerTo(second).reason, "equivocation");  // it was shown the first
}

TEST(Sco, ShowsAnAudienceItsFirstVariant) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "address-a", .text = "one"}), "sector", {}});
  federation.RunUntilQuiet();
  federation.Publish({"alfa", MakeObject({.nickname = "address-a", .text = "two"}), "national", {}});
  federation.RunUntilQuiet();
  const auto energy = RecordsOf(federation, "energy.audience.community", "address-a");
  ASSERT_EQ(energy.size(), 1u);
  EXPECT_THAT(energy[0].payload(), HasSubstr("one"));
  const auto finance = RecordsOf(federation, "finance.audience.community", "address-a");
  ASSERT_EQ(finance.size(), 1u);
  EXPECT_THAT(finance[0].payload(), HasSubstr("two"));
}

TEST(Rescope, OfWhatOneWasGivenIsDenied) {
  SimFederation federation;
  const std::string object = MakeObject({.nickname = "indicator-a"});
  federation.Publish({"delta", object, "sector", {}});
  federation.RunUntilQuiet();
  const uint64_t wider = federation.Publish({"echo", object, "national", {}});
  federation.RunUntilQuiet();
  EXPECT_EQ(federation.AnswerTo(wider).status, "refused");
  EXPECT_EQ(federation.AnswerTo(wider).reason, "rescope_denied");
  EXPECT_EQ(PlacesOf(federation, "indicator-a"), Union({kEnergyEdges, {"energy community"}}));
}

// The relay's half of policy/rescope: which earlier grants count, and that they are the same value in other bytes.
TEST(Rescope, IsDeniedInOtherBytesAndWithALowerTlpAndInTwoStepsAndBehindAWithdrawal) {
  const std::string object = MakeObject({.nickname = "indicator-a"});
  const std::string spaced = "{ " + object.substr(1);
  struct Try {
    std::string bytes, scope;
    std::optional<stix::Tlp> tlp;
  };
  const auto refused = [&](const std::vector<Try>& before, std::optional<std::string> delta_then, const Try& last) {
    SimFederation federation;
    federation.Publish({"delta", object, "sector", stix::Tlp::kAmberStrict});
    federation.RunUntilQuiet();
    if (delta_then) federation.Publish({"delta", object, *delta_then, stix::Tlp::kAmberStrict});
    for (const Try& one : before) federation.Publish({"echo", one.bytes, one.scope, one.tlp});
    federation.RunUntilQuiet();
    const uint64_t publication = federation.Publish({"echo", last.bytes, last.scope, last.tlp});
    federation.RunUntilQuiet();
    return federation.AnswerTo(publication).reason == "rescope_denied";
  };
  constexpr stix::Tlp kStrict = stix::Tlp::kAmberStrict, kAmber = stix::Tlp::kAmber;
  EXPECT_FALSE(refused({}, {}, {object, "sector", kStrict})) << "as it came";
  EXPECT_TRUE(refused({}, {}, {spaced, "national", kAmber})) << "in other bytes";
  EXPECT_TRUE(refused({}, {}, {object, "sector", kAmber})) << "with a lower TLP";
  EXPECT_TRUE(refused({{object, "sector", kStrict}}, {}, {object, "sector", kAmber})) << "in two steps";
  EXPECT_TRUE(refused({}, "org", {object, "sector", kStrict})) << "behind a withdrawal";
}

// --- what a peer hands in ---

TEST(Peer, CannotPublishWithAnothersKey) {
  SimFederation federation;
  const std::string topic = relay::IngressTopic("energy", "energy-gateway");
  const Publication publication{"energy-isac", MakeObject({.nickname = "indicator-a"}), "sector", {}};
  federation.AppendRaw("energy", topic, federation.GatewayRecord("energy-gateway", publication, "echo-edge"));
  federation.RunUntilQuiet();
  EXPECT_EQ(ToString(federation.VisibleEverywhere()), "");
  const auto ledger = federation.Ledger("energy");
  EXPECT_EQ(ledger.back().status(), "quarantined");
  EXPECT_EQ(ledger.back().reason(), "bad_signature");
}

TEST(Peer, CannotChangeABody) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .text = "one"}), "sector", {}});
  federation.Pump("delta");
  federation.Transfer("delta", "energy");
  const std::string topic = relay::IngressTopic("energy", "delta-edge");
  v1::Envelope envelope;
  ASSERT_TRUE(envelope.ParseFromString(federation.Records("energy", topic).at(0)));
  std::string& payload = *envelope.mutable_payload();
  payload.replace(payload.find("one"), 3, "two");
  federation.AppendRaw("energy", topic, envelope.SerializeAsString());
  federation.RunUntilQuiet();
  std::vector<std::string> reasons;
  for (const v1::LedgerEntry& entry : federation.Ledger("energy")) reasons.push_back(entry.reason());
  EXPECT_THAT(reasons, testing::Contains("bad_signature"));
  EXPECT_EQ(RecordsOf(federation, "energy.audience.community", "indicator-a").size(), 1u);
}

TEST(Peer, ReplayingARecordChangesNothing) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "national", {}});
  federation.RunUntilQuiet();
  const std::string before = ToString(federation.VisibleEverywhere());
  for (const std::string layer : {"energy", "national"}) {
    const size_t entries = federation.Ledger(layer).size();
    const std::string topic = relay::IngressTopic(layer, layer == "energy" ? "delta-edge" : "energy-broker");
    federation.AppendRaw(layer, topic, federation.Records(layer, topic).at(0));
    federation.RunUntilQuiet();
    EXPECT_EQ(federation.Ledger(layer).size(), entries);
  }
  EXPECT_EQ(ToString(federation.VisibleEverywhere()), before);
}

TEST(Peer, ARecordForAnotherTopicIsNotTaken) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "orgs:foxtrot", {}});
  federation.RunUntilQuiet();
  // Echo's relay finds delta's record in its own link's topic: the destination does not fit.
  const std::string record = federation.Records("energy", relay::IngressTopic("energy", "delta-edge")).at(0);
  federation.AppendRaw("energy", relay::IngressTopic("energy", "echo-edge"), record);
  federation.RunUntilQuiet();
  EXPECT_EQ(federation.Ledger("energy").back().status(), "quarantined");
}

}  // namespace
}  // namespace noroshi::test
