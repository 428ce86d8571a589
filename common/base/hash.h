// SHA-256 and SHA-1 (UUIDv5 only) of bytes. Any thread. Never fails.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace noroshi {

using Hash = std::array<uint8_t, 32>;

Hash Sha256(std::string_view bytes);
// Of the parts one behind the other.
Hash Sha256(std::initializer_list<std::string_view> parts);
std::array<uint8_t, 20> Sha1(std::initializer_list<std::string_view> parts);

inline std::string_view AsView(const Hash& h) { return {reinterpret_cast<const char*>(h.data()), h.size()}; }
inline std::string AsBytes(const Hash& h) { return std::string(AsView(h)); }
// Exactly 32 bytes; anything else becomes the all-zero hash, which nothing hashes to.
Hash HashFromBytes(std::string_view bytes);
std::string Hex(std::string_view bytes);

}  // namespace noroshi
