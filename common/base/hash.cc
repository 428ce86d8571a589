#include "common/base/hash.h"

#include <openssl/evp.h>

#include <cstring>

#include "common/base/check.h"

namespace noroshi {
namespace {

// Fetched once: OpenSSL 3 looks an algorithm up by name at each implicit fetch, which costs more than a small hash.
const EVP_MD* Fetched(const char* name) {
  const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  NOROSHI_CHECK(md != nullptr);
  return md;
}

template <size_t N>
std::array<uint8_t, N> Digest(const EVP_MD* md, std::initializer_list<std::string_view> parts) {
  struct Context {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    ~Context() { EVP_MD_CTX_free(ctx); }
  };
  thread_local Context context;
  std::array<uint8_t, N> out{};
  NOROSHI_CHECK(EVP_DigestInit_ex2(context.ctx, md, nullptr) == 1);
  for (std::string_view part : parts) EVP_DigestUpdate(context.ctx, part.data(), part.size());
  unsigned size = 0;
  NOROSHI_CHECK(EVP_DigestFinal_ex(context.ctx, out.data(), &size) == 1 && size == N);
  return out;
}

}  // namespace

Hash Sha256(std::initializer_list<std::string_view> parts) {
  static const EVP_MD* md = Fetched("SHA256");
  return Digest<32>(md, parts);
}

Hash Sha256(std::string_view bytes) { return Sha256({bytes}); }

std::array<uint8_t, 20> Sha1(std::initializer_list<std::string_view> parts) {
  static const EVP_MD* md = Fetched("SHA1");
  return Digest<20>(md, parts);
}

Hash HashFromBytes(std::string_view bytes) {
  Hash h{};
  if (bytes.size() == h.size()) std::memcpy(h.data(), bytes.data(), h.size());
  return h;
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    out.push_back(kDigits[c >> 4]);
    out.push_back(kDigits[c & 15]);
  }
  return out;
}

}  // namespace noroshi
