// Holds common/config/SETTINGS.md to the declarations.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/config/node_config.h"

namespace noroshi::config {
namespace {

TEST(SettingsPage, IsWhatTheDeclarationsSay) {
  const char* source = std::getenv("NOROSHI_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  std::ifstream file(std::string(source) + "/common/config/SETTINGS.md");
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), SettingsPage()) << "common/config/SETTINGS.md should be:\n" << SettingsPage();
}

}  // namespace
}  // namespace noroshi::config
