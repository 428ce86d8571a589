#include "common/config/yaml_write.h"

#include <algorithm>

namespace noroshi::config {
namespace {

bool IsPlain(std::string_view text) {
  if (text.empty() || text == "..." || text == "null" || text == "Null" || text == "NULL") return false;
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' || c == '.';
  };
  if (!is_word(text.front()) || !is_word(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_word(c) || c == ':' || c == '-' || c == '+' || c == '@'; });
}

void WriteBlock(const Yaml& yaml, size_t indent, std::string& out);

void WriteValue(const Yaml& value, size_t indent, std::string& out) {
  const bool is_block = (value.kind == Yaml::Kind::kMap && !value.map.empty()) ||
                        (value.kind == Yaml::Kind::kList && !IsFlow(value));
  if (is_block) {
    out += "\n";
    WriteBlock(value, indent + 2, out);
  } else {
    out += " " + FlowText(value) + "\n";
  }
}

void WriteBlock(const Yaml& yaml, size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  for (const auto& [key, value] : yaml.map) {
    out += margin + ScalarText(key, false) + ":";
    WriteValue(value, indent, out);
  }
  for (const Yaml& item : yaml.list) {
    if (item.kind == Yaml::Kind::kMap && !item.map.empty()) {
      std::string block;
      WriteBlock(item, indent + 2, block);
      block[indent] = '-';  // the first key stands behind the dash
      out += block;
    } else {
      out += margin + "-";
      WriteValue(item, indent, out);
    }
  }
}

}  // namespace

std::string ScalarText(std::string_view text, bool quoted) {
  if (!quoted && IsPlain(text)) return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

bool IsFlow(const Yaml& list) {
  return std::all_of(list.list.begin(), list.list.end(), [](const Yaml& item) { return item.kind == Yaml::Kind::kScalar; });
}

std::string FlowText(const Yaml& value) {
  switch (value.kind) {
    case Yaml::Kind::kNull: return "null";
    case Yaml::Kind::kScalar: return ScalarText(value.scalar, value.quoted);
    case Yaml::Kind::kMap: return "{}";
    case Yaml::Kind::kList: break;
  }
  std::string out = "[";
  for (const Yaml& item : value.list) out += (out.size() > 1 ? ", " : "") + ScalarText(item.scalar, item.quoted);
  return out + "]";
}

std::string WriteYaml(const Yaml& yaml) {
  std::string out;
  if (yaml.kind == Yaml::Kind::kScalar || (yaml.map.empty() && yaml.list.empty())) return FlowText(yaml) + "\n";
  WriteBlock(yaml, 0, out);
  return out;
}

}  // namespace noroshi::config
