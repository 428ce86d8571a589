// Notices that a file was replaced or written to, by a look that costs one system call. Values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace noroshi::taxii {

struct FileStamp {
  uint64_t inode = 0;
  int64_t bytes = -1;  // -1: cannot be looked at
  int64_t modified_ns = 0, changed_ns = 0;
  unsigned mode = 0;
  auto operator<=>(const FileStamp&) const = default;
};
// Taken before the file is read, so that a change meanwhile shows at the next look.
FileStamp StampOf(const std::string& file);

}  // namespace noroshi::taxii
