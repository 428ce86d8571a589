// Credentials as requests show them: every form, every refusal, the brake, certificates (taxii 5, 9-11, Q9; AC-36, 39, 40, 54, 86).
#include "common/taxii/authenticator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <fstream>

#include "common/base/limits.h"
#include "common/base/random.h"
#include "common/taxii/brake.h"
#include "common/taxii/credentials.h"
#include "common/taxii/issuer.h"
#include "common/taxii/logins.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/taxii/jwt_issuer.h"

namespace noroshi::taxii {
namespace {

using enum Authenticator::Outcome;

class SetClock final : public Clock {
 public:
  WallTime Now() const override { return FromMicros(now_us); }
  MonotonicTime Monotonic() const override { return {}; }
  std::atomic<int64_t> now_us{1'800'000'000'000'000};
};

constexpr char kCertificate[] = "spiffe://test/org/alfa/node/siem";

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    account_.user = "ann";
    account_.caller.org = "alfa";
    account_.caller.kind = policy::kMember;
    account_.caller.reader = true;
    static const std::string hash = *HashPassword("se:cret");  // dear, and the same for all
    account_.password_hash = hash;
    account_.tokens = {{std::string(kUnnamedToken), HashToken("t0ken"), 0, 0, {}, ""}, {made_.id, HashToken(made_.text), 0, 0, {}, ""}};
    account_.certificates = {kCertificate};
    other_.user = "bob";
    other_.certificates = {"spiffe://test/org/bravo/node/siem"};
    Renew();
  }

  void Renew() { accounts_ = std::make_shared<const Accounts>(*Accounts::Create({account_, other_})); }
  Authenticator::Result Show(const std::string& header, const std::string& address = "192.0.2.1", const std::string& certificate = "") {
    return authenticator_.Check({header, address, certificate, certificate.empty() ? 0 : clock_.now_us + 60'000'000}, accounts_);
  }
  Authenticator::Outcome Check(const std::string& header, const std::string& address = "192.0.2.1", const std::string& certificate = "") {
    return Show(header, address, certificate).outcome;
  }

