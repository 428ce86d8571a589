// Passwords and tokens: made, hashed, compared. Nothing here keeps a secret. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/random.h"
#include "common/base/status.h"

namespace noroshi::taxii {

// Argon2id, interactive limits (64 MiB, some 50 ms). Error: ResourceExhausted, no memory.
StatusOr<std::string> HashPassword(const std::string& password);
// As expensive as HashPassword. False for a hash that is none.
bool VerifyPassword(const std::string& hash, std::string_view password);
// Shaped as HashPassword writes it.
bool IsPasswordHash(std::string_view text);
// InvalidArgument, where somebody's own choice is too short, too long, or holds control characters.
Status CheckPassword(std::string_view password);

// Lower-case hex of SHA-256: enough for what is random. Compared in constant time.
std::string HashToken(std::string_view token);
bool SameHash(std::string_view one, std::string_view other);
bool IsTokenHash(std::string_view text);

// Generated secrets hold `A-Za-z0-9-._~` only: no `:` (taxii Q9), nothing that a header, URL or shell reads otherwise.
std::string NewPassword(Random& random);  // 130 bits
struct NewToken {
  std::string id;    // public: shown in lists and events
  std::string text;  // `nrt_<id>_<256 random bits in hex>`
};
NewToken MakeToken(Random& random);
// The public part of a token of that form, else empty.
std::string_view TokenId(std::string_view token);
bool IsTokenId(std::string_view id);

}  // namespace noroshi::taxii
