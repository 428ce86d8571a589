// Known answers, and parts equal to the whole.
#include "common/base/hash.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace noroshi {
namespace {

TEST(Hash, KnownAnswers) {
  EXPECT_EQ(Hex(AsView(Sha256(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(AsView(Sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto sha1 = Sha1({"a", "b", "c"});
  EXPECT_EQ(Hex({reinterpret_cast<const char*>(sha1.data()), sha1.size()}),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Hash, PartsCountAsOne) {
  EXPECT_EQ(Sha256({"a", "", "bc"}), Sha256("abc"));
  EXPECT_NE(Sha256("abd"), Sha256("abc"));
}

TEST(Hash, ReadsBackExactly32Bytes) {
  const Hash hash = Sha256("abc");
  EXPECT_EQ(HashFromBytes(AsBytes(hash)), hash);
  EXPECT_EQ(HashFromBytes(AsBytes(hash).substr(1)), Hash{});
  EXPECT_EQ(HashFromBytes(""), Hash{});
}

TEST(Hash, ThreadsDoNotDisturbEachOther) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      const std::string text(1'000, static_cast<char>('a' + i));
      const Hash want = Sha256(text);
      for (int round = 0; round < 500; ++round) ASSERT_EQ(Sha256(text), want);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace noroshi
