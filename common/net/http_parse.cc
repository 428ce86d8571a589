#include "common/net/http_parse.h"

#include <algorithm>
#include <array>

#include "common/base/limits.h"

namespace noroshi::net {
namespace {

constexpr int kBadRequest = 400, kNotFound = 404, kTargetTooLong = 414, kExpectationFailed = 417, kMisdirected = 421,
              kHeadTooLarge = 431, kVersionNotSupported = 505;
constexpr size_t kMethodBytesMax = 24;
constexpr size_t kRequestLineRestBytes = kMethodBytesMax + 12;  // beside the target: method, version, two spaces, the line's end
constexpr int kChunkSizeDigitsMax = 8;  // 4 GiB: anything longer is an attack on the reader's integers

bool IsTokenChar(char c) {
  static constexpr auto kTable = [] {
    std::array<bool, 256> table{};
    for (char t = 'a'; t <= 'z'; ++t) table[static_cast<unsigned char>(t)] = true;
    for (char t = 'A'; t <= 'Z'; ++t) table[static_cast<unsigned char>(t)] = true;
    for (char t = '0'; t <= '9'; ++t) table[static_cast<unsigned char>(t)] = true;
    for (char t : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) table[static_cast<unsigned char>(t)] = true;
    return table;
  }();
  return kTable[static_cast<unsigned char>(c)];
}

bool IsToken(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar); }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return Lower(c); });
  return out;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = Lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int more = first < 0x80 ? 0 : first >= 0xC2 && first < 0xE0 ? 1 : first >= 0xE0 && first < 0xF0 ? 2 : first >= 0xF0 && first < 0xF5 ? 3 : -1;
    if (more < 0 || i + static_cast<size_t>(more) >= text.size()) return false;
    for (int k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<size_t>(k)]);
      const unsigned char least = k > 1 ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
      const unsigned char most = k > 1 ? 0xBF : first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
      if (next < least || next > most) return false;
    }
    i += static_cast<size_t>(more) + 1;
  }
  return true;
}

// `host[:port]` without anything that could carry a path or credentials.
bool IsHost(std::string_view host) {
  if (host.empty() || host.size() > 300) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':' ||
           c == '[' || c == ']';
  });
}

// Empty segments (but the last), `.` and `..` are not canonical: there is one spelling of every path.
bool IsCanonical(std::string_view path) {
  size_t begin = 1;
  while (begin < path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == "..") return false;
    begin = end + 1;
  }
  return true;
}

// Splits the target; answers a status for the whole request, or 0.
int ParseTarget(std::string_view target, std::string_view& authority, Head& head) {
  if (target.empty()) return kBadRequest;
  for (char c : target) {
    if (c <= ' ' || c >= 0x7F || c == '#') return kBadRequest;
  }
  if (target == "*") {
    head.request.path = "*";
    if (head.request.method != "OPTIONS") return kBadRequest;
    return 0;
  }
  if (target.front() != '/') {
    const std::string scheme = Lower(target.substr(0, 8));
    const size_t skip = scheme == "https://" ? 8 : scheme.starts_with("http://") ? 7 : 0;
    if (skip == 0) return kBadRequest;
    target.remove_prefix(skip);
    const size_t end = std::min(target.find_first_of("/?"), target.size());
    authority = target.substr(0, end);
    if (!IsHost(authority)) return kBadRequest;
    target.remove_prefix(end);
    if (target.empty() || target.front() != '/') return kBadRequest;
  }
  head.request.target = std::string(target);
  const size_t question = std::min(target.find('?'), target.size());
  if (question < target.size()) head.request.query = std::string(target.substr(question + 1));
  const std::string_view raw_path = target.substr(0, question);
  const std::optional<std::string> path = PercentDecode(raw_path);
  // An escaped slash would make two paths out of one text.
  const size_t raw_slashes = static_cast<size_t>(std::count(raw_path.begin(), raw_path.end(), '/'));
  if (!path || static_cast<size_t>(std::count(path->begin(), path->end(), '/')) != raw_slashes || !IsCanonical(*path)) {
    head.refuse_with = kNotFound;
    head.request.path = "/";
    return 0;
  }
  head.request.path = *path;
  return 0;
}

int ParseRequestLine(std::string_view line, const HeadLimits& limits, bool& http_1_0, std::string_view& authority, Head& head) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return kBadRequest;
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1), version = line.substr(last + 1);
  if (method.empty() || method.size() > kMethodBytesMax) return kBadRequest;
  if (!std::all_of(method.begin(), method.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; })) return kBadRequest;
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[5] < '0' || version[5] > '9' || version[6] != '.' || version[7] < '0' || version[7] > '9') {
    return kBadRequest;
  }
  if (version[5] != '1') return kVersionNotSupported;
  http_1_0 = version[7] == '0';
  if (target.size() > limits.target_bytes_max) return kTargetTooLong;
  head.request.method = std::string(method);
  return ParseTarget(target, authority, head);
}

int ParseField(std::string_view line, Head& head) {
  if (line.front() == ' ' || line.front() == '\t') return kBadRequest;  // obs-fold
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return kBadRequest;
  const std::string_view value = Trim(line.substr(colon + 1));
  for (char c : value) {
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F) return kBadRequest;
  }
  head.request.headers.emplace_back(Lower(line.substr(0, colon)), std::string(value));
  return 0;
}

