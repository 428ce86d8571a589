// Files of tests/vectors/stix and of the shared data beside the checkout.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace noroshi::stix {

inline std::string SourceDir() {
  const char* dir = std::getenv("NOROSHI_SOURCE_DIR");
  return dir == nullptr ? "." : dir;
}

// Empty where the file cannot be read.
inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::vector<std::string> VectorLines(const std::string& name) {
  std::istringstream in(ReadFile(SourceDir() + "/tests/vectors/stix/" + name));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace noroshi::stix
