// Input of the benchmarks: ATT&CK Enterprise where ../shared/data has it, else generated indicators.
#pragma once

#include <string>
#include <vector>

namespace noroshi::bench {

// Every object of ATT&CK Enterprise, in the order of the file; empty where it is not there.
std::vector<std::string> RealObjects();
// `count` indicators, each with a description of this many bytes. The same ones in every run.
std::vector<std::string> GeneratedObjects(size_t count, size_t description_bytes);

}  // namespace noroshi::bench
