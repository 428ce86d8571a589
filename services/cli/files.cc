#include "services/cli/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace noroshi::cli {
namespace {

Status WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Internal("{}", std::strerror(errno));
    bytes.remove_prefix(size_t(written));
  }
  if (fsync(descriptor) != 0) return Internal("{}", std::strerror(errno));
  return OkStatus();
}

// A rename lasts only once its folder is on disk. Best effort: some file systems refuse it.
void SyncFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

StatusOr<std::string> ReadFile(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return NotFound("`{}` cannot be read: it is a directory", path);
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound("`{}` cannot be read: {}", path, std::strerror(errno));
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) return NotFound("`{}` cannot be read to its end", path);
  return bytes;
}

Status WriteFile(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return Internal("`{}` cannot be written: {}", path, std::strerror(errno));
  Status written = fchmod(descriptor, mode) == 0 ? WriteAll(descriptor, bytes) : Internal("{}", std::strerror(errno));
  close(descriptor);
  if (written.ok() && rename(temporary.c_str(), path.c_str()) != 0) written = Internal("{}", std::strerror(errno));
  if (!written.ok()) {
    unlink(temporary.c_str());
    return Internal("`{}` cannot be written: {}", path, Message(written));
  }
  SyncFolder(path);
  return OkStatus();
}

StatusOr<bool> UpdateFile(const std::string& path, std::string_view bytes, unsigned mode) {
  if (const StatusOr<std::string> old = ReadFile(path); old.ok() && *old == bytes) return false;
  NOROSHI_TRY(WriteFile(path, bytes, mode));
  return true;
}

Status MakeDirectory(const std::string& path, unsigned mode) {
  if (mkdir(path.c_str(), mode) == 0) return OkStatus();
  struct stat found {};
  if (errno == EEXIST && stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return OkStatus();
  return FailedPrecondition("`{}` cannot be made a directory: {}", path, std::strerror(errno));
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

StatusOr<FileLock> FileLock::Take(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return FailedPrecondition("`{}` cannot be opened: {}", path, std::strerror(errno));
  FileLock lock(descriptor);
  while (flock(descriptor, LOCK_EX) != 0) {
    if (errno != EINTR) return FailedPrecondition("`{}` cannot be locked: {}", path, std::strerror(errno));
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace noroshi::cli
