// Who may say what of an object that no organisation of the directory owns (sharing.md section 8): each audience has its own custodian, and nobody is stopped by a
// grant that he cannot see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/relay/explain.h"
#include "tests/support/sim/federation.h"

namespace noroshi::test {
namespace {

using stix::Tlp;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

// `version kinds` of an object in one audience; versions by their number.
std::vector<std::string> VersionsIn(const SimFederation& federation, const std::string& layer, const std::string& audience, const std::string& nickname) {
  std::vector<std::string> versions;
  for (const Shown& shown : federation.Visible(layer, audience)) {
    if (shown.id == IdOf(nickname)) versions.push_back(shown.version.substr(17, 2) + " " + shown.kinds);
  }
  return versions;
}

// What a relay tells an organisation: `audience verdict reason`.
std::vector<std::string> Explained(SimFederation& federation, const std::string& layer, const std::string& nickname, const std::string& org) {
  std::vector<std::string> told;
  const auto object = federation.engine(layer).catalog().Read(IdOf(nickname));
  if (!object.ok()) return told;
  const v1::ExplainReply reply = relay::ExplainObject(federation.engine(layer).context(), *object, org, "");
  for (const auto& entry : reply.entries()) {
    told.push_back(fmt::format("{} {} {}", entry.verdict().audience(), entry.verdict().verdict(), entry.verdict().reason()));
  }
  return told;
}

class Custodian : public testing::Test {
 protected:
  uint64_t Publish(const std::string& org, const ObjectSpec& spec, const std::string& scope, std::optional<Tlp> tlp = {}) {
    const uint64_t number = federation_.Publish({org, MakeObject(spec), scope, tlp});
    federation_.RunUntilQuiet();
    return number;
  }
  // Status, reason and every verdict that its publisher heard, as one line.
  std::string Heard(uint64_t publication) const {
    const Answer answer = federation_.AnswerTo(publication);
    std::string text = answer.status + (answer.reason.empty() ? "" : " " + answer.reason);
    for (const auto& [where, verdict] : answer.verdicts) text += fmt::format("; {} {}", where, verdict);
    return text;
  }
  void TearDown() override { EXPECT_EQ(federation_.FindBreach(), ""); }

