// What people and scripts see: data on stdout, talk on stderr. Foreign text reaches a terminal only through Visible or
// VisibleJson (AC-96). One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace noroshi::cli {

struct Terminal {
  bool out = false;     // stdout is one
  bool error = false;   // stderr is one
  bool colour = false;  // on stderr and stdout: a terminal, and neither NO_COLOR nor --no-color
  int width = 80;       // columns
};
Terminal DetectTerminal(bool no_color);

// Text that cannot steer a terminal or mislead its reader: control characters, invalid UTF-8, bidirectional and invisible
// code points come out as `\x1b` or `\u{202e}`; a backslash stays as it is.
std::string Visible(std::string_view text);
// The same for JSON text, as JSON escapes: the value stays equal.
std::string VisibleJson(std::string_view json);
// JSON text on one line: white space outside strings is left out, everything else stays byte for byte.
std::string CompactJson(std::string_view json);

// Columns on a terminal, wide characters counted twice.
size_t DisplayWidth(std::string_view text);

// Left-aligned columns, two blanks apart. Cells are made Visible.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string ToString() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

// A bar on stderr, only on a terminal and only when the work takes longer than a second. Cleared when it goes.
class Progress {
 public:
  Progress(const Terminal& terminal, std::string label);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // `total` 0: not known yet.
  void Update(uint64_t done, uint64_t total, std::string_view note = "");
  void Clear();

 private:
  const Terminal terminal_;
  const std::string label_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_{};
  bool visible_ = false;
};
// What Progress draws.
std::string BarText(std::string_view label, uint64_t done, uint64_t total, std::string_view note, int width);

// One line on stderr, made Visible.
void Say(std::string_view line);
// `noroshi: <text>` on stderr, made Visible.
void SayError(std::string_view text);
// One line on stdout.
void Print(std::string_view line);

}  // namespace noroshi::cli
