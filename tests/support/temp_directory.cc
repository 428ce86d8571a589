#include "tests/support/temp_directory.h"

#include <cstdlib>
#include <filesystem>

#include "common/base/check.h"

namespace noroshi::test {

TempDirectory::TempDirectory() {
  path_ = (std::filesystem::temp_directory_path() / "noroshi-test-XXXXXX").string();
  NOROSHI_CHECK(mkdtemp(path_.data()) != nullptr);
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace noroshi::test
