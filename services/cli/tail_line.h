// One delivery of an audience as a line of JSON: audience, date_added, id, type, version, tlp, origin, object (or withdrawn). Pure.
#pragma once

#include <string>

namespace noroshi::cli {

// Empty for records that say nothing to a reader (markers), and for bytes that are no Envelope.
std::string TailLine(const std::string& audience, const std::string& record);

}  // namespace noroshi::cli
