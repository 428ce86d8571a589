// Chance as an argument: secure in production, seeded in simulations. Any thread may call SecureRandom; a seeded
// source belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace noroshi {

class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(void* out, size_t bytes) = 0;

  std::string Bytes(size_t count) {
    std::string out(count, '\0');
    Fill(out.data(), count);
    return out;
  }
  uint64_t Next() {
    uint64_t value;
    Fill(&value, sizeof value);
    return value;
  }
  // A version-4 UUID in lower case.
  std::string Uuid();
};

// The kernel's generator through OpenSSL; lives for ever.
Random& SecureRandom();

// Deterministic (splitmix64); never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void Fill(void* out, size_t bytes) override;

 private:
  uint64_t state_;
};

// Formats 16 bytes as a UUID with the given version bits (4 or 5).
std::string FormatUuid(const unsigned char (&bytes)[16], int version);

}  // namespace noroshi
