#include "bench/support/objects.h"

#include <filesystem>
#include <optional>

#include "bench/support/command.h"
#include "common/base/random.h"
#include "common/stix/input.h"

namespace noroshi::bench {

std::vector<std::string> RealObjects() {
  const std::filesystem::path file = std::filesystem::path(SourceDirectory()) / "../shared/data/attack-enterprise.json.zst";
  std::vector<std::string> objects;
  if (!std::filesystem::exists(file)) return objects;
  const std::optional<std::string> text = RunCommand("zstd -dc '" + file.string() + "'");
  if (!text) return objects;
  const StatusOr<stix::Input> input = stix::SplitInput(*text);
  if (!input.ok()) return objects;
  for (const stix::InputItem& item : input->items) objects.emplace_back(item.bytes);
  return objects;
}

std::vector<std::string> GeneratedObjects(size_t count, size_t description_bytes) {
  SeededRandom random(1);
  std::vector<std::string> objects;
  const std::string text(description_bytes, 'x');
  for (size_t i = 0; i < count; ++i) {
    objects.push_back(fmt::format(R"({{"type":"indicator","spec_version":"2.1","id":"indicator--{}","created":"2024-01-01T00:00:00.000Z",)"
                                  R"("modified":"2024-01-01T00:00:00.000Z","name":"generated {}","description":"{}","pattern":"[file:name = 'a{}']",)"
                                  R"("pattern_type":"stix","valid_from":"2024-01-01T00:00:00Z"}})",
                                  random.Uuid(), i, text, i));
  }
  return objects;
}

}  // namespace noroshi::bench
