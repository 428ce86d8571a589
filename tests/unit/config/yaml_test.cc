#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/limits.h"
#include "common/base/random.h"
#include "tests/unit/config/files.h"

namespace noroshi::config {
namespace {

using testing::HasSubstr;

struct FaultCase {
  const char* name;
  std::string text;
  const char* want;
};
class YamlFault : public testing::TestWithParam<FaultCase> {};
TEST_P(YamlFault, IsNamedWithItsPlace) {
  const Loaded<Yaml> yaml = ParseYaml(GetParam().text, "f.yaml");
  EXPECT_FALSE(yaml.value);
  EXPECT_THAT(Lines(yaml.faults), HasSubstr(GetParam().want));
}
INSTANTIATE_TEST_SUITE_P(
    Table, YamlFault,
    testing::Values(FaultCase{"Duplicate", "a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key `a` is given twice"},
                    FaultCase{"Anchor", "a: &x 1\n", "anchors"}, FaultCase{"Alias", "a: &x 1\nb: *x\n", "f.yaml:2:4: aliases"},
                    FaultCase{"Tag", "a: !!int 1\n", "tags"}, FaultCase{"OwnTag", "a: !secret x\n", "tags"},
                    FaultCase{"MapTag", "a: ! {b: c}\n", "tags"}, FaultCase{"MapAnchor", "a: &x {b: c}\n", "anchors"},
                    FaultCase{"TwoDocuments", "a: 1\n---\nb: 2\n", "a second document"},
                    FaultCase{"MapAsKey", "{a: 1}: 2\n", "a key must be a word"}, FaultCase{"Open", "a: [1, 2\n", "not YAML"},
                    FaultCase{"Indent", "a:\n  b: 1\n c: 2\n", "not YAML"}, FaultCase{"Tab", "a:\n\t- 1\n", "not YAML"},
                    FaultCase{"Deep", std::string(33, '[') + std::string(33, ']'), "f.yaml:1:33: nested deeper than 32 levels"},
                    FaultCase{"Bottomless", std::string(100'000, '['), "f.yaml"},
                    FaultCase{"Latin1", "a: caf\xe9\n", "f.yaml:1:7: not UTF-8 text"}, FaultCase{"Nul", std::string("a: \0", 4), "not UTF-8 text"},
                    FaultCase{"Overlong", "a: \xc0\xaf\n", "not UTF-8"}, FaultCase{"Surrogate", "a: \xed\xa0\x80\n", "not UTF-8"},
                    FaultCase{"Large", std::string(limits::kConfigBytesMax + 1, '#'), "has 1048577 bytes, limit is 1048576"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Yaml, ReportsAllFaultsOfADocumentAtOnce) {
  const Loaded<Yaml> yaml = ParseYaml("a: &x 1\nb: !t 2\na: 3\n", "f.yaml");
  EXPECT_EQ(yaml.faults.size(), 3u) << Lines(yaml.faults);
}

TEST(Yaml, KeepsPlacesOrderAndQuotes) {
  const Loaded<Yaml> yaml = ParseYaml("b: 'no'\na:\n  - x\n  - {c: ~}\n", "f.yaml");
  ASSERT_TRUE(yaml.value) << Lines(yaml.faults);
  EXPECT_EQ(yaml.value->map[0].first, "b");
  EXPECT_TRUE(yaml.value->map[0].second.quoted);
  const Yaml& list = yaml.value->map[1].second;
  EXPECT_EQ(list.key_line, 2);
  EXPECT_EQ(list.list[0].line, 3);
  EXPECT_EQ(list.list[0].column, 5);
  EXPECT_FALSE(list.list[0].quoted);
  EXPECT_EQ(list.list[1].Find("c")->kind, Yaml::Kind::kNull);
  EXPECT_EQ(ParseYaml("", "f").value->kind, Yaml::Kind::kNull);
}

TEST(Yaml, OfAMissingFileSaysSo) {
  EXPECT_THAT(Lines(LoadYaml("/nonexistent/f.yaml").faults), HasSubstr("cannot be read: No such file"));
  EXPECT_THAT(Lines(LoadYaml("/").faults), HasSubstr("cannot be read"));
}

std::string Describe(const Yaml& yaml) {
  std::string out;
  switch (yaml.kind) {
    case Yaml::Kind::kNull: return "null";
    case Yaml::Kind::kScalar: return "<" + yaml.scalar + ">";
    case Yaml::Kind::kList:
      for (const Yaml& item : yaml.list) out += Describe(item) + ",";
      return "[" + out + "]";
    case Yaml::Kind::kMap:
      for (const auto& [key, value] : yaml.map) out += key + "=" + Describe(value) + ",";
      return "{" + out + "}";
  }
  return out;
}

// A tree of hostile texts: indicators of every YAML construct, line ends, quotes.
Yaml AnyYaml(SeededRandom& random, int depth) {
  static const std::vector<std::string> kTexts = {"", "a", "no", "~", "null", "- x", "a: b", "#c", "'", "\"", "\\", "\n", " ", "x ", "[", "}", "*a",
                                                  "&a", "!t", "0x1", "1e3", "%", "@", "`", "é", "\t", "---", "...", ":", "a:", "?", "|", ">", "\x01\x7f"};
  Yaml yaml;
  const uint64_t kind = depth == 0 ? 0 : random.Next() % 3;
  if (kind == 0) {
    yaml.kind = Yaml::Kind::kScalar;
    yaml.scalar = kTexts[random.Next() % kTexts.size()] + (random.Next() % 2 ? kTexts[random.Next() % kTexts.size()] : "");
    return yaml;
  }
  yaml.kind = kind == 1 ? Yaml::Kind::kList : Yaml::Kind::kMap;
  for (uint64_t i = 0; i < random.Next() % 4; ++i) {
    if (kind == 1) {
      yaml.list.push_back(AnyYaml(random, depth - 1));
    } else {
      yaml.map.emplace_back(kTexts[1 + random.Next() % (kTexts.size() - 1)] + std::to_string(i), AnyYaml(random, depth - 1));
    }
  }
  return yaml;
}

TEST(Yaml, IsTheSameAfterWritingAndReading) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    SeededRandom random(seed);
    const Yaml yaml = AnyYaml(random, 4);
    const std::string text = WriteYaml(yaml);
    const Loaded<Yaml> read = ParseYaml(text, "f");
    ASSERT_TRUE(read.value) << "seed " << seed << "\n" << Lines(read.faults) << text;
    ASSERT_EQ(Describe(*read.value), Describe(yaml)) << "seed " << seed << "\n" << text;
  }
}

}  // namespace
}  // namespace noroshi::config
