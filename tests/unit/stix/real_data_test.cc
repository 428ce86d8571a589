// Every object of the real data beside the checkout must pass: what is refused here is lost to real users.
#include <gtest/gtest.h>
#include <zstd.h>

#include <map>

#include "common/stix/input.h"
#include "common/stix/object.h"
#include "tests/unit/stix/vectors.h"

namespace noroshi::stix {
namespace {

struct DataSet {
  const char* name;
  const char* file;
  size_t objects;
};

std::string Decompress(const std::string& packed) {
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    ADD_FAILURE() << "no size in the frame";
    return {};
  }
  std::string text(size, '\0');
  EXPECT_EQ(ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size()), size);
  return text;
}

class RealData : public testing::TestWithParam<DataSet> {};

TEST_P(RealData, PassesWhole) {
  const DataSet& set = GetParam();
  const std::string packed = ReadFile(SourceDir() + "/../shared/data/" + set.file);
  if (packed.empty()) GTEST_SKIP() << "../shared/data/" << set.file << " is not beside this checkout";
  const std::string text = Decompress(packed);
  const StatusOr<Input> input = SplitInput(text);
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->form, "bundle");
  ASSERT_EQ(input->items.size(), set.objects);
  std::map<std::string, size_t> refused;
  for (const InputItem& item : input->items) {
    ASSERT_TRUE(item.fault.ok()) << item.fault;
    const StatusOr<Object> object = Parse(item.bytes);
    if (!object.ok()) {
      const std::string_view text = Message(object.status());
      if (refused[std::string(text.substr(text.find(' ')))]++ == 0) ADD_FAILURE() << text;
      continue;
    }
    EXPECT_EQ(object->marking_fault, "") << object->id;
    const StatusOr<Object> trusted = ParseTrusted(item.bytes);
    ASSERT_TRUE(trusted.ok()) << trusted.status();
    ASSERT_EQ(object->refs, trusted->refs);
  }
  for (const auto& [reason, count] : refused) ADD_FAILURE() << count << " times:" << reason;
}

INSTANTIATE_TEST_SUITE_P(Table, RealData,
                         testing::Values(DataSet{"AttackEnterprise", "attack-enterprise.json.zst", 24'771},
                                         DataSet{"AttackIcs", "attack-ics-18.1.json.zst", 1'826},
                                         DataSet{"EsetIndicators", "eset-indicators.json.zst", 7'249}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace noroshi::stix
