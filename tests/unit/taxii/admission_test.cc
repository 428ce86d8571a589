// AC-36: whoever is served for longer than a request is admitted anew, by what is true now.
#include <gtest/gtest.h>

#include "common/base/limits.h"
#include "common/base/random.h"
#include "common/taxii/call.h"
#include "common/taxii/rate_limit.h"
#include "common/taxii/request_metrics.h"

namespace noroshi::taxii {
namespace {

class FixedClock final : public Clock {
 public:
  WallTime Now() const override { return FromMicros(now_us); }
  MonotonicTime Monotonic() const override { return {}; }
  int64_t now_us = 1'800'000'000'000'000;
};

// Nothing is published here.
class NoAcceptor final : public relay::Acceptor {
 public:
  std::string NewSubmission() override { return {}; }
  StatusOr<std::vector<relay::ItemResult>> Accept(const std::string&, const relay::PublishOptions&, const std::vector<stix::InputItem>&) override {
    return Unimplemented("not here");
  }
  Status Recall(const relay::RecallRequest&) override { return Unimplemented("not here"); }
  StatusOr<relay::SubmissionState> Find(const std::string&, std::string_view, uint64_t, size_t) override { return NotFound("not here"); }
  void Wait(const std::string&, bool, std::chrono::milliseconds) override {}
  StatusOr<std::vector<relay::ItemResult>> DryRun(const relay::PublishOptions&, const std::vector<stix::InputItem>&) override {
    return Unimplemented("not here");
  }
};

class AdmissionTest : public testing::Test {
 protected:
  AdmissionTest() {
    account_.user = "ann";
    account_.caller.org = "alfa";
    account_.caller.kind = policy::kMember;
    account_.tokens = {{"0123456789abcdef", HashToken("x"), 0, 0, {}, ""}};
    login_ = {"ann", Method::kToken, "0123456789abcdef", "192.0.2.1", 0};
  }

  bool Admitted(const Login& login, const std::vector<policy::Organisation>& organisations = {{"isac", "identity--1"}, {"alfa", "identity--2"}},
                bool anonymous_public = false) {
    auto file = std::make_shared<config::DirectoryFile>();
    std::set<std::string> members;
    for (const policy::Organisation& organisation : organisations) members.insert(organisation.name);
    file->membership = *policy::Membership::Create(1, organisations, {{"energy", policy::LayerKind::kSector, "isac", members}}, {});
    const policy::Layer& layer = *file->membership.FindLayer("energy");
    const Snapshot snapshot(file, std::make_shared<const Accounts>(*Accounts::Create({account_})), layer, "key");
    const Site site{"energy", "Energy", "", "key", anonymous_public, limits::kContentBytesMax,
                    clock_, *store_, acceptor_, progress_, account_limits_, failures_};
    return StillAdmitted(site, snapshot, login);
  }

  FixedClock clock_;
  Account account_;
  Login login_;
  NoAcceptor acceptor_;
  const std::unique_ptr<store::ObjectStore> store_ = *store::OpenMemoryStore();
  Progress progress_;
  AccountLimits account_limits_{{}, clock_};
  AuthFailures failures_;
};

TEST_F(AdmissionTest, LastsWhileCredentialAccountAndOrganisationDo) {
  EXPECT_TRUE(Admitted(login_));
  EXPECT_FALSE(Admitted(login_, {{"isac", "identity--1"}})) << "the organisation is no longer in the directory";
  account_.tokens[0].expires_us = clock_.now_us;
  EXPECT_FALSE(Admitted(login_)) << "the token's end";
  account_.tokens.clear();
  EXPECT_FALSE(Admitted(login_)) << "revoked";
  login_.method = Method::kJwt;
  login_.credential = "4711";
  EXPECT_FALSE(Admitted(login_));
  account_.subjects = {"4711"};
  EXPECT_TRUE(Admitted(login_));
  login_.until_us = clock_.now_us;
  EXPECT_FALSE(Admitted(login_)) << "the JWT's end";
  login_.until_us = 0;
  account_.enabled = false;
  EXPECT_FALSE(Admitted(login_));
}

TEST_F(AdmissionTest, OfNobodyLastsWhileTheLayerHasReadersWithoutAccounts) {
  EXPECT_TRUE(Admitted({}, {{"isac", "identity--1"}}, true));
  EXPECT_FALSE(Admitted({}));
}

}  // namespace
}  // namespace noroshi::taxii
