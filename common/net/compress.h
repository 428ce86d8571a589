// Content codings of answers (RFC 9110 section 12.5.3). Pure; any thread. Whether an answer may be compressed at all is its maker's to say (AC-81).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace noroshi::net {

enum class Coding : uint8_t { kIdentity, kGzip, kZstd };

// The best that the client takes: by its weights, zstd before gzip where they are equal; as it is where the client says nothing, prefers it, or takes none.
Coding ChooseCoding(std::string_view accept_encoding);
std::string_view CodingName(Coding coding);
// Nothing: identity, or the library has no memory.
std::optional<std::string> Compress(Coding coding, const std::string& body);

}  // namespace noroshi::net
