#include "common/policy/evaluate.h"

#include <algorithm>
#include <array>
#include <utility>

namespace noroshi::policy {
namespace {

constexpr std::array<std::string_view, 4> kAttributionNames = {"", "named", "sector", "anonymous"};

bool Any(const std::vector<std::string>& wanted, std::string_view value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

// `uplink/*` names all boundaries of a kind.
bool AppliesTo(const Rule& rule, const Boundary& boundary) {
  if (rule.boundaries.empty()) return true;
  const std::string name = FormatBoundary(boundary);
  const std::string kind = name.substr(0, name.find('/')) + "/*";
  return std::any_of(rule.boundaries.begin(), rule.boundaries.end(), [&](const std::string& b) { return b == name || b == kind; });
}

bool Matches(const Rule& rule, const RuleInput& input, const Boundary& boundary) {
  if (!AppliesTo(rule, boundary) || !Any(rule.types, input.type) || !Any(rule.origins, input.grant.origin_org) ||
      !Any(rule.pattern_types, input.pattern_type)) {
    return false;
  }
  if (!rule.labels.empty() &&
      std::none_of(input.labels.begin(), input.labels.end(), [&](const std::string& label) { return Any(rule.labels, label); })) {
    return false;
  }
  if (rule.tlp_at_least && input.grant.tlp < *rule.tlp_at_least) return false;
  // An object that states no confidence may have any, so a bound on it matches: a rule that cannot be judged narrows.
  if (rule.confidence_below && input.confidence && *input.confidence >= *rule.confidence_below) return false;
  return true;
}

}  // namespace

std::string_view AttributionName(Attribution attribution) {
  const auto index = static_cast<size_t>(attribution);
  return index < kAttributionNames.size() ? kAttributionNames[index] : "";
}

StatusOr<Attribution> ParseAttribution(std::string_view name) {
  for (size_t i = 1; i < kAttributionNames.size(); ++i) {
    if (kAttributionNames[i] == name) return static_cast<Attribution>(i);
  }
  return InvalidArgument("`{}` is no attribution, wanted `named`, `sector` or `anonymous`", name);
}

stix::Tlp EffectiveTlp(std::optional<stix::Tlp> object, std::optional<stix::Tlp> envelope, stix::Tlp node_default) {
  if (object && envelope) return std::max(*object, *envelope);
  return object ? *object : envelope.value_or(node_default);
}

bool TlpPermits(stix::Tlp tlp, ScopeKind kind) {
  if (kind == ScopeKind::kUnspecified) return false;
  switch (tlp) {
    case stix::Tlp::kRed: return kind == ScopeKind::kOrg || kind == ScopeKind::kOrgs;
    case stix::Tlp::kAmberStrict:
      return kind == ScopeKind::kOrg || kind == ScopeKind::kOrgs || kind == ScopeKind::kGroup || kind == ScopeKind::kSector;
    case stix::Tlp::kAmber:
    case stix::Tlp::kGreen: return kind != ScopeKind::kPublic;
    case stix::Tlp::kClear: return true;
  }
  return false;
}

std::string ScopesAllowed(stix::Tlp tlp) {
  std::string text;
  for (auto kind = static_cast<int>(ScopeKind::kOrg); kind <= static_cast<int>(ScopeKind::kPublic); ++kind) {
    if (!TlpPermits(tlp, static_cast<ScopeKind>(kind))) continue;
    if (!text.empty()) text += ", ";
    text += ScopeKindName(static_cast<ScopeKind>(kind));
  }
  return text;
}

namespace {

Decision Refuse(Reason reason, std::string message) { return {Verdict::kWithhold, reason, {}, std::move(message)}; }

}  // namespace

std::optional<Decision> RefuseAtFirstRelay(const Membership& membership, std::string_view publisher, const Scope& scope, stix::Tlp tlp,
                                           Attribution attribution) {
  const auto resolved = ResolveScope(membership, publisher, scope);
  if (!resolved.ok()) {
    const std::string_view text = Message(resolved.status());
    const size_t space = std::min(text.find(' '), text.size());
    const auto reason = ParseReason(text.substr(0, space));
    return Refuse(reason.ok() ? *reason : Reason::kRecipientUnknown, std::string(text.substr(std::min(space + 1, text.size()))));
  }
  if (attribution != Attribution::kNamed) {
    return Refuse(Reason::kUnsupported, fmt::format("attribution `{}` cannot be protected by this version; publish with attribution named",
                                                    AttributionName(attribution)));
  }
  const std::vector<std::string>& names = resolved->scope.names;
  if (tlp == stix::Tlp::kRed && std::any_of(names.begin(), names.end(), [&](const std::string& name) { return name != publisher; })) {
    return Refuse(Reason::kUnsupported, "TLP RED for other organisations cannot be protected by this version; publish with scope org");
  }
  return std::nullopt;
}

Decision ApplyRules(const PolicySet& policy, const RuleInput& input, const Boundary& boundary) {
  const Rule* review = nullptr;
  for (const Rule& rule : policy.rules) {
    if (!Matches(rule, input, boundary)) continue;
    switch (rule.effect) {
      case Effect::kForbid: return Decision::Withhold(Reason::kRuleDenied, rule.id);
      case Effect::kMaxTlp:
        if (input.grant.tlp > rule.max_tlp) return Decision::Withhold(Reason::kRuleDenied, rule.id);
        break;
      case Effect::kRequireReview: review = review ? review : &rule; break;
    }
  }
  return review ? Decision::Hold(Reason::kReviewPending, review->id) : Decision::Release();
}

}  // namespace noroshi::policy
