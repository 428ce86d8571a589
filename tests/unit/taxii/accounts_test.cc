// Accounts as values: networks, the file, whether a login still counts, who may administer whom.
#include "common/taxii/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/random.h"
#include "common/taxii/account_changes.h"
#include "common/taxii/accounts_file.h"
#include "common/taxii/administer.h"

namespace noroshi::taxii {
namespace {

using testing::HasSubstr;

struct NetworkCase {
  const char* network;
  const char* address;
  bool want;
};
class NetworkContains : public testing::TestWithParam<NetworkCase> {};
TEST_P(NetworkContains, WhatItsPrefixSays) {
  const auto network = Network::Parse(GetParam().network);
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(network->Contains(GetParam().address), GetParam().want);
  EXPECT_EQ(*Network::Parse(network->ToString()), *network);
}
INSTANTIATE_TEST_SUITE_P(Table, NetworkContains,
                         testing::Values(NetworkCase{"192.0.2.0/24", "192.0.2.255", true}, NetworkCase{"192.0.2.0/24", "192.0.3.0", false},
                                         NetworkCase{"192.0.2.7", "192.0.2.7", true}, NetworkCase{"192.0.2.7", "192.0.2.8", false},
                                         NetworkCase{"0.0.0.0/0", "203.0.113.1", true}, NetworkCase{"0.0.0.0/0", "2001:db8::1", false},
                                         NetworkCase{"2001:db8::/32", "2001:db8:ffff::1", true}, NetworkCase{"2001:db8::/32", "2001:db9::1", false},
                                         NetworkCase{"192.0.2.0/24", "::ffff:192.0.2.9", true}, NetworkCase{"::/0", "::1", true},
                                         NetworkCase{"192.0.2.0/24", "", false}, NetworkCase{"192.0.2.0/25", "192.0.2.128", false}));

class NoNetwork : public testing::TestWithParam<const char*> {};
TEST_P(NoNetwork, IsRefused) { EXPECT_FALSE(Network::Parse(GetParam()).ok()) << GetParam(); }
INSTANTIATE_TEST_SUITE_P(Table, NoNetwork, testing::Values("", "any", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2/24",
                                                           "2001:db8::/129", "fe80::1%eth0",
                                                           "2001:db8::1/32", "192.0.2.0/24 ", "0x7f.0.0.1"));

TEST(Sources, AreCountedByV4AddressAndV6Host) {
  EXPECT_EQ(SourceKey("::ffff:192.0.2.1"), SourceKey("192.0.2.1"));
  EXPECT_EQ(SourceKey("2001:db8::1"), SourceKey("2001:db8::ffff:1"));
  EXPECT_NE(SourceKey("2001:db8::1"), SourceKey("2001:db8:0:1::1"));
}

constexpr char kToday[] = R"(accounts:
  - user: ann
    org: alfa
    kind: member
    roles: [reader, publisher, red]
    password_hash: "$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
    token_hash: "0000000000000000000000000000000000000000000000000000000000000001"
)";

TEST(AccountsFile, OfYesterdayIsStillRead) {
  const auto accounts = ParseAccounts(kToday, "accounts.yaml");
  ASSERT_TRUE(accounts.ok()) << accounts.status();
  const Account* ann = accounts->FindUser("ann");
  ASSERT_NE(ann, nullptr);
  EXPECT_TRUE(ann->enabled);
  EXPECT_EQ(RolesOf(*ann), (std::vector<std::string>{"reader", "red", "publisher"}));
  ASSERT_EQ(ann->tokens.size(), 1u);
  EXPECT_EQ(ann->tokens[0].id, kUnnamedToken);
}

Account Full() {
  Account account;
  account.user = "j\xc3\xb6rg \"x\"";
  account.caller.org = "alfa";
  account.caller.kind = policy::kClient;
  account.caller.reader = account.auditor = true;
  account.caller.granted = {"inbox/alfa"};
  account.enabled = false;
  account.expires_us = 1'800'000'000'000'001;
  account.networks = {*Network::Parse("192.0.2.0/24"), *Network::Parse("2001:db8::/32")};
  account.tokens = {{"0123456789abcdef", HashToken("x"), 1, 2, {*Network::Parse("192.0.2.1")}, "true: [a, b] # c"},
                    {std::string(kUnnamedToken), HashToken("y"), 0, 0, {}, ""}};
  account.certificates = {"spiffe://test/org/alfa/node/siem"};
  account.subjects = {"null", "0o17"};
  return account;
}

TEST(AccountsFile, GivesBackWhatWasWritten) {
  const std::string text = WriteAccounts({Full()});
  const auto again = ParseAccounts(text, "f");
  ASSERT_TRUE(again.ok()) << again.status() << text;
  const Account* account = again->FindUser(Full().user);
  ASSERT_NE(account, nullptr) << text;
  EXPECT_EQ(WriteAccounts({*account}), text);
  EXPECT_EQ(account->subjects, Full().subjects);
  EXPECT_THAT(account->tokens, testing::UnorderedElementsAreArray(Full().tokens));
  EXPECT_TRUE(ParseAccounts(WriteAccounts({}), "f").ok()) << "nobody";
}

struct FaultCase {
  const char* line;  // a line more of an account
  const char* says;
};
class AccountsFileFault : public testing::TestWithParam<FaultCase> {};
TEST_P(AccountsFileFault, IsNamedWithItsPlace) {
  const auto accounts = ParseAccounts(std::string(kToday) + "    " + GetParam().line + "\n", "accounts.yaml");
  ASSERT_FALSE(accounts.ok());
  EXPECT_THAT(std::string(Message(accounts.status())), HasSubstr(GetParam().says));
  EXPECT_THAT(std::string(Message(accounts.status())), testing::StartsWith("accounts.yaml:"));
  EXPECT_THAT(std::string(Message(accounts.status())), testing::Not(HasSubstr("argon2id$v"))) << "no hash in a fault";
}
INSTANTIATE_TEST_SUITE_P(
    Table, AccountsFileFault,
    testing::Values(FaultCase{"enabled: no", "true or false"}, FaultCase{"expires: tomorrow", "no time"}, FaultCase{"networks: []", "is empty"},
                    FaultCase{"networks: [192.0.2.1/24]", "did you mean `192.0.2.0/24`"}, FaultCase{"certificates: [CN=ann]", "CN=ann"},
                    FaultCase{"certificates: [\"spiffe://test/org/alfa/node/*\"]", "not an identity"}, FaultCase{"tokens: [{id: 1, hash: 2}]", "16 hex digits"},
                    FaultCase{"password: hunter2", "unknown key `password`"}, FaultCase{"user: bob", "given twice"}, FaultCase{"subjects: x", "wanted a list"},
                    FaultCase{"tokens: [{id: 0123456789abcdef, hash: \"0000000000000000000000000000000000000000000000000000000000000001\"}]",
                              "a token that an account before it has"}));

TEST(Tokens, HaveAPublicIdAndLettersThatNothingReadsOtherwise) {
  const NewToken token = MakeToken(SecureRandom());
  EXPECT_EQ(TokenId(token.text), token.id);
  EXPECT_EQ((token.text + NewPassword(SecureRandom())).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"), std::string::npos) << "Q9: no colon";
  EXPECT_TRUE(CheckPassword(NewPassword(SecureRandom())).ok());
  Account account = Full();
  account.tokens = {{token.id, HashToken(token.text), 0, 0, {}, ""}};
  const Accounts accounts = *Accounts::Create({account});
  EXPECT_NE(accounts.FindToken(token.text).first, nullptr);
  std::string other = token.text;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_EQ(accounts.FindToken(other).first, nullptr) << "the id alone is no secret";
  EXPECT_EQ(accounts.FindToken(token.id).first, nullptr);
  EXPECT_EQ(accounts.FindToken(account.user).first, nullptr) << "AC-39: never found by a name";
}

// AC-36: a login that was good counts no more once any part of it is gone.
class LoginEnds : public testing::Test {
 protected:
  LoginEnds() {
    account_ = Full();
    account_.enabled = true;
    account_.networks.clear();
    account_.tokens[0].expires_us = 0;
    account_.tokens[0].networks.clear();
    account_.password_hash = "$argon2id$x";
  }
  bool Good(const Login& login, int64_t now_us = 5) const { return StillGood(*Accounts::Create({account_}), login, FromMicros(now_us)) != nullptr; }
  Login By(Method method, const std::string& credential) const { return {account_.user, method, credential, "192.0.2.1", 0}; }
  Account account_;
};

TEST_F(LoginEnds, WhenItsCredentialGoes) {
  const Login password = By(Method::kPassword, PasswordPrint(account_)), token = By(Method::kToken, "0123456789abcdef"),
              certificate = By(Method::kCertificate, "spiffe://test/org/alfa/node/siem"), jwt = By(Method::kJwt, "null");
  for (const Login& login : {password, token, certificate, jwt}) EXPECT_TRUE(Good(login)) << MethodName(login.method);
  account_.password_hash = "$argon2id$y";
  account_.tokens.clear();
  account_.certificates = {"spiffe://test/org/alfa/node/other"};
  account_.subjects.clear();
  for (const Login& login : {password, token, certificate, jwt}) EXPECT_FALSE(Good(login)) << MethodName(login.method);
}

TEST_F(LoginEnds, WhenTheAccountGoesOrTheTimeIsOver) {
  Login token = By(Method::kToken, "0123456789abcdef");
  account_.tokens[0].expires_us = 10;
  EXPECT_TRUE(Good(token, 9));
  EXPECT_FALSE(Good(token, 10));
  account_.tokens[0].expires_us = 0;
  account_.expires_us = 10;
  EXPECT_FALSE(Good(token, 10));
  account_.expires_us = 0;
  account_.networks = {*Network::Parse("198.51.100.0/24")};
  EXPECT_FALSE(Good(token));
  account_.networks.clear();
  account_.enabled = false;
  EXPECT_FALSE(Good(token));
  account_.enabled = true;
  token.until_us = 3;
  EXPECT_FALSE(Good(token)) << "the certificate or JWT itself is over";
  token.user = "another";
  EXPECT_FALSE(Good(token));
}

TEST(AccountChanges, AreNamedByClosedWords) {
  Account ann, bob = Full();
  ann.user = "ann";
  Account changed = bob;
  changed.enabled = true;
  changed.tokens.pop_back();
  changed.caller.red = true;
  const auto changes = ChangesBetween(*Accounts::Create({ann, bob}), *Accounts::Create({changed}));
  EXPECT_EQ(changes, (std::vector<std::pair<std::string, std::string>>{{"ann", "deleted"}, {bob.user, "enabled roles tokens"}}));
  EXPECT_EQ(ChangesBetween(*Accounts::Create({}), *Accounts::Create({ann})), (std::vector<std::pair<std::string, std::string>>{{"ann", "created"}}));
}

// AC-37.
TEST(Administration, OfAnotherOrganisationsAccountIsDenied) {
  Account account = Full();
  account.auditor = false;
  EXPECT_TRUE(MayAdminister("isac", "isac", account).ok());
  EXPECT_TRUE(MayAdminister("alfa", "isac", account).ok());
  EXPECT_EQ(MayAdminister("bravo", "isac", account).code(), StatusCode::kPermissionDenied);
  account.is_operator = true;
  EXPECT_EQ(MayAdminister("alfa", "isac", account).code(), StatusCode::kPermissionDenied) << "nobody raises himself to operator";
}

TEST(Administration, GivesNoMoreRightsThanAnAccountMayHave) {
  const auto membership = policy::Membership::Create(1, {{"isac", "identity--1"}, {"alfa", "identity--2"}, {"bravo", "identity--3"}},
                                                     {{"energy", policy::LayerKind::kSector, "isac", {"isac", "alfa", "bravo"}}},
                                                     {{"8c0a1e3c-1111-4222-8333-444455556666", "solar", "alfa", {"alfa"}}});
  ASSERT_TRUE(membership.ok()) << membership.status();
  const auto check = [&](auto&& change) {
    Account account;
    account.user = "x";
    account.caller.org = "alfa";
    account.caller.kind = policy::kMember;
    account.caller.reader = true;
    change(account);
    return CheckRights(account, "isac", *membership).code();
  };
  const auto client = [](Account& a) { a.caller.kind = policy::kClient; };
  EXPECT_EQ(check([](Account& a) { a.publisher = a.caller.red = true; }), StatusCode::kOk);
  EXPECT_EQ(check([](Account& a) { a.caller.org = "nobody"; }), StatusCode::kNotFound);
  EXPECT_EQ(check([](Account& a) { a.is_operator = true; }), StatusCode::kPermissionDenied);
  EXPECT_EQ(check([](Account& a) { a.auditor = true; }), StatusCode::kPermissionDenied);
  EXPECT_EQ(check([](Account& a) { a.caller.org = "isac", a.is_operator = a.auditor = true; }), StatusCode::kOk);
  EXPECT_EQ(check([&](Account& a) { client(a), a.caller.red = true; }), StatusCode::kPermissionDenied);
  EXPECT_EQ(check([&](Account& a) { client(a), a.publisher = true; }), StatusCode::kPermissionDenied);
  EXPECT_EQ(check([&](Account& a) { client(a), a.caller.granted = {"inbox/alfa", "group/8c0a1e3c-1111-4222-8333-444455556666"}; }), StatusCode::kOk);
  EXPECT_EQ(check([&](Account& a) { client(a), a.caller.granted = {"inbox/bravo"}; }), StatusCode::kPermissionDenied);
  EXPECT_EQ(check([&](Account& a) { client(a), a.caller.org = "bravo", a.caller.granted = {"group/8c0a1e3c-1111-4222-8333-444455556666"}; }), StatusCode::kPermissionDenied);
  EXPECT_EQ(check([&](Account& a) { client(a), a.caller.granted = {"community"}; }), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace noroshi::taxii
