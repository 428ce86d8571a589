// One record of an audience topic as a change of the store. Pure but for the proof check's cache.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/policy/scope.h"
#include "common/store/object_store.h"
#include "common/taxii/call.h"

namespace noroshi::taxii {

struct AudienceTopic {
  std::string topic;
  policy::Boundary audience;
  std::string audience_name;
};

// Nothing for a topic that is not an audience read here (transit is the relays').
std::optional<AudienceTopic> ParseAudienceTopic(std::string_view layer, std::string_view topic);

// Advances `position` (but for next_offset) and returns the change, or nothing for a repeat, a stale epoch or a marker. Error: the audience must stop.
StatusOr<std::optional<store::Change>> ReadRecord(const Snapshot& snapshot, const AudienceTopic& topic, const std::string& relay_node, std::string_view record,
                                                  store::Position& position);

}  // namespace noroshi::taxii
