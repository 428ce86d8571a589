// The source tree as the tidy tests see it: files, their #include lines, their code without comments and strings,
// and what each folder declared in its CMakeLists.txt. Read once per test program; any thread may read the result.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace noroshi::tidy {

struct Include {
  std::string path;  // as written, without <> or ""
  bool quoted;       // "..." rather than <...>
  int line;          // from 1
};

struct SourceFile {
  std::string path;               // relative to the source tree, with '/'
  std::vector<Include> includes;  // in order
  std::vector<std::string> code;  // lines, comments and text literals blanked
  // `common/relay` for common/relay/decide.cc, `services/edge` likewise; the first two parts of the path.
  std::string Folder() const;
  bool IsHeader() const { return path.ends_with(".h"); }
  bool IsUnder(std::string_view folder) const;  // of a folder, or of any path prefix that ends in '/'
};

// Every .h and .cc below common, services, tests and bench, sorted by path. Ends the program when there is none:
// a check that reads nothing proves nothing.
const std::vector<SourceFile>& Tree();

// Folder → what its noroshi_library or noroshi_program names after USES, as folders: `common/log: base net` gives
// {"common/base", "common/net"}; `proto` and `proto_grpc` stay as they are, and the latter brings the former.
using DeclaredUses = std::map<std::string, std::set<std::string>>;
const DeclaredUses& Declared();

// Splits one text into a SourceFile; what Tree does to each file.
SourceFile ParseSource(std::string path, std::string_view text);

}  // namespace noroshi::tidy
