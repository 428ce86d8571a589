#include "common/config/setting.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "common/base/limits.h"
#include "common/config/suggest.h"

namespace noroshi::config {
namespace {

Setting Bare(Setting::Kind kind, std::string key, std::string form, std::string help) {
  Setting setting;
  setting.kind = kind;
  setting.key = std::move(key);
  setting.form = std::move(form);
  setting.help = std::move(help);
  return setting;
}

std::vector<std::string> KeysOf(const Table& table) {
  std::vector<std::string> keys;
  for (const Setting& setting : table) keys.push_back(setting.key);
  return keys;
}

std::string JoinWords(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= limits::kNodeNameBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::optional<std::string> IfSet(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

}  // namespace

// --- Reader

Reader::Reader(std::string file) : file_(std::move(file)), folder_(std::filesystem::path(file_).parent_path().string()) {}

std::string Reader::Resolve(const std::string& name) const {
  if (name.empty() || folder_.empty() || std::filesystem::path(name).is_absolute()) return name;
  return (std::filesystem::path(folder_) / name).lexically_normal().string();
}

void Reader::AddFault(const Yaml& at, const std::string& path, std::string message) {
  const bool has_key = at.key_line > 0 && at.kind != Yaml::Kind::kScalar;
  faults.push_back({file_, has_key ? at.key_line : at.line, has_key ? at.key_column : at.column, path, std::move(message)});
}

void Reader::AddFaultAt(const std::string& path, std::string message) {
  std::string known = path;
  while (!known.empty() && !given.contains(known)) {
    const size_t cut = known.find_last_of(".[");
    known = cut == std::string::npos ? "" : known.substr(0, cut);
  }
  const Place place = known.empty() ? Place{1, 1} : given.at(known);
  faults.push_back({file_, place.line, place.column, path, std::move(message)});
}

// --- tables

std::string JoinPath(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

Yaml Scalar(std::string text) {
  Yaml yaml;
  yaml.kind = Yaml::Kind::kScalar;
  yaml.scalar = std::move(text);
  return yaml;
}

void ReadTable(const Table& table, const Yaml& yaml, const std::string& path, Reader& reader) {
  if (yaml.kind != Yaml::Kind::kMap) {
    reader.AddFault(yaml, path, fmt::format("must be a map with keys {}", JoinWords(KeysOf(table), ", ")));
    return;
  }
  for (const auto& [key, value] : yaml.map) {
    const std::string key_path = JoinPath(path, key);
    const auto setting = std::find_if(table.begin(), table.end(), [&](const Setting& s) { return s.key == key; });
    if (setting == table.end()) {
      Yaml at = value;
      at.line = value.key_line;
      at.column = value.key_column;
      reader.AddFault(at, key_path, "unknown key" + DidYouMean(key, KeysOf(table)));
      continue;
    }
    reader.given[key_path] = {value.key_line, value.key_column};
    if (value.kind == Yaml::Kind::kNull) {
      reader.AddFaultAt(key_path, "has no value");
    } else {
      setting->read(value, key_path, reader);
    }
  }
  for (const Setting& setting : table) {
    if (setting.required && yaml.Find(setting.key) == nullptr) reader.AddFault(yaml, JoinPath(path, setting.key), "is missing");
  }
}

Yaml WriteTable(const Table& table) {
  Yaml yaml;
  yaml.kind = Yaml::Kind::kMap;
  for (const Setting& setting : table) {
    Yaml value = setting.write();
    if (value.kind != Yaml::Kind::kNull) yaml.map.emplace_back(setting.key, std::move(value));
  }
  return yaml;
}

void ForEachLeaf(const Table& table, const std::string& path, const std::function<void(const Leaf&)>& call) {
  for (const Setting& setting : table) {
    const std::string key_path = JoinPath(path, setting.key);
    if (setting.tables) {
      const std::vector<Table> below = setting.tables();
      for (size_t i = 0; i < below.size(); ++i) {
        ForEachLeaf(below[i], setting.kind == Setting::Kind::kItems ? fmt::format("{}[{}]", key_path, i) : key_path, call);
      }
    } else if (Yaml value = setting.write(); value.kind != Yaml::Kind::kNull) {
      call({key_path, std::move(value), &setting});
    }
  }
}

void ReadItems(const Yaml& yaml, const std::string& path, size_t count_max, Reader& reader,
               const std::function<void(const Yaml&, const std::string&)>& read_item) {
  if (yaml.kind != Yaml::Kind::kList) {
    reader.AddFault(yaml, path, "must be a list of maps");
    return;
  }
  if (yaml.list.size() > count_max) {
    reader.AddFault(yaml, path, fmt::format("has {} items, limit is {}", yaml.list.size(), count_max));
    return;
  }
  for (size_t i = 0; i < yaml.list.size(); ++i) {
    const std::string item_path = fmt::format("{}[{}]", path, i);
    reader.given[item_path] = {yaml.list[i].line, yaml.list[i].column};
    read_item(yaml.list[i], item_path);
  }
}

// --- forms

Setting Value(std::string key, std::string form, std::function<Status(const std::string&)> read,
              std::function<std::optional<std::string>()> write, std::string help) {
  Setting setting = Bare(Setting::Kind::kValue, std::move(key), form, std::move(help));
  setting.read = [read = std::move(read), form = std::move(form)](const Yaml& yaml, const std::string& path, Reader& reader) {
    if (yaml.kind != Yaml::Kind::kScalar) return reader.AddFault(yaml, path, fmt::format("must be one value ({})", form));
    const Status status = read(yaml.scalar);
    if (!status.ok()) reader.AddFault(yaml, path, std::string(Message(status)));
  };
  setting.write = [write = std::move(write)] {
    std::optional<std::string> text = write();
    return text ? Scalar(*std::move(text)) : Yaml{};
  };
  return setting;
}

Setting Text(std::string key, std::string& target, std::string help) {
  return Value(
      std::move(key), "text", [&target](const std::string& text) { return target = text, OkStatus(); }, [&target] { return IfSet(target); },
      std::move(help));
}

Setting Name(std::string key, std::string& target, std::string help) {
  return Value(
      std::move(key), "name",
      [&target](const std::string& text) {
        if (!IsName(text)) {
          return InvalidArgument("`{}` is no name: 1 to {} of a-z, 0-9 and -", text.substr(0, 100), limits::kNodeNameBytesMax);
        }
        target = text;
        return OkStatus();
      },
      [&target] { return IfSet(target); }, std::move(help));
}

Setting FileName(std::string key, std::string& target, std::string help) {
  Setting setting = FolderName(std::move(key), target, std::move(help));
  setting.kind = Setting::Kind::kFile;
  setting.form = "file";
  return setting;
}

Setting FolderName(std::string key, std::string& target, std::string help) {
  Setting setting = Bare(Setting::Kind::kValue, std::move(key), "folder", std::move(help));
  setting.read = [&target](const Yaml& yaml, const std::string& path, Reader& reader) {
    if (yaml.kind != Yaml::Kind::kScalar || yaml.scalar.empty()) return reader.AddFault(yaml, path, "must be a file name");
    target = reader.Resolve(yaml.scalar);
  };
  setting.write = [&target] { return target.empty() ? Yaml{} : Scalar(target); };
  return setting;
}

StatusOr<int64_t> ParseNumber(const std::string& text, int64_t least, int64_t most) {
  const bool is_digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_digits || (text.size() > 1 && text.front() == '0')) {
    return InvalidArgument("`{}` is no whole number, allowed are {} to {}", text.substr(0, 100), least, most);
  }
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return InvalidArgument("is {}, allowed are {} to {}", text.substr(0, 100), least, most);
  }
  return number;
}

StatusOr<std::string> ParseAddress(const std::string& text, bool listen) {
  const size_t colon = text.rfind(':');
  const std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
  const bool is_v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool host_fits = is_v6 ? host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1
                               : !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
                                   return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-';
                                 });
  if (!host_fits) return InvalidArgument("`{}` is no address, expected host:port", text.substr(0, 300));
  const StatusOr<int64_t> port = ParseNumber(text.substr(colon + 1), listen ? 0 : 1, 65535);
  if (!port.ok()) return InvalidArgument("port of `{}` {}", text.substr(0, 300), Message(port.status()));
  return text;
}

