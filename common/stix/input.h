// Takes apart what publishers hand in: a bundle, a TAXII envelope, a single object, a JSON list of objects, or NDJSON (one of these a line).
// Each object comes out as the exact bytes it had. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace noroshi::stix {

// One piece of the input: an object's bytes (a view into the input), or a fault at this place.
struct InputItem {
  uint64_t number = 0;        // running number, from 1
  std::string_view bytes;     // empty with a fault
  Status fault;               // e.g. `object 17 is truncated at byte 90112`
};

struct Input {
  std::vector<InputItem> items;
  std::string form;           // bundle, envelope, object, list, ndjson
  bool whole = true;          // false: the text ends, or its brackets and quotes stop matching, before the end of `objects`
};

// Splits by structure only (strings, escapes, nesting), so that one bad object among many costs only itself: what lies between
// the brackets of `objects` is cut at top-level commas even where an item is not valid JSON inside, as far as its brackets
// match. Truncated input yields the whole objects before the cut and one fault. Bounds: limits::kObjectsPerRequestMax items,
// nesting kJsonDepthMax + 2 (a deeper item is one fault). `type`: `bundle` inside `objects` is a fault of that item (taxii 167).
// Error (nothing usable): empty input, not JSON at all, an envelope without `objects`, an empty list (taxii 121).
StatusOr<Input> SplitInput(std::string_view text);

}  // namespace noroshi::stix
