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

// Holds flock on a file (made where it is absent, mode 0600) until the object goes, or the process.
class FileLock {
 public:
  // Waits for whoever has it. FailedPrecondition: the file cannot be opened.
  static StatusOr<FileLock> Take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace noroshi::cli
