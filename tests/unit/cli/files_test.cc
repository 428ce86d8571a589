#include "services/cli/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_directory.h"

namespace noroshi::cli {
namespace {

TEST(FilesTest, WhatCannotBeReadIsNamedWithItsCause) {
  const test::TempDirectory directory;
  EXPECT_THAT(Message(ReadFile(directory.path()).status()), testing::AllOf(testing::HasSubstr(directory.path()), testing::HasSubstr("it is a directory")));
  EXPECT_THAT(Message(ReadFile(directory.path() + "/nothing").status()), testing::HasSubstr("No such file"));
}

}  // namespace
}  // namespace noroshi::cli
