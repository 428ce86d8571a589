// What every backend refuses in the same words: names and sizes outside the bounds of log.h. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/log/log.h"

namespace noroshi::log {

// The text a peer sees for a topic that is absent and for one that it may not know: no difference to learn from.
Status TopicNotFound(std::string_view topic);

Status CheckTopicName(std::string_view topic);
Status CheckRecords(const std::vector<std::string>& records);
Status CheckReadFrom(const std::vector<ReadFrom>& from);
size_t TotalBytes(const std::vector<std::string>& records);

// Why a reader cannot go on from `offset`; OK when it can.
Status CheckPosition(std::string_view topic, Offset offset, const Bounds& bounds);

}  // namespace noroshi::log
