// Content negotiation (taxii 20-35). Pure.
#pragma once

#include <string_view>

namespace noroshi::taxii {

inline constexpr char kMediaType[] = "application/taxii+json;version=2.1";

// May the answer be sent as kMediaType? An absent or empty Accept, wildcards, `application/json` beside them, and the known aliases of 2.1 say yes.
bool Acceptable(std::string_view accept);

// May a body of this Content-Type be read as a TAXII envelope or a STIX bundle?
bool ReadableBody(std::string_view content_type);

}  // namespace noroshi::taxii
