#include "common/taxii/administer.h"

#include <algorithm>

#include "common/policy/scope.h"

namespace noroshi::taxii {
namespace {

// A group it belongs to or owns, or its own inbox: nothing else is an organisation's to grant.
bool MayGrant(const std::string& org, const std::string& audience, const policy::Membership& membership) {
  const StatusOr<policy::Boundary> boundary = policy::ParseBoundary(audience);
  if (!boundary.ok()) return false;
  if (boundary->kind == policy::BoundaryKind::kInbox) return boundary->name == org;
  return boundary->kind == policy::BoundaryKind::kGroup && membership.FindGroupFor(boundary->name, org) != nullptr;
}

}  // namespace

Status MayAdminister(std::string_view actor, std::string_view runs, const Account& target) {
  if (actor == runs) return OkStatus();
  if (actor != target.caller.org) return PermissionDenied("`{}` administers its own accounts only; `{}` is another organisation's", actor, target.user);
  if (target.is_operator || target.auditor) {
    return PermissionDenied("operators and auditors are `{}`'s to administer, which runs this node; not `{}`'s", runs, actor);
  }
  return OkStatus();
}

Status CheckRights(const Account& account, std::string_view runs, const policy::Membership& membership) {
  const std::string& org = account.caller.org;
  if (membership.FindOrganisation(org) == nullptr) return NotFound("organisation `{}` is not in the directory", org);
  const bool trusted = account.caller.red || account.publisher || account.is_operator || account.auditor;
  if (account.caller.kind != policy::kMember && trusted) {
    return PermissionDenied("an account of kind {} has no role but reader: the others act for organisation `{}`", KindName(account.caller.kind), org);
  }
  if ((account.is_operator || account.auditor) && org != runs) {
    return PermissionDenied("roles operator and auditor are for `{}`, which runs this node; `{}` is of `{}`", runs, account.user, org);
  }
  for (const std::string& audience : account.caller.granted) {
    if (!MayGrant(org, audience, membership)) return PermissionDenied("`{}` is not an inbox or group that `{}` can grant", audience, org);
  }
  return OkStatus();
}

}  // namespace noroshi::taxii
