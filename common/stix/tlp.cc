#include "common/stix/tlp.h"

#include <string>

#include "common/stix/validate.h"

namespace noroshi::stix {
namespace {

struct Official {
  std::string_view uuid;
  Tlp tlp;
  int generation;
};

constexpr Official kOfficial[] = {
    {"613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::kClear, 1},
    {"34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::kGreen, 1},
    {"f88d31f6-486f-44da-b317-01333bde0b82", Tlp::kAmber, 1},
    {"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::kRed, 1},
    {"94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::kClear, 2},
    {"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::kGreen, 2},
    {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::kAmber, 2},
    {"939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::kAmberStrict, 2},
    {"e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::kRed, 2},
};

const Official* FindOfficial(std::string_view marking_id) {
  constexpr std::string_view kPrefix = "marking-definition--";
  if (!marking_id.starts_with(kPrefix)) return nullptr;
  marking_id.remove_prefix(kPrefix.size());
  for (const Official& official : kOfficial) {
    if (marking_id == official.uuid) return &official;
  }
  return nullptr;
}

}  // namespace

std::string_view TlpName(Tlp tlp) {
  switch (tlp) {
    case Tlp::kClear: return "clear";
    case Tlp::kGreen: return "green";
    case Tlp::kAmber: return "amber";
    case Tlp::kAmberStrict: return "amber+strict";
    case Tlp::kRed: return "red";
  }
  return "unknown";
}

std::optional<Tlp> ParseTlp(std::string_view name) {
  if (name.size() > 12) return std::nullopt;
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const Tlp tlp : {Tlp::kClear, Tlp::kGreen, Tlp::kAmber, Tlp::kAmberStrict, Tlp::kRed}) {
    if (lower == TlpName(tlp)) return tlp;
  }
  if (lower == "white") return Tlp::kClear;
  return std::nullopt;
}

std::optional<Tlp> OfficialTlp(std::string_view marking_id) {
  const Official* official = FindOfficial(marking_id);
  return official == nullptr ? std::nullopt : std::optional(official->tlp);
}

int OfficialGeneration(std::string_view marking_id) {
  const Official* official = FindOfficial(marking_id);
  return official == nullptr ? 0 : official->generation;
}

}  // namespace noroshi::stix
