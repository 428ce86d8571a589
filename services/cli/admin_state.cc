// noroshi admin account enable, disable, expires, networks: whether, until when and from where an account may be used.
#include <charconv>

#include "services/cli/admin_account.h"

namespace noroshi::cli {
namespace {

constexpr int64_t kDayUs = 24ll * 3600 * 1'000'000;
constexpr int kDaysMax = 36'500;

}  // namespace

StatusOr<int64_t> ParseExpiry(const std::string& text, WallTime now) {
  if (text == "never") return 0;
  int days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error == std::errc() && end == text.data() + text.size() - 1 && *end == 'd' && days > 0 && days <= kDaysMax) return ToMicros(now) + days * kDayUs;
  StatusOr<WallTime> time = ParseTimestamp(text, /*allow_offset=*/true);
  if (!time.ok()) time = ParseTimestamp(text + "T00:00:00Z");
  if (!time.ok()) return InvalidArgument("`{}` is no time: wanted 2027-01-31, 2027-01-31T12:00:00Z, 90d or never", text);
  if (*time <= now) return InvalidArgument("`{}` is over already; `disable` ends an account at once", text);
  return ToMicros(*time);
}

StatusOr<std::vector<taxii::Network>> ParseNetworks(const std::vector<std::string>& texts) {
  std::vector<taxii::Network> out;
  for (const std::string& text : texts) {
    NOROSHI_ASSIGN(taxii::Network network, taxii::Network::Parse(text));
    out.push_back(network);
  }
  return out;
}

StatusOr<AccountChange> SetEnabled(AccountsEditor& editor, const std::string& user, bool enabled) {
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  account->enabled = enabled;
  NOROSHI_TRY(editor.Save(user));
  return AccountChange{user, enabled ? "enabled" : "disabled", "", "", ""};
}

StatusOr<AccountChange> SetExpiry(AccountsEditor& editor, const std::string& user, const std::string& expires, WallTime now) {
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  NOROSHI_ASSIGN(account->expires_us, ParseExpiry(expires, now));
  NOROSHI_TRY(editor.Save(user));
  return AccountChange{user, account->expires_us == 0 ? "never expires" : "expires " + FormatTimestamp(FromMicros(account->expires_us)), "", "", ""};
}

StatusOr<AccountChange> SetNetworks(AccountsEditor& editor, const std::string& user, const std::vector<std::string>& networks) {
  NOROSHI_ASSIGN(taxii::Account * account, editor.Edit(user));
  NOROSHI_ASSIGN(account->networks, ParseNetworks(networks));
  NOROSHI_TRY(editor.Save(user));
  return AccountChange{user, networks.empty() ? "may be used from anywhere" : "may be used from these networks only", "", "", ""};
}

}  // namespace noroshi::cli
