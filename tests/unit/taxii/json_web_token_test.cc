// AC-84, RFC 8725: every way in which a token of a good issuer, or one that only looks so, must not count.
#include "common/taxii/json_web_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "common/taxii/issuer.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/taxii/jwt_issuer.h"

namespace noroshi::taxii {
namespace {

using nlohmann::json;
using test::Base64Url;
using test::JwtKey;
using testing::HasSubstr;

constexpr int64_t kNow = 1'800'000'000;

config::Oidc Config() {
  config::Oidc oidc;
  oidc.issuer = "https://id.example";
  oidc.audience = "noroshi-energy";
  return oidc;
}

// Made once: an RSA key takes its time.
struct World {
  JwtKey rsa{"RS256", "r1"}, ec{"ES256", "e1"}, ed{"EdDSA", "d1"}, stranger{"ES256", "e1"};
  std::string set = json{{"keys", {rsa.Public(), ec.Public(), ed.Public(), {{"kty", "oct"}, {"kid", "h1"}, {"k", "AAAA"}}}}}.dump();
  KeySet keys = *KeySet::Parse(set, Config().algorithms);
};
const World& TheWorld() {
  static const World* world = new World;
  return *world;
}

json Claims() { return {{"iss", "https://id.example"}, {"aud", "noroshi-energy"}, {"sub", "248289761001"}, {"iat", kNow - 10}, {"exp", kNow + 600}}; }

StatusOr<VerifiedJwt> Verify(const std::string& token, const config::Oidc& oidc = Config()) {
  return VerifyJwt(oidc, TheWorld().keys, token, FromMicros(kNow * 1'000'000));
}

TEST(Jwt, OfEachConfiguredAlgorithmCounts) {
  for (const JwtKey* key : {&TheWorld().rsa, &TheWorld().ec, &TheWorld().ed}) {
    const auto verified = Verify(key->Sign(key->Header(), Claims()));
    ASSERT_TRUE(verified.ok()) << verified.status() << key->Header();
    EXPECT_EQ(verified->subject, "248289761001");
    EXPECT_EQ(verified->until_us, (kNow + 660) * 1'000'000);
  }
  json several = Claims();
  several["aud"] = {"other", "noroshi-energy"};
  EXPECT_TRUE(Verify(TheWorld().ec.Sign(TheWorld().ec.Header(), several)).ok());
  json header = TheWorld().ec.Header();
  header["typ"] = "application/AT+JWT";
  EXPECT_TRUE(Verify(TheWorld().ec.Sign(header, Claims())).ok());
}

struct HeaderCase {
  const char* name;
  json change;
};
class JwtHeader : public testing::TestWithParam<HeaderCase> {};
TEST_P(JwtHeader, OfAnAttackIsRefused) {
  json header = TheWorld().ec.Header();
  header.update(GetParam().change);
  for (auto at = header.begin(); at != header.end();) at = at->is_null() ? header.erase(at) : std::next(at);
  EXPECT_FALSE(Verify(TheWorld().ec.Sign(header, Claims())).ok()) << header;
}
INSTANTIATE_TEST_SUITE_P(
    Ac84, JwtHeader,
    testing::Values(HeaderCase{"AlgNone", {{"alg", "none"}}}, HeaderCase{"AlgNoneInCapitals", {{"alg", "NONE"}}}, HeaderCase{"AlgMissing", {{"alg", nullptr}}},
                    HeaderCase{"AlgHs256", {{"alg", "HS256"}}}, HeaderCase{"AlgOfAnotherKey", {{"alg", "RS256"}}},
                    HeaderCase{"AlgOfAnotherCurve", {{"alg", "ES384"}}},
                    HeaderCase{"AlgAList", {{"alg", {"ES256"}}}}, HeaderCase{"KidPath", {{"kid", "../../../../dev/null"}}},
                    HeaderCase{"KidSql", {{"kid", "e1' OR '1'='1"}}},
                    HeaderCase{"KidUrl", {{"kid", "https://evil.example/e1"}}}, HeaderCase{"KidMissing", {{"kid", nullptr}}},
                    HeaderCase{"KidNumber", {{"kid", 1}}},
                    HeaderCase{"KidOfASymmetricKey", {{"kid", "h1"}}}, HeaderCase{"Jku", {{"jku", "https://evil.example/keys"}}},
                    HeaderCase{"X5u", {{"x5u", "https://evil.example/c"}}},
                    HeaderCase{"Jwk", {{"jwk", {{"kty", "EC"}}}}}, HeaderCase{"X5c", {{"x5c", {"MIIB"}}}},
                    HeaderCase{"Crit", {{"crit", {"exp"}}}}, HeaderCase{"B64", {{"b64", false}}},
                    HeaderCase{"TypJwt", {{"typ", "JWT"}}}, HeaderCase{"TypLogout", {{"typ", "logout+jwt"}}}, HeaderCase{"TypDpop", {{"typ", "dpop+jwt"}}},
                    HeaderCase{"TypMissing", {{"typ", nullptr}}}, HeaderCase{"Nested", {{"cty", "JWT"}}}, HeaderCase{"Zip", {{"zip", "DEF"}}}),
    [](const auto& info) { return info.param.name; });

class JwtClaims : public testing::TestWithParam<HeaderCase> {};
TEST_P(JwtClaims, ThatAreNotForUsOrNotInTimeAreRefused) {
  json claims = Claims();
  claims.update(GetParam().change);
  for (auto at = claims.begin(); at != claims.end();) at = at->is_null() ? claims.erase(at) : std::next(at);
  EXPECT_FALSE(Verify(TheWorld().ec.Sign(TheWorld().ec.Header(), claims)).ok()) << claims;
}
INSTANTIATE_TEST_SUITE_P(
    Ac84, JwtClaims,
    testing::Values(HeaderCase{"IssOther", {{"iss", "https://evil.example"}}}, HeaderCase{"IssWithSlash", {{"iss", "https://id.example/"}}},
                    HeaderCase{"IssMissing", {{"iss", nullptr}}},
                    HeaderCase{"IssList", {{"iss", {"https://id.example"}}}}, HeaderCase{"AudMissing", {{"aud", nullptr}}},
                    HeaderCase{"AudOther", {{"aud", "noroshi-finance"}}},
                    HeaderCase{"AudPart", {{"aud", "noroshi-energy2"}}}, HeaderCase{"AudEmpty", {{"aud", json::array()}}},
                    HeaderCase{"AudMixed", {{"aud", {"noroshi-energy", 1}}}},
                    HeaderCase{"ExpMissing", {{"exp", nullptr}}}, HeaderCase{"ExpOver", {{"exp", kNow - 61}}},
                    HeaderCase{"ExpInMilliseconds", {{"exp", (kNow + 600) * 1000}}},
                    HeaderCase{"ExpText", {{"exp", "1800000600"}}}, HeaderCase{"ExpHuge", {{"exp", 1e300}}}, HeaderCase{"ExpNegative", {{"exp", -1}}},
                    HeaderCase{"ExpFarAway", {{"exp", kNow + 30 * 86'400}}}, HeaderCase{"ExpBeforeIat", {{"exp", kNow - 20}}},
                    HeaderCase{"IatMissing", {{"iat", nullptr}}},
                    HeaderCase{"IatFuture", {{"iat", kNow + 61}}}, HeaderCase{"IatTooOld", {{"iat", kNow - 3661}}},
                    HeaderCase{"IatInMilliseconds", {{"iat", kNow * 1000}}},
                    HeaderCase{"NbfFuture", {{"nbf", kNow + 61}}}, HeaderCase{"NbfText", {{"nbf", "now"}}}, HeaderCase{"SubMissing", {{"sub", nullptr}}},
                    HeaderCase{"SubEmpty", {{"sub", ""}}}, HeaderCase{"SubNumber", {{"sub", 248289761001}}},
                    HeaderCase{"LogoutToken", {{"events", json::object()}}},
                    HeaderCase{"IdToken", {{"nonce", "n"}}}, HeaderCase{"BoundToAKey", {{"cnf", {{"jkt", "x"}}}}}),
    [](const auto& info) { return info.param.name; });

TEST(Jwt, IsRefusedWhereAnyLetterOfItChanges) {
  const std::string token = TheWorld().ed.Sign(TheWorld().ed.Header(), Claims());
  ASSERT_TRUE(Verify(token).ok());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string edited = token;
    edited[i] = edited[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Verify(edited).ok()) << i;
  }
}

TEST(Jwt, IsRefusedInEveryOtherForm) {
  const JwtKey& key = TheWorld().ec;
  const std::string token = key.Sign(key.Header(), Claims());
  const std::string unsigned_token = token.substr(0, token.rfind('.') + 1);
  const std::string header = key.Header().dump(), claims = Claims().dump();
  for (const std::string& bad : {unsigned_token, unsigned_token.substr(0, unsigned_token.size() - 1), token + ".x", "." + token,
                                 std::string(".."), std::string(), token + "=",
                                 key.Sign(header, claims.substr(0, claims.size() - 1) + ",\"sub\":\"root\"}"),
                                 key.Sign(header.substr(0, header.size() - 1) + ",\"alg\":\"none\"}", claims),
                                 key.Sign(header, claims + claims), key.Sign(header, "[" + claims + "]"), key.Sign(header, "\xff" + claims),
                                 key.Sign("null", claims)}) {
    EXPECT_FALSE(Verify(bad).ok()) << bad;
  }
  EXPECT_FALSE(Verify(TheWorld().stranger.Sign(key.Header(), Claims())).ok()) << "somebody else's key under a known id";
}

// The public key as an HMAC secret: works where a verifier lets the token choose the algorithm.
TEST(Jwt, SignedByHmacWithThePublicKeyIsRefused) {
  json header = TheWorld().rsa.Header();
  header["alg"] = "HS256";
  const std::string text = Base64Url(header.dump()) + "." + Base64Url(Claims().dump()), secret = TheWorld().rsa.Public().dump();
  unsigned char mac[32];
  unsigned bytes = sizeof mac;
  HMAC(EVP_sha256(), secret.data(), int(secret.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &bytes);
  EXPECT_FALSE(Verify(text + "." + Base64Url({reinterpret_cast<char*>(mac), bytes})).ok());
  config::Oidc only_ec = Config();
  only_ec.algorithms = {"ES256"};
  EXPECT_FALSE(Verify(TheWorld().rsa.Sign(TheWorld().rsa.Header(), Claims()), only_ec).ok()) << "an algorithm that is not configured";
}

struct SetCase {
  const char* text;
  const char* says;
};
class BadKeySet : public testing::TestWithParam<SetCase> {};
TEST_P(BadKeySet, IsRefused) {
  const auto keys = KeySet::Parse(GetParam().text, Config().algorithms);
  ASSERT_FALSE(keys.ok());
  EXPECT_THAT(std::string(Message(keys.status())), HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadKeySet,
    testing::Values(SetCase{"", "not a key set"}, SetCase{"[]", "not a key set"}, SetCase{"{\"keys\":{}}", "not a key set"},
                    SetCase{"{\"keys\":[]}", "none with an id"},
                    SetCase{R"({"keys":[1]})", "no object"}, SetCase{R"({"keys":[],"keys":[]})", "not a key set"},
                    SetCase{R"({"keys":[{"kty":"oct","kid":"h","k":"AAAA","alg":"HS256"}]})", "none with an id"},
                    SetCase{R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"d","x":"AAAA"}]})", "32"},
                    SetCase{R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"d","x":"AAAA","d":"AAAA"}]})", "private key"},
                    SetCase{R"({"keys":[{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB"}]})", "bits"},
                    SetCase{R"({"keys":[{"kty":"EC","crv":"P-256","kid":"e","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]})", "not a point"}));

