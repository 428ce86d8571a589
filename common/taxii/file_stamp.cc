#include "common/taxii/file_stamp.h"

#include <sys/stat.h>

namespace noroshi::taxii {

FileStamp StampOf(const std::string& file) {
  struct stat facts {};
  if (stat(file.c_str(), &facts) != 0) return {};
  const auto ns = [](const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; };
  return {facts.st_ino, facts.st_size, ns(facts.st_mtim), ns(facts.st_ctim), unsigned(facts.st_mode & 07777)};
}

}  // namespace noroshi::taxii
