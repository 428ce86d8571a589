// JSON of an issuer, read without mercy: what two readers could understand differently is refused (AC-84). Only for the .cc files of this folder.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace noroshi::taxii {

// One object. Nothing: not JSON, invalid UTF-8, a key twice at any level, deeper than 8 levels, or no object.
std::optional<nlohmann::json> ParseStrictObject(std::string_view text);

// base64url without padding, canonical. Nothing: anything else, or empty.
std::optional<std::string> DecodeBase64Url(std::string_view text);

// The string at `key`, or empty.
std::string TextAt(const nlohmann::json& object, const char* key);

}  // namespace noroshi::taxii