  SimFederation federation_;
};

TEST_F(Custodian, IsWhoeverPublishedAnOutsidersObjectFirst) {
  Publish("delta", {.nickname = "indicator-a"}, "sector");
  const uint64_t second = Publish("foxtrot", {.nickname = "indicator-a", .version = 2}, "sector");
  EXPECT_EQ(federation_.AnswerTo(second).reason, "not_custodian");
  EXPECT_THAT(VersionsIn(federation_, "energy", "community", "indicator-a"), UnorderedElementsAre("01 mc"));
  const uint64_t same = Publish("foxtrot", {.nickname = "indicator-a"}, "sector");
  EXPECT_EQ(federation_.AnswerTo(same).status, "accepted") << "identical versions are anybody's to add";
}

TEST_F(Custodian, IsOfOneAudienceOnly) {
  Publish("delta", {.nickname = "indicator-a"}, "group:solar-watch");
  const uint64_t second = Publish("foxtrot", {.nickname = "indicator-a", .version = 2}, "sector");
  EXPECT_THAT(Heard(second), testing::HasSubstr("accepted; "));
  EXPECT_THAT(VersionsIn(federation_, "energy", "community", "indicator-a"), UnorderedElementsAre("02 mc")) << "foxtrot came first there";
}

TEST_F(Custodian, IsNobodyWhomThePublisherCannotSee) {
  Publish("delta", {.nickname = "indicator-a", .text = "one"}, "orgs:echo");
  const uint64_t second = Publish("foxtrot", {.nickname = "indicator-a", .text = "two"}, "sector");
  EXPECT_EQ(federation_.AnswerTo(second).status, "accepted");
  for (const auto& [where, verdict] : federation_.AnswerTo(second).verdicts) EXPECT_EQ(verdict, "release") << where;
  EXPECT_THAT(VersionsIn(federation_, "energy", "community", "indicator-a"), UnorderedElementsAre("01 mc")) << "and so it is";
  EXPECT_THAT(VersionsIn(federation_, "foxtrot", "community", "indicator-a"), UnorderedElementsAre("01 mc"));
}

// Even in the audience where both are shown, which neither of them reads.
TEST_F(Custodian, IsNobodyWhomThePublisherCannotSeeInTheSameAudience) {
  Publish("delta", {.nickname = "indicator-a"}, "orgs:echo");
  Publish("foxtrot", {.nickname = "indicator-a", .version = 2}, "orgs:echo");
  EXPECT_THAT(VersionsIn(federation_, "energy", "inbox/echo", "indicator-a"), UnorderedElementsAre("01 mc", "02 mc"));
  EXPECT_THAT(VersionsIn(federation_, "echo", "community", "indicator-a"), UnorderedElementsAre("01 m", "02 m"));
}

TEST_F(Custodian, IsNobodyWhoseGrantWasWithheld) {
  Publish("delta", {.nickname = "indicator-hidden"}, "orgs:echo");
  const uint64_t first = Publish("delta", {.nickname = "report-a", .refs = {"indicator-hidden"}}, "sector");
  ASSERT_THAT(Heard(first), testing::HasSubstr("energy community withhold"));
  Publish("foxtrot", {.nickname = "indicator-b"}, "sector");
  const uint64_t second = Publish("foxtrot", {.nickname = "report-a", .refs = {"indicator-b"}, .version = 2}, "sector");
  EXPECT_EQ(federation_.AnswerTo(second).status, "accepted");
  EXPECT_THAT(VersionsIn(federation_, "energy", "community", "report-a"), UnorderedElementsAre("02 mc"));
}

// One content of one version in an audience; whose, his publisher need not know.
TEST_F(Custodian, OfAVersionReadersSeeTheFirstContentAndItsPublisherHearsNothing) {
  Publish("delta", {.nickname = "indicator-a", .text = "one"}, "orgs:echo");
  const uint64_t second = Publish("foxtrot", {.nickname = "indicator-a", .text = "two"}, "orgs:echo");
  EXPECT_EQ(federation_.AnswerTo(second).status, "accepted");
  for (const auto& [where, verdict] : federation_.AnswerTo(second).verdicts) EXPECT_EQ(verdict, "release") << where;
  EXPECT_THAT(VersionsIn(federation_, "energy", "inbox/echo", "indicator-a"), UnorderedElementsAre("01 mc"));
  // Explain says what the receipts say; only the operator is told more.
  EXPECT_THAT(Explained(federation_, "energy", "indicator-a", "foxtrot"), ElementsAre("inbox/echo release "));
  EXPECT_THAT(Explained(federation_, "energy", "indicator-a", "energy-isac"), UnorderedElementsAre("inbox/echo release ", "inbox/echo quarantine equivocation"));
}

TEST(Explain, TellsAPublisherNoMoreThanItsReceipts) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a", .creator = "delta"}), "orgs:echo", {}});
  federation.RunUntilQuiet();
  const uint64_t second = federation.Publish({"foxtrot", MakeObject({.nickname = "indicator-a", .version = 2}), "sector", {}});
  federation.RunUntilQuiet();
  ASSERT_EQ(federation.AnswerTo(second).status, "accepted") << "not_owner beside what foxtrot may not know";
  EXPECT_THAT(Explained(federation, "energy", "indicator-a", "foxtrot"), ElementsAre("community release "));
  EXPECT_THAT(Explained(federation, "energy", "indicator-a", "energy-isac"), UnorderedElementsAre("inbox/echo release ", " quarantine not_owner"));
  EXPECT_THAT(Explained(federation, "energy", "indicator-a", "echo"), ElementsAre("inbox/echo release "));
}

TEST(Explain, OfALayerIsForItsMembersAndOfAnOrganisationForItself) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "indicator-a"}), "national", {}});
  federation.RunUntilQuiet();
  EXPECT_THAT(Explained(federation, "energy", "indicator-a", "delta"), UnorderedElementsAre("community release ", "uplink/national release "));
  EXPECT_THAT(Explained(federation, "echo", "indicator-a", "echo"), ElementsAre("community release "));
  EXPECT_THAT(Explained(federation, "national", "indicator-a", "energy-isac"), ElementsAre("community release "));
  for (const char* layer : {"echo", "alfa", "finance", "national"}) {
    EXPECT_THAT(Explained(federation, layer, "indicator-a", "delta"), testing::IsEmpty()) << layer << ": the origin, and no member";
  }
  EXPECT_THAT(Explained(federation, "energy", "indicator-a", "alfa"), testing::IsEmpty());
}

}  // namespace
}  // namespace noroshi::test
