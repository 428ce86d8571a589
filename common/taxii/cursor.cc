#include "common/taxii/cursor.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/base/random.h"

namespace noroshi::taxii {
namespace {

constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
static_assert(kCursorKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Position, then `name\nvalue\n` for each filter: values hold no line feed (PercentDecode refuses control characters).
std::string Encode(const Cursor& cursor) {
  std::string out = std::to_string(cursor.after_us) + "\n";
  for (const auto& [name, value] : cursor.filters) out += name + "\n" + value + "\n";
  return out;
}

StatusOr<Cursor> Decode(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) return InvalidArgument("next is not one of ours");
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (lines.size() % 2 != 1) return InvalidArgument("next is not one of ours");
  Cursor cursor;
  cursor.after_us = std::strtoll(lines[0].c_str(), nullptr, 10);
  for (size_t i = 1; i < lines.size(); i += 2) cursor.filters[lines[i]] = lines[i + 1];
  return cursor;
}

}  // namespace

std::string SealCursor(std::string_view key, std::string_view context, const Cursor& cursor) {
  NOROSHI_CHECK(key.size() == kCursorKeyBytes && sodium_init() >= 0);
  const std::string plain = Encode(cursor);
  std::string sealed = SecureRandom().Bytes(kNonceBytes);
  sealed.resize(kNonceBytes + plain.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed) + kNonceBytes, nullptr, Bytes(plain), plain.size(), Bytes(context), context.size(), nullptr,
                                             Bytes(sealed), Bytes(key));
  std::string token(sodium_base64_encoded_len(sealed.size(), kVariant), '\0');
  sodium_bin2base64(token.data(), token.size(), Bytes(sealed), sealed.size(), kVariant);
  token.pop_back();  // the terminating zero
  return token;
}

StatusOr<Cursor> OpenCursor(std::string_view key, std::string_view context, std::string_view token) {
  NOROSHI_CHECK(key.size() == kCursorKeyBytes && sodium_init() >= 0);
  std::string sealed(token.size(), '\0');
  size_t bytes = 0;
  if (sodium_base642bin(Bytes(sealed), sealed.size(), token.data(), token.size(), nullptr, &bytes, nullptr, kVariant) != 0 || bytes < kNonceBytes + kTagBytes) {
    return InvalidArgument("next is not one of ours");
  }
  std::string plain(bytes - kNonceBytes - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(plain), nullptr, nullptr, Bytes(sealed) + kNonceBytes, bytes - kNonceBytes, Bytes(context),
                                                 context.size(), Bytes(sealed), Bytes(key)) != 0) {
    return InvalidArgument("next is not one of ours");
  }
  return Decode(plain);
}

StatusOr<std::string> LoadCursorKey(const std::string& file) {
  const int created = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (created >= 0) {
    const std::string random = SecureRandom().Bytes(kCursorKeyBytes);
    std::string hex(2 * kCursorKeyBytes + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), Bytes(random), random.size());
    hex.back() = '\n';
    const bool good = ::write(created, hex.data(), hex.size()) == static_cast<ssize_t>(hex.size()) && ::fsync(created) == 0;
    ::close(created);
    if (!good) return Unavailable("cannot write the cursor key `{}`", file);
  }
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return FailedPrecondition("cannot read the cursor key `{}`", file);
  if ((found.st_mode & 077) != 0) return FailedPrecondition("cursor key `{}` has mode {:o}, wanted 600", file, found.st_mode & 0777);
  std::ifstream stream(file);
  std::string hex;
  stream >> hex;
  std::string key(kCursorKeyBytes, '\0');
  size_t bytes = 0;
  if (hex.size() != 2 * kCursorKeyBytes || sodium_hex2bin(Bytes(key), key.size(), hex.data(), hex.size(), nullptr, &bytes, nullptr) != 0 || bytes != key.size()) {
    return FailedPrecondition("cursor key `{}` is not {} hex digits", file, 2 * kCursorKeyBytes);
  }
  return key;
}

std::string StableId(std::string_view key, std::string_view what) {
  NOROSHI_CHECK(sodium_init() >= 0);
  unsigned char hash[crypto_generichash_BYTES_MIN];
  static_assert(sizeof hash == 16);
  crypto_generichash(hash, sizeof hash, Bytes(what), what.size(), Bytes(key), key.size());
  return FormatUuid(hash, 4);
}

}  // namespace noroshi::taxii
