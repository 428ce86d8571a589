#include "common/taxii/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace noroshi::taxii {
namespace {

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;
constexpr int kHostBits = 64;  // of a v6 address: what one customer is given

bool IsMapped(const std::array<uint8_t, 16>& bytes) { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::optional<std::array<uint8_t, 16>> ParseAddress(std::string_view text) {
  const std::string zero_ended(text.substr(0, text.find('%')));  // fe80::1%eth0: the zone says nothing here
  std::array<uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, zero_ended.c_str(), bytes.data()) == 1) return bytes;
  std::copy(kMapped.begin(), kMapped.end(), bytes.begin());
  if (inet_pton(AF_INET, zero_ended.c_str(), bytes.data() + kMapped.size()) == 1) return bytes;
  return {};
}

std::string Format(const std::array<uint8_t, 16>& bytes) {
  char text[INET6_ADDRSTRLEN];
  const bool v4 = IsMapped(bytes);
  inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes.data() + kMapped.size() : bytes.data(), text, sizeof text);
  return text;
}

// `bytes` with everything behind the first `bits` bits cleared.
std::array<uint8_t, 16> Masked(std::array<uint8_t, 16> bytes, int bits) {
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    bytes[size_t(i)] &= uint8_t(0xff00 >> kept);
  }
  return bytes;
}

}  // namespace

StatusOr<Network> Network::Parse(std::string_view text) {
  const auto bad = [&] { return InvalidArgument("`{}` is no network: wanted 192.0.2.0/24, 2001:db8::/32 or one address", text); };
  const size_t slash = text.find('/');
  const auto bytes = ParseAddress(text.substr(0, slash));
  if (!bytes || text.substr(0, slash).find('%') != std::string_view::npos) return bad();
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  Network network;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    int bits = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > (v4 ? 32 : 128)) return bad();
    network.bits_ = v4 ? bits + kMappedBits : bits;
  }
  network.bytes_ = Masked(*bytes, network.bits_);
  if (network.bytes_ != *bytes) return InvalidArgument("`{}` has bits set behind its prefix; did you mean `{}`?", text, network.ToString());
  return network;
}

bool Network::Contains(std::string_view address) const {
  const auto bytes = ParseAddress(address);
  return bytes && Masked(*bytes, bits_) == bytes_;
}

std::string Network::ToString() const {
  const bool v4 = IsMapped(bytes_) && bits_ >= kMappedBits;
  return fmt::format("{}/{}", Format(bytes_), v4 ? bits_ - kMappedBits : bits_);
}

bool InAny(const std::vector<Network>& networks, std::string_view address) {
  return networks.empty() || std::any_of(networks.begin(), networks.end(), [&](const Network& network) { return network.Contains(address); });
}

std::string SourceKey(std::string_view address) {
  const auto bytes = ParseAddress(address);
  if (!bytes) return std::string(address);
  return Format(IsMapped(*bytes) ? *bytes : Masked(*bytes, kHostBits));
}

}  // namespace noroshi::taxii
