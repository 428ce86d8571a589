// GET /{root}/status/{id}/ (taxii 113-117).
#include <nlohmann/json.hpp>

#include "common/base/limits.h"
#include "common/taxii/call.h"
#include "common/taxii/status_resource.h"

namespace noroshi::taxii {
namespace {

using nlohmann::ordered_json;

bool IsUuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

ordered_json Describe(const relay::ItemResult& item) {
  // What had no readable id is named by its place in the envelope.
  ordered_json out = {{"id", item.id.empty() ? fmt::format("unreadable--00000000-0000-4000-8000-{:012x}", item.number) : item.id}, {"version", item.version}};
  if (item.version.empty()) out.erase("version");
  const std::string& text = item.message;
  if (!item.reason.empty()) {
    out["message"] = text.empty() ? item.reason : item.reason + ": " + text;
  } else if (!text.empty()) {
    out["message"] = text;
  }
  return out;
}

}  // namespace

net::Response AnswerStatus(int http_status, const relay::SubmissionState& state) {
  ordered_json successes = ordered_json::array(), failures = ordered_json::array(), pendings = ordered_json::array();
  for (const relay::ItemResult& item : state.items) {
    switch (item.state) {
      case relay::ItemState::kPending: pendings.push_back(Describe(item)); break;
      case relay::ItemState::kAccepted:
      case relay::ItemState::kDuplicate: successes.push_back(Describe(item)); break;
      case relay::ItemState::kRefused:
      case relay::ItemState::kQuarantined: failures.push_back(Describe(item)); break;
    }
  }
  const bool whole = !state.more && state.items.size() == state.total;
  const uint64_t failed = whole ? failures.size() : state.refused;
  const uint64_t pending = whole ? pendings.size() : state.total - state.decided;
  ordered_json out = {{"id", state.id}, {"status", pending == 0 ? "complete" : "pending"}, {"request_timestamp", FormatTimestamp(FromMicros(state.received_us))},
                      {"total_count", state.total}, {"success_count", state.total - failed - pending}, {"failure_count", failed}, {"pending_count", pending}};
  if (whole && !successes.empty()) out["successes"] = std::move(successes);
  if (whole && !failures.empty()) out["failures"] = std::move(failures);
  if (whole && !pendings.empty()) out["pendings"] = std::move(pendings);
  return Json(http_status, out.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

net::Response GetStatus(const Call& call, const std::string& submission) {
  if (!IsUuid(submission)) return NotFoundAnswer();
  const StatusOr<relay::SubmissionState> state = call.site.acceptor.Find(submission, call.account.caller.org, 0, limits::kTaxiiStatusItemsMax);
  if (!state.ok()) return state.status().code() == StatusCode::kNotFound ? NotFoundAnswer() : UnavailableAnswer();
  // Another account of the same organisation is another user (taxii 19, AC-23).
  if (state->org != call.account.caller.org || state->account != call.account.user) return NotFoundAnswer();
  return AnswerStatus(200, *state);
}

}  // namespace noroshi::taxii
