// release: appends to the audiences what acknowledged ledger entries say, in ledger order, and the receipts. Nothing is decided
// here; a repeat after a crash appends only what an audience does not have yet.
// Loop thread. Errors: Unavailable from the log; the caller recovers the topic and calls again with the same entries.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "common/relay/bodies.h"
#include "common/relay/context.h"
#include "common/relay/decide.h"
#include "noroshi/v1/ledger.pb.h"

namespace noroshi::relay {

class Releaser {
 public:
  Releaser(log::Log& log, Bodies& bodies) : log_(log), bodies_(bodies) {}

  // Audience topics of the layer that exist for this membership; creates them.
  Status EnsureAudiences(const Context& context);
  // Reads from each audience's end what it last got. Once, before the first Release.
  Status FindEnds(const Context& context);
  // Records of these entries that their audience lacks, durable on return. `leaves`: SHA-256 of each serialized entry.
  Status Release(const Context& context, const std::vector<v1::LedgerEntry>& entries, const std::vector<Hash>& leaves);
  // Receipts of these entries and those passed on.
  Status SendReceipts(const Context& context, const std::vector<v1::LedgerEntry>& entries, std::vector<Step::PassedOn> passed_on, int64_t now_us,
                      uint64_t relay_epoch);
  // A marker with the entry's relay epoch into every audience.
  Status Mark(const Context& context, const v1::LedgerEntry& marker);

 private:
  Status AppendAll(std::map<std::string, std::vector<std::string>> by_topic);

  log::Log& log_;
  Bodies& bodies_;
  std::map<std::string, uint64_t> ends_;  // audience topic -> last ledger sequence in it
  std::map<std::string, bool> ensured_;
};

}  // namespace noroshi::relay
