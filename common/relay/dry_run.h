// Who would get an object, without publishing it: the same checks and the same routing table at every layer that it would come by, as far as
// this node's directory tells. References are not looked at (they may change until then); the answer says where the object could go at most.
#pragma once

#include "common/relay/accept.h"
#include "common/relay/context.h"

namespace noroshi::relay {

// Pure. Any thread.
ItemResult DryRun(const Context& context, const PublishOptions& options, const stix::InputItem& item, WallTime now);

}  // namespace noroshi::relay
