// Chance: seeded sources repeat, UUIDs have the bits of their version.
#include "common/base/random.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace noroshi {
namespace {

TEST(SeededRandom, RepeatsForTheSameSeedOnly) {
  SeededRandom first(7), same(7), other(8);
  const std::string bytes = first.Bytes(100);
  EXPECT_EQ(same.Bytes(100), bytes);
  EXPECT_NE(other.Bytes(100), bytes);
}

TEST(Random, UuidIsVersion4InLowerCase) {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  SeededRandom seeded(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(std::regex_match(seeded.Uuid(), form));
    EXPECT_TRUE(std::regex_match(SecureRandom().Uuid(), form));
  }
}

TEST(SecureRandom, DoesNotRepeat) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(seen.insert(SecureRandom().Next()).second);
}

TEST(FormatUuid, SetsVersionAndVariant) {
  const unsigned char ones[16] = {255, 255, 255, 255, 255, 255, 255, 255,
                                  255, 255, 255, 255, 255, 255, 255, 255};
  EXPECT_EQ(FormatUuid(ones, 5), "ffffffff-ffff-5fff-bfff-ffffffffffff");
  EXPECT_EQ(FormatUuid({}, 4), "00000000-0000-4000-8000-000000000000");
}

}  // namespace
}  // namespace noroshi
