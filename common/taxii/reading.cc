#include "common/taxii/reading.h"

#include <algorithm>

#include "common/base/hash.h"
#include "common/obs/log.h"
#include "common/taxii/cursor.h"

namespace noroshi::taxii {
namespace {

constexpr size_t kFilterBytesInCursorMax = 512;

// A long filter is carried as its hash: then the request must repeat it.
std::string InCursor(const std::string& value) { return value.size() <= kFilterBytesInCursorMax ? value : "#" + Hex(AsView(Sha256(value))); }

// Filters that the request leaves out come from the cursor; one that differs is refused (taxii 107).
Status MergeCursor(const Cursor& cursor, FilterSet set, Filters& filters) {
  const Status different = InvalidArgument("next belongs to other filters");
  for (const auto& [name, value] : filters.given) {
    const auto found = cursor.filters.find(name);
    if (found == cursor.filters.end() || found->second != InCursor(value)) return different;
  }
  for (const auto& [name, value] : cursor.filters) {
    if (filters.given.contains(name)) continue;
    if (value.starts_with('#')) return different;
    NOROSHI_TRY(ApplyMatch(name, value, filters));
  }
  if (set == FilterSet::kVersions) filters.all = true;
  return OkStatus();
}

PageRequest RequestFor(const Call& call, const Collection& collection, const Filters& filters) {
  return {call.snapshot.membership(), call.snapshot.layer, collection.audience, collection.audience_name, call.account.caller, filters, -1, false, true};
}

// An id of which this caller sees no version is unknown to him (taxii 0.5).
StatusOr<bool> Knows(const Call& call, const Collection& collection, const std::string& object, store::View& view) {
  Filters any;
  any.ids = {object};
  any.all = true;
  any.limit = 1;
  NOROSHI_ASSIGN(const Page page, ChoosePage(view, RequestFor(call, collection, any)));
  return !page.items.empty();
}

Reading Refuse(net::Response response) {
  Reading reading;
  reading.refusal = std::move(response);
  return reading;
}

Reading FailClosed(const Status& status) {
  obs::Error("store_read_failed", "the store cannot answer; nothing is served", {{"code", static_cast<int>(status.code())}});
  return Refuse(UnavailableAnswer());
}

}  // namespace

std::optional<net::Response> RefuseUnready(const Call& call, const Collection& collection) {
  const bool ready = call.site.progress.caught_up && !call.site.progress.Stopped(collection.audience_name);
  if (ready && !call.snapshot.directory->directory.ExpiredAt(call.site.clock.Now())) return {};
  return UnavailableAnswer();
}

Reading OpenReading(const Call& call, const Collection& collection, FilterSet set, const std::string& object) {
  if (std::optional<net::Response> unready = RefuseUnready(call, collection)) return Refuse(*std::move(unready));
  StatusOr<Filters> parsed = ParseFilters(call.request.query, set);
  if (!parsed.ok()) return Refuse(Error(ErrorCode::kBadQuery, Message(parsed.status())));
  Reading reading;
  Filters& filters = reading.filters = *std::move(parsed);
  if (set == FilterSet::kVersions) filters.all = true;
  reading.context = fmt::format("next\n{}\n{}\n{}\n{}\n{}", call.account.user, call.account.caller.org, collection.id, static_cast<int>(set), object);
  reading.after_us = filters.added_after.value_or(-1);
  if (!filters.next.empty()) {
    const StatusOr<Cursor> cursor = OpenCursor(call.site.cursor_key, reading.context, filters.next);
    const Status merged = cursor.ok() ? MergeCursor(*cursor, set, filters) : cursor.status();
    if (!merged.ok()) return Refuse(Error(ErrorCode::kBadCursor, Message(merged)));
    reading.after_us = std::max(reading.after_us, cursor->after_us);
  }
  auto view = call.site.store.NewView();
  if (!view.ok()) return FailClosed(view.status());
  reading.view = *std::move(view);
  return reading;
}

void CloseReading(const Call& call, StatusOr<Page> page, Reading& reading) {
  if (!page.ok()) {
    reading = FailClosed(page.status());
    return;
  }
  reading.page = *std::move(page);
  if (!reading.page.more) return;
  Cursor cursor;
  cursor.after_us = reading.page.items.back().date_us;
  for (const auto& [name, value] : reading.filters.given) cursor.filters[name] = InCursor(value);
  reading.next = SealCursor(call.site.cursor_key, reading.context, cursor);
}

Reading Read(const Call& call, const Collection& collection, FilterSet set, const std::string& object, bool details) {
  Reading reading = OpenReading(call, collection, set, object);
  if (reading.refusal) return reading;
  if (!object.empty()) {
    reading.filters.ids = {object};
    const StatusOr<bool> known = Knows(call, collection, object, *reading.view);
    if (!known.ok()) return FailClosed(known.status());
    if (!*known) return Refuse(NotFoundAnswer());
  }
  PageRequest request = RequestFor(call, collection, reading.filters);
  request.after_us = reading.after_us;
  request.details = details;
  request.count_bytes = !details;
  CloseReading(call, ChoosePage(*reading.view, request), reading);
  return reading;
}

net::Response Answer(const Reading& reading, std::string body) {
  net::Response response = Json(200, std::move(body));
  std::string first = reading.filters.added_after_text, last = first;
  if (!reading.page.items.empty()) {
    first = FormatTimestamp(FromMicros(reading.page.items.front().date_us));
    last = FormatTimestamp(FromMicros(reading.page.items.back().date_us));
  }
  if (!first.empty()) {
    response.headers.emplace_back("X-TAXII-Date-Added-First", first);
    response.headers.emplace_back("X-TAXII-Date-Added-Last", last);
  }
  return response;
}

net::Response AnswerEnvelope(Reading& reading) {
  size_t bytes = 1024;  // room for the head, which the server puts in front
  for (const PageItem& item : reading.page.items) bytes += item.payload.bytes + 1;
  std::string body;
  body.reserve(bytes);
  body += reading.next.empty() ? "{\"more\":false" : "{\"more\":true,\"next\":\"" + reading.next + "\"";
  const char* separator = ",\"objects\":[";
  for (const PageItem& item : reading.page.items) {
    body += separator;
    separator = ",";
    const Status read = reading.view->AppendPayload(item.payload, body);
    if (!read.ok()) return *FailClosed(read).refusal;
  }
  body += reading.page.items.empty() ? "}" : "]}";
  return Answer(reading, std::move(body));
}

}  // namespace noroshi::taxii
