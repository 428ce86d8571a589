// Rates and numbers at once of one key, in virtual time.
#include "common/net/request_limits.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace noroshi::net {
namespace {

using Outcome = RequestLimits::Outcome;

MonotonicTime At(int milliseconds) { return MonotonicTime(std::chrono::hours(1) + std::chrono::milliseconds(milliseconds)); }

TEST(RequestLimits, GiveASecondsWorthAndThenTheRate) {
  RequestLimits limits({10, 0}, 100);
  const auto admitted = [&](int now) {
    int count = 0;
    for (int i = 0; i < 20; ++i) count += limits.Enter("a", At(now)).refused() ? 0 : 1;
    return count;
  };
  EXPECT_EQ(admitted(0), 10);
  EXPECT_EQ(admitted(0), 0);
  EXPECT_EQ(limits.Enter("a", At(0)).outcome(), Outcome::kTooFast);
  EXPECT_EQ(admitted(301), 3);
  EXPECT_EQ(admitted(3'000'000), 10) << "what was not used for long is not saved up";
  EXPECT_FALSE(limits.Enter("b", At(3'000'000)).refused()) << "another key has its own";
}

TEST(RequestLimits, CountARequestOnceThatIsLookedAtTwice) {
  RequestLimits limits({1, 0}, 100);
  EXPECT_FALSE(limits.Enter("a", At(0), true).refused());
  EXPECT_FALSE(limits.Enter("a", At(0), false).refused());
  EXPECT_TRUE(limits.Enter("a", At(0), true).refused());
}

TEST(RequestLimits, HoldWhatIsInProgressUntilItEnds) {
  RequestLimits limits({0, 2}, 100);
  std::optional<RequestLimits::Lease> first(limits.Enter("a", At(0)));
  const RequestLimits::Lease second = limits.Enter("a", At(0));
  EXPECT_EQ(limits.Enter("a", At(0)).outcome(), Outcome::kTooManyAtOnce);
  EXPECT_EQ(limits.Enter("a", At(0)).outcome(), Outcome::kTooManyAtOnce) << "a refused one gives nothing back";
  first.reset();
  EXPECT_FALSE(limits.Enter("a", At(0)).refused());
}

TEST(RequestLimits, KeepABoundedTableAndNeverForgetWhatIsInProgress) {
  RequestLimits limits({1, 1}, 10);
  const RequestLimits::Lease held = limits.Enter("held", At(0));
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(limits.Enter(std::to_string(i), At(0)).refused());
  EXPECT_LE(limits.keys(), 10u);
  EXPECT_EQ(limits.Enter("held", At(10'000)).outcome(), Outcome::kTooManyAtOnce);
}

TEST(RequestLimits, OfZeroLimitNothing) {
  RequestLimits limits({0, 0}, 10);
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(limits.Enter("a", At(0)).refused());
  EXPECT_EQ(limits.keys(), 0u);
}

TEST(AddressKey, JoinsWhatOneHostOwns) {
  EXPECT_EQ(AddressKey("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(AddressKey("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(AddressKey("2001:db8:1:2::1"), AddressKey("2001:db8:1:2:ffff::9"));
  EXPECT_NE(AddressKey("2001:db8:1:2::1"), AddressKey("2001:db8:1:3::1"));
}

}  // namespace
}  // namespace noroshi::net
