#include "common/relay/submissions.h"

#include <gtest/gtest.h>

#include "tests/support/temp_directory.h"

namespace noroshi::relay {
namespace {

const WallTime kReceived = FromMicros(1'770'000'000'000'000);

v1::Receipt Receipt(uint64_t number, const std::string& layer, const std::string& status, const std::vector<std::string>& released, bool final = true) {
  v1::Receipt receipt;
  receipt.set_submission("s");
  receipt.set_number(number);
  receipt.set_layer(layer);
  receipt.set_status(status);
  receipt.set_final(final);
  for (const std::string& audience : released) {
    v1::Verdict& verdict = *receipt.add_verdicts();
    verdict.set_layer(layer);
    verdict.set_audience(audience);
    verdict.set_verdict("release");
  }
  return receipt;
}

class SubmissionsTest : public testing::Test {
 protected:
  SubmissionsTest() { Open(); }
  void Open() {
    submissions_.reset();
    auto opened = Submissions::Open(directory_.path() + "/s", "delta");
    ASSERT_TRUE(opened.ok()) << opened.status();
    submissions_ = *std::move(opened);
  }
  void Add(uint64_t items) {
    v1::SubmissionMeta meta;
    meta.set_org("delta");
    meta.set_account("analyst");
    meta.set_received_us(ToMicros(kReceived));
    std::vector<v1::SubmissionItem> rows(items);
    for (uint64_t i = 0; i < items; ++i) rows[i].set_number(i + 1);
    ASSERT_EQ(submissions_->Add("s", meta, rows), OkStatus());
  }
  SubmissionState State() const { return submissions_->Find("s", "delta", 0, 100).value(); }

  const test::TempDirectory directory_;
  std::unique_ptr<Submissions> submissions_;
};

TEST_F(SubmissionsTest, BelongToOneOrganisationAndExistForNoOther) {
  Add(1);
  EXPECT_EQ(State().account, "analyst");
  EXPECT_EQ(submissions_->Find("s", "echo", 0, 10).status(), submissions_->Find("nosuch", "echo", 0, 10).status());
  EXPECT_EQ(submissions_->Find("s", "echo", 0, 10).status().code(), StatusCode::kNotFound);
}

struct StatusCase {
  const char* name;
  const char* status;
  ItemState state;
  uint64_t accepted, refused;
};
class FirstRelaysWord : public SubmissionsTest, public testing::WithParamInterface<StatusCase> {};
TEST_P(FirstRelaysWord, IsTheItemsState) {
  Add(1);
  ASSERT_EQ(submissions_->Fold({Receipt(1, "delta", GetParam().status, {})}, 1), OkStatus());
  const SubmissionState state = State();
  EXPECT_EQ(state.items.at(0).state, GetParam().state);
  EXPECT_EQ(state.accepted, GetParam().accepted);
  EXPECT_EQ(state.refused, GetParam().refused);
  EXPECT_EQ(state.decided, 1u);
}
INSTANTIATE_TEST_SUITE_P(Table, FirstRelaysWord,
                         testing::Values(StatusCase{"Accepted", "accepted", ItemState::kAccepted, 1, 0},
                                         StatusCase{"Duplicate", "duplicate", ItemState::kDuplicate, 1, 0},
                                         StatusCase{"Refused", "refused", ItemState::kRefused, 0, 1},
                                         StatusCase{"Quarantined", "quarantined", ItemState::kQuarantined, 0, 1}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(SubmissionsTest, ALaterRelaysWordIsNotTheItemsState) {
  Add(1);
  ASSERT_EQ(submissions_->Fold({Receipt(1, "delta", "accepted", {"uplink/energy"}), Receipt(1, "energy", "quarantined", {})}, 2), OkStatus());
  EXPECT_EQ(State().items.at(0).state, ItemState::kAccepted);
}

TEST_F(SubmissionsTest, AreSettledWhenEveryRelayOnTheWayHasAnswered) {
  Add(1);
  const auto settled = [&](const v1::Receipt& receipt) {
    EXPECT_EQ(submissions_->Fold({receipt}, 1), OkStatus());
    return State().settled == 1;
  };
  EXPECT_FALSE(settled(Receipt(1, "delta", "accepted", {"community", "uplink/energy"}))) << "energy is to come";
  EXPECT_FALSE(settled(Receipt(1, "energy", "accepted", {"uplink/national"}))) << "so is the nation";
  EXPECT_FALSE(settled(Receipt(1, "national", "accepted", {"transit/finance"}, false))) << "finance, and the nation holds something";
  EXPECT_FALSE(settled(Receipt(1, "finance", "accepted", {"community"})));
  EXPECT_TRUE(settled(Receipt(1, "national", "accepted", {"transit/finance"})));
}

TEST_F(SubmissionsTest, ARepeatedReceiptChangesNothing) {
  Add(2);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(submissions_->Fold({Receipt(1, "delta", "accepted", {"community"})}, 1), OkStatus());
  const SubmissionState state = State();
  EXPECT_EQ(std::make_tuple(state.total, state.decided, state.accepted, state.settled), std::make_tuple(2u, 1u, 1u, 1u));
  EXPECT_EQ(state.items.at(0).verdicts.size(), 1u);
}

TEST_F(SubmissionsTest, ComeInPages) {
  Add(5);
  const auto first = submissions_->Find("s", "delta", 0, 2), last = submissions_->Find("s", "delta", 4, 2);
  ASSERT_TRUE(first.ok() && last.ok());
  EXPECT_EQ(first->items.size(), 2u);
  EXPECT_TRUE(first->more);
  EXPECT_EQ(last->items.at(0).number, 5u);
  EXPECT_FALSE(last->more);
}

TEST_F(SubmissionsTest, SurviveARestartWithTheirPlace) {
  Add(2);
  ASSERT_EQ(submissions_->Fold({Receipt(2, "delta", "refused", {})}, 17), OkStatus());
  Open();
  EXPECT_EQ(submissions_->folded_to(), 17u);
  EXPECT_EQ(State().refused, 1u);
}

TEST_F(SubmissionsTest, AreForgottenOnlyWhenOldAndDecided) {
  Add(1);
  const WallTime late = kReceived + Submissions::kKeep + std::chrono::hours(1);
  ASSERT_EQ(submissions_->Forget(late), OkStatus());
  EXPECT_TRUE(submissions_->Find("s", "delta", 0, 1).ok()) << "not decided yet";
  ASSERT_EQ(submissions_->Fold({Receipt(1, "delta", "accepted", {})}, 1), OkStatus());
  ASSERT_EQ(submissions_->Forget(kReceived + std::chrono::hours(24)), OkStatus());
  EXPECT_TRUE(submissions_->Find("s", "delta", 0, 1).ok()) << "not old yet";
  ASSERT_EQ(submissions_->Forget(late), OkStatus());
  EXPECT_EQ(submissions_->Find("s", "delta", 0, 1).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(submissions_->Fold({Receipt(1, "energy", "accepted", {})}, 2), OkStatus()) << "a late receipt of it is nobody's fault";
}

}  // namespace
}  // namespace noroshi::relay