TEST(KeySet, HoldsOnlyKeysThatSign) {
  json encrypting = TheWorld().ec.Public(), twice = TheWorld().ed.Public();
  encrypting["use"] = "enc";
  encrypting["kid"] = "e2";
  const auto keys = KeySet::Parse(json{{"keys", {encrypting, TheWorld().ed.Public()}}}.dump(), Config().algorithms);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->Find("e2"), nullptr);
  EXPECT_NE(keys->Find("d1"), nullptr);
  EXPECT_FALSE(KeySet::Parse(json{{"keys", {twice, twice}}}.dump(), Config().algorithms).ok()) << "one id, two keys";
}

class StillClock final : public Clock {
 public:
  WallTime Now() const override { return FromMicros(now_us); }
  MonotonicTime Monotonic() const override { return {}; }
  std::atomic<int64_t> now_us{kNow * 1'000'000};
};

TEST(Issuer, TakesAnotherKeyFileAndKeepsTheOldOneIfItIsFaulty) {
  StillClock clock;
  const test::TempDirectory directory;
  config::Oidc oidc = Config();
  oidc.jwks_file = directory.path() + "/jwks.json";
  EXPECT_FALSE(Issuer::Open(oidc, {}, clock).ok());
  const std::string token = TheWorld().ec.Sign(TheWorld().ec.Header(), Claims());
  std::ofstream(oidc.jwks_file) << json{{"keys", {TheWorld().ed.Public()}}}.dump();
  const auto issuer = Issuer::Open(oidc, {}, clock);
  ASSERT_TRUE(issuer.ok()) << issuer.status();
  EXPECT_FALSE((*issuer)->Verify(token, clock.Now()).ok());
  std::ofstream(oidc.jwks_file) << TheWorld().set;
  (*issuer)->Look();
  EXPECT_TRUE((*issuer)->Verify(token, clock.Now()).ok());
  std::ofstream(oidc.jwks_file) << "{";
  (*issuer)->Look();
  EXPECT_TRUE((*issuer)->Verify(token, clock.Now()).ok());
}

