// Internal to common/stix: the seam to simdjson. One JSON document, checked whole before anybody looks at a
// value. Threads: any; each has its own parser, which every call overwrites. Only .cc files of this folder
// include simdjson.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace simdjson::dom {
class array;
class element;
class object;
}  // namespace simdjson::dom

namespace noroshi::stix {

// Identifiers found by property name at any depth, distinct, in document order. Views into the document.
struct References {
  std::vector<std::string_view> refs;      // *_ref and *_refs, but for:
  std::vector<std::string_view> markings;  // object_marking_refs and marking_ref
};

// Size, JSON, UTF-8 and depth. The element and all that is reached from it is valid until the next call on
// this thread. Errors name the limit, never content.
StatusOr<simdjson::dom::element> ParseDocument(std::string_view bytes);

// I-JSON and the limits of limits.h over the whole tree: no member name twice (compared after unescaping), no
// control character in one, integers within +-(2^53-1), bounded count. Collects references on the way.
Status CheckTree(const simdjson::dom::element& root, References& found);

// RFC 8785 of a value or a string of a document that passed CheckTree, appended.
void AppendCanonical(const simdjson::dom::element& value, std::string& out);
void AppendCanonicalString(std::string_view text, std::string& out);

// DeterministicId of an object that passed CheckTree.
std::string DeterministicIdOf(const simdjson::dom::object& object, std::string_view type);

// CheckId without the reason.
bool IsId(std::string_view id);

// Where a value stands, for error texts: `external_references.[0].url`. Lives on the stack of the checks.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  int64_t index = -1;  // of a list item; `name` is unused then

  std::string Text() const;
};

// A member name as it may stand in an error text: printable ASCII, at most 250 bytes; other bytes become `?`.
std::string PrintableName(std::string_view name);

}  // namespace noroshi::stix
