#include "common/taxii/secrets.h"

#include <sodium.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/limits.h"

namespace noroshi::taxii {
namespace {

constexpr std::string_view kPrefix = "nrt_";
constexpr size_t kIdBytes = 8;
constexpr size_t kSecretBytes = 32;
constexpr size_t kPasswordLetters = 26;
// 32 letters that nobody confuses when reading aloud: 5 bits each.
constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
static_assert(kLetters.size() == 32);

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

StatusOr<std::string> HashPassword(const std::string& password) {
  NOROSHI_CHECK(sodium_init() >= 0);
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str(out, password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return ResourceExhausted("no memory to hash a password");
  }
  return std::string(out);
}

bool VerifyPassword(const std::string& hash, std::string_view password) {
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool IsPasswordHash(std::string_view text) { return text.starts_with("$argon2id$") && text.size() < crypto_pwhash_STRBYTES; }

Status CheckPassword(std::string_view password) {
  if (password.size() < limits::kPasswordBytesMin || password.size() > limits::kPasswordBytesMax) {
    return InvalidArgument("password has {} bytes, allowed are {} to {}", password.size(), limits::kPasswordBytesMin, limits::kPasswordBytesMax);
  }
  const bool control = std::any_of(password.begin(), password.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return control ? InvalidArgument("password holds control characters, which no client can send") : OkStatus();
}

std::string HashToken(std::string_view token) { return Hex(AsView(Sha256(token))); }

bool SameHash(std::string_view one, std::string_view other) {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

bool IsTokenHash(std::string_view text) { return text.size() == 2 * sizeof(Hash) && IsHex(text); }

std::string NewPassword(Random& random) {
  std::string password = random.Bytes(kPasswordLetters);
  for (char& c : password) c = kLetters[static_cast<unsigned char>(c) % kLetters.size()];
  return password;
}

NewToken MakeToken(Random& random) {
  const std::string id = Hex(random.Bytes(kIdBytes));
  return {id, fmt::format("{}{}_{}", kPrefix, id, Hex(random.Bytes(kSecretBytes)))};
}

std::string_view TokenId(std::string_view token) {
  if (token.size() != kPrefix.size() + 2 * kIdBytes + 1 + 2 * kSecretBytes || !token.starts_with(kPrefix)) return {};
  const std::string_view id = token.substr(kPrefix.size(), 2 * kIdBytes);
  return IsTokenId(id) && token[kPrefix.size() + 2 * kIdBytes] == '_' ? id : std::string_view();
}

bool IsTokenId(std::string_view id) { return id.size() == 2 * kIdBytes && IsHex(id); }

}  // namespace noroshi::taxii
