#include "tests/tidy/tree.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/check.h"

namespace noroshi::tidy {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  NOROSHI_CHECK(in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// Walks C++ text once and blanks comments and literals, so that a rule about code does not trip over prose.
// Raw literals are understood; a quote between digits is a separator (1'000), not a character.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), out_(text) {}

  std::string Run() {
    while (at_ < text_.size()) {
      if (Starts("//")) {
        BlankUntil("\n", 0);
      } else if (Starts("/*")) {
        BlankUntil("*/", 2);
      } else if (Starts("R\"")) {
        BlankRaw();
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && !AfterDigit())) {
        BlankQuoted(text_[at_]);
      } else {
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  bool Starts(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  bool AfterDigit() const { return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0; }

  void BlankTo(size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) {
      if (out_[at_] != '\n') out_[at_] = ' ';
    }
  }
  void BlankUntil(std::string_view stop, size_t beyond) {
    const size_t found = text_.find(stop, at_ + beyond);
    BlankTo(found == std::string_view::npos ? text_.size() : found + beyond);
  }
  void BlankRaw() {
    const size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return BlankTo(text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const size_t found = text_.find(close, open);
    BlankTo(found == std::string_view::npos ? text_.size() : found + close.size());
  }
  void BlankQuoted(char quote) {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
    BlankTo(end + 1);
  }

  std::string_view text_;
  std::string out_;
  size_t at_ = 0;
};

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Include> Includes(const std::vector<std::string>& lines) {
  std::vector<Include> includes;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (!line.starts_with("#include ")) continue;
    const size_t open = line.find_first_of("<\"");
    if (open == std::string_view::npos) continue;
    const size_t close = line.find_first_of(">\"", open + 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({std::string(line.substr(open + 1, close - open - 1)), line[open] == '"', int(i) + 1});
  }
  return includes;
}

std::filesystem::path SourceDirectory() {
  const char* directory = std::getenv("NOROSHI_SOURCE_DIR");
  NOROSHI_CHECK(directory != nullptr);  // ctest sets it
  return directory;
}

std::vector<SourceFile> ReadTree() {
  const std::filesystem::path root = SourceDirectory();
  std::vector<SourceFile> files;
  for (const char* top : {"common", "services", "tests", "bench"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cc") continue;
      files.push_back(ParseSource(entry.path().lexically_relative(root).generic_string(), ReadFile(entry.path())));
    }
  }
  NOROSHI_CHECK(!files.empty());
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

DeclaredUses ReadDeclared() {
  DeclaredUses declared;
  std::istringstream in(ReadFile(NOROSHI_DECLARED_USES));
  for (std::string line; std::getline(in, line);) {
    const size_t colon = line.find(':');
    NOROSHI_CHECK(colon != std::string::npos);
    std::set<std::string>& uses = declared[line.substr(0, colon)];
    std::istringstream words(line.substr(colon + 1));
    for (std::string word; words >> word;) {
      const bool messages = word == "proto" || word == "proto_grpc";
      if (messages) uses.insert("proto");
      uses.insert(messages ? word : "common/" + word);
    }
  }
  NOROSHI_CHECK(!declared.empty());
  return declared;
}

}  // namespace

std::string SourceFile::Folder() const {
  const size_t first = path.find('/');
  const size_t second = first == std::string::npos ? first : path.find('/', first + 1);
  return second == std::string::npos ? path.substr(0, first) : path.substr(0, second);
}

bool SourceFile::IsUnder(std::string_view folder) const {
  if (!path.starts_with(folder)) return false;
  return folder.ends_with('/') || path.size() == folder.size() || path[folder.size()] == '/' ||
         path[folder.size()] == '.';
}

SourceFile ParseSource(std::string path, std::string_view text) {
  SourceFile file;
  file.path = std::move(path);
  file.includes = Includes(Lines(std::string(text)));
  file.code = Lines(Blanker(text).Run());
  return file;
}

const std::vector<SourceFile>& Tree() {
  static const std::vector<SourceFile> tree = ReadTree();
  return tree;
}

const DeclaredUses& Declared() {
  static const DeclaredUses declared = ReadDeclared();
  return declared;
}

}  // namespace noroshi::tidy
