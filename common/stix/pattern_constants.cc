#include "common/stix/pattern_constants.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "common/base/clock.h"

namespace noroshi::stix {
namespace {

constexpr uint64_t kWholeMax = (uint64_t{1} << 53) - 1;
constexpr size_t kSecondAt = 17;  // in YYYY-MM-DDThh:mm:ss
constexpr size_t kFractionAt = 20;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// `sha-256` as the table below has it: SHA256.
std::string AlgorithmKey(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c == '-' || c == '\'') continue;
    key += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return key;
}

bool IsSsdeep(std::string_view value) {
  constexpr size_t kSsdeepBytesMax = 128;
  return !value.empty() && value.size() <= kSsdeepBytesMax && std::all_of(value.begin(), value.end(), [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '+' || c == ':' || c == '.';
  });
}

}  // namespace

ConstantClass ClassOfConstant(TokenKind kind) {
  switch (kind) {
    case TokenKind::kInteger:
    case TokenKind::kFloat: return ConstantClass::kNumber;
    case TokenKind::kString: return ConstantClass::kText;
    case TokenKind::kHex:
    case TokenKind::kBinary: return ConstantClass::kBytes;
    case TokenKind::kTimestamp: return ConstantClass::kTime;
    case TokenKind::kBoolean: return ConstantClass::kBoolean;
    default: return ConstantClass::kNone;
  }
}

bool IsPositive(std::string_view number) {
  if (number.front() == '-') return false;
  if (number.front() == '+') number.remove_prefix(1);
  if (std::none_of(number.begin(), number.end(), [](char c) { return c >= '1' && c <= '9'; })) return false;
  const std::string_view whole = number.substr(0, number.find('.'));
  if (whole.empty()) return true;
  uint64_t value = 0;
  return std::from_chars(whole.data(), whole.data() + whole.size(), value).ec == std::errc() && value <= kWholeMax;
}

std::optional<std::string> SortableTimestamp(std::string_view text) {
  std::string plain(text);
  const bool leap = text.size() > kFractionAt - 1 && text.substr(kSecondAt, 2) == "60";
  if (leap) plain.replace(kSecondAt, 2, "59");
  if (!ParseTimestamp(plain).ok()) return std::nullopt;
  // Without the `Z` and trailing zeros of the fraction these order by bytes; `60` follows `59`.
  std::string sortable(text.substr(0, text.size() - 1));
  if (sortable.size() > kFractionAt) {
    while (sortable.ends_with('0')) sortable.pop_back();
    if (sortable.ends_with('.')) sortable.pop_back();
  }
  return sortable;
}

bool IsPatternTimestamp(std::string_view text) { return SortableTimestamp(text).has_value(); }

bool FitsHash(std::string_view algorithm, std::string_view value) {
  struct Length {
    std::string_view key;
    size_t digits;
  };
  static constexpr Length kLengths[] = {
      {"MD5", 32},     {"RIPEMD160", 40}, {"SHA1", 40},    {"SHA224", 56},   {"SHA256", 64},   {"SHA384", 96},
      {"SHA512", 128}, {"SHA3224", 56},   {"SHA3256", 64}, {"SHA3384", 96},  {"SHA3512", 128}, {"WHIRLPOOL", 128},
  };
  const std::string key = AlgorithmKey(algorithm);
  if (key == "SSDEEP") return IsSsdeep(value);
  for (const Length& known : kLengths) {
    if (known.key == key) return value.size() == known.digits && std::all_of(value.begin(), value.end(), IsHex);
  }
  return true;
}

bool IsAddressRange(std::string_view raw, std::string_view object_type) {
  const size_t slash = raw.find('/');
  const std::string address(raw.substr(0, slash));
  unsigned char parsed[16];
  int bits = 0;
  if (object_type != "ipv6-addr" && inet_pton(AF_INET, address.c_str(), parsed) == 1) bits = 32;
  if (object_type != "ipv4-addr" && inet_pton(AF_INET6, address.c_str(), parsed) == 1) bits = 128;
  if (bits == 0 || address.find('\0') != std::string::npos) return false;
  if (slash == std::string_view::npos) return true;
  const std::string_view prefix = raw.substr(slash + 1);
  if (prefix.empty() || !IsDigit(prefix.front())) return false;
  int length = -1;
  const auto [end, error] = std::from_chars(prefix.data(), prefix.data() + prefix.size(), length);
  return error == std::errc() && end == prefix.data() + prefix.size() && length <= bits;
}

}  // namespace noroshi::stix
