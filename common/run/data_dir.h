// The folder that holds what a node keeps. `<data_dir>/VERSION` says in which format.
#pragma once

#include <string>

#include "common/base/status.h"

namespace noroshi::run {

inline constexpr int kDataVersion = 1;

// Makes the folder (mode 0700, missing parents too) and its VERSION where absent. Error: FailedPrecondition, naming both versions where
// the folder is another program version's, or where it holds data without a VERSION; Unavailable, where it cannot be made or read.
Status OpenDataDir(const std::string& folder);

}  // namespace noroshi::run
