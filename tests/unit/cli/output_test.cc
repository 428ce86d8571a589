#include "services/cli/output.h"

#include <gtest/gtest.h>

namespace noroshi::cli {
namespace {

struct TextCase {
  const char* name;
  std::string text;
  std::string want;
};
std::string NameOf(const testing::TestParamInfo<TextCase>& info) { return info.param.name; }

class VisibleText : public testing::TestWithParam<TextCase> {};
TEST_P(VisibleText, CannotSteerATerminal) { EXPECT_EQ(Visible(GetParam().text), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Table, VisibleText,
    testing::Values(TextCase{"PlainStays", "a \\ b", "a \\ b"}, TextCase{"JapaneseStays", "狼煙", "狼煙"},
                    TextCase{"Escape", "\x1b[2J", "\\x1b[2J"}, TextCase{"Newline", "a\nb\r", "a\\x0ab\\x0d"},
                    TextCase{"Osc8Link", "\x1b]8;;https://x.example\x07", "\\x1b]8;;https://x.example\\x07"},
                    TextCase{"EightBitControl", "\xc2\x9b" "31m", "\\u{9b}31m"},
                    TextCase{"RightToLeftOverride", "\xe2\x80\xae" "exe", "\\u{202e}exe"},
                    TextCase{"ZeroWidth", "a\xe2\x80\x8b" "b", "a\\u{200b}b"}, TextCase{"Delete", "\x7f", "\\x7f"},
                    TextCase{"TagCharacter", "\xf3\xa0\x81\x81", "\\u{e0041}"}, TextCase{"NoUtf8", "\xff\xc0\xaf", "\\xff\\xc0\\xaf"},
                    TextCase{"Surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"}, TextCase{"CutShort", "\xe7\x8b", "\\xe7\\x8b"}),
    NameOf);

class VisibleJsonText : public testing::TestWithParam<TextCase> {};
TEST_P(VisibleJsonText, KeepsItsValue) { EXPECT_EQ(VisibleJson(GetParam().text), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(Table, VisibleJsonText,
                         testing::Values(TextCase{"PlainStays", R"({"a": "\u001b 狼"})", R"({"a": "\u001b 狼"})"},
                                         TextCase{"Override", "\"\xe2\x80\xae\"", R"("\u202e")"},
                                         TextCase{"BeyondTheBasicPlane", "\"\xf3\xa0\x81\x81\"", R"("\udb40\udc41")"},
                                         TextCase{"EightBitControl", "\"\xc2\x9b\"", R"("\u009b")"},
                                         TextCase{"NoUtf8", "\"\xff\"", R"("\ufffd")"}),
                         NameOf);

TEST(CompactJson, TakesWhiteSpaceOutsideStringsOnly) {
  EXPECT_EQ(CompactJson("{\n \"a b\" : [ 1.50 , \"x \\\" y\" ]\r\n}"), R"({"a b":[1.50,"x \" y"]})");
  EXPECT_EQ(CompactJson(R"({"a": "\\" , "b": 1})"), R"({"a":"\\","b":1})");
}

TEST(Table, AlignsColumnsByWhatIsSeen) {
  Table table({"name", "n"});
  table.Add({"狼煙", "1"});
  table.Add({"a\x1b", "22"});
  EXPECT_EQ(table.ToString(), "name   n\n狼煙   1\na\\x1b  22\n");
}

TEST(BarText, ShowsTheShareDoneAndFitsTheWidth) {
  EXPECT_EQ(BarText("up", 1, 2, "", 80), "up [############............] 1/2");
  EXPECT_EQ(BarText("up", 3, 2, "", 80), "up [########################] 3/2");
  EXPECT_EQ(BarText("up", 7, 0, "note", 80), "up 7  note");
  EXPECT_LT(DisplayWidth(BarText("waiting", 1, 2, "狼煙狼煙狼煙狼煙", 44)), 44u);
}

}  // namespace
}  // namespace noroshi::cli
