// Numbers of the embedded log's format; the page is FORMAT.md. Reader and writer share this header.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noroshi::log::format {

inline constexpr std::string_view kVersion = "1";

// First byte of a key.
inline constexpr char kMeta = 0;      // + "format"                          -> kVersion
inline constexpr char kTopic = 1;     // + topic name                        -> topic id (4 bytes)
inline constexpr char kFirst = 2;     // + topic id (4)                      -> offset (8): the topic begins here; absent: 0
inline constexpr char kTimeMark = 3;  // + topic id (4) + offset (8)         -> microseconds since 1970 (8)
inline constexpr char kRecord = 4;    // + topic id (4) + offset (8)         -> record

inline constexpr std::string_view kVersionKey{"\0format", 7};
// A topic gets a time mark with the first append after a start, then at most one a minute.
inline constexpr int64_t kTimeMarkEveryUs = 60'000'000;

// Numbers are big-endian, so that keys sort by offset.
template <class Unsigned>
void PutBigEndian(std::string& out, Unsigned value) {
  for (int shift = int(sizeof value - 1) * 8; shift >= 0; shift -= 8) out.push_back(char(value >> shift & 0xff));
}
// 0 where there are fewer bytes than the type needs.
template <class Unsigned>
Unsigned GetBigEndian(std::string_view bytes) {
  Unsigned value = 0;
  if (bytes.size() < sizeof value) return value;
  for (size_t i = 0; i < sizeof value; ++i) value = Unsigned(value << 8 | static_cast<unsigned char>(bytes[i]));
  return value;
}

inline std::string TopicKey(std::string_view name) { return std::string(1, kTopic).append(name); }
inline std::string FirstKey(uint32_t topic) {
  std::string key(1, kFirst);
  PutBigEndian(key, topic);
  return key;
}
inline std::string OffsetKey(char kind, uint32_t topic, uint64_t offset) {
  std::string key(1, kind);
  PutBigEndian(key, topic);
  PutBigEndian(key, offset);
  return key;
}
inline constexpr size_t kOffsetAt = 1 + sizeof(uint32_t);  // in an OffsetKey
inline constexpr size_t kOffsetKeyBytes = kOffsetAt + sizeof(uint64_t);

}  // namespace noroshi::log::format
