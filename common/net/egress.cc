#include "common/net/egress.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace noroshi::net {
namespace {

struct Range {
  const char* base;
  int prefix;
  const char* fault;
};
// What the registries of special addresses (RFC 6890 and its successors) keep from the public Internet.
constexpr Range kRanges4[] = {
    {"0.0.0.0", 8, "unspecified"},     {"10.0.0.0", 8, "private"},        {"100.64.0.0", 10, "shared"},    {"127.0.0.0", 8, "loopback"},
    {"169.254.0.0", 16, "link_local"}, {"172.16.0.0", 12, "private"},     {"192.0.0.0", 24, "reserved"},   {"192.0.2.0", 24, "reserved"},
    {"192.88.99.0", 24, "translated"}, {"192.168.0.0", 16, "private"},    {"198.18.0.0", 15, "reserved"},  {"198.51.100.0", 24, "reserved"},
    {"203.0.113.0", 24, "reserved"},   {"224.0.0.0", 4, "multicast"},     {"240.0.0.0", 4, "reserved"},
};
constexpr Range kRanges6[] = {
    {"::", 128, "unspecified"},  {"::1", 128, "loopback"},     {"::ffff:0:0", 96, "mapped"},    {"::", 96, "mapped"},         {"64:ff9b::", 96, "translated"},
    {"64:ff9b:1::", 48, "translated"}, {"fe80::", 10, "link_local"}, {"fec0::", 10, "private"},  {"fc00::", 7, "private"},     {"ff00::", 8, "multicast"},
    {"2001::", 23, "reserved"},  {"2001:db8::", 32, "reserved"}, {"2002::", 16, "translated"}, {"3fff::", 20, "reserved"},
};

bool SamePrefix(const Address& a, const Address& b, int prefix) {
  const int whole = prefix / 8, rest = prefix % 8;
  if (std::memcmp(a.bytes.data(), b.bytes.data(), static_cast<size_t>(whole)) != 0) return false;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - rest));
  return (a.bytes[static_cast<size_t>(whole)] & mask) == (b.bytes[static_cast<size_t>(whole)] & mask);
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// A name whose last label is a number (`127.1`, `2130706433`, `0x7f.1`) is an address to some resolvers.
bool EndsInNumber(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; }) || last.starts_with("0x");
}

Status CheckName(const std::string& host, const Networks& allowed) {
  if (host.size() > 253) return InvalidArgument("host has {} bytes, limit is 253", host.size());
  if (host.ends_with('.')) return InvalidArgument("host `{}` ends in a dot", host);
  for (size_t from = 0; from <= host.size();) {
    const size_t dot = std::min(host.find('.', from), host.size());
    if (!IsLabel(std::string_view(host).substr(from, dot - from))) return InvalidArgument("`{}` is no host name", host);
    from = dot + 1;
  }
  if (EndsInNumber(host)) return InvalidArgument("`{}` is neither a name nor an address in its usual spelling", host);
  const bool local = host == "localhost" || host.ends_with(".localhost");
  if (local && !allowed.Contains(*ParseIpAddress("127.0.0.1"))) return InvalidArgument("host `{}` is loopback, which is not allowed", host);
  return OkStatus();
}

bool IsUrlByte(char c) { return c > ' ' && c < 127 && c != '\\' && c != '"' && c != '<' && c != '>' && c != '`' && c != '{' && c != '}' && c != '|' && c != '^'; }

Status CheckPort(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || text.size() > 5 || text.front() == '0' || error != std::errc() || end != text.data() + text.size() || port > 65'535) {
    return InvalidArgument("port `{}` is none of 1 to 65535", text);
  }
  return OkStatus();
}

// host, [v6], host:port, [v6]:port.
Status SplitAuthority(std::string_view authority, Destination& out) {
  size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    host_end = authority.find(']');
    if (host_end == std::string_view::npos) return InvalidArgument("`[` without `]`");
    out.host = authority.substr(1, host_end - 1);
    out.address = ParseIpAddress(out.host);
    if (!out.address || !out.address->v6) return InvalidArgument("`{}` is no IPv6 address", out.host);
    ++host_end;
  } else {
    out.host = authority.substr(0, host_end);
    std::transform(out.host.begin(), out.host.end(), out.host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    out.address = ParseIpAddress(out.host);
  }
  if (out.host.empty()) return InvalidArgument("the URL names no host");
  out.port = "443";
  if (host_end >= authority.size()) return OkStatus();
  if (authority[host_end] != ':') return InvalidArgument("something stands behind the host");
  out.port = authority.substr(host_end + 1);
  return CheckPort(out.port);
}

}  // namespace

std::optional<Address> ParseIpAddress(std::string_view text) {
  const std::string copy(text);
  if (copy.size() != std::strlen(copy.c_str())) return {};
  Address address;
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) return address;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) != 1) return {};
  address.v6 = true;
  return address;
}

