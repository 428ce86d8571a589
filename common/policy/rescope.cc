#include "common/policy/rescope.h"

#include <algorithm>
#include <optional>

namespace noroshi::policy {

std::string DenyRescope(const Membership& membership, const GrantView& added, const std::vector<EarlierGrant>& earlier) {
  Reach given;
  bool received = false;
  std::optional<stix::Tlp> least_standing;  // of what stands any one will do
  stix::Tlp strictest = stix::Tlp::kClear;  // of what was taken back nothing may be lowered
  for (const auto& [grant, stands] : earlier) {
    if (grant.origin_org == added.origin_org) {
      if (!received) return {};
      continue;
    }
    if (!Entitled(membership, added.origin_org, grant)) continue;
    received = true;
    strictest = std::max(strictest, grant.tlp);
    if (!stands) continue;
    least_standing = std::min(least_standing.value_or(grant.tlp), grant.tlp);
    const Reach reach = ReachOf(membership, grant);
    given.organisations.insert(reach.organisations.begin(), reach.organisations.end());
    given.national = given.national || reach.national;
    given.everybody = given.everybody || reach.everybody;
  }
  if (!received) return {};
  given.organisations.insert(added.origin_org);
  if (!Covers(given, ReachOf(membership, added))) return "this version was released to you with a narrower scope";
  if (const stix::Tlp bound = least_standing.value_or(strictest); added.tlp < bound) {
    return fmt::format("this version was released to you as TLP {}", stix::TlpName(bound));
  }
  return {};
}

}  // namespace noroshi::policy
