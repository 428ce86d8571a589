// Ranges of IP addresses (CIDR, v4 and v6): from where an account or token may be used. Pure; any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace noroshi::taxii {

class Network {
 public:
  // `192.0.2.0/24`, `2001:db8::/32`, or one address. Error: no such form, or bits set behind the prefix.
  static StatusOr<Network> Parse(std::string_view text);
  // False for what is no address. `::ffff:192.0.2.1` is 192.0.2.1.
  bool Contains(std::string_view address) const;
  std::string ToString() const;
  auto operator<=>(const Network&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{};  // v4 as ::ffff:a.b.c.d
  int bits_ = 128;                   // of bytes_
};

// True where the list is empty: no restriction.
bool InAny(const std::vector<Network>& networks, std::string_view address);

// What failures of one source are counted by: a v4 address, or the /64 that a v6 host usually has to itself.
std::string SourceKey(std::string_view address);

}  // namespace noroshi::taxii