Setting Address(std::string key, std::string& target, bool listen, std::string help) {
  return Value(
      std::move(key), "host:port",
      [&target, listen](const std::string& text) -> Status {
        NOROSHI_ASSIGN(target, ParseAddress(text, listen));
        return OkStatus();
      },
      [&target] { return IfSet(target); }, std::move(help));
}

Setting Flag(std::string key, bool& target, std::string help) {
  Setting setting = Bare(Setting::Kind::kValue, std::move(key), "true or false", std::move(help));
  setting.read = [&target](const Yaml& yaml, const std::string& path, Reader& reader) {
    // `no`, `off` and "false" are refused rather than guessed.
    const bool is_word = yaml.kind == Yaml::Kind::kScalar && !yaml.quoted && (yaml.scalar == "true" || yaml.scalar == "false");
    if (!is_word) return reader.AddFault(yaml, path, "must be true or false");
    target = yaml.scalar == "true";
  };
  setting.write = [&target] { return Scalar(target ? "true" : "false"); };
  return setting;
}

Setting Words(std::string key, std::vector<std::string>& target, std::string form, std::string help) {
  Setting setting = Bare(Setting::Kind::kValue, std::move(key), "list of " + form, std::move(help));
  setting.read = [&target, form](const Yaml& yaml, const std::string& path, Reader& reader) {
    if (yaml.kind != Yaml::Kind::kList) return reader.AddFault(yaml, path, fmt::format("must be a list of {}", form));
    target.clear();
    for (size_t i = 0; i < yaml.list.size(); ++i) {
      const Yaml& item = yaml.list[i];
      const std::string item_path = fmt::format("{}[{}]", path, i);
      reader.given[item_path] = {item.line, item.column};
      if (item.kind != Yaml::Kind::kScalar || item.scalar.empty()) {
        reader.AddFault(item, item_path, "must be a word");
      } else if (std::find(target.begin(), target.end(), item.scalar) != target.end()) {
        reader.AddFault(item, item_path, fmt::format("`{}` is listed twice", item.scalar));
      } else {
        target.push_back(item.scalar);
      }
    }
  };
  setting.write = [&target] {
    Yaml list;
    if (!target.empty()) list.kind = Yaml::Kind::kList;
    for (const std::string& word : target) list.list.push_back(Scalar(word));
    return list;
  };
  return setting;
}

