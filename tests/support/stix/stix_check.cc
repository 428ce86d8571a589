// Judges one text a line, so that foreign judges can be compared with ours: `stix_check pattern` and `stix_check object` read lines of
// hex digits and answer each with a line of JSON, in order.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "common/stix/object.h"
#include "common/stix/pattern.h"

namespace noroshi::stix {
namespace {

using nlohmann::json;

std::string FromHex(const std::string& line) {
  std::string bytes;
  for (size_t i = 0; i + 1 < line.size(); i += 2) bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
  return bytes;
}

json JudgePattern(const std::string& text) {
  const StatusOr<Pattern> pattern = ParsePattern(text);
  if (!pattern.ok()) return {{"ok", false}, {"message", Message(pattern.status())}};
  return {{"ok", true}, {"types", pattern->types}, {"legacy", pattern->legacy}, {"unchecked", pattern->unchecked_regexes}};
}

json JudgeObject(const std::string& bytes) {
  ParseOptions options;
  options.warn = true;
  const StatusOr<Object> object = Parse(bytes, options);
  if (!object.ok()) return {{"ok", false}, {"message", Message(object.status())}};
  return {{"ok", true}, {"id", object->id}, {"version", object->version}, {"message", JoinWarnings(object->warnings)}};
}

}  // namespace
}  // namespace noroshi::stix

int main(int argc, char** argv) {
  const std::string mode = argc == 2 ? argv[1] : "";
  if (mode != "pattern" && mode != "object") return 2;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string text = noroshi::stix::FromHex(line);
    const nlohmann::json answer = mode == "pattern" ? noroshi::stix::JudgePattern(text) : noroshi::stix::JudgeObject(text);
    std::cout << answer.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << std::endl;
  }
  return 0;
}
