// What relays say of objects, for people and as JSON (contract.md, "JSON shapes"). Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "noroshi/v1/admin.pb.h"

namespace noroshi::cli {

// One line of `publish --json`; `layers` only when asked for.
std::string PublishLine(const v1::ObjectResult& result, const std::string& submission, bool with_layers);

struct Summary {
  uint64_t accepted = 0, refused = 0, quarantined = 0, duplicate = 0;
  void Count(const v1::ObjectResult& result);
  // All were accepted or duplicates.
  bool AllWell() const { return refused == 0 && quarantined == 0; }
  std::string ToJson() const;
  std::string ToText() const;
};

// One line of `status --json` and `explain --json`.
struct Answer {
  std::string object, version;
  std::vector<v1::Verdict> entries;
  std::string status, reason, message;  // `status` only
  std::string origin;                   // `explain` only, as the asker may know it
  std::vector<std::string> waiting;     // `status` only: what is not settled yet
};
std::string AnswerLine(const Answer& answer);

// `energy community: release`, `national uplink/national: withhold (hidden_reference)`.
std::string VerdictText(const v1::Verdict& verdict);

// `accepted` for what is accepted and not yet decided.
std::string StatusWord(const v1::ObjectResult& result);

}  // namespace noroshi::cli
