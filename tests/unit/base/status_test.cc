// The macros and constructors that every folder uses.
#include "common/base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace noroshi {
namespace {

Status Check(int value) {
  return value > 3 ? InvalidArgument("{} is over the limit of {}", value, 3) : OkStatus();
}

StatusOr<std::unique_ptr<int>> Make(int value) {
  NOROSHI_TRY(Check(value));
  return std::make_unique<int>(value);
}

StatusOr<int> Twice(int value) {
  NOROSHI_ASSIGN(const std::unique_ptr<int> made, Make(value));
  NOROSHI_ASSIGN(const std::unique_ptr<int> again, Make(value));
  return *made + *again;
}

TEST(Status, PassesValuesThrough) { EXPECT_EQ(Twice(3).value(), 6); }

TEST(Status, EndsAtTheFirstErrorWithItsText) {
  const StatusOr<int> result = Twice(4);
  EXPECT_EQ(result.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Message(result.status()), "4 is over the limit of 3");
}

TEST(Status, EveryConstructorHasItsCode) {
  EXPECT_EQ(NotFound("x").code(), StatusCode::kNotFound);
  EXPECT_EQ(PermissionDenied("x").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(ResourceExhausted("x").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(FailedPrecondition("x").code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Unavailable("x").code(), StatusCode::kUnavailable);
  EXPECT_EQ(DataLoss("x").code(), StatusCode::kDataLoss);
  EXPECT_EQ(MakeStatus(StatusCode::kAborted, "x").code(), StatusCode::kAborted);
}

}  // namespace
}  // namespace noroshi