TEST(Issuer, FetchesItsKeysOnceAndNeverForATokenThatWaits) {
  StillClock clock;
  config::Oidc oidc = Config();
  oidc.jwks_url = "https://id.example/keys";
  std::atomic<int> fetched{0};
  const auto issuer = Issuer::Open(oidc, [&](const config::Oidc&, const std::stop_token&) -> StatusOr<std::string> { return ++fetched, TheWorld().set; }, clock);
  ASSERT_TRUE(issuer.ok());
  const std::string token = TheWorld().ec.Sign(TheWorld().ec.Header(), Claims());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!(*issuer)->Verify(token, clock.Now()).ok() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  json header = TheWorld().ec.Header();
  header["kid"] = "unknown";
  const std::string unknown = TheWorld().ec.Sign(header, Claims());
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE((*issuer)->Verify(token, clock.Now()).ok());
    EXPECT_EQ((*issuer)->Verify(unknown, clock.Now()).status().code(), StatusCode::kNotFound);
  }
  EXPECT_EQ(fetched, 1) << "unknown keys ask at most once a minute";
  EXPECT_EQ((*issuer)->Verify(token, clock.Now() + std::chrono::hours(25)).status().code(), StatusCode::kUnavailable) << "old keys count no more";
}

}  // namespace
}  // namespace noroshi::taxii
