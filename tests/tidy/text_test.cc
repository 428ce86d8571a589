// What every source file keeps to, whatever its folder: size, where time and chance come from, whose names appear.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/tree.h"

namespace noroshi::tidy {
namespace {

constexpr size_t kLinesMax = 600;

// Longer than kLinesMax, with the reason. Empty is the aim.
struct LongFile {
  std::string_view path;
  std::string_view reason;
};
const std::vector<LongFile> kLongFiles = {};

// A name that code may not use, but for the paths that follow it.
struct Forbidden {
  std::string_view name;
  std::string_view why;
  bool in_tests_too;
  std::vector<std::string_view> except;
};
const std::vector<Forbidden> kForbidden = {
    {"absl::", "status.h wraps it", true, {"common/base/status"}},
    // gRPC deadlines are wall-clock points, and no decision depends on them
    {"system_clock::now", "take a Clock&", false, {"common/base/clock", "common/net", "common/log/remote"}},
    {"sleep_for", "wait on a condition, or take a Clock&", true, {"common/base/clock"}},
    {"sleep_until", "wait on a condition, or take a Clock&", true, {"common/base/clock"}},
    {"usleep(", "wait on a condition, or take a Clock&", true, {}},
    {"rand(", "take a Random&", true, {}},
    {"std::random_device", "take a Random&", true, {"common/base/random"}},
    {"std::mt19937", "take a Random&", false, {"common/base/random"}},
};

// `rand(` is not part of `operand(`, but `std::rand(` is meant.
bool UsesName(std::string_view line, std::string_view name) {
  for (size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const char before = at == 0 ? ' ' : line[at - 1];
    if (std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_') return true;
  }
  return false;
}

bool IsTest(const SourceFile& file) { return file.IsUnder("tests") || file.IsUnder("bench"); }

// The first line from 1 that breaks the rule, 0 for none.
size_t FirstUse(const SourceFile& file, const Forbidden& rule) {
  if (IsTest(file) && !rule.in_tests_too) return 0;
  for (std::string_view path : rule.except) {
    if (file.IsUnder(path)) return 0;
  }
  for (size_t i = 0; i < file.code.size(); ++i) {
    if (UsesName(file.code[i], rule.name)) return i + 1;
  }
  return 0;
}

TEST(Text, AFileIsShortEnoughToBeRead) {
  for (const SourceFile& file : Tree()) {
    bool listed = false;
    for (const LongFile& known : kLongFiles) listed = listed || known.path == file.path;
    if (listed) continue;
    EXPECT_LE(file.code.size(), kLinesMax) << file.path << ": look for the second thing it does";
  }
}

TEST(Text, TimeAndChanceAreArguments) {
  for (const SourceFile& file : Tree()) {
    for (const Forbidden& rule : kForbidden) {
      const size_t line = FirstUse(file, rule);
      EXPECT_EQ(line, 0u) << file.path << ":" << line << ": " << rule.name << ": " << rule.why;
    }
  }
}

TEST(Text, AHeaderSaysItsPurposeFirst) {
  for (const SourceFile& file : Tree()) {
    if (!file.IsHeader()) continue;
    // comments are blanked in `code`: a first line of nothing but blanks was one
    ASSERT_FALSE(file.code.empty()) << file.path;
    EXPECT_EQ(file.code[0].find_first_not_of(' '), std::string::npos) << file.path << ": starts without a comment";
  }
}

struct BlankCase {
  const char* name;
  std::string_view text;
  bool want;  // whether code uses `sleep_for`
};
class Blanking : public testing::TestWithParam<BlankCase> {};

TEST_P(Blanking, KeepsCodeAndDropsProse) {
  const BlankCase& blank = GetParam();
  const SourceFile file = ParseSource("common/x/x.cc", blank.text);
  EXPECT_EQ(FirstUse(file, {"sleep_for", "", true, {}}) != 0, blank.want);
}

INSTANTIATE_TEST_SUITE_P(Table, Blanking,
                         testing::Values(BlankCase{"Code", "std::this_thread::sleep_for(x);", true},
                                         BlankCase{"LineComment", "// sleep_for\nint a;", false},
                                         BlankCase{"CodeAfterComment", "/* a */ sleep_for(x);", true},
                                         BlankCase{"BlockComment", "/* a\n sleep_for */", false},
                                         BlankCase{"Literal", "f(\"sleep_for\");", false},
                                         BlankCase{"EscapedQuote", "f(\"a\\\"\"); sleep_for(x);", true},
                                         BlankCase{"RawLiteral", "f(R\"j(\" sleep_for )j\");", false},
                                         BlankCase{"CodeAfterRaw", "f(R\"(\")\"); sleep_for(x);", true},
                                         BlankCase{"DigitSeparator", "f(1'000); sleep_for(x);", true},
                                         BlankCase{"PartOfAnotherName", "my_sleep_for(x);", false}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace noroshi::tidy
