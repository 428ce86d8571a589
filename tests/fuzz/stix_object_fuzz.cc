// Any bytes through Parse and its kin: no crash, and what they promise each other holds.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/stix/ids.h"
#include "common/stix/object.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace noroshi::stix;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto object = Parse(bytes);
  const auto trusted = ParseTrusted(bytes);
  const auto canonical = CanonicalJson(bytes);
  if (object.ok()) {
    NOROSHI_CHECK(trusted.ok() && canonical.ok());
    NOROSHI_CHECK(CheckId(object->id).ok() && TypeOfId(object->id) == object->type);
    NOROSHI_CHECK(object->refs == trusted->refs && object->marking_refs == trusted->marking_refs);
    NOROSHI_CHECK(object->tlp == trusted->tlp && object->marking_fault == trusted->marking_fault);
    NOROSHI_CHECK(object->version == trusted->version && object->content_hash == trusted->content_hash);
    // The canonical form is the same value, so it tells the same facts. It may be refused: 1e20 is a legal
    // number whose canonical spelling is an integer beyond I-JSON, and an escape may take more bytes than the
    // character it stands for.
    if (const auto again = Parse(*canonical); again.ok()) {
      NOROSHI_CHECK(again->id == object->id && again->version == object->version);
      NOROSHI_CHECK(again->tlp == object->tlp && again->refs.size() == object->refs.size());
    }
    NOROSHI_CHECK(DeterministicId(bytes).ok());
  }
  if (canonical.ok()) {
    NOROSHI_CHECK(SameValue(bytes, bytes));
    const auto fixed = CanonicalJson(*canonical);
    NOROSHI_CHECK(!fixed.ok() || *fixed == *canonical);
  }
  return 0;
}
