// Texts that load without a fault, for tests to spoil, and a folder to put them in.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/config/node_config.h"
#include "tests/support/temp_directory.h"

namespace noroshi::config {

inline constexpr char kBroker[] = R"(node: energy-broker
org: energy-isac
role: broker
layer: energy
directory: directory.yaml
data_dir: data
tls:
  ca: ca.pem
  certificate: tls.pem
  key: tls.key
signing_key: signing.key
grpc: {listen: "127.0.0.1:0"}
admin: {listen: "127.0.0.1:0"}
uplinks:
  - layer: national
    node: hub
    address: 127.0.0.1:9102
settings:
  hold_s: 5
  default_tlp: green
rules:
  - id: no-malware
    effect: forbid
    types: [malware]
    boundaries: [community, uplink/*]
  - id: not-red
    effect: max_tlp
    max_tlp: amber
)";

inline void WriteText(const std::string& file, const std::string& text, int mode = 0600) {
  std::ofstream(file) << text;
  std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
}

// `text` with the first `from` replaced.
inline std::string With(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// Faults as lines without the folder.
inline std::string Lines(const std::vector<Fault>& faults) {
  std::string out;
  for (Fault fault : faults) {
    fault.file = std::filesystem::path(fault.file).filename().string();
    out += fault.ToString() + "\n";
  }
  return out;
}

struct Folder {
  test::TempDirectory directory;
  std::string File(const std::string& name) const { return directory.path() + "/" + name; }
  Loaded<NodeConfig> Load(const std::string& text) const {
    WriteText(File("node.yaml"), text);
    return LoadNodeConfig(File("node.yaml"));
  }
};

}  // namespace noroshi::config
