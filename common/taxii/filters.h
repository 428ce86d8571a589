// The query parameters of the reading endpoints (taxii 77-101). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/store/object_store.h"

namespace noroshi::taxii {

// Which parameters an endpoint takes; others are ignored (taxii 94, 98).
enum class FilterSet : uint8_t { kObjects, kObject, kVersions, kTombstones };

struct Filters {
  std::vector<std::string> ids, types;  // sorted, distinct; empty: any
  bool last = true, first = false, all = false;
  std::vector<int64_t> versions;        // microseconds
  bool any_spec_version = true;         // false: asked only for versions of STIX that are not held
  std::optional<int64_t> added_after;   // microseconds
  std::string added_after_text;         // as it is echoed: six digits
  int limit = 0;
  std::string next;
  // The match filters as given, in one spelling: what a cursor is bound to.
  std::map<std::string, std::string> given;

  bool Wants(const store::Entry& entry, policy::Kinds reads) const;
};

// Error: InvalidArgument (answered 400) naming the parameter and the rule.
StatusOr<Filters> ParseFilters(std::string_view query, FilterSet set);
// From `given` of another Filters, as a cursor carries it.
Status ApplyMatch(const std::string& name, const std::string& value, Filters& filters);

}  // namespace noroshi::taxii
