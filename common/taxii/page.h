// Chooses the entries of one page for one caller. The one way by which objects, manifest, object and versions find what they show: what a caller may not
// read is neither shown nor counted (taxii 17, R3, R4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/policy/membership.h"
#include "common/store/object_store.h"
#include "common/taxii/filters.h"

namespace noroshi::taxii {

struct PageItem {
  int64_t date_us = 0;
  std::string id, version;     // empty unless details were asked for
  store::PayloadRef payload;
};

struct Page {
  std::vector<PageItem> items;
  bool more = false;           // at least one more entry is visible to this caller
};

struct PageRequest {
  const policy::Membership& membership;
  const policy::Layer& layer;
  const policy::Boundary& audience;
  const std::string& audience_name;
  const policy::Caller& caller;
  const Filters& filters;
  int64_t after_us = -1;
  bool details = false;        // ids and versions, for manifest and versions
  bool count_bytes = true;     // ends the page at kTaxiiPageBytesMax
};

// Error: the store cannot answer whole; then nothing is served.
StatusOr<Page> ChoosePage(store::View& view, const PageRequest& request);

}  // namespace noroshi::taxii
