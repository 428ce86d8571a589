// What a relay says of an object to an organisation that asks: who has it here, and why not (sharing.md section 12). Pure; threads: any.
#pragma once

#include <string>

#include "common/relay/context.h"
#include "noroshi/v1/admin.pb.h"
#include "noroshi/v1/catalog.pb.h"

namespace noroshi::relay {

// The layer's operator is told every verdict. In a sector or the nation a member is told of its own grants what its receipts say, and of others what it may read
// itself. Whoever is no member of the layer, and in an organisation's layer everybody else, is told nothing, the origin included: who has it in other
// organisations and layers is theirs to tell. Nothing reads like an object that does not exist. `for_org` not empty: of the audiences only those that it reads.
v1::ExplainReply ExplainObject(const Context& context, const v1::CatalogObject& object, const std::string& org, const std::string& for_org);

}  // namespace noroshi::relay
