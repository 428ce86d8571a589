#include "common/taxii/json_web_token.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "common/base/limits.h"
#include "common/taxii/strict_json.h"

namespace noroshi::taxii {
namespace {

using Json = nlohmann::json;

constexpr size_t kSubjectBytesMax = 255;

// Keys that the token brings itself or has looked up elsewhere, extensions that must be understood, other payload encodings: never followed, so never taken.
constexpr const char* kRefusedHeaders[] = {"jku", "jwk", "x5u", "x5c", "crit", "b64", "enc", "zip", "cty"};
// Of security events and logout tokens (RFC 8417), of ID tokens (which prove a login elsewhere, not a right here), and of tokens that are bound to a
// key of their holder.
constexpr const char* kRefusedClaims[] = {"events", "nonce", "at_hash", "c_hash", "cnf"};

struct Parts {
  std::string_view header, claims, signature, signed_part;
};

std::optional<Parts> Split(std::string_view token) {
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return {};
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1), token.substr(0, second)};
}

Status Bad(std::string_view what) { return Unauthenticated("token refused: {}", what); }

std::string LowerCase(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// `application/` may be left out (RFC 7515 section 4.1.9); case does not count.
bool IsOfType(const Json& header, const std::string& wanted) {
  std::string type = LowerCase(TextAt(header, "typ"));
  constexpr std::string_view kPrefix = "application/";
  if (type.starts_with(kPrefix)) type.erase(0, kPrefix.size());
  return type == wanted;
}

StatusOr<std::string> CheckSignature(const config::Oidc& oidc, const KeySet& keys, const Parts& parts) {
  const std::optional<std::string> header_text = DecodeBase64Url(parts.header), claims = DecodeBase64Url(parts.claims);
  const std::optional<std::string> signature = DecodeBase64Url(parts.signature);
  if (!header_text || !claims || !signature) return Bad("a part is not base64url");
  const std::optional<Json> header = ParseStrictObject(*header_text);
  if (!header) return Bad("the header is no plain JSON object");
  for (const char* name : kRefusedHeaders) {
    if (header->contains(name)) return Bad(fmt::format("header `{}`", name));
  }
  if (!IsOfType(*header, oidc.token_type)) return Bad("another type than configured");
  const std::string algorithm = TextAt(*header, "alg");
  if (std::find(oidc.algorithms.begin(), oidc.algorithms.end(), algorithm) == oidc.algorithms.end()) return Bad("algorithm is not one of the configured");
  const std::string kid = TextAt(*header, "kid");
  if (kid.empty()) return Bad("no key id");
  const trust::VerificationKey* key = keys.Find(kid);
  if (key == nullptr) return NotFound("token refused: unknown key id");
  if (trust::SignatureAlgorithmName(key->algorithm()) != algorithm) return Bad("the key is for another algorithm");
  if (!key->Verify(parts.signed_part, *signature)) return Bad("bad signature");
  return *claims;
}

// Seconds since 1970; nothing for what is absent, no number, or no time.
std::optional<int64_t> TimeAt(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return {};
  const double seconds = found->get<double>();
  constexpr double kSecondsMax = 1e11;  // beyond: milliseconds, or nonsense
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kSecondsMax) return {};
  return static_cast<int64_t>(seconds);
}

bool IsFor(const Json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (found->is_string()) return found->get<std::string>() == audience;
  if (!found->is_array() || !std::all_of(found->begin(), found->end(), [](const Json& item) { return item.is_string(); })) return false;
  return std::find(found->begin(), found->end(), audience) != found->end();
}

// Until when it counts, in seconds.
StatusOr<int64_t> CheckTimes(const config::Oidc& oidc, const Json& claims, int64_t now) {
  const int64_t skew = oidc.skew.count();
  const std::optional<int64_t> expires = TimeAt(claims, "exp"), issued = TimeAt(claims, "iat");
  if (!expires || !issued) return Bad("`exp` or `iat` is missing or no time in seconds");
  if (claims.contains("nbf") && (!TimeAt(claims, "nbf") || *TimeAt(claims, "nbf") > now + skew)) return Bad("not valid yet");
  if (*issued > now + skew) return Bad("issued in the future");
  if (*expires <= *issued || *expires - *issued > limits::kJwtLifeSecondsMax) return Bad("its life is longer than a day, or none");
  const int64_t until = std::min(*expires, *issued + oidc.max_age.count()) + skew;
  if (now >= until) return Bad("too old");
  return until;
}

}  // namespace

bool LooksLikeJwt(std::string_view text) { return std::count(text.begin(), text.end(), '.') == 2; }

StatusOr<VerifiedJwt> VerifyJwt(const config::Oidc& oidc, const KeySet& keys, std::string_view token, WallTime now) {
  const std::optional<Parts> parts = Split(token);
  if (!parts || token.size() > limits::kAuthorizationBytesMax) return Bad("not three parts");
  NOROSHI_ASSIGN(const std::string claims_text, CheckSignature(oidc, keys, *parts));
  const std::optional<Json> claims = ParseStrictObject(claims_text);
  if (!claims) return Bad("the claims are no plain JSON object");
  if (TextAt(*claims, "iss") != oidc.issuer) return Bad("another issuer");
  if (!IsFor(*claims, oidc.audience)) return Bad("for somebody else");
  for (const char* name : kRefusedClaims) {
    if (claims->contains(name)) return Bad(fmt::format("claim `{}`", name));
  }
  NOROSHI_ASSIGN(const int64_t until, CheckTimes(oidc, *claims, ToMicros(now) / 1'000'000));
  VerifiedJwt out{TextAt(*claims, oidc.claim.c_str()), until * 1'000'000};
  if (out.subject.empty() || out.subject.size() > kSubjectBytesMax) return Bad("no usable subject");
  return out;
}

}  // namespace noroshi::taxii
