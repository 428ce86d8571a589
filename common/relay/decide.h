// decide: what one relay step does. Takes admitted records and the catalog, gives ledger entries; nothing else is read or
// written. The answer is the difference between where everything should be (policy: JudgeObject, Route, rules, Settle) and where
// the catalog says it is, so that the order of arrival does not matter.
// Runs on the relay's loop thread. Bounds: limits::kStepObjectsMax new objects a step; what they touch by references
// follows within the same step.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/relay/admit.h"
#include "common/relay/bodies.h"
#include "common/relay/catalog.h"
#include "common/relay/context.h"

namespace noroshi::relay {

struct Step {
  std::vector<v1::LedgerEntry> entries;                  // sequence and stamp assigned, referred-to before referring
  std::map<std::string, v1::IngressState> ingress;       // positions behind the step
  struct PassedOn {
    std::string node;  // member node or gateway of this layer that handed the publication in; own node: own acceptor
    v1::Receipt receipt;
  };
  std::vector<PassedOn> passed_on;                       // results of relays further on, for the origin's side
  // counts for metrics
  uint64_t repeats = 0, gaps = 0, loops = 0, stale = 0, unreadable = 0;
};

// Holds that end at or before `now_us` are decided too. `relay_epoch` is stamped on every entry.
Step Decide(const Context& context, Catalog& catalog, Bodies& bodies, std::vector<Admitted> admitted, int64_t now_us, uint64_t relay_epoch);

}  // namespace noroshi::relay
