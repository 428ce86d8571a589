// Reads `Authorization` (taxii 9, 11, Q9; AC-39). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace noroshi::taxii {

struct Credentials {
  bool basic = false;
  std::string user;    // Basic only
  std::string secret;  // password or token; never empty
};

// `Basic`, `Bearer`, `Token`, in any case. Nothing: another scheme, no base64, no colon, a NUL, an empty secret, more than limits::kAuthorizationBytesMax.
std::optional<Credentials> ParseAuthorization(std::string_view header);

// What failures are counted by: outer blanks off, ASCII letters in lower case. Nothing more is needed against guessing by other spellings: a
// name is looked up byte by byte, so whoever spells it in another Unicode form guesses at nobody, and his address is counted all the same (AC-39, AC-40).
std::string CanonicalName(std::string_view user);

}  // namespace noroshi::taxii
