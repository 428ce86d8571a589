// Who was given a version may hand it on, but to no more readers than it came with (sharing.md section 8, `rescope_denied`): neither by its scope nor by
// its TLP, which says what kinds of account read it. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/policy/scope.h"

namespace noroshi::policy {

// An earlier grant of the same content at this relay, by anybody; what was refused or quarantined is left out.
struct EarlierGrant {
  GrantView grant;
  bool stands = true;  // neither withdrawn nor replaced by its origin's later word: what was taken back lets nobody hand it on
};

// Empty: he may. Otherwise what he is told. `earlier` in order of arrival. Who published the content before it was given to him is bound by nothing; whether he
// owns the object is for the caller to ask.
std::string DenyRescope(const Membership& membership, const GrantView& added, const std::vector<EarlierGrant>& earlier);

}  // namespace noroshi::policy
