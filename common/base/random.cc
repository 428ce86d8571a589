#include "common/base/random.h"

#include <openssl/rand.h>

#include <cstring>

#include "common/base/check.h"
#include "common/base/hash.h"

namespace noroshi {
namespace {

class KernelRandom final : public Random {
 public:
  void Fill(void* out, size_t bytes) override {
    NOROSHI_CHECK(RAND_bytes(static_cast<unsigned char*>(out), static_cast<int>(bytes)) == 1);
  }
};

}  // namespace

Random& SecureRandom() {
  static KernelRandom random;
  return random;
}

void SeededRandom::Fill(void* out, size_t bytes) {
  auto* to = static_cast<unsigned char*>(out);
  while (bytes > 0) {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    const size_t take = bytes < sizeof z ? bytes : sizeof z;
    std::memcpy(to, &z, take);
    to += take;
    bytes -= take;
  }
}

std::string FormatUuid(const unsigned char (&bytes)[16], int version) {
  unsigned char b[16];
  std::memcpy(b, bytes, sizeof b);
  b[6] = static_cast<unsigned char>((b[6] & 0x0f) | (version << 4));
  b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
  const std::string hex = Hex({reinterpret_cast<const char*>(b), sizeof b});
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

std::string Random::Uuid() {
  unsigned char bytes[16];
  Fill(bytes, sizeof bytes);
  return FormatUuid(bytes, 4);
}

}  // namespace noroshi
