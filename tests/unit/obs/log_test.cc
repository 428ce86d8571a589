#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/obs/log_line.h"

namespace noroshi::obs {
namespace {

using testing::HasSubstr;

TEST(LogLine, IsOneJsonObjectWithTypedFields) {
  EXPECT_EQ(FormatLine(FromMicros(1), Level::kWarn, "uplink_gap", "a gap", "n1",
                       {{"count", 3}, {"ratio", 0.5}, {"active", true}, {"layer", "energy"}, {"bad", 0.0 / 0.0}}),
            R"({"ts":"1970-01-01T00:00:00.000001Z","level":"warn","event":"uplink_gap","msg":"a gap","node":"n1","count":3,"ratio":0.5,"active":true,"layer":"energy","bad":null})"
            "\n");
}

struct EscapeCase {
  const char* name;
  std::string text;
  std::string want;
};
class LogEscape : public testing::TestWithParam<EscapeCase> {};
TEST_P(LogEscape, KeepsALineALineAndUtf8) {
  const std::string line = FormatLine({}, Level::kInfo, "e", GetParam().text, "", {});
  EXPECT_THAT(line, HasSubstr("\"msg\":\"" + GetParam().want + "\""));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}
INSTANTIATE_TEST_SUITE_P(Table, LogEscape,
                         testing::Values(EscapeCase{"Quote", "a\"b\\", R"(a\"b\\)"}, EscapeCase{"LineEnd", "a\nb\r", R"(a\u000ab\u000d)"},
                                         EscapeCase{"Escape", "\x1b[31m\x7f", R"(\u001b[31m\u007f)"},
                                         EscapeCase{"Nul", std::string("a\0b", 3), R"(a\u0000b)"}, EscapeCase{"Utf8", "狼煙", "狼煙"},
                                         EscapeCase{"Latin1", "caf\xe9!", R"(caf\ufffd!)"}, EscapeCase{"Cut", "\xe7\x8b", R"(\ufffd\ufffd)"},
                                         EscapeCase{"Overlong", "\xc0\xaf", R"(\ufffd\ufffd)"},
                                         EscapeCase{"Surrogate", "\xed\xa0\x80", R"(\ufffd\ufffd\ufffd)"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(LineLimit, LetsFiftyLinesASecondThroughAndTellsOfTheRest) {
  LineLimit limit;
  const MonotonicTime start{};
  int through = 0;
  for (int i = 0; i < 70; ++i) through += limit.Allows("e", start);
  EXPECT_EQ(through, 50);
  EXPECT_TRUE(limit.Allows("other", start));
  EXPECT_TRUE(limit.Take(start).empty());
  const auto suppressed = limit.Take(start + std::chrono::seconds(1));
  ASSERT_EQ(suppressed.size(), 1u);
  EXPECT_EQ(suppressed[0].event, "e");
  EXPECT_EQ(suppressed[0].lines, 20);
  EXPECT_TRUE(limit.Take(start + std::chrono::seconds(1)).empty());
  EXPECT_TRUE(limit.Allows("e", start + std::chrono::seconds(1)));
}

TEST(Log, WritesFromItsLevelOnWithTheNode) {
  obs::SetUp("n1", Level::kWarn);
  testing::internal::CaptureStderr();
  Info("quiet", "not shown");
  Warn("loud", "shown");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr(R"("event":"loud","msg":"shown","node":"n1"})"));
  EXPECT_EQ(text.find("quiet"), std::string::npos);
}

}  // namespace
}  // namespace noroshi::obs
