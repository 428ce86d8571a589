// Any bytes through ParsePattern: no crash, no content in an error, and blanks around a pattern change nothing.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/stix/pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace noroshi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto pattern = stix::ParsePattern(text);
  if (!pattern.ok()) {
    NOROSHI_CHECK(!Message(pattern.status()).empty() && Message(pattern.status()).size() < 200);
    return 0;
  }
  NOROSHI_CHECK(!pattern->types.empty() && pattern->types.size() <= limits::kPatternTypesMax);
  for (const std::string_view type : pattern->types) {
    NOROSHI_CHECK(type.data() >= text.data() && type.data() + type.size() <= text.data() + text.size());
  }
  const std::string spaced = " \n/* */(" + std::string(text) + "\n)\t";  // a comment of the pattern may run to its end
  if (spaced.size() < limits::kPatternBytesMax - 16) {
    const auto again = stix::ParsePattern(spaced);
    const bool at_bound = !again.ok() && Message(again.status()).starts_with("more ");
    NOROSHI_CHECK(at_bound || (again.ok() && again->types.size() == pattern->types.size()));
  }
  return 0;
}
