#include "common/taxii/brake.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "common/base/limits.h"

namespace noroshi::taxii {
namespace {

constexpr int64_t kWindowUs = 60'000'000;

}  // namespace

Brake::Brake(Random& random) : hash_key_(random.Bytes(crypto_shorthash_KEYBYTES)), slots_(limits::kAuthFailureSlots) {}

size_t Brake::SlotOf(std::string_view key) const {
  unsigned char hash[crypto_shorthash_BYTES];
  crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(key.data()), key.size(), reinterpret_cast<const unsigned char*>(hash_key_.data()));
  uint64_t number;
  std::memcpy(&number, hash, sizeof number);
  return number % limits::kAuthFailureSlots;
}

int Brake::SecondsToWait(std::string_view key, WallTime now) const {
  const MutexLock lock(mutex_);
  const Slot& slot = slots_[SlotOf(key)];
  const int64_t left_us = slot.since_us + kWindowUs - ToMicros(now);
  if (slot.count < limits::kAuthFailuresPerMinuteMax || left_us <= 0) return 0;
  return static_cast<int>(std::min(left_us, kWindowUs) / 1'000'000) + 1;
}

void Brake::Fail(std::string_view key, WallTime now) {
  const MutexLock lock(mutex_);
  Slot& slot = slots_[SlotOf(key)];
  const int64_t age_us = ToMicros(now) - slot.since_us;
  if (age_us >= kWindowUs || age_us < 0) slot = {ToMicros(now), 0};
  if (slot.count < limits::kAuthFailuresPerMinuteMax) ++slot.count;
}

}  // namespace noroshi::taxii
