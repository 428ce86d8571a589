// Timestamps as TAXII writes and STIX reads them.
#include "common/base/clock.h"

#include <gtest/gtest.h>

namespace noroshi {
namespace {

struct ReadCase {
  const char* text;
  const char* want;  // as written again; nullptr: refused
};
class ParseTimestampTable : public testing::TestWithParam<ReadCase> {};
TEST_P(ParseTimestampTable, ReadsOrRefuses) {
  const StatusOr<WallTime> time = ParseTimestamp(GetParam().text);
  ASSERT_EQ(time.ok(), GetParam().want != nullptr) << GetParam().text;
  if (time.ok()) {
    EXPECT_EQ(FormatTimestamp(*time), GetParam().want);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Table, ParseTimestampTable,
    testing::Values(ReadCase{"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"},
                    ReadCase{"2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.500000Z"},
                    ReadCase{"2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456Z"},
                    ReadCase{"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
                    ReadCase{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"},
                    ReadCase{"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
                    ReadCase{"2026-02-29T00:00:00Z", nullptr}, ReadCase{"2026-13-01T00:00:00Z", nullptr},
                    ReadCase{"2026-01-00T00:00:00Z", nullptr}, ReadCase{"2026-01-01T24:00:00Z", nullptr},
                    ReadCase{"2026-06-30T23:59:60Z", nullptr}, ReadCase{"2026-01-01T00:00:00", nullptr},
                    ReadCase{"2026-01-01T00:00:00.Z", nullptr}, ReadCase{"2026-01-01 00:00:00Z", nullptr},
                    ReadCase{"2026-01-01t00:00:00z", nullptr}, ReadCase{"2026-01-01T00:00:00+00:00", nullptr},
                    ReadCase{"2026-01-01T00:00:00Z ", nullptr}, ReadCase{"+026-01-01T00:00:00Z", nullptr},
                    ReadCase{"", nullptr}));

TEST(ParseTimestamp, TakesAZeroOffsetOnlyWhereAllowed) {
  EXPECT_TRUE(ParseTimestamp("2026-01-01T00:00:00.1+00:00", true).ok());
  EXPECT_FALSE(ParseTimestamp("2026-01-01T00:00:00+01:00", true).ok());
}

TEST(Clock, TheMonotonicOneNeverGoesBack) {
  const MonotonicTime first = SystemClock().Monotonic();
  EXPECT_GE(SystemClock().Monotonic(), first);
  EXPECT_EQ(FromMicros(ToMicros(SystemClock().Now())).time_since_epoch().count() > 0, true);
}

}  // namespace
}  // namespace noroshi
