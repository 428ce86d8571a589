// Holds common/obs/EVENTS.md to the code: every event id that the code names is in the table, and back.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

namespace noroshi::obs {
namespace {

std::string Read(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string> Matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), pattern); at != std::sregex_iterator(); ++at) found.insert((*at)[1]);
  return found;
}

TEST(Events, InCodeAndTableAreTheSame) {
  const char* source = std::getenv("NOROSHI_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  const std::filesystem::path root(source);
  const std::regex call(R"re(obs::(?:Info|Warn|Error|Emit)\(\s*(?:[A-Za-z_:]+(?:\([^"]*\))?,\s*)?"([a-z0-9_]+)")re");
  std::set<std::string> in_code = {"suppressed"};  // the log's own
  for (const char* folder : {"common", "services"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
      in_code.merge(Matches(Read(entry.path()), call));
    }
  }
  const std::set<std::string> in_table = Matches(Read(root / "common/obs/EVENTS.md"), std::regex(R"(\n\| `([a-z0-9_]+)` \|)"));
  for (const std::string& event : in_code) EXPECT_TRUE(in_table.contains(event)) << "not in EVENTS.md: " << event;
  for (const std::string& event : in_table) EXPECT_TRUE(in_code.contains(event)) << "in EVENTS.md only: " << event;
  EXPECT_GE(in_code.size(), 10u);
}

}  // namespace
}  // namespace noroshi::obs
