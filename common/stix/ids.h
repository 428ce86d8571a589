// STIX identifiers. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace noroshi::stix {

// `<type>--<RFC 4122 UUID>`, lower case, any version (taxii 141). Error names what is wrong.
Status CheckId(std::string_view id);
// The part before `--`; empty if there is none.
std::string_view TypeOfId(std::string_view id);

// The deterministic id of an SCO (STIX 2.1 section 2.9, taxii 151-153), or empty where no contributing property is present.
// `object` is the object's JSON. Error: not JSON, or a number or string that RFC 8785 cannot canonicalise.
StatusOr<std::string> DeterministicId(std::string_view object);

// RFC 8785 canonical form.
StatusOr<std::string> CanonicalJson(std::string_view json);

}  // namespace noroshi::stix
