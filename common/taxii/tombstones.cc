// GET /{root}/collections/{id}/tombstones/ (extension of TAXII): versions that the caller could read in this collection and no longer can, whatever the cause - recalled,
// narrowed, marked more strictly. Id, version and date, no body; each time a version was lost, until it is back. Paged like the manifest: in the order of
// the dates, which only grow, so that nothing is ever inserted behind a cursor; `added_after` is compared with them. Only for those who had it: kinds of
// account that read it, of organisations that read the audience at that time.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/taxii/reading.h"

namespace noroshi::taxii {
namespace {

class Losses {
 public:
  Losses(const Call& call, const Collection& collection, const Filters& filters, store::View& view)
      : call_(call), collection_(collection), filters_(filters), view_(view), reads_(policy::ReadsAs(call.account.caller)) {}

  // The caller had it, and has it no more.
  StatusOr<bool> Concerns(const store::Loss& loss) {
    if (!Wanted(loss) || !MayRead(loss.facts)) return false;
    NOROSHI_ASSIGN(const bool reader, WasReader(loss.readers));
    if (!reader) return false;
    bool back = false;
    NOROSHI_TRY(view_.ScanObjects(collection_.audience_name, {loss.id}, -1, [&](const store::Entry& entry) {
      back = entry.version_us == loss.version_us && (entry.visible & reads_) != 0 && MayRead(entry.facts);
      return !back;
    }));
    return !back;
  }

 private:
  bool Wanted(const store::Loss& loss) const {
    if (!filters_.any_spec_version) return false;
    if (!filters_.ids.empty() && !std::binary_search(filters_.ids.begin(), filters_.ids.end(), loss.id)) return false;
    return filters_.types.empty() || std::binary_search(filters_.types.begin(), filters_.types.end(), loss.id.substr(0, loss.id.find("--")));
  }
  bool MayRead(const policy::ReadFacts& facts) const {
    return policy::MayRead(call_.snapshot.membership(), call_.snapshot.layer, collection_.audience, call_.account.caller, facts);
  }
  StatusOr<bool> WasReader(const Hash& readers) {
    if (call_.account.caller.org.empty()) return true;  // of `public`, which everybody reads
    if (!known_ || readers != last_) {
      NOROSHI_ASSIGN(const std::vector<std::string> names, view_.ReadersAt(readers));
      was_reader_ = std::binary_search(names.begin(), names.end(), call_.account.caller.org);
      last_ = readers;
      known_ = true;
    }
    return was_reader_;
  }

  const Call& call_;
  const Collection& collection_;
  const Filters& filters_;
  store::View& view_;
  const policy::Kinds reads_;
  bool known_ = false, was_reader_ = false;  // of last_: neighbours mostly have the same
  Hash last_{};
};

StatusOr<Page> ChooseLosses(const Call& call, const Collection& collection, Reading& reading) {
  Losses losses(call, collection, reading.filters, *reading.view);
  Page page;
  Status failed = OkStatus();
  NOROSHI_TRY(reading.view->ScanLosses(collection.audience_name, reading.after_us, [&](const store::Loss& loss) {
    const StatusOr<bool> concerns = losses.Concerns(loss);
    if (!concerns.ok()) {
      failed = concerns.status();
      return false;
    }
    if (!*concerns) return true;
    if (page.items.size() >= static_cast<size_t>(reading.filters.limit)) {
      page.more = true;
      return false;
    }
    page.items.push_back({loss.date_us, loss.id, loss.version, {}});
    return true;
  }));
  NOROSHI_TRY(failed);
  return page;
}

}  // namespace

net::Response GetTombstones(const Call& call, const Collection& collection) {
  Reading reading = OpenReading(call, collection, FilterSet::kTombstones, {});
  if (!reading.refusal) CloseReading(call, ChooseLosses(call, collection, reading), reading);
  if (reading.refusal) return *std::move(reading.refusal);
  nlohmann::ordered_json out = {{"more", reading.page.more}};
  if (!reading.next.empty()) out["next"] = reading.next;
  for (const PageItem& item : reading.page.items) {
    out["tombstones"].push_back({{"id", item.id}, {"version", item.version}, {"date", FormatTimestamp(FromMicros(item.date_us))}});
  }
  return Answer(reading, out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace noroshi::taxii
