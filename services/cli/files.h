// Whole files. A file that is replaced is replaced at once (temporary name, fsync, rename), with its mode from the first byte on.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace noroshi::cli {

// NotFound names the file.
StatusOr<std::string> ReadFile(const std::string& path);
Status WriteFile(const std::string& path, std::string_view bytes, unsigned mode);
// Writes only where the content differs. True if it did.
StatusOr<bool> UpdateFile(const std::string& path, std::string_view bytes, unsigned mode);
Status MakeDirectory(const std::string& path, unsigned mode);
bool Exists(const std::string& path);

}  // namespace noroshi::cli
