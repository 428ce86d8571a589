// An OIDC issuer: keeps its key set fresh, from a file or from a URL, and checks tokens with what it has; no token makes it fetch while a caller waits (AC-84).
//
//     file: read at the start and whenever Look sees it changed     url: a thread of its own, at the start, then about once an hour; after a
//     failure sooner, backing off; and when a token names an unknown key, at most once a minute
//
// A set that cannot be taken leaves the old one, and one that was fetched more than limits::kKeySetAgeSecondsMax ago counts no more. Any thread;
// Look one at a time.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/config/node_config.h"
#include "common/taxii/file_stamp.h"
#include "common/taxii/json_web_token.h"
#include "common/taxii/key_set.h"

namespace noroshi::taxii {

class Issuer {
 public:
  // Gets the text of a key set from where `oidc.jwks_url` points; blocks, bounded.
  using FetchKeys = std::function<StatusOr<std::string>(const config::Oidc& oidc, const std::stop_token& stop)>;

  // Error: InvalidArgument, `jwks_file` holds no key set. An issuer that cannot be reached is none: its tokens are refused until it can.
  static StatusOr<std::unique_ptr<Issuer>> Open(const config::Oidc& oidc, FetchKeys fetch, Clock& clock);

  // Errors: as VerifyJwt; Unavailable, no key set that counts.
  StatusOr<VerifiedJwt> Verify(std::string_view token, WallTime now) const;
  // From time to time: is there another file?
  void Look();

 private:
  struct Held {
    std::shared_ptr<const KeySet> keys;  // shared with checks in progress
    int64_t taken_us = 0;
  };
  Issuer(const config::Oidc& oidc, FetchKeys fetch, Clock& clock) : oidc_(oidc), fetch_(std::move(fetch)), clock_(clock) {}
  Status LoadFile();
  Status Take(std::string_view text);
  void Refresh(const std::stop_token& stop);
  bool FetchOnce(const std::stop_token& stop);

  const config::Oidc oidc_;
  const FetchKeys fetch_;
  Clock& clock_;
  FileStamp stamp_;  // Look's own
  mutable Mutex mutex_;
  mutable CondVar wake_;
  Held held_ NOROSHI_GUARDED_BY(mutex_);
  mutable bool unknown_key_ NOROSHI_GUARDED_BY(mutex_) = false;
  std::jthread thread_;  // last: ends first
};

}  // namespace noroshi::taxii
