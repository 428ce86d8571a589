#include "common/run/data_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_directory.h"

namespace noroshi::run {
namespace {

using testing::HasSubstr;

TEST(DataDir, IsMadeForItsOwnerAndOpensAgain) {
  const test::TempDirectory directory;
  const std::string folder = directory.path() + "/a/data";
  ASSERT_TRUE(OpenDataDir(folder).ok());
  EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms{0700});
  std::ofstream(folder + "/content") << "x";
  EXPECT_TRUE(OpenDataDir(folder).ok());
}

TEST(DataDir, OfAnotherVersionIsRefusedNamingBoth) {
  const test::TempDirectory directory;
  std::ofstream(directory.path() + "/VERSION") << "7\n";
  const Status status = OpenDataDir(directory.path());
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Message(status)), HasSubstr("has version `7`, this program's is 1"));
}

TEST(DataDir, WithFilesButNoVersionIsRefused) {
  const test::TempDirectory directory;
  std::ofstream(directory.path() + "/content") << "x";
  EXPECT_EQ(OpenDataDir(directory.path()).code(), StatusCode::kFailedPrecondition);
}

TEST(DataDir, SurvivesACrashBetweenMakingAndNaming) {
  const test::TempDirectory directory;
  std::ofstream(directory.path() + "/VERSION.new") << "1";
  EXPECT_TRUE(OpenDataDir(directory.path()).ok());
}

TEST(DataDir, ThatIsAFileIsRefused) {
  const test::TempDirectory directory;
  std::ofstream(directory.path() + "/f") << "x";
  EXPECT_FALSE(OpenDataDir(directory.path() + "/f").ok());
  EXPECT_FALSE(OpenDataDir(directory.path() + "/f/g").ok());
}

}  // namespace
}  // namespace noroshi::run
