#include "services/cli/ports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/random.h"

namespace noroshi::cli {
namespace {

TEST(PortsTest, PortsAreDifferentAndOfTheRange) {
  const StatusOr<std::vector<int>> ports = FreePorts(40, {21'000, 21'999}, SecureRandom());
  ASSERT_TRUE(ports.ok()) << Message(ports.status());
  EXPECT_THAT(*ports, testing::Each(testing::AllOf(testing::Ge(21'000), testing::Le(21'999))));
  EXPECT_EQ(std::set<int>(ports->begin(), ports->end()).size(), 40u);
}

TEST(PortsTest, ARangeThatIsTooSmallIsNamed) {
  const StatusOr<std::vector<int>> ports = FreePorts(3, {21'000, 21'001}, SecureRandom());
  ASSERT_FALSE(ports.ok());
  EXPECT_THAT(Message(ports.status()), testing::HasSubstr("of 3 free loopback ports found from 21000 to 21001"));
}

TEST(PortsTest, ARangeIsRead) {
  const StatusOr<PortRange> range = ParsePortRange("21000-21999");
  ASSERT_TRUE(range.ok()) << Message(range.status());
  EXPECT_EQ(range->first, 21'000);
  EXPECT_EQ(range->last, 21'999);
}

class NoRange : public testing::TestWithParam<const char*> {};

TEST_P(NoRange, IsRefusedWithTheForm) {
  const StatusOr<PortRange> range = ParsePortRange(GetParam());
  ASSERT_FALSE(range.ok());
  EXPECT_THAT(Message(range.status()), testing::HasSubstr("FIRST-LAST"));
}

INSTANTIATE_TEST_SUITE_P(PortsTest, NoRange, testing::Values("", "21000", "21000-", "-21999", "22000-21000", "80-90", "60000-70000", "21000-21999x", "a-b"));

}  // namespace
}  // namespace noroshi::cli
