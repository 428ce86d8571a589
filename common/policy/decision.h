// A decision is a value that explains itself (sharing.md section 4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace noroshi::policy {

enum class Verdict : uint8_t { kRelease, kReoriginate, kDerive, kWithhold, kHold, kQuarantine };

// In the order of the checks; the first that fails gives the reason.
enum class Reason : uint8_t {
  kNone,
  kBadSignature, kUnknownOrigin, kReplayed,                                        // 1
  kRateLimited, kInvalidObject,                                                    // 2
  kRecalled, kNotOwner, kNotCustodian, kDeclassifyRequired, kEquivocation,         // 3
  kUnknownMarking, kScopeExceedsTlp,                                               // 4
  kGroupDenied, kRecipientUnknown, kScopeAmbiguous, kBelowK, kRescopeDenied,       // 5
  kUnsupported,  // asked for something this version cannot protect (attribution `sector`/`anonymous`, RED for other organisations)
  kOutOfScope,                                                                     // 6
  kRuleDenied, kReviewPending,                                                     // 7
  kHiddenReference, kUnresolvedReference,                                          // 8
  kMembershipExpired,  // the directory is too old to judge
};

std::string_view VerdictName(Verdict verdict);
std::string_view ReasonName(Reason reason);  // `scope_exceeds_tlp` ...; empty for kNone
StatusOr<Verdict> ParseVerdict(std::string_view name);
StatusOr<Reason> ParseReason(std::string_view name);

struct Decision {
  Verdict verdict = Verdict::kWithhold;
  Reason reason = Reason::kNone;
  std::string rule;     // id of the rule that decided, empty for the built-in ones
  std::string message;  // for the publisher; no content, no hidden name
  bool releases() const { return verdict == Verdict::kRelease || verdict == Verdict::kReoriginate || verdict == Verdict::kDerive; }
  static Decision Release() { return {Verdict::kRelease, Reason::kNone, {}, {}}; }
  static Decision Withhold(Reason r, std::string rule = {}) { return {Verdict::kWithhold, r, std::move(rule), {}}; }
  static Decision Hold(Reason r, std::string rule = {}) { return {Verdict::kHold, r, std::move(rule), {}}; }
  static Decision Quarantine(Reason r, std::string message = {}) { return {Verdict::kQuarantine, r, {}, std::move(message)}; }
};

}  // namespace noroshi::policy
