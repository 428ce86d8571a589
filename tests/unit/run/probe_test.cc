#include "common/run/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/run/configuration.h"

namespace noroshi::run {
namespace {

using testing::HasSubstr;

const Health kGood{{{"log", true, ""}}, {{"disk", true, "12 GiB free"}}, {{"loop", true, ""}}};
const Health kBad{{{"log", false, "recovering"}}, {{"disk", false, "full"}}, {{"loop", false, ""}}};

Answer Ask(const std::string& path, Phase phase, const Health& health, const std::string& query = "") {
  return AnswerProbe("GET", path, query, phase, [&] { return health; }, [] { return std::string("m 1\n"); });
}

struct ProbeCase {
  const char* name;
  const char* path;
  Phase phase;
  const Health* health;
  int status;
  const char* body;
};
class Probe : public testing::TestWithParam<ProbeCase> {};
TEST_P(Probe, SaysOneWord) {
  const Answer answer = Ask(GetParam().path, GetParam().phase, *GetParam().health);
  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_EQ(answer.body, GetParam().body);
}
INSTANTIATE_TEST_SUITE_P(Table, Probe,
                         testing::Values(ProbeCase{"Live", "/healthz/live", Phase::kServing, &kGood, 200, "alive\n"},
                                         ProbeCase{"Stuck", "/healthz/live", Phase::kServing, &kBad, 503, "stuck\n"},
                                         ProbeCase{"LiveAtStart", "/healthz/live", Phase::kStarting, &kBad, 200, "alive\n"},
                                         ProbeCase{"Ready", "/healthz/ready", Phase::kServing, &kGood, 200, "ready\n"},
                                         ProbeCase{"Unready", "/healthz/ready", Phase::kServing, &kBad, 503, "unready\n"},
                                         ProbeCase{"Draining", "/healthz/ready", Phase::kDraining, &kGood, 503, "draining\n"},
                                         ProbeCase{"NotReadyAtStart", "/healthz/ready", Phase::kStarting, &kGood, 503, "starting\n"},
                                         ProbeCase{"Started", "/healthz/startup", Phase::kServing, &kGood, 200, "started\n"},
                                         ProbeCase{"Starting", "/healthz/startup", Phase::kServing, &kBad, 503, "starting\n"},
                                         ProbeCase{"Unknown", "/healthz", Phase::kServing, &kGood, 404, "not found\n"},
                                         ProbeCase{"Metrics", "/metrics", Phase::kServing, &kGood, 200, "m 1\n"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ProbeAnswer, ShowsEachCheckWhenAsked) {
  EXPECT_EQ(Ask("/healthz/ready", Phase::kServing, kGood, "verbose").body, "ready\nok  disk: 12 GiB free\n");
  EXPECT_THAT(Ask("/healthz/startup", Phase::kServing, kBad, "verbose").body, HasSubstr("bad log: recovering\n"));
}

TEST(ProbeAnswer, AsksTheServiceOnlyWhileThereIsOne) {
  const Answer answer = AnswerProbe("GET", "/healthz/ready", "", Phase::kStarting, []() -> Health { std::abort(); }, [] { return std::string(); });
  EXPECT_EQ(answer.status, 503);
}

TEST(ProbeAnswer, TakesReadsOnly) {
  EXPECT_EQ(AnswerProbe("POST", "/metrics", "", Phase::kServing, [] { return kGood; }, [] { return std::string(); }).status, 405);
}

TEST(ExitCode, TellsWhetherARestartMayHelp) {
  EXPECT_EQ(ExitCodeOf(OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(Unavailable("x")), 75);
  EXPECT_EQ(ExitCodeOf(FailedPrecondition("x")), 78);
  EXPECT_EQ(ExitCodeOf(InvalidArgument("x")), 78);
  EXPECT_EQ(ExitCodeOf(Internal("x")), 70);
}

}  // namespace
}  // namespace noroshi::run
