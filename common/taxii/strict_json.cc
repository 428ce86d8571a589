#include "common/taxii/strict_json.h"

#include <sodium.h>

#include <set>
#include <vector>

namespace noroshi::taxii {
namespace {

constexpr int kDepthMax = 8;

}  // namespace

std::optional<nlohmann::json> ParseStrictObject(std::string_view text) {
  using nlohmann::json;
  std::vector<std::set<std::string>> open;  // keys of the objects around the present place
  bool good = true;
  const json::parser_callback_t look = [&](int depth, json::parse_event_t event, json& value) {
    good = good && depth < kDepthMax;
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end && !open.empty()) open.pop_back();
    if (event == json::parse_event_t::key) good = good && open.back().insert(value.get<std::string>()).second;
    return true;
  };
  json out = json::parse(text, look, /*allow_exceptions=*/false);
  if (!good || out.is_discarded() || !out.is_object()) return {};
  return out;
}

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string out(text.size(), '\0');
  size_t bytes = 0;
  if (text.empty() || sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &bytes, nullptr,
                                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    return {};
  }
  out.resize(bytes);
  return out;
}

std::string TextAt(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace noroshi::taxii
