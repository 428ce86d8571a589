// Internal to common/stix: the seam to RE2. Is this a regular expression, within our bounds? Never matched against anything.
#pragma once

#include <cstddef>
#include <string_view>

namespace noroshi::stix {

struct RegexVerdict {
  enum class Kind {
    kFine,
    kBeyondRe2,  // PCRE (STIX 2.1 section 9.6.1) has a construct there that RE2 lacks; what follows it is not checked
    kBad,
  };
  Kind kind = Kind::kFine;
  std::string_view why;     // of kBad; a constant
  size_t instructions = 0;  // of kFine: length of RE2's program
};

// UTF-8. Bounds: kPatternRegexBytesMax, kPatternRegexMemoryBytes.
RegexVerdict CheckRegex(std::string_view regex);

}  // namespace noroshi::stix