  const test::TempDirectory directory_;
  SetClock clock_;
  const NewToken made_ = MakeToken(SecureRandom());
  Account account_, other_;
  std::shared_ptr<const Accounts> accounts_;
  Logins logins_{directory_.path() + "/logins.json"};
  Authenticator authenticator_{{clock_, logins_, nullptr, config::ClientCertificates::kOptional}};
};

constexpr char kAnn[] = "Basic YW5uOnNlOmNyZXQ=";    // ann:se:cret
constexpr char kWrong[] = "Basic YW5uOndyb25n";      // ann:wrong

TEST_F(CredentialsTest, AreTakenInEveryFormThatClientsSpeak) {
  EXPECT_EQ(Check(""), kNone);
  EXPECT_EQ(Check(kAnn), kKnown);
  EXPECT_EQ(Check("basic YW5uOnNlOmNyZXQ="), kKnown);
  EXPECT_EQ(Check("Basic YW55OnQwa2Vu"), kKnown);  // any:t0ken
  for (const char* scheme : {"Bearer ", "bearer ", "Token ", "TOKEN  "}) EXPECT_EQ(Check(scheme + made_.text), kKnown) << scheme;
  EXPECT_EQ(Check("Bearer t0ken"), kKnown);
  EXPECT_EQ(Show("Bearer " + made_.text).login.credential, made_.id);
}

TEST_F(CredentialsTest, AreRefusedInEveryOtherForm) {
  for (const std::string& header : {std::string(kWrong), std::string("Basic Og=="), std::string("Basic %%%"), std::string("Basic YW5u"),
                                    std::string("Bearer ann"), std::string("Bearer "),
                                    std::string("Digest x"), std::string("Basic"), std::string("Basic YW5uOgBzZTpjcmV0"), "Bearer " + made_.id,
                                    "Bearer nrt_" + made_.id + "_",
                                    "Bearer " + std::string(9'000, 'a'), std::string("Basic QU5OOnNlOmNyZXQ="),
                                    std::string("Basic YW7MgzpzZTpjcmV0"), std::string("Basic 777OmQ==")}) {
    EXPECT_EQ(Check(header), kRefused) << header.substr(0, 80);
  }
}

// AC-36: at the very next request, though the credentials were good a moment ago.
TEST_F(CredentialsTest, CountNoMoreOnceTheAccountChanges) {
  const std::string token = "Bearer " + made_.text;
  ASSERT_EQ(Check(kAnn), kKnown);
  ASSERT_EQ(Check(token), kKnown);
  account_.tokens[1].expires_us = clock_.now_us + 30'000'000;
  Renew();
  EXPECT_EQ(Check(token), kKnown);
  clock_.now_us += 30'000'000;
  EXPECT_EQ(Check(token), kRefused) << "its time is over, remembered or not";
  EXPECT_EQ(Check(kAnn), kKnown);
  account_.enabled = false;
  Renew();
  EXPECT_EQ(Check(kAnn), kRefused);
  EXPECT_EQ(Check("Bearer t0ken"), kRefused);
  EXPECT_EQ(Check("", "192.0.2.1", kCertificate), kRefused);
}

TEST_F(CredentialsTest, CountFromAllowedNetworksOnly) {
  account_.networks = {*Network::Parse("192.0.2.0/24")};
  account_.tokens[1].networks = {*Network::Parse("192.0.2.8/29")};
  Renew();
  EXPECT_EQ(Check(kAnn), kKnown);
  EXPECT_EQ(Check(kAnn, "198.51.100.1"), kRefused) << "remembered for another address";
  EXPECT_EQ(Check("Bearer " + made_.text, "192.0.2.9"), kKnown);
  EXPECT_EQ(Check("Bearer " + made_.text, "192.0.2.1"), kRefused);
}

// AC-40: by name whatever the spelling and the source, and by source whatever the name; whoever is known is served.
TEST_F(CredentialsTest, GuessedByOneSourceSlowItDown) {
  ASSERT_EQ(Check("Bearer t0ken", "203.0.113.9"), kKnown);
  auto outcome = kRefused;
  int guesses = 0;
  for (; guesses < 200 && outcome == kRefused; ++guesses) outcome = Check("Bearer guess" + std::to_string(guesses), "203.0.113.9");
  EXPECT_EQ(outcome, kTooMany);
  EXPECT_EQ(guesses, limits::kAuthFailuresPerMinuteMax + 1);
  const auto waiting = Show("Bearer guess", "203.0.113.9");
  EXPECT_GE(waiting.retry_after_s, 1);
  EXPECT_LE(waiting.retry_after_s, 61);
  EXPECT_EQ(Check("Bearer t0ken", "203.0.113.9"), kKnown);
  EXPECT_EQ(Check("Bearer guess", "203.0.113.10"), kRefused) << "another source";
  clock_.now_us += 61'000'000;
  EXPECT_EQ(Check("Bearer guess", "203.0.113.9"), kRefused) << "a minute later";
}

// The brake by itself: names without the cost of real password checks.
TEST(BrakeTest, CountsANameOverAllSourcesAndForgetsAfterAMinute) {
  Brake brake(SecureRandom());
  const WallTime now = FromMicros(1'800'000'000'000'000);
  for (int i = 0; i < limits::kAuthFailuresPerMinuteMax; ++i) {
    EXPECT_EQ(brake.SecondsToWait("user ann", now), 0) << i;
    brake.Fail("user " + CanonicalName(i % 3 == 0 ? "ANN" : i % 3 == 1 ? " Ann " : "ann"), now);
  }
  EXPECT_GT(brake.SecondsToWait("user ann", now), 0);
  EXPECT_EQ(brake.SecondsToWait("user ann", now + std::chrono::seconds(60)), 0);
  for (int i = 0; i < 100'000; ++i) brake.Fail(std::to_string(i), now);
  EXPECT_GT(brake.SecondsToWait("user ann", now), 0) << "a flood of names flushes nothing";
}

TEST_F(CredentialsTest, AreNotLockedOutWhereTheirOwnerWasBefore) {
  ASSERT_EQ(Check(kAnn, "192.0.2.1"), kKnown);
  EXPECT_TRUE(logins_.Knows("ann", "192.0.2.1"));
  EXPECT_FALSE(logins_.Knows("ann", "192.0.2.2"));
  EXPECT_FALSE(logins_.Knows("an", "192.0.2.1"));
}

// taxii 5, AC-54: the exact name, listed; never a common name, never any certificate of this authority.
TEST_F(CredentialsTest, OfACertificateCountByItsListedName) {
  EXPECT_EQ(Show("", "192.0.2.1", kCertificate).account, accounts_->FindUser("ann"));
  EXPECT_EQ(Check("", "192.0.2.1", "spiffe://test/org/alfa/node/another"), kNone) << "unlisted: as if none was shown";
  EXPECT_EQ(Check(kAnn, "192.0.2.1", kCertificate), kKnown);
  EXPECT_EQ(Check(kAnn, "192.0.2.1", "spiffe://test/org/bravo/node/siem"), kRefused) << "two proofs, two accounts";
  Authenticator required({clock_, logins_, nullptr, config::ClientCertificates::kRequired});
  EXPECT_EQ(required.Check({kAnn, "192.0.2.1", "", 0}, accounts_).outcome, kRefused);
  EXPECT_EQ(required.Check({kAnn, "192.0.2.1", "spiffe://test/org/alfa/node/another", 0}, accounts_).outcome, kRefused);
  EXPECT_EQ(required.Check({kAnn, "192.0.2.1", kCertificate, 0}, accounts_).outcome, kKnown);
  Authenticator off({clock_, logins_, nullptr, config::ClientCertificates::kOff});
  EXPECT_EQ(off.Check({"", "192.0.2.1", kCertificate, 0}, accounts_).outcome, kNone);
  EXPECT_EQ(authenticator_.Check({"", "192.0.2.1", kCertificate, clock_.now_us - 1}, accounts_).outcome, kRefused) << "it ended while the connection lived";
}

TEST_F(CredentialsTest, OfAnIssuerCountForTheAccountThatListsTheSubject) {
  const test::JwtKey key("EdDSA", "d1");
  config::Oidc oidc;
  oidc.issuer = "https://id.example";
  oidc.audience = "noroshi";
  oidc.jwks_file = directory_.path() + "/jwks.json";
  std::ofstream(oidc.jwks_file) << nlohmann::json{{"keys", {key.Public()}}}.dump();
  const auto issuer = Issuer::Open(oidc, {}, clock_);
  ASSERT_TRUE(issuer.ok()) << issuer.status();
  Authenticator authenticator({clock_, logins_, issuer->get(), config::ClientCertificates::kOff});
  const int64_t now_s = clock_.now_us / 1'000'000;
  const auto token = [&](const char* subject) {
    return "Bearer " + key.Sign(key.Header(), {{"iss", oidc.issuer}, {"aud", oidc.audience}, {"sub", subject}, {"iat", now_s}, {"exp", now_s + 20}});
  };
  EXPECT_EQ(authenticator.Check({token("ann"), "192.0.2.1", "", 0}, accounts_).outcome, kRefused)
      << "a subject that is called as a user is nobody until an account lists it";
  account_.subjects = {"4711"};
  Renew();
  const std::string good = token("4711");
  EXPECT_EQ(authenticator.Check({good, "192.0.2.1", "", 0}, accounts_).account, accounts_->FindUser("ann"));
  EXPECT_EQ(Check(good), kRefused) << "no issuer is configured there";
  clock_.now_us += 81'000'000;  // 20 s of life, 60 s of skew
  EXPECT_EQ(authenticator.Check({good, "192.0.2.1", "", 0}, accounts_).outcome, kRefused);
}

// Of this thread: other work on the machine does not count.
double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

// AC-39, AC-86: who is unknown costs what a wrong password costs. Least of three, and a wide margin: caches and pages are shared.
TEST_F(CredentialsTest, OfNobodyCostAsMuchAsWrongOnes) {
  const auto least = [&](const std::string& header) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const double start = CpuSeconds();
      EXPECT_EQ(Check(header), kRefused);
      best = std::min(best, CpuSeconds() - start);
    }
    return best;
  };
  const double wrong = least(kWrong), unknown = least("Basic em9lOndyb25n"), without_password = least("Basic Ym9iOndyb25n");
  EXPECT_GT(unknown, wrong / 4);
  EXPECT_LT(unknown, wrong * 4);
  EXPECT_GT(without_password, wrong / 4);
}

TEST_F(CredentialsTest, LeaveTheirLastUseOnDiskOnceAMinute) {
  const std::string file = directory_.path() + "/logins.json";
  ASSERT_EQ(Check("Bearer " + made_.text), kKnown);
  logins_.Flush(*accounts_, clock_.Now(), false);
  auto uses = ReadLastUses(file);
  ASSERT_TRUE(uses.ok()) << uses.status();
  ASSERT_EQ(uses->size(), 1u);
  EXPECT_EQ(uses->front().credential, made_.id);
  EXPECT_EQ(uses->front().address, "192.0.2.1");
  ASSERT_EQ(Check(kAnn), kKnown);
  logins_.Flush(*accounts_, clock_.Now(), false);
  EXPECT_EQ(ReadLastUses(file)->size(), 1u) << "not within the minute";
  clock_.now_us += 60'000'000;
  logins_.Flush(*accounts_, clock_.Now(), false);
  EXPECT_EQ(ReadLastUses(file)->size(), 2u);
  account_.tokens.pop_back();
  Renew();
  ASSERT_EQ(Check("Bearer t0ken"), kKnown);
  logins_.Flush(*accounts_, clock_.Now(), true);
  for (const LastUse& use : *ReadLastUses(file)) EXPECT_NE(use.credential, made_.id) << "revoked";
  std::ofstream(file) << "{";
  EXPECT_FALSE(ReadLastUses(file).ok());
  EXPECT_FALSE(Logins(file).Knows("ann", "192.0.2.1")) << "begun anew";
}

}  // namespace
}  // namespace noroshi::taxii
