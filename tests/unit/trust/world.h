// A federation of three nodes with known keys, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/base/random.h"
#include "common/trust/signing.h"

namespace noroshi::trust {

// A folder of this test's own, gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "noroshi-trust-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    path_ = path;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void WriteFile(const std::string& file, const std::string& text, int mode) {
  std::ofstream(file) << text;
  std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
}

// The key whose seed is one byte 32 times.
inline SigningKey KnownKey(uint8_t seed) {
  const TemporaryFolder folder;
  WriteFile(folder.File("key"), Hex(std::string(32, static_cast<char>(seed))), 0600);
  StatusOr<SigningKey> key = SigningKey::Load(folder.File("key"));
  EXPECT_TRUE(key.ok()) << key.status();
  return *std::move(key);
}

struct World {
  SeededRandom random{7};
  Directory directory = *Directory::Create(
      "demo", 1,
      {{"delta-edge", "delta", NodeRole::kEdge, "delta", {KnownKey(1).public_key()}},
       {"energy-broker", "energy-isac", NodeRole::kBroker, "energy", {KnownKey(2).public_key()}},
       {"hub", "cert", NodeRole::kHub, "national", {KnownKey(3).public_key()}},
       {"delta-cli", "delta", NodeRole::kTool, "", {}}});
  BatchSigner edge{"demo", "delta-edge", 5, KnownKey(1), random};
  BatchSigner broker{"demo", "energy-broker", 9, KnownKey(2), random};
  Verifier verifier{directory};
};

}  // namespace noroshi::trust