std::optional<uint64_t> ParseLength(std::string_view text) {
  if (text.empty() || text.size() > 18) return {};
  uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

bool HasListToken(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (Lower(Trim(list.substr(0, comma))) == wanted) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// What the fields say together: body framing, host, connection.
int Interpret(bool http_1_0, std::string_view authority, Head& head) {
  int hosts = 0, lengths = 0, encodings = 0;
  bool closes = http_1_0;
  std::string_view host;
  for (const auto& [name, value] : head.request.headers) {
    if (name == "host") {
      ++hosts;
      host = value;
    } else if (name == "content-length") {
      ++lengths;
      head.content_length = ParseLength(value);
      if (!head.content_length) return kBadRequest;
    } else if (name == "transfer-encoding") {
      ++encodings;
      if (Lower(value) != "chunked") return kBadRequest;
      head.chunked = true;
    } else if (name == "connection") {
      closes = closes || HasListToken(value, "close");
    } else if (name == "expect") {
      if (Lower(value) == "100-continue") {
        head.expects_continue = !http_1_0;
      } else if (head.refuse_with == 0) {
        head.refuse_with = kExpectationFailed;
      }
    }
  }
  if (lengths > 1 || encodings > 1 || (lengths > 0 && encodings > 0) || (http_1_0 && encodings > 0)) return kBadRequest;
  if (hosts > 1 || (hosts == 0 && !http_1_0) || (hosts == 1 && !IsHost(host))) return kBadRequest;
  if (!authority.empty() && Lower(authority) != Lower(host)) head.refuse_with = kMisdirected;
  head.keep_alive = !closes;
  return 0;
}

}  // namespace

HeadScan ScanHead(std::string_view data, size_t from, const HeadLimits& limits) {
  // Which bound counts next: the request line's until it has ended, then the fields'.
  const size_t line_end = data.find('\n');
  const size_t line_most = limits.target_bytes_max + kRequestLineRestBytes;
  const bool in_request_line = line_end == std::string_view::npos || line_end >= line_most;
  const size_t most = in_request_line ? line_most : line_end + 1 + limits.header_bytes_max;
  // The byte before `from` matters: a line feed stands only behind a return, and a return only before a line feed.
  for (size_t i = from > 0 ? from - 1 : 0; i < data.size(); ++i) {
    const char c = data[i];
    if (c == '\n' && (i == 0 || data[i - 1] != '\r')) return {kBadRequest, 0};
    if (c == '\r' && i + 1 < data.size() && data[i + 1] != '\n') return {kBadRequest, 0};
    if (c == '\0') return {kBadRequest, 0};
    if (c == '\n' && i == 1) return {kBadRequest, 0};  // an empty line before the request line
    if (i >= most) return {in_request_line ? kTargetTooLong : kHeadTooLarge, 0};
    if (c == '\n' && i >= 3 && data[i - 2] == '\n') return {0, i + 1};
  }
  return {};
}

int ParseHead(std::string_view block, const HeadLimits& limits, Head& head) {
  bool http_1_0 = false;
  std::string_view authority;
  size_t begin = block.find("\r\n");
  if (begin == std::string_view::npos) return kBadRequest;
  if (const int fault = ParseRequestLine(block.substr(0, begin), limits, http_1_0, authority, head)) return fault;
  for (begin += 2; begin < block.size();) {
    const size_t end = block.find("\r\n", begin);
    if (end == std::string_view::npos) return kBadRequest;
    if (end == begin) break;
    if (head.request.headers.size() >= limits::kHttpHeadersMax) return kHeadTooLarge;
    if (const int fault = ParseField(block.substr(begin, end - begin), head)) return fault;
    begin = end + 2;
  }
  return Interpret(http_1_0, authority, head);
}

ChunkDecoder::Result ChunkDecoder::Feed(std::string_view& data, std::string& body) {
  while (!data.empty() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const size_t take = std::min<uint64_t>(chunk_bytes_, data.size());
      body.append(data.substr(0, take));
      data.remove_prefix(take);
      chunk_bytes_ -= take;
      if (chunk_bytes_ == 0) state_ = State::kDataReturn;
      continue;
    }
    const char c = data.front();
    data.remove_prefix(1);
    switch (state_) {
      case State::kSize:
        if (const int digit = HexValue(c); digit >= 0 && digits_ < kChunkSizeDigitsMax) {
          chunk_bytes_ = chunk_bytes_ * 16 + static_cast<uint64_t>(digit);
          ++digits_;
        } else if (c == '\r' && digits_ > 0) {
          state_ = State::kSizeLineFeed;
        } else {
          return Result::kMalformed;
        }
        break;
      case State::kSizeLineFeed:
        if (c != '\n') return Result::kMalformed;
        if (body.size() + chunk_bytes_ > body_bytes_max_) return Result::kTooLarge;
        state_ = chunk_bytes_ == 0 ? State::kEndReturn : State::kData;
        digits_ = 0;
        break;
      case State::kDataReturn:
        if (c != '\r') return Result::kMalformed;
        state_ = State::kDataLineFeed;
        break;
      case State::kDataLineFeed:
        if (c != '\n') return Result::kMalformed;
        state_ = State::kSize;
        break;
      case State::kEndReturn:
        if (c != '\r') return Result::kMalformed;
        state_ = State::kEndLineFeed;
        break;
      case State::kEndLineFeed:
        if (c != '\n') return Result::kMalformed;
        state_ = State::kDone;
        break;
      case State::kData:
      case State::kDone:
        break;
    }
  }
  return state_ == State::kDone ? Result::kDone : Result::kNeedMore;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return {};
    const int high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return {};
    const char c = static_cast<char>(high * 16 + low);
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) return {};
    out.push_back(c);
    i += 2;
  }
  if (!IsUtf8(out)) return {};
  return out;
}

std::string_view StatusText(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return status < 400 ? "OK" : "Error";
  }
}

std::string_view Request::Header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

}  // namespace noroshi::net
