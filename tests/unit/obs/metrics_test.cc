#include "common/obs/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/obs/process.h"

namespace noroshi::obs {
namespace {

using testing::HasSubstr;

TEST(Metrics, StartAtZeroAndCount) {
  Metrics metrics;
  Counter accepted = metrics.AddCounter("noroshi_things_total", "Things.", {{"verdict", "release"}});
  metrics.AddCounter("noroshi_things_total", "Things.", {{"verdict", "hold"}});
  accepted.Add();
  accepted.Add(2);
  metrics.AddGauge("noroshi_depth", "Depth.").Set(4);
  metrics.AddHistogram("noroshi_wait_seconds", "Wait.", {0.1, 1}).Observe(0.5);
  const std::string text = metrics.Scrape();
  EXPECT_THAT(text, HasSubstr("noroshi_things_total{verdict=\"release\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("noroshi_things_total{verdict=\"hold\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE noroshi_things_total counter\n"));
  EXPECT_THAT(text, HasSubstr("noroshi_depth 4\n"));
  EXPECT_THAT(text, HasSubstr("noroshi_wait_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("noroshi_build_info{version=\""));
  EXPECT_THAT(text, HasSubstr("# TYPE noroshi_process_cpu_seconds_total counter\n"));
}

TEST(Metrics, OfTheSameNameAndLabelsAreOne) {
  Metrics metrics;
  metrics.AddCounter("noroshi_a_total", "A.").Add(1);
  metrics.AddCounter("noroshi_a_total", "A.").Add(1);
  EXPECT_THAT(metrics.Scrape(), HasSubstr("noroshi_a_total 2\n"));
}

TEST(Metrics, WithoutRegistryDoNothing) {
  Counter().Add();
  Gauge().Set(1);
  Histogram().Observe(1);
}

TEST(ProcessFacts, AreThoseOfThisProcess) {
  const ProcessFacts facts = ReadProcessFacts();
  EXPECT_GT(facts.resident_bytes, 1e6);
  EXPECT_LT(facts.resident_bytes, 1e10);
  EXPECT_GE(facts.open_fds, 3);
  EXPECT_GE(facts.threads, 1);
  EXPECT_GE(facts.cpu_seconds, 0);
  EXPECT_GT(facts.start_timestamp_seconds, 1.6e9);
}

}  // namespace
}  // namespace noroshi::obs
