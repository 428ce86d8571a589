// Pieces of WriteYaml that PrintConfig uses too. Only for the files of this folder.
#pragma once

#include <string>
#include <string_view>

#include "common/config/node_config.h"

namespace noroshi::config {

// Plain where no reader could take it for anything else, else in double quotes.
std::string ScalarText(std::string_view text, bool quoted);
// A list of scalars only: written on one line.
bool IsFlow(const Yaml& list);
// A scalar, such a list, or an empty map, on one line.
std::string FlowText(const Yaml& value);

}  // namespace noroshi::config
