// Any bytes through SplitInput: no crash, items are numbered views in order, and never both bytes and a
// fault.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/stix/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto input = noroshi::stix::SplitInput(text);
  if (!input.ok()) return 0;
  NOROSHI_CHECK(!input->items.empty() && input->items.size() <= noroshi::limits::kObjectsPerRequestMax);
  const char* behind = text.data();
  uint64_t number = 0;
  for (const auto& item : input->items) {
    NOROSHI_CHECK(item.number == ++number);
    NOROSHI_CHECK(item.fault.ok() != item.bytes.empty());
    if (item.bytes.empty()) continue;
    NOROSHI_CHECK(item.bytes.data() >= behind && item.bytes.front() == '{');
    behind = item.bytes.data() + item.bytes.size();
    NOROSHI_CHECK(behind <= text.data() + text.size());
  }
  return 0;
}
