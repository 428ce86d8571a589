// What waits for what it refers to (sharing.md section 6).
#include <gtest/gtest.h>

#include "tests/support/sim/federation.h"

namespace noroshi::test {
namespace {

bool Shows(const SimFederation& federation, const std::string& nickname) {
  for (const Shown& shown : federation.Visible("energy", "community")) {
    if (shown.id == IdOf(nickname)) return true;
  }
  return false;
}

// It waits for what came later and has time left, and does not keep its relay awake meanwhile.
TEST(Hold, ThatEndsBeforeTheHoldOfItsTargetEndsWithThat) {
  SimFederation federation;
  federation.Publish({"delta", MakeObject({.nickname = "report-a", .refs = {"report-b", "indicator-missing"}, .creator = "delta"}), "sector", {}});
  federation.RunUntilQuiet();
  federation.Advance(std::chrono::seconds(50));
  federation.Publish({"delta", MakeObject({.nickname = "report-b", .refs = {"indicator-absent"}, .creator = "delta"}), "sector", {}});
  federation.RunUntilQuiet();
  federation.Advance(std::chrono::seconds(11));
  federation.RunUntilQuiet();  // comes to rest
  EXPECT_FALSE(Shows(federation, "report-a"));
  federation.Advance(std::chrono::seconds(50));
  federation.RunUntilQuiet();
  EXPECT_TRUE(Shows(federation, "report-a"));
  EXPECT_TRUE(Shows(federation, "report-b"));
  EXPECT_EQ(federation.FindBreach(), "");
}

}  // namespace
}  // namespace noroshi::test
