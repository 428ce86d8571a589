#include "common/taxii/logins.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/base/limits.h"
#include "common/obs/log.h"

namespace noroshi::taxii {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr Method kMethods[] = {Method::kPassword, Method::kToken, Method::kCertificate, Method::kJwt};

Status Failure(const std::string& file) { return Internal("`{}` cannot be written: {}", file, std::strerror(errno)); }

// Under a temporary name, synced, renamed: a reader sees the old or the new one.
Status Replace(const std::string& file, std::string_view text) {
  const std::string temporary = file + ".new";
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return Failure(temporary);
  bool good = true;
  for (size_t done = 0; good && done < text.size();) {
    const ssize_t count = write(descriptor, text.data() + done, text.size() - done);
    good = count > 0 || errno == EINTR;
    if (count > 0) done += static_cast<size_t>(count);
  }
  good = good && fsync(descriptor) == 0;
  close(descriptor);
  return good && rename(temporary.c_str(), file.c_str()) == 0 ? OkStatus() : Failure(file);
}

LastUse DecodeUse(const Json& entry) {
  LastUse use;
  use.user = entry.at("user").get<std::string>();
  const std::string method = entry.at("method").get<std::string>();
  for (const Method known : kMethods) {
    if (MethodName(known) == method) use.method = known;
  }
  use.credential = entry.value("credential", "");
  use.time_us = ToMicros(ParseTimestamp(entry.at("time").get<std::string>()).value_or(WallTime{}));
  use.address = entry.at("address").get<std::string>();
  return use;
}

}  // namespace

StatusOr<std::vector<LastUse>> ReadLastUses(const std::string& file) {
  std::vector<LastUse> out;
  std::ifstream in(file, std::ios::binary);
  if (!in) return out;
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  try {  // nlohmann reports by exception; none leaves this function
    const Json json = Json::parse(text);
    if (json.at("version") != kVersion) return DataLoss("`{}` has another format than version {}", file, kVersion);
    for (const Json& entry : json.at("logins")) out.push_back(DecodeUse(entry));
  } catch (const Json::exception&) {
    return DataLoss("`{}` is no record of logins", file);
  }
  return out;
}

Logins::Logins(std::string file) : file_(std::move(file)) {
  obs::Metrics& metrics = obs::ProcessMetrics();
  for (const Method method : kMethods) {
    good_[static_cast<size_t>(method)] =
        metrics.AddCounter("noroshi_taxii_logins_total", "Credentials that were verified.", {{"method", std::string(MethodName(method))}});
  }
  for (int i = 0; i < kRefusals; ++i) {
    refused_[static_cast<size_t>(i)] =
        metrics.AddCounter("noroshi_taxii_logins_refused_total", "Credentials that did not count.",
                           {{"reason", std::string(RefusalName(static_cast<Refusal>(i)))}});
  }
  StatusOr<std::vector<LastUse>> read = ReadLastUses(file_);
  if (!read.ok()) {
    obs::Warn("logins_unreadable", "the record of last uses begins anew", {{"error", Message(read.status())}});
    return;
  }
  const MutexLock lock(mutex_);
  for (LastUse& use : *read) uses_[{std::move(use.user), use.method, std::move(use.credential)}] = {use.time_us, std::move(use.address)};
}

void Logins::Good(const Login& login, WallTime now) {
  good_[static_cast<size_t>(login.method)].Add();
  const bool named = login.method != Method::kPassword;  // the print of a password's hash is nothing for people
  obs::Info("login_ok", "credentials were verified",
            {{"user", login.user}, {"method", MethodName(login.method)}, {"credential", named ? std::string_view(login.credential) : ""},
             {"address", login.address}});
  const MutexLock lock(mutex_);
  const Key key{login.user, login.method, named ? login.credential : ""};
  if (uses_.size() >= limits::kLastUsesMax && uses_.find(key) == uses_.end()) return;
  uses_[key] = {ToMicros(now), login.address};
  changed_ = true;
}

void Logins::Refused(Refusal why, std::string_view method, std::string_view user, std::string_view address) {
  refused_[static_cast<size_t>(why)].Add();
  obs::Warn("login_refused", "credentials do not count", {{"reason", RefusalName(why)}, {"method", method}, {"user", user}, {"address", address}});
}

bool Logins::Knows(std::string_view user, std::string_view address) const {
  const std::string source = SourceKey(address);
  const MutexLock lock(mutex_);
  for (auto at = uses_.lower_bound({std::string(user), Method::kPassword, ""}); at != uses_.end() && at->first.user == user; ++at) {
    if (SourceKey(at->second.address) == source) return true;
  }
  return false;
}

void Logins::Forget(const Accounts& accounts) {
  for (auto at = uses_.begin(); at != uses_.end();) {
    const Account* account = accounts.FindUser(at->first.user);
    const bool there = account != nullptr && (at->first.method != Method::kToken || account->FindToken(at->first.credential) != nullptr);
    at = there ? std::next(at) : uses_.erase(at);
  }
}

void Logins::Flush(const Accounts& accounts, WallTime now, bool at_once) {
  Json json = {{"version", kVersion}, {"logins", Json::array()}};
  {
    const MutexLock lock(mutex_);
    if (!changed_ || (!at_once && ToMicros(now) - written_us_ < limits::kLastUsesWriteIntervalUs)) return;
    Forget(accounts);
    changed_ = false;
    written_us_ = ToMicros(now);
    for (const auto& [key, use] : uses_) {
      Json entry = {{"user", key.user}, {"method", MethodName(key.method)}};
      if (!key.credential.empty()) entry["credential"] = key.credential;
      entry["time"] = FormatTimestamp(FromMicros(use.time_us));
      entry["address"] = use.address;
      json["logins"].push_back(std::move(entry));
    }
  }
  const Status written = Replace(file_, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  if (!written.ok()) obs::Warn("logins_not_written", "last uses are not on disk; tried again with the next one", {{"error", Message(written)}});
}

}  // namespace noroshi::taxii