Setting Number(std::string key, int64_t least, int64_t most, std::string unit, std::function<std::optional<int64_t>()> get,
               std::function<void(int64_t)> set, std::string help) {
  return Value(
      std::move(key), fmt::format("{} to {}{}", least, most, unit.empty() ? "" : " " + unit),
      [=, set = std::move(set)](const std::string& text) -> Status {
        NOROSHI_ASSIGN(const int64_t number, ParseNumber(text, least, most));
        set(number);
        return OkStatus();
      },
      [get = std::move(get)]() -> std::optional<std::string> {
        const std::optional<int64_t> number = get();
        return number ? std::optional(std::to_string(*number)) : std::nullopt;
      },
      std::move(help));
}

Setting Word(std::string key, std::vector<std::string> words, std::function<std::optional<std::string>()> get,
             std::function<void(const std::string&)> set, std::string help) {
  const std::string form = JoinWords(words, ", ");
  return Value(
      std::move(key), form,
      [words = std::move(words), form, set = std::move(set)](const std::string& text) {
        if (std::find(words.begin(), words.end(), text) == words.end()) {
          return InvalidArgument("`{}` is none of {}{}", text.substr(0, 100), form, DidYouMean(text, words));
        }
        set(text);
        return OkStatus();
      },
      std::move(get), std::move(help));
}

Setting Section(std::string key, std::function<Table()> table, std::string help) {
  Setting setting = Bare(Setting::Kind::kSection, std::move(key), "map", std::move(help));
  setting.read = [table](const Yaml& yaml, const std::string& path, Reader& reader) { ReadTable(table(), yaml, path, reader); };
  setting.write = [table] {
    Yaml yaml = WriteTable(table());
    return yaml.map.empty() ? Yaml{} : yaml;
  };
  setting.tables = [table] { return std::vector<Table>{table()}; };
  setting.sample = table;
  return setting;
}

}  // namespace noroshi::config
