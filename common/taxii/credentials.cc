#include "common/taxii/credentials.h"

#include <sodium.h>

#include <algorithm>

#include "common/base/limits.h"

namespace noroshi::taxii {
namespace {

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// With or without padding: clients send both.
std::optional<std::string> Decode(std::string_view text) {
  std::string plain(text.size(), '\0');
  size_t bytes = 0;
  const int variant = text.back() == '=' || text.size() % 4 == 0 ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  auto* const out = reinterpret_cast<unsigned char*>(plain.data());
  if (sodium_base642bin(out, plain.size(), text.data(), text.size(), nullptr, &bytes, nullptr, variant) != 0) return {};
  plain.resize(bytes);
  return plain;
}

}  // namespace

std::optional<Credentials> ParseAuthorization(std::string_view header) {
  if (header.size() > limits::kAuthorizationBytesMax) return {};
  const size_t space = header.find(' ');
  if (space == std::string_view::npos) return {};
  const std::string scheme = LowerCase(header.substr(0, space));
  std::string_view rest = header.substr(space + 1);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  if (rest.empty()) return {};
  if (scheme == "bearer" || scheme == "token") return Credentials{false, "", std::string(rest)};
  if (scheme != "basic") return {};
  std::optional<std::string> plain = Decode(rest);
  if (!plain) return {};
  const size_t colon = plain->find(':');
  const bool good = colon != std::string::npos && colon + 1 < plain->size() && plain->find('\0') == std::string::npos;
  std::optional<Credentials> credentials;
  if (good) credentials = Credentials{true, plain->substr(0, colon), plain->substr(colon + 1)};
  sodium_memzero(plain->data(), plain->size());
  return credentials;
}

std::string CanonicalName(std::string_view user) {
  while (!user.empty() && user.front() == ' ') user.remove_prefix(1);
  while (!user.empty() && user.back() == ' ') user.remove_suffix(1);
  return LowerCase(user);
}

}  // namespace noroshi::taxii
