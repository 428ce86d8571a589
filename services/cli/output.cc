#include "services/cli/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace noroshi::cli {
namespace {

constexpr std::chrono::milliseconds kQuietFor{1'000};
constexpr std::chrono::milliseconds kRedrawEvery{100};

// The code point at the head of `text` and its length in bytes; nothing where the bytes are not UTF-8.
struct Decoded {
  char32_t point;
  size_t bytes;
};
std::optional<Decoded> DecodeUtf8(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return Decoded{lead, 1};
  const size_t bytes = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
  if (bytes == 0 || text.size() < bytes) return std::nullopt;
  char32_t point = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xC0) != 0x80) return std::nullopt;
    point = (point << 6) | (at(i) & 0x3Fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast[bytes] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
  return Decoded{point, bytes};
}

// Steers the terminal, changes the order of what is read, or cannot be seen.
bool IsTreacherous(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || (c >= 0x115F && c <= 0x1160) ||
         (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0x3164 || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xFFA0 ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

std::string JsonEscape(char32_t c) {
  if (c < 0x10000) return fmt::format("\\u{:04x}", uint32_t(c));
  const uint32_t rest = uint32_t(c) - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

bool IsWide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF01 && c <= 0xFF60) ||
         (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

void WriteTo(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

}  // namespace

Terminal DetectTerminal(bool no_color) {
  Terminal terminal;
  terminal.out = isatty(STDOUT_FILENO) == 1;
  terminal.error = isatty(STDERR_FILENO) == 1;
  const char* no_color_variable = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  terminal.colour = terminal.out && terminal.error && !no_color && (no_color_variable == nullptr || *no_color_variable == '\0') &&
                    (kind == nullptr || std::string_view(kind) != "dumb");
  winsize size{};
  if (terminal.error && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.width = size.ws_col;
  return terminal;
}

std::string Visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::optional<Decoded> next = DecodeUtf8(text);
    const size_t bytes = next ? next->bytes : 1;
    if (!next || next->point < 0x20 || next->point == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (IsTreacherous(next->point)) {
      out += fmt::format("\\u{{{:x}}}", uint32_t(next->point));
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

std::string VisibleJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const std::optional<Decoded> next = DecodeUtf8(json);
    const size_t bytes = next ? next->bytes : 1;
    if (!next) {
      out += JsonEscape(0xFFFD);  // JSON cannot carry the byte itself
    } else if (IsTreacherous(next->point)) {
      out += JsonEscape(next->point);
    } else {
      out += json.substr(0, bytes);
    }
    json.remove_prefix(bytes);
  }
  return out;
}

std::string CompactJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false, escaped = false;
  for (const char c : json) {
    if (!in_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    out += c;
    if (escaped) {
      escaped = false;
    } else if (in_string && c == '\\') {
      escaped = true;
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const std::optional<Decoded> next = DecodeUtf8(text);
    width += next && IsWide(next->point) ? 2 : 1;
    text.remove_prefix(next ? next->bytes : 1);
  }
  return width;
}

std::string Table::ToString() const {
  std::vector<std::vector<std::string>> lines;
  lines.push_back(header_);
  lines.insert(lines.end(), rows_.begin(), rows_.end());
  std::vector<size_t> widths;
  for (auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      line[i] = Visible(line[i]);
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], DisplayWidth(line[i]));
    }
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      text += line[i];
      if (i + 1 < line.size()) text.append(widths[i] - DisplayWidth(line[i]) + 2, ' ');
    }
    while (text.ends_with(' ')) text.pop_back();
    out += text + "\n";
  }
  return out;
}

std::string BarText(std::string_view label, uint64_t done, uint64_t total, std::string_view note, int width) {
  constexpr int kBarColumns = 24;
  std::string bar;
  if (total > 0) {
    const int full = int(std::min<uint64_t>(done, total) * kBarColumns / total);
    bar = fmt::format(" [{}{}] {}/{}", std::string(size_t(full), '#'), std::string(size_t(kBarColumns - full), '.'), done, total);
  } else {
    bar = fmt::format(" {}", done);
  }
  std::string text = fmt::format("{}{}{}{}", label, bar, note.empty() ? "" : "  ", Visible(note));
  while (!text.empty() && DisplayWidth(text) >= size_t(std::max(width, 1))) {
    do {  // a whole code point
      text.pop_back();
    } while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80);
  }
  return text;
}

Progress::Progress(const Terminal& terminal, std::string label)
    : terminal_(terminal), label_(std::move(label)), started_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { Clear(); }

void Progress::Update(uint64_t done, uint64_t total, std::string_view note) {
  if (!terminal_.error) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - started_ < kQuietFor || now - drawn_ < kRedrawEvery) return;
  drawn_ = now;
  visible_ = true;
  WriteTo(stderr, fmt::format("\r\x1b[K{}", BarText(label_, done, total, note, terminal_.width)));
}

void Progress::Clear() {
  if (visible_) WriteTo(stderr, "\r\x1b[K");
  visible_ = false;
}

void Say(std::string_view line) { WriteTo(stderr, Visible(line) + "\n"); }
void SayError(std::string_view text) {
  // Messages of several lines (all faults at once) keep their lines.
  while (!text.empty()) {
    const size_t end = text.find('\n');
    Say(fmt::format("noroshi: {}", text.substr(0, end)));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}
void Print(std::string_view line) { WriteTo(stdout, fmt::format("{}\n", line)); }

}  // namespace noroshi::cli