StatusOr<Networks> Networks::Parse(const std::vector<std::string>& texts) {
  if (texts.size() > limits::kEgressNetworksMax) return InvalidArgument("{} networks, limit is {}", texts.size(), limits::kEgressNetworksMax);
  Networks networks;
  for (const std::string& text : texts) {
    const size_t slash = text.find('/');
    const std::optional<Address> base = ParseIpAddress(std::string_view(text).substr(0, slash));
    Network network;
    const std::string_view digits = slash == std::string::npos ? "" : std::string_view(text).substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix);
    if (!base || digits.empty() || error != std::errc() || end != digits.data() + digits.size() || network.prefix < 1 || network.prefix > (base->v6 ? 128 : 32)) {
      return InvalidArgument("`{}` is no network like 10.1.0.0/16 or fd00:1::/64", text.substr(0, 100));
    }
    network.base = *base;
    for (size_t bit = static_cast<size_t>(network.prefix); bit < (base->v6 ? 128u : 32u); ++bit) {
      if ((base->bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return InvalidArgument("`{}` has bits behind its prefix", text);
    }
    networks.networks_.push_back(network);
  }
  return networks;
}

bool Networks::Contains(const Address& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& n) { return n.base.v6 == address.v6 && SamePrefix(n.base, address, n.prefix); });
}

std::string_view AddressFault(const Address& address) {
  const auto find = [&](const auto& ranges) -> std::string_view {
    for (const Range& range : ranges) {
      if (SamePrefix(*ParseIpAddress(range.base), address, range.prefix)) return range.fault;
    }
    return {};
  };
  if (!address.v6) return find(kRanges4);
  if (const std::string_view fault = find(kRanges6); !fault.empty()) return fault;
  return (address.bytes[0] & 0xe0) == 0x20 ? std::string_view() : "reserved";  // public unicast is 2000::/3
}

std::string_view RefusedAs(const Address& address, const Networks& allowed) {
  const std::string_view fault = AddressFault(address);
  if (fault.empty() || fault == "mapped" || fault == "translated" || fault == "multicast" || fault == "unspecified") return fault;
  return allowed.Contains(address) ? std::string_view() : fault;
}

std::string Destination::Origin() const {
  const bool v6 = address && address->v6;
  return fmt::format("https://{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

StatusOr<Destination> ParseDestination(std::string_view url, const Networks& allowed) {
  constexpr std::string_view kScheme = "https://";
  if (url.size() > limits::kEgressUrlBytesMax) return InvalidArgument("URL has {} bytes, limit is {}", url.size(), limits::kEgressUrlBytesMax);
  if (!url.starts_with(kScheme)) return InvalidArgument("URL does not begin with https://");
  if (!std::all_of(url.begin(), url.end(), IsUrlByte)) return InvalidArgument("URL holds a byte that must be percent-encoded");
  if (url.find('#') != std::string_view::npos) return InvalidArgument("URL has a fragment");
  std::string_view rest = url.substr(kScheme.size());
  const size_t path = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, path);
  if (authority.find('@') != std::string_view::npos) return InvalidArgument("URL holds user information");
  Destination out;
  NOROSHI_TRY(SplitAuthority(authority, out));
  out.target = rest.substr(path);
  if (!out.target.starts_with('/')) out.target.insert(0, "/");
  if (!out.address) {
    NOROSHI_TRY(CheckName(out.host, allowed));
  } else if (const std::string_view fault = RefusedAs(*out.address, allowed); !fault.empty()) {
    return InvalidArgument("address `{}` is {}, which is not allowed", out.host, fault);
  }
  return out;
}

StatusOr<std::string> SameOriginUrl(std::string_view base, std::string_view reference, const Networks& allowed) {
  NOROSHI_ASSIGN(const Destination from, ParseDestination(base, allowed));
  if (reference.starts_with("//") || reference.empty()) return InvalidArgument("a reference without scheme or path is not followed");
  std::string absolute(reference);
  if (reference.starts_with('/')) {
    absolute = from.Origin() + std::string(reference);
  } else if (reference.find("://") == std::string_view::npos) {
    const std::string path = from.target.substr(0, from.target.find('?'));
    absolute = from.Origin() + path.substr(0, path.rfind('/') + 1) + std::string(reference);
  }
  NOROSHI_ASSIGN(const Destination to, ParseDestination(absolute, allowed));
  if (to.Origin() != from.Origin()) return PermissionDenied("the server names another host or port; only its own origin is followed");
  if (to.target.find("/../") != std::string::npos || to.target.ends_with("/..")) return InvalidArgument("a reference with `..` is not followed");
  return absolute;
}

std::string_view HeaderOf(const Response& response, std::string_view lower_case_name) {
  for (const auto& [name, value] : response.headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

}  // namespace noroshi::net
