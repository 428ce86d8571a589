// Internal to common/stix: what the standard rules of a pattern's constants, beyond their spelling (STIX 2.1 section 9.5, 9.6).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/stix/pattern_lexer.h"

namespace noroshi::stix {

// The constants of one `IN` list are of one class.
enum class ConstantClass : uint8_t { kNone, kNumber, kText, kBytes, kTime, kBoolean };
ConstantClass ClassOfConstant(TokenKind kind);

// A number as the lexer took it: above zero, its whole part within 2^53-1.
bool IsPositive(std::string_view number);

// RFC 3339 as STIX has it, a leap second included; the day must be real.
bool IsPatternTimestamp(std::string_view text);
// Of such a timestamp: texts that compare as the times do. Nothing for any other text.
std::optional<std::string> SortableTimestamp(std::string_view text);

// Whether the value, raw between its quotes, can be a hash of the algorithm as a path names it (`MD5`, `sha-256`); any value fits
// an algorithm that is not known here.
bool FitsHash(std::string_view algorithm, std::string_view value);

// `198.51.100.0/24`, `2001:db8::1`; of the family that the type asks for.
bool IsAddressRange(std::string_view raw, std::string_view object_type);

}  // namespace noroshi::stix
