// What an endpoint is given, and how it answers. An endpoint is a function from a Call to a Response; the router has checked method, credentials and Accept.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/config/node_config.h"
#include "common/net/http.h"
#include "common/relay/accept.h"
#include "common/store/object_store.h"
#include "common/taxii/accounts.h"
#include "common/taxii/authenticator.h"
#include "common/taxii/collections.h"
#include "common/taxii/errors.h"
#include "common/trust/signing.h"

namespace noroshi::taxii {

class AccountLimits;
class AuthFailures;

// Who belongs where and who may call, at one moment; a reload makes a new one. Requests in progress hold theirs (hence shared_ptr).
struct Snapshot {
  Snapshot(std::shared_ptr<const config::DirectoryFile> d, std::shared_ptr<const Accounts> a, const policy::Layer& l, std::string_view key)
      : directory(std::move(d)), accounts(std::move(a)), layer(l),
        collections(directory->membership, layer, directory->directory.federation(), key), verifier(directory->directory) {}
  const std::shared_ptr<const config::DirectoryFile> directory;
  const std::shared_ptr<const Accounts> accounts;
  const policy::Layer& layer;  // of directory->membership
  const Collections collections;
  const trust::Verifier verifier;
  const policy::Membership& membership() const { return directory->membership; }
};

// What the follower tells the endpoints. Any thread.
class Progress {
 public:
  std::atomic<bool> caught_up{false};  // all audiences were once read to their ends: every tombstone known by then is applied
  bool Stopped(std::string_view audience) const {
    const MutexLock lock(mutex_);
    return stopped_.find(audience) != stopped_.end();
  }
  void Stop(std::string_view audience) {
    const MutexLock lock(mutex_);
    stopped_.emplace(audience);
  }
  size_t stopped_count() const {
    const MutexLock lock(mutex_);
    return stopped_.size();
  }
  // Whoever waits for what the log holds looks again.
  void Applied() {
    {
      const MutexLock lock(mutex_);
      ++applied_;
    }
    changed_.notify_all();
  }
  uint64_t applied() const {
    const MutexLock lock(mutex_);
    return applied_;
  }
  // Returns once more was applied than `seen`, or when the time is over.
  void WaitPast(uint64_t seen, std::chrono::milliseconds at_most) const {
    std::unique_lock<Mutex> lock(mutex_);
    changed_.wait_for(lock, at_most, [this, seen] { return applied_ > seen; });
  }

 private:
  mutable Mutex mutex_;
  mutable CondVar changed_;
  uint64_t applied_ NOROSHI_GUARDED_BY(mutex_) = 0;
  std::set<std::string, std::less<>> stopped_ NOROSHI_GUARDED_BY(mutex_);
};

// Fixed for the life of a server.
struct Site {
  std::string layer, title, public_url;
  std::string cursor_key;
  bool anonymous_public = false;
  size_t content_bytes_max = 0;
  Clock& clock;
  const store::ObjectStore& store;
  relay::Acceptor& acceptor;
  const Progress& progress;
  AccountLimits& account_limits;
  AuthFailures& auth_failures;
};

struct Call {
  const Site& site;
  const Snapshot& snapshot;
  const net::Request& request;
  const Account& account;      // without a user name: no credentials
  const Login& login;          // how the caller came in; who serves him longer than this call keeps a copy and asks StillAdmitted
};

// Whoever came in so may still be served: the credential counts, and his organisation is in the directory. Streams ask at least once a second (AC-36).
// A reader without credentials is admitted for as long as the layer allows that.
bool StillAdmitted(const Site& site, const Snapshot& snapshot, const Login& login);

// Answers. Texts tell nothing that the caller may not know (taxii 139).
net::Response Json(int status, std::string body);
net::Response Error(ErrorCode code, std::string_view description = {});
net::Response NotFoundAnswer();     // one answer for everything that is not there or hidden
net::Response UnavailableAnswer();  // 503 with Retry-After
net::Response RefuseDelete(const Account& account, ErrorCode code);  // with a line for the audit (AC-33)

// One file each.
net::Response GetDiscovery(const Call& call);
net::Response GetApiRoot(const Call& call);
net::Response GetCollections(const Call& call);
net::Response GetCollection(const Call& call, const Collection& collection);
net::Response GetObjects(const Call& call, const Collection& collection);
net::Response PostObjects(const Call& call, const Collection& collection);
net::Response GetManifest(const Call& call, const Collection& collection);
net::Response GetTombstones(const Call& call, const Collection& collection);
net::Response GetObject(const Call& call, const Collection& collection, const std::string& object);
net::Response DeleteObject(const Call& call, const Collection& collection, const std::string& object);
net::Response GetVersions(const Call& call, const Collection& collection, const std::string& object);
net::Response GetStatus(const Call& call, const std::string& submission);

// Routes: from a request to an answer. `head_only`: the body is not there yet; answers only if the request is refused already.
std::optional<net::Response> Dispatch(const Site& site, const Snapshot& snapshot, Authenticator& authenticator, const net::Request& request, bool head_only);

}  // namespace noroshi::taxii
