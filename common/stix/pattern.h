// STIX patterns (STIX 2.1 section 9; taxii 168): is this one? Pure; any thread.
//
// Cost is linear in the length; nothing recurses. Bounds: limits::kPattern*. A pattern is never evaluated here: what its
// constants say is checked as far as the standard rules it, and no further.
//
//   pattern      = observation { ( "AND" | "OR" | "FOLLOWEDBY" ) observation }
//   observation  = ( "[" comparison "]" | "(" pattern ")" ) { qualifier }
//   qualifier    = "START" timestamp "STOP" timestamp | "WITHIN" number "SECONDS" | "REPEATS" integer "TIMES"
//   comparison   = test { ( "AND" | "OR" ) test }
//   test         = "(" comparison ")" | [ "NOT" ] "EXISTS" path | path [ "NOT" ] operator constant
//   operator     = "=" | "==" | "!=" | "<>" | ">" | "<" | ">=" | "<=" | "IN" | "LIKE" | "MATCHES" | "ISSUBSET" | "ISSUPERSET"
//   path         = type ":" key { "." key | "[" ( integer | "*" ) "]" }
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace noroshi::stix {

struct Pattern {
  std::vector<std::string_view> types;  // distinct object types it names, in order; views into the text
  // What STIX 2.0 allowed and 2.1 does not, the first of it: `a keyword in lower case at byte 17`. Empty: the pattern is
  // STIX 2.1. Such patterns mean the same in both and are kept (DECISIONS.md).
  std::string legacy;
  // Regular expressions with constructs of PCRE that RE2 lacks (look-around, back references): legal and not checked.
  size_t unchecked_regexes = 0;
};

// Error: `expected … at byte 17, found …` or the rule that a constant breaks, never content.
StatusOr<Pattern> ParsePattern(std::string_view text);

}  // namespace noroshi::stix
