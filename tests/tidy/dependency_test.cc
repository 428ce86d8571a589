// Proves the dependency picture of ARCHITECTURE.md from the #include lines and the declared USES of each folder.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/tree.h"

namespace noroshi::tidy {
namespace {

// Lowest first. A folder includes nothing of a higher row; within a row the declared uses have no cycle.
const std::vector<std::set<std::string>> kLayers = {
    {"common/base"},
    {"common/stix"},
    {"common/policy"},
    {"common/log", "common/store", "common/trust", "common/net", "common/config", "common/obs", "common/run"},
    {"common/relay", "common/taxii"},
    {"services/edge", "services/broker", "services/hub", "services/gateway", "services/cli"},
};

// No I/O, no clock, no logger: these may use nothing but what stands here.
const std::map<std::string, std::set<std::string>> kPureMayUse = {
    {"common/base", {}},
    {"common/stix", {"common/base"}},
    {"common/policy", {"common/base", "common/stix"}},
};

// Who may include a third-party header, and not in a header that other folders reach, unless `in_headers`. An owner is a folder, a path
// prefix (`common/relay/catalog` = catalog.cc, catalog_*.cc do not count, catalog/ does) or a file.
struct ThirdParty {
  std::string_view prefix;
  std::vector<std::string_view> owners;
  bool in_headers = false;
};
const std::vector<ThirdParty> kThirdParty = {
    {"absl/", {"common/base/status"}, true},
    {"fmt/", {"common", "services"}, true},  // what status.h brings anyway
    {"simdjson.h", {"common/stix"}},
    {"re2/", {"common/stix/pattern_regex"}},
    {"nlohmann/", {"common/stix", "common/taxii", "common/relay", "services/cli"}},
    {"rocksdb/", {"common/log", "common/store", "common/relay/catalog", "common/relay/submissions"}},
    {"librdkafka/", {"common/log"}},
    {"sodium", {"common/trust", "common/taxii", "common/log"}},
    {"boost/", {"common/net"}},
    {"zlib.h", {"common/net"}},
    {"zstd.h", {"common/net"}},
    {"yaml-cpp/", {"common/config", "services/cli"}},
    {"CLI/", {"services/cli", "common/run"}},
    {"prometheus/", {"common/obs"}},
    {"openssl/", {"common/base", "common/net", "common/trust/verification_key", "services/cli"}},
    {"grpcpp/", {"common/log", "common/net", "common/relay", "services/cli"}},
    {"grpc/", {"common/log", "common/net", "common/relay", "services/cli"}},
    {"google/protobuf/", {"common/trust", "common/log", "common/relay", "common/net"}},
};

// Product code only: a test may use whatever it needs to look at the product from outside.
std::vector<const SourceFile*> ProductFiles() {
  std::vector<const SourceFile*> files;
  for (const SourceFile& file : Tree()) {
    if (file.IsUnder("common") || file.IsUnder("services")) files.push_back(&file);
  }
  return files;
}

int LayerOf(std::string_view folder) {
  for (size_t i = 0; i < kLayers.size(); ++i) {
    if (kLayers[i].contains(std::string(folder))) return int(i);
  }
  return -1;
}

// `common/log/log.h` → `common/log`; generated messages → `proto` or `proto_grpc`; anything else → "".
std::string IncludedFolder(const Include& include) {
  if (include.path.starts_with("noroshi/v1/")) {
    return include.path.ends_with(".grpc.pb.h") ? "proto_grpc" : "proto";
  }
  if (!include.path.starts_with("common/") && !include.path.starts_with("services/")) return "";
  return SourceFile{include.path, {}, {}}.Folder();
}

std::string At(const SourceFile& file, const Include& include) {
  return file.path + ":" + std::to_string(include.line) + ": " + include.path;
}

TEST(Dependencies, EveryFolderHasALayer) {
  for (const auto& [folder, uses] : Declared()) EXPECT_GE(LayerOf(folder), 0) << folder;
  for (const SourceFile* file : ProductFiles()) EXPECT_GE(LayerOf(file->Folder()), 0) << file->path;
}

TEST(Dependencies, LowerNeverIncludesHigher) {
  for (const SourceFile* file : ProductFiles()) {
    for (const Include& include : file->includes) {
      const std::string folder = IncludedFolder(include);
      if (LayerOf(folder) < 0) continue;
      EXPECT_LE(LayerOf(folder), LayerOf(file->Folder())) << At(*file, include);
    }
  }
}

TEST(Dependencies, AFolderIncludesOnlyWhatItDeclares) {
  for (const SourceFile* file : ProductFiles()) {
    const auto declared = Declared().find(file->Folder());
    ASSERT_NE(declared, Declared().end()) << file->path;
    for (const Include& include : file->includes) {
      const std::string folder = IncludedFolder(include);
      if (folder.empty() || folder == file->Folder()) continue;
      EXPECT_TRUE(declared->second.contains(folder))
          << At(*file, include) << ": add " << folder << " after USES of " << file->Folder() << "/CMakeLists.txt";
    }
  }
}

TEST(Dependencies, DeclaredUsesNeverPointUpwards) {
  for (const auto& [folder, uses] : Declared()) {
    for (const std::string& used : uses) EXPECT_LE(LayerOf(used), LayerOf(folder)) << folder << " uses " << used;
  }
}

TEST(Dependencies, DeclaredUsesHaveNoCycle) {
  for (const auto& [start, unused] : Declared()) {
    std::set<std::string> seen;
    const std::function<void(const std::string&)> visit = [&](const std::string& folder) {
      const auto uses = Declared().find(folder);
      if (uses == Declared().end()) return;
      for (const std::string& used : uses->second) {
        EXPECT_NE(used, start) << "a cycle through " << folder;
        if (seen.insert(used).second) visit(used);
      }
    };
    visit(start);
  }
}

TEST(Dependencies, AServiceNeverUsesAnotherService) {
  for (const SourceFile* file : ProductFiles()) {
    for (const Include& include : file->includes) {
      if (!include.path.starts_with("services/")) continue;
      EXPECT_EQ(IncludedFolder(include), file->Folder()) << At(*file, include);
    }
  }
}

TEST(Dependencies, PureFoldersUseOnlyPureFolders) {
  for (const auto& [folder, allowed] : kPureMayUse) {
    const auto declared = Declared().find(folder);
    ASSERT_NE(declared, Declared().end()) << folder;
    for (const std::string& used : declared->second) EXPECT_TRUE(allowed.contains(used)) << folder << " uses " << used;
  }
}

// The headers that some other folder includes, itself or through other headers. What is not among them is its folder's
// own affair, and a third-party type may appear in it.
std::set<std::string> ReachedHeaders() {
  std::map<std::string, const SourceFile*> headers;
  for (const SourceFile* file : ProductFiles()) {
    if (file->IsHeader()) headers[file->path] = file;
  }
  std::set<std::string> reached;
  const std::function<void(const SourceFile&, bool)> follow = [&](const SourceFile& file, bool from_outside) {
    for (const Include& include : file.includes) {
      const auto header = headers.find(include.path);
      if (header == headers.end()) continue;
      if (!from_outside && header->second->Folder() == file.Folder()) continue;
      if (reached.insert(include.path).second) follow(*header->second, true);
    }
  };
  for (const SourceFile* file : ProductFiles()) follow(*file, false);
  return reached;
}

TEST(Dependencies, AThirdPartyHeaderStaysWithItsOwners) {
  const std::set<std::string> reached = ReachedHeaders();
  for (const SourceFile* file : ProductFiles()) {
    for (const Include& include : file->includes) {
      for (const ThirdParty& library : kThirdParty) {
        if (!include.path.starts_with(library.prefix)) continue;
        bool owned = false;
        for (std::string_view owner : library.owners) owned = owned || file->IsUnder(owner);
        EXPECT_TRUE(owned) << At(*file, include) << ": not an owner of this library";
        EXPECT_TRUE(library.in_headers || !reached.contains(file->path))
            << At(*file, include) << ": other folders include this header";
      }
    }
  }
}

// A library that the table does not know is a new dependency: it needs a row above and a line in DECISIONS.md.
TEST(Dependencies, EveryThirdPartyHeaderHasARow) {
  const std::set<std::string_view> system = {"arpa", "linux", "net", "netinet", "sys"};
  for (const SourceFile* file : ProductFiles()) {
    for (const Include& include : file->includes) {
      if (include.quoted) continue;
      const size_t slash = include.path.find('/');
      if (slash == std::string::npos || system.contains(std::string_view(include.path).substr(0, slash))) continue;
      bool known = false;
      for (const ThirdParty& library : kThirdParty) known = known || include.path.starts_with(library.prefix);
      EXPECT_TRUE(known) << At(*file, include);
    }
  }
}

}  // namespace
}  // namespace noroshi::tidy
