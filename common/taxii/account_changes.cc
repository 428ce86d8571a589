#include "common/taxii/account_changes.h"

#include "common/obs/log.h"

namespace noroshi::taxii {
namespace {

std::string Differences(const Account& before, const Account& after) {
  std::string out;
  const auto note = [&out](bool differs, std::string_view word) {
    if (differs) out.append(out.empty() ? "" : " ").append(word);
  };
  note(before.enabled != after.enabled, after.enabled ? "enabled" : "disabled");
  note(before.expires_us != after.expires_us, "expires");
  note(before.caller.org != after.caller.org, "organisation");
  note(before.caller.kind != after.caller.kind, "kind");
  note(RolesOf(before) != RolesOf(after), "roles");
  note(before.caller.granted != after.caller.granted, "granted");
  note(before.networks != after.networks, "networks");
  note(before.password_hash != after.password_hash, "password");
  note(before.tokens != after.tokens, "tokens");
  note(before.certificates != after.certificates, "certificates");
  note(before.subjects != after.subjects, "subjects");
  return out;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ChangesBetween(const Accounts& before, const Accounts& after) {
  std::vector<std::pair<std::string, std::string>> out;
  auto old = before.all().begin();
  auto now = after.all().begin();
  while (old != before.all().end() || now != after.all().end()) {
    if (now == after.all().end() || (old != before.all().end() && old->first < now->first)) {
      out.emplace_back((old++)->first, "deleted");
    } else if (old == before.all().end() || now->first < old->first) {
      out.emplace_back((now++)->first, "created");
    } else {
      if (std::string what = Differences(old->second, now->second); !what.empty()) out.emplace_back(now->first, std::move(what));
      ++old, ++now;
    }
  }
  return out;
}

void ReportChanges(const Accounts& before, const Accounts& after) {
  const auto changes = ChangesBetween(before, after);
  for (const auto& [user, what] : changes) obs::Info("account_changed", "an account changed", {{"user", user}, {"what", what}});
  if (!changes.empty()) obs::Info("accounts_taken", "the accounts file is in force", {{"accounts", after.size()}, {"changed", changes.size()}});
}

}  // namespace noroshi::taxii
