#include "common/taxii/negotiation.h"

#include <algorithm>
#include <optional>
#include <string>

namespace noroshi::taxii {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

struct MediaRange {
  std::string type;                    // lower case
  std::optional<std::string> version;  // without quotes
  bool refused = false;                // q=0
};

MediaRange ParseRange(std::string_view text) {
  MediaRange range;
  size_t begin = 0;
  for (bool first = true; begin <= text.size(); first = false) {
    const size_t end = std::min(text.find(';', begin), text.size());
    const std::string_view part = Trim(text.substr(begin, end - begin));
    begin = end + 1;
    if (first) {
      range.type = Lower(part);
      continue;
    }
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = Lower(Trim(part.substr(0, equals)));
    std::string_view value = Trim(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (name == "version") range.version = std::string(value);
    if (name == "q") range.refused = !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
  }
  return range;
}

bool IsOurVersion(const std::optional<std::string>& version) { return !version || *version == "2.1" || *version == "2"; }

bool Offers(const MediaRange& range) {
  if (range.type == "*/*" || range.type == "application/*" || range.type == "application/json") return true;
  if (range.type == "application/taxii+json") return IsOurVersion(range.version);
  // Names that home-made clients use for 2.1; without a version the first two meant 2.0.
  if (range.type == "application/vnd.oasis.taxii+json" || range.type == "application/vnd.oasis.stix+json" || range.type == "application/stix+json") {
    return range.version == "2.1";
  }
  return false;
}

}  // namespace

bool Acceptable(std::string_view accept) {
  if (Trim(accept).empty()) return true;
  size_t begin = 0;
  while (begin <= accept.size()) {
    const size_t end = std::min(accept.find(',', begin), accept.size());
    const MediaRange range = ParseRange(accept.substr(begin, end - begin));
    if (!range.refused && Offers(range)) return true;
    begin = end + 1;
  }
  return false;
}

bool ReadableBody(std::string_view content_type) {
  const MediaRange type = ParseRange(content_type);
  if (type.type == "application/taxii+json") return IsOurVersion(type.version);
  if (type.type == "application/stix+json" || type.type == "application/vnd.oasis.stix+json") return IsOurVersion(type.version);
  return false;
}

}  // namespace noroshi::taxii
