#include "common/policy/decision.h"

#include <array>
#include <cstddef>

namespace noroshi::policy {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 6> kVerdictNames = {"release", "reoriginate", "derive", "withhold", "hold", "quarantine"};
constexpr std::array<std::string_view, 25> kReasonNames = {
    "",
    "bad_signature", "unknown_origin", "replayed",
    "rate_limited", "invalid_object",
    "recalled", "not_owner", "not_custodian", "declassify_required", "equivocation",
    "unknown_marking", "scope_exceeds_tlp",
    "group_denied", "recipient_unknown", "scope_ambiguous", "below_k", "rescope_denied",
    "unsupported",
    "out_of_scope",
    "rule_denied", "review_pending",
    "hidden_reference", "unresolved_reference",
    "membership_expired",
};

static_assert(static_cast<size_t>(Verdict::kQuarantine) + 1 == kVerdictNames.size());
static_assert(static_cast<size_t>(Reason::kMembershipExpired) + 1 == kReasonNames.size(), "one name for each reason");

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  const auto index = static_cast<size_t>(verdict);
  return index < kVerdictNames.size() ? kVerdictNames[index] : "withhold";  // no verdict of ours: what denies
}

std::string_view ReasonName(Reason reason) {
  const auto index = static_cast<size_t>(reason);
  return index < kReasonNames.size() ? kReasonNames[index] : "unsupported";
}

StatusOr<Verdict> ParseVerdict(std::string_view name) {
  for (size_t i = 0; i < kVerdictNames.size(); ++i) {
    if (kVerdictNames[i] == name) return static_cast<Verdict>(i);
  }
  return InvalidArgument("`{}` is no verdict", name);
}

StatusOr<Reason> ParseReason(std::string_view name) {
  for (size_t i = 0; i < kReasonNames.size(); ++i) {
    if (kReasonNames[i] == name) return static_cast<Reason>(i);
  }
  return InvalidArgument("`{}` is no reason code", name);
}

}  // namespace noroshi::policy
