#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "common/base/limits.h"
#include "common/config/node_config.h"

namespace noroshi::config {
namespace {

// Offset of the first byte that is not UTF-8 text: overlong or cut sequences, surrogates, control characters but tab, LF, CR.
size_t FirstBadByte(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > text.size() || lead == 0x7f) return i;
    if (length == 1 && lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r') return i;
    uint32_t point = length == 1 ? lead : lead & (0x7f >> length);
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) return i;
      point = point << 6 | (next & 0x3f);
    }
    static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[length] || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff) return i;
    i += length;
  }
  return std::string_view::npos;
}

// Builds the tree from the parser's events. After a fault of depth, or of an alias, deeper events are dropped.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Loaded<Yaml>& out, const std::string& file) : out_(out), file_(file) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) AddFault(mark, "a second document starts here, allowed is one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    CheckProperties(mark, "?", anchor);
    Put(mark, Yaml{});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    AddFault(mark, "aliases (`*name`) are not allowed");
    Put(mark, Yaml{});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    CheckProperties(mark, tag, anchor);
    Yaml scalar;
    scalar.kind = Yaml::Kind::kScalar;
    scalar.scalar = value;
    scalar.quoted = tag == "!";
    Put(mark, std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Yaml::Kind::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Yaml::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

  Yaml TakeRoot() { return std::move(root_); }

 private:
  struct Level {
    Yaml value;
    bool has_key = false;  // map: the next node is the value of `key`
    bool drop_value = false;
    std::string key;
    YAML::Mark key_mark;
  };

  void AddFault(const YAML::Mark& mark, std::string message) {
    out_.faults.push_back({file_, mark.line + 1, mark.column + 1, "", std::move(message)});
  }

  void CheckProperties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) AddFault(mark, "anchors (`&name`) are not allowed");
    if (tag != "?" && tag != "!" && !tag.empty()) AddFault(mark, "tags (`!name`) are not allowed");
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Yaml::Kind kind) {
    CheckProperties(mark, tag == "!" ? "!!" : tag, anchor);
    if (levels_.size() == static_cast<size_t>(limits::kConfigDepthMax)) {
      if (dropped_levels_++ == 0) AddFault(mark, fmt::format("nested deeper than {} levels", limits::kConfigDepthMax));
      return;
    }
    if (dropped_levels_ > 0) return;
    Level level;
    level.value.kind = kind;
    level.value.line = mark.line + 1;
    level.value.column = mark.column + 1;
    levels_.push_back(std::move(level));
  }

  void Close() {
    if (dropped_levels_ > 0) {
      --dropped_levels_;
      return;
    }
    Yaml value = std::move(levels_.back().value);
    levels_.pop_back();
    Attach(std::move(value));
  }

  void Put(const YAML::Mark& mark, Yaml value) {
    if (dropped_levels_ > 0) return;
    value.line = mark.line + 1;
    value.column = mark.column + 1;
    Attach(std::move(value));
  }

  void Attach(Yaml value) {
    if (levels_.empty()) {
      if (documents_ <= 1) root_ = std::move(value);
      return;
    }
    Level& level = levels_.back();
    if (level.value.kind == Yaml::Kind::kList) {
      level.value.list.push_back(std::move(value));
    } else if (!level.has_key) {
      TakeKey(level, value);
    } else {
      level.has_key = false;
      if (level.drop_value) return;
      value.key_line = level.key_mark.line;
      value.key_column = level.key_mark.column;
      level.value.map.emplace_back(std::move(level.key), std::move(value));
    }
  }

  void TakeKey(Level& level, const Yaml& key) {
    level.has_key = true;
    level.key_mark.line = key.line;
    level.key_mark.column = key.column;
    level.key = key.scalar;
    level.drop_value = true;
    if (key.kind != Yaml::Kind::kScalar || key.scalar.empty()) {
      out_.faults.push_back({file_, key.line, key.column, "", "a key must be a word"});
    } else if (level.value.Find(key.scalar) != nullptr) {
      out_.faults.push_back({file_, key.line, key.column, "", fmt::format("key `{}` is given twice", key.scalar)});
    } else {
      level.drop_value = false;
    }
  }

  Loaded<Yaml>& out_;
  const std::string& file_;
  std::vector<Level> levels_;
  Yaml root_;
  size_t dropped_levels_ = 0;
  int documents_ = 0;
};

Fault WholeFile(const std::string& file, std::string message) { return {file, 0, 0, "", std::move(message)}; }

}  // namespace

std::string Fault::ToString() const {
  std::string text = file;
  if (line > 0) text += fmt::format(":{}:{}", line, column);
  if (!path.empty()) text += ": " + path;
  return text + ": " + message;
}

const Yaml* Yaml::Find(std::string_view key) const {
  for (const auto& [name, value] : map) {
    if (name == key) return &value;
  }
  return nullptr;
}

Loaded<Yaml> ParseYaml(const std::string& text, const std::string& file_name, size_t bytes_max) {
  Loaded<Yaml> out;
  if (bytes_max == 0) bytes_max = limits::kConfigBytesMax;
  if (text.size() > bytes_max) {
    out.faults.push_back(WholeFile(file_name, fmt::format("has {} bytes, limit is {}", text.size(), bytes_max)));
    return out;
  }
  if (const size_t bad = FirstBadByte(text); bad != std::string_view::npos) {
    const std::string_view before = std::string_view(text).substr(0, bad);
    const int line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    const size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    out.faults.push_back({file_name, line, static_cast<int>(bad - start) + 1, "", "not UTF-8 text"});
    return out;
  }
  Builder builder(out, file_name);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    out.faults.push_back({file_name, e.mark.is_null() ? 0 : e.mark.line + 1, e.mark.is_null() ? 0 : e.mark.column + 1, "",
                          "not YAML: " + e.msg});
  } catch (const std::exception& e) {
    out.faults.push_back(WholeFile(file_name, fmt::format("not YAML: {}", e.what())));
  }
  if (out.faults.empty()) out.value = builder.TakeRoot();
  return out;
}

Loaded<Yaml> LoadYaml(const std::string& file, size_t bytes_max) {
  Loaded<Yaml> out;
  if (bytes_max == 0) bytes_max = limits::kConfigBytesMax;
  std::ifstream stream(file, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (!stream && !stream.eof())) {
    out.faults.push_back(WholeFile(file, fmt::format("cannot be read: {}", std::strerror(errno))));
    return out;
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  return ParseYaml(text, file, bytes_max);
}

}  // namespace noroshi::config
