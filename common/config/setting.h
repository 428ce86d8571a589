// Declares settings: one line each says key, form, bounds and help, and binds it to the variable it fills, whose value before reading is the
// default. Reading, printing, comparison and the documentation go over the same tables. Only for the files of this folder.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/config/node_config.h"

namespace noroshi::config {

// Collects what goes wrong while one file is read.
class Reader {
 public:
  explicit Reader(std::string file);
  const std::string& file() const { return file_; }
  // Relative names count from the folder of the file.
  std::string Resolve(const std::string& name) const;
  void AddFault(const Yaml& at, const std::string& path, std::string message);
  // At the place of a key read before; of the nearest level above where that one was not given.
  void AddFaultAt(const std::string& path, std::string message);

  std::vector<Fault> faults;
  std::vector<std::string> warnings;
  std::map<std::string, Place> given;

 private:
  std::string file_, folder_;
};

struct Setting {
  enum class Kind { kValue, kFile, kSection, kItems };
  Kind kind = Kind::kValue;
  std::string key;
  std::string form;  // what a value looks like, with unit and bounds
  std::string help;
  bool required = false;
  bool restart = true;  // a change takes effect at the next start only
  bool secret = false;  // names a file that only its owner may read
  std::function<void(const Yaml&, const std::string& path, Reader&)> read;
  std::function<Yaml()> write;                                // kNull: not set
  std::function<std::vector<std::vector<Setting>>()> tables;  // kSection: none or one; kItems: one each
  std::function<std::vector<Setting>()> sample;               // kSection, kItems: the table of a default one, for the page

  Setting&& Required() && { return required = true, std::move(*this); }
  Setting&& Live() && { return restart = false, std::move(*this); }
  Setting&& Secret() && { return secret = true, std::move(*this); }
};
using Table = std::vector<Setting>;

void ReadTable(const Table& table, const Yaml& yaml, const std::string& path, Reader& reader);
Yaml WriteTable(const Table& table);

// One setting that holds a value, with its place in the file.
struct Leaf {
  std::string path;
  Yaml value;
  const Setting* setting;
};
// In the order of the table; calls with settings that live for the call.
void ForEachLeaf(const Table& table, const std::string& path, const std::function<void(const Leaf&)>& call);

Yaml Scalar(std::string text);
std::string JoinPath(const std::string& path, std::string_view key);

// --- the forms. All bind to `target`, which must outlive the setting.

// Any value with a textual form; `write` gives nothing where it is not set.
Setting Value(std::string key, std::string form, std::function<Status(const std::string&)> read,
              std::function<std::optional<std::string>()> write, std::string help);
Setting Text(std::string key, std::string& target, std::string help);
// `[a-z0-9-]{1,63}`.
Setting Name(std::string key, std::string& target, std::string help);
Setting FileName(std::string key, std::string& target, std::string help);
Setting FolderName(std::string key, std::string& target, std::string help);
// host:port, [v6]:port. `listen`: port 0 picks a free one.
Setting Address(std::string key, std::string& target, bool listen, std::string help);
Setting Flag(std::string key, bool& target, std::string help);
Setting Words(std::string key, std::vector<std::string>& target, std::string form, std::string help);
// Text made of digits only (no sign, no leading zero) within the bounds.
StatusOr<int64_t> ParseNumber(const std::string& text, int64_t least, int64_t most);
StatusOr<std::string> ParseAddress(const std::string& text, bool listen);
// `get` and `set` let the target be of any integral type or duration.
Setting Number(std::string key, int64_t least, int64_t most, std::string unit, std::function<std::optional<int64_t>()> get,
               std::function<void(int64_t)> set, std::string help);
// One of a closed set; anything else names them all.
Setting Word(std::string key, std::vector<std::string> words, std::function<std::optional<std::string>()> get,
             std::function<void(const std::string&)> set, std::string help);

// A map below this one. `is_set` false: absent, its required keys are not asked for.
Setting Section(std::string key, std::function<Table()> table, std::string help);
template <class T>
Setting OptionalSection(std::string key, std::optional<T>& target, Table (*table)(T&), std::string help) {
  Setting setting;
  setting.kind = Setting::Kind::kSection;
  setting.key = std::move(key);
  setting.form = "map";
  setting.help = std::move(help);
  setting.read = [&target, table](const Yaml& yaml, const std::string& path, Reader& reader) {
    ReadTable(table(target.emplace()), yaml, path, reader);
  };
  setting.write = [&target, table] { return target ? WriteTable(table(*target)) : Yaml{}; };
  setting.tables = [&target, table] { return target ? std::vector<Table>{table(*target)} : std::vector<Table>{}; };
  setting.sample = [table] {
    static T sample;  // one a section; only its defaults are read
    return table(sample);
  };
  return setting;
}

// A list of maps, at most `count_max`.
void ReadItems(const Yaml& yaml, const std::string& path, size_t count_max, Reader& reader,
               const std::function<void(const Yaml&, const std::string&)>& read_item);
template <class T>
Setting Items(std::string key, std::vector<T>& target, size_t count_max, Table (*table)(T&), std::string help) {
  Setting setting;
  setting.kind = Setting::Kind::kItems;
  setting.key = std::move(key);
  setting.form = fmt::format("list of maps, at most {}", count_max);
  setting.help = std::move(help);
  setting.read = [&target, table, count_max](const Yaml& yaml, const std::string& path, Reader& reader) {
    ReadItems(yaml, path, count_max, reader, [&](const Yaml& item, const std::string& item_path) {
      ReadTable(table(target.emplace_back()), item, item_path, reader);
    });
  };
  setting.write = [&target, table] {
    Yaml list;
    if (!target.empty()) list.kind = Yaml::Kind::kList;
    for (T& item : target) list.list.push_back(WriteTable(table(item)));
    return list;
  };
  setting.tables = [&target, table] {
    std::vector<Table> tables;
    for (T& item : target) tables.push_back(table(item));
    return tables;
  };
  setting.sample = [table] {
    static T sample;
    return table(sample);
  };
  return setting;
}

}  // namespace noroshi::config
