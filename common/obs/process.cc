#include "common/obs/process.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace noroshi::obs {
namespace {

// Seconds since 1970 at which the machine started.
double BootSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0;
}

double CountFiles() {
  std::error_code error;
  double count = 0;
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", error); !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

ProcessFacts ReadProcessFacts() {
  ProcessFacts facts;
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  // The name in brackets may hold anything; the fields of proc(5) from the third on follow the last bracket.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return facts;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0, start = 0, resident_pages = 0;
  fields >> user >> system;                                     // 14, 15
  for (int field = 16; field < 20; ++field) fields >> skipped;
  fields >> facts.threads >> skipped >> start >> skipped >> resident_pages;  // 20, 22, 24
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  facts.cpu_seconds = (user + system) / ticks;
  facts.resident_bytes = resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  facts.open_fds = CountFiles();
  static const double boot_seconds = BootSeconds();
  facts.start_timestamp_seconds = boot_seconds + start / ticks;
  return facts;
}

}  // namespace noroshi::obs
