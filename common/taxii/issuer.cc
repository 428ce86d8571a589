#include "common/taxii/issuer.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "common/base/limits.h"
#include "common/obs/log.h"

namespace noroshi::taxii {

using std::chrono::seconds;

StatusOr<std::unique_ptr<Issuer>> Issuer::Open(const config::Oidc& oidc, FetchKeys fetch, Clock& clock) {
  auto issuer = std::unique_ptr<Issuer>(new Issuer(oidc, std::move(fetch), clock));
  if (!oidc.jwks_file.empty()) {
    NOROSHI_TRY(issuer->LoadFile());
  } else {
    issuer->thread_ = std::jthread([raw = issuer.get()](const std::stop_token& stop) { raw->Refresh(stop); });
  }
  return issuer;
}

Status Issuer::LoadFile() {
  stamp_ = StampOf(oidc_.jwks_file);
  std::ifstream in(oidc_.jwks_file, std::ios::binary);
  std::string text(limits::kKeySetBytesMax + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in && !in.eof()) return InvalidArgument("`{}` cannot be read", oidc_.jwks_file);
  text.resize(static_cast<size_t>(in.gcount()));
  const Status taken = Take(text);
  return taken.ok() ? taken : InvalidArgument("`{}`: {}", oidc_.jwks_file, Message(taken));
}

Status Issuer::Take(std::string_view text) {
  NOROSHI_ASSIGN(KeySet keys, KeySet::Parse(text, oidc_.algorithms));
  obs::Info("key_set_loaded", "the issuer's keys are in force", {{"keys", keys.size()}});
  const MutexLock lock(mutex_);
  held_ = {std::make_shared<const KeySet>(std::move(keys)), ToMicros(clock_.Now())};
  return OkStatus();
}

void Issuer::Look() {
  if (oidc_.jwks_file.empty() || StampOf(oidc_.jwks_file) == stamp_) return;
  const Status loaded = LoadFile();
  if (!loaded.ok()) obs::Error("key_set_refused", "the issuer's keys stay as they were", {{"error", Message(loaded)}});
}

StatusOr<VerifiedJwt> Issuer::Verify(std::string_view token, WallTime now) const {
  Held held;
  {
    const MutexLock lock(mutex_);
    held = held_;
  }
  const bool old = oidc_.jwks_file.empty() && ToMicros(now) - held.taken_us > limits::kKeySetAgeSecondsMax * 1'000'000;
  if (held.keys == nullptr || old) return Unavailable("no key set of the issuer");
  StatusOr<VerifiedJwt> verified = VerifyJwt(oidc_, *held.keys, token, now);
  if (verified.status().code() != StatusCode::kNotFound || !oidc_.jwks_file.empty()) return verified;
  const MutexLock lock(mutex_);
  unknown_key_ = true;  // the thread looks at it when it may
  wake_.notify_all();
  return verified;
}

bool Issuer::FetchOnce(const std::stop_token& stop) {
  const StatusOr<std::string> text = fetch_(oidc_, stop);
  const Status taken = text.ok() ? Take(*text) : text.status();
  if (!taken.ok() && !stop.stop_requested()) {
    obs::Warn("key_set_not_fetched", "the issuer's keys could not be fetched; tried again", {{"error", Message(taken)}});
  }
  return taken.ok();
}

void Issuer::Refresh(const std::stop_token& stop) {
  int64_t retry_s = limits::kKeySetRetrySecondsMin;
  while (!stop.stop_requested()) {
    {
      const MutexLock lock(mutex_);
      unknown_key_ = false;
    }
    const bool good = FetchOnce(stop);
    const int64_t pause_s = good ? limits::kKeySetRefreshSeconds : retry_s;
    retry_s = good ? limits::kKeySetRetrySecondsMin : std::min(2 * retry_s, limits::kKeySetRefreshSeconds);
    std::unique_lock<Mutex> lock(mutex_);
    const int64_t least_s = std::min(pause_s, limits::kKeySetUnknownKeySeconds);
    wake_.wait_for(lock, stop, seconds(least_s), [] { return false; });
    wake_.wait_for(lock, stop, seconds(pause_s - least_s), [this] { return unknown_key_; });
  }
}

}  // namespace noroshi::taxii
