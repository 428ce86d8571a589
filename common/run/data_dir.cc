#include "common/run/data_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace noroshi::run {
namespace {

Status MakeFolder(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(folder).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return Unavailable("data directory `{}` cannot be made: {}", folder, error.message());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Unavailable("data directory `{}` cannot be made: {}", folder, std::strerror(errno));
  }
  if (!std::filesystem::is_directory(folder, error)) return FailedPrecondition("data directory `{}` is not a directory", folder);
  return OkStatus();
}

// Complete or absent, also after a crash.
Status WriteVersion(const std::string& folder) {
  const std::string file = folder + "/VERSION", draft = file + ".new";
  const std::string text = std::to_string(kDataVersion) + "\n";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool good = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  good = good && ::rename(draft.c_str(), file.c_str()) == 0;
  if (!good) return Unavailable("`{}` cannot be written: {}", file, std::strerror(errno));
  const int folder_fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd >= 0) {
    ::fsync(folder_fd);
    ::close(folder_fd);
  }
  return OkStatus();
}

}  // namespace

Status OpenDataDir(const std::string& folder) {
  NOROSHI_TRY(MakeFolder(folder));
  std::ifstream stream(folder + "/VERSION");
  if (!stream) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().filename() == "VERSION.new") continue;
      return FailedPrecondition("data directory `{}` holds files but no VERSION, this program's is {}", folder, kDataVersion);
    }
    if (error) return Unavailable("data directory `{}` cannot be read: {}", folder, error.message());
    return WriteVersion(folder);
  }
  std::string version;
  std::getline(stream, version);
  if (version != std::to_string(kDataVersion)) {
    return FailedPrecondition("data directory `{}` has version `{}`, this program's is {}", folder, version.substr(0, 20), kDataVersion);
  }
  return OkStatus();
}

}  // namespace noroshi::run
