// Names and sizes that every backend refuses alike.
#include "common/log/checks.h"

#include <gtest/gtest.h>

#include "common/base/limits.h"

namespace noroshi::log {
namespace {

struct NameCase {
  const char* name;
  std::string topic;
  bool want;
};
class TopicName : public testing::TestWithParam<NameCase> {};
TEST_P(TopicName, IsLowerCaseAndBounded) { EXPECT_EQ(CheckTopicName(GetParam().topic).ok(), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Table, TopicName,
    testing::Values(NameCase{"Plain", "energy.ingress.delta-edge", true}, NameCase{"Underscore", "a_b", true},
                    NameCase{"Longest", std::string(limits::kTopicNameBytesMax, 'a'), true},
                    NameCase{"TooLong", std::string(limits::kTopicNameBytesMax + 1, 'a'), false},
                    NameCase{"Empty", "", false}, NameCase{"Dot", ".", false}, NameCase{"DotDot", "..", false},
                    NameCase{"Upper", "A", false}, NameCase{"Slash", "a/b", false},
                    NameCase{"Nul", std::string("a\0b", 3), false}, NameCase{"NonAscii", "\xc3\xa9", false}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CheckPosition, AllowsFromTheFirstToTheEnd) {
  const Bounds bounds{3, 7};
  EXPECT_FALSE(CheckPosition("t", 2, bounds).ok());
  EXPECT_TRUE(CheckPosition("t", 3, bounds).ok());
  EXPECT_TRUE(CheckPosition("t", 7, bounds).ok());
  EXPECT_FALSE(CheckPosition("t", 8, bounds).ok());
}

}  // namespace
}  // namespace noroshi::log
