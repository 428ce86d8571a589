#include "services/cli/results.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "services/cli/output.h"

namespace noroshi::cli {
namespace {

using Json = nlohmann::ordered_json;

// Foreign text may hold bytes that are no UTF-8: they must not end the program.
std::string Dump(const Json& json) { return VisibleJson(json.dump(-1, ' ', false, Json::error_handler_t::replace)); }

Json LayerJson(const v1::Verdict& verdict) {
  return {{"layer", verdict.layer()}, {"audience", verdict.audience()}, {"verdict", verdict.verdict()}, {"reason", verdict.reason()}};
}

Json EntryJson(const v1::Verdict& verdict) {
  Json out = LayerJson(verdict);
  out["rule"] = verdict.rule();
  out["policy_version"] = verdict.policy_version();
  out["epoch"] = verdict.epoch();
  out["time"] = verdict.time_us() == 0 ? "" : FormatTimestamp(FromMicros(verdict.time_us()));
  return out;
}

}  // namespace

std::string StatusWord(const v1::ObjectResult& result) { return result.status() == "pending" ? "accepted" : result.status(); }

std::string PublishLine(const v1::ObjectResult& result, const std::string& submission, bool with_layers) {
  Json out = {{"id", result.id()}, {"version", result.version()}, {"status", StatusWord(result)}};
  if (result.id().empty()) out["number"] = result.number();
  if (!result.reason().empty()) out["reason"] = result.reason();
  if (!result.message().empty()) out["message"] = result.message();
  if (!submission.empty()) out["submission"] = submission;
  if (with_layers) {
    out["layers"] = Json::array();
    for (const v1::Verdict& verdict : result.verdicts()) out["layers"].push_back(LayerJson(verdict));
  }
  return Dump(out);
}

void Summary::Count(const v1::ObjectResult& result) {
  const std::string status = StatusWord(result);
  if (status == "accepted") {
    ++accepted;
  } else if (status == "duplicate") {
    ++duplicate;
  } else if (status == "quarantined") {
    ++quarantined;
  } else {
    ++refused;  // also a word that this program does not know: never counted as well
  }
}

std::string Summary::ToJson() const {
  Json counts = {{"accepted", accepted}, {"refused", refused}, {"duplicate", duplicate}};
  if (quarantined > 0) counts["quarantined"] = quarantined;
  return Dump({{"summary", counts}});
}

std::string Summary::ToText() const {
  return fmt::format("{} accepted, {} refused, {} quarantined, {} duplicate", accepted, refused, quarantined, duplicate);
}

std::string AnswerLine(const Answer& answer) {
  Json out = {{"object", answer.object}, {"version", answer.version}};
  for (const auto& [key, value] : {std::pair<const char*, const std::string&>{"status", answer.status},
                                   {"reason", answer.reason},
                                   {"message", answer.message},
                                   {"origin", answer.origin}}) {
    if (!value.empty()) out[key] = value;
  }
  out["entries"] = Json::array();
  for (const v1::Verdict& verdict : answer.entries) out["entries"].push_back(EntryJson(verdict));
  if (!answer.waiting.empty()) out["waiting"] = answer.waiting;
  return Dump(out);
}

std::string VerdictText(const v1::Verdict& verdict) {
  std::string out = fmt::format("{} {}: {}", verdict.layer(), verdict.audience(), verdict.verdict());
  if (!verdict.reason().empty()) out += fmt::format(" ({}{}{})", verdict.reason(), verdict.rule().empty() ? "" : " by rule ", verdict.rule());
  return out;
}

}  // namespace noroshi::cli
