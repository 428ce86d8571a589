// What every benchmark needs of the machine: other programs, its own CPU time, the middle of a few values.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace noroshi::bench {

// NOROSHI_SOURCE_DIR, else the current folder.
std::string SourceDirectory();
// Through a shell; its standard output, nothing where it failed.
std::optional<std::string> RunCommand(const std::string& command);
// User and system time of this process.
double OwnCpuSeconds();
// Of at least one value.
double Median(std::vector<double> values);

}  // namespace noroshi::bench
