#include "common/taxii/page.h"

#include "common/base/limits.h"

namespace noroshi::taxii {
namespace {

// The decision for each entry. It depends on nothing but the facts, and neighbours mostly have the same, so the last answer is kept.
class Decider {
 public:
  explicit Decider(const PageRequest& request) : request_(request) {}
  bool MayRead(const policy::ReadFacts& facts) {
    if (!known_ || facts.tlp != last_.tlp || facts.via != last_.via || facts.reference_kinds != last_.reference_kinds || facts.origin_org != last_.origin_org ||
        !(facts.scope == last_.scope)) {
      last_ = facts;
      answer_ = policy::MayRead(request_.membership, request_.layer, request_.audience, request_.caller, facts);
      known_ = true;
    }
    return answer_;
  }

 private:
  const PageRequest& request_;
  bool known_ = false, answer_ = false;
  policy::ReadFacts last_;
};

}  // namespace

StatusOr<Page> ChoosePage(store::View& view, const PageRequest& request) {
  const policy::Kinds reads = policy::ReadsAs(request.caller);
  Decider decider(request);
  Page page;
  size_t bytes = 0;
  const auto visit = [&](const store::Entry& entry) {
    if (!request.filters.Wants(entry, reads) || !decider.MayRead(entry.facts)) return true;
    const bool full = page.items.size() >= static_cast<size_t>(request.filters.limit) ||
                      (request.count_bytes && !page.items.empty() && bytes + entry.payload.bytes > limits::kTaxiiPageBytesMax);
    if (full) {
      page.more = true;
      return false;
    }
    bytes += entry.payload.bytes;
    page.items.push_back({entry.date_us, request.details ? entry.id : "", request.details ? entry.version : "", entry.payload});
    return true;
  };
  if (request.filters.ids.empty()) {
    NOROSHI_TRY(view.Scan(request.audience_name, request.after_us, visit));
  } else {
    NOROSHI_TRY(view.ScanObjects(request.audience_name, request.filters.ids, request.after_us, visit));
  }
  return page;
}

}  // namespace noroshi::taxii
