// The Traffic Light Protocol as sharing.md section 3 orders it, and the official marking-definition objects of TLP 1.0
// (STIX 2.1 section 7.2.1.4) and TLP 2.0 (OASIS extension definition). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace noroshi::stix {

// Values equal noroshi.v1.Tlp. Comparison is strictness.
enum class Tlp : uint8_t { kClear = 1, kGreen = 2, kAmber = 3, kAmberStrict = 4, kRed = 5 };

// `clear`, `green`, `amber`, `amber+strict`, `red`; parsing also takes `white` and any case.
std::string_view TlpName(Tlp tlp);
std::optional<Tlp> ParseTlp(std::string_view name);

// Of an official marking-definition id, both generations; nothing for any other id.
std::optional<Tlp> OfficialTlp(std::string_view marking_id);

}  // namespace noroshi::stix
