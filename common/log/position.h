// A member's position: how far it has read in which audience, sealed so that it tells the member nothing of what was
// left out for it, and bound to the node it was made for. Any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/log/log.h"

namespace noroshi::log {

using Positions = std::map<std::string, Offset>;  // by audience

class PositionSealer {
 public:
  explicit PositionSealer(std::string key);  // 32 bytes; anything else ends the process

  std::string Seal(const Positions& positions, std::string_view owner) const;
  // InvalidArgument: not sealed by this key, not for this owner, or too large. One text for all, so that it says nothing.
  StatusOr<Positions> Open(std::string_view sealed, std::string_view owner) const;

 private:
  const std::string key_;
};

}  // namespace noroshi::log
