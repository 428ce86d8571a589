// DELETE /{root}/collections/{id}/objects/{object}/ (taxii 15, 130-134): ends the grant of the caller's organisation, in every audience of this layer and wherever
// its relay handed it on; other origins' grants stay. Without a version filter: all versions that the organisation granted (taxii 0.4). Answered once this gateway
// has applied what the relay withdrew. Holds a handler thread meanwhile, kWaitingMax at most.
#include <atomic>
#include <set>

#include "common/base/limits.h"
#include "common/obs/log.h"
#include "common/taxii/reading.h"

namespace noroshi::taxii {
namespace {

constexpr std::chrono::milliseconds kWait{5'000};  // until the gateway has applied what was withdrawn
constexpr int kWaitingMax = 4;                     // whoever comes then is told to come again
static_assert(kWaitingMax * 2 <= limits::kHttpHandlerThreads, "whoever reads does not wait for those who delete");

// One of the few requests that may wait.
class WaitingPlace {
 public:
  WaitingPlace() : got_(taken_.fetch_add(1) < kWaitingMax) {}
  ~WaitingPlace() { taken_.fetch_sub(1); }
  WaitingPlace(const WaitingPlace&) = delete;
  WaitingPlace& operator=(const WaitingPlace&) = delete;
  bool got() const { return got_; }

 private:
  static inline std::atomic<int> taken_{0};
  const bool got_;
};

struct Own {
  std::set<int64_t> versions_us;
  std::set<std::string> versions;  // in every spelling that was granted
  bool empty() const { return versions.empty(); }
};

// Of the versions that the caller sees in this collection, those that were asked for.
StatusOr<std::set<int64_t>> Asked(const Call& call, const Collection& collection, const std::string& object, const Filters& filters, store::View& view) {
  const policy::Kinds reads = policy::ReadsAs(call.account.caller);
  std::set<int64_t> versions_us;
  NOROSHI_TRY(view.ScanObjects(collection.audience_name, {object}, -1, [&](const store::Entry& entry) {
    if (filters.Wants(entry, reads) && policy::MayRead(call.snapshot.membership(), call.snapshot.layer, collection.audience, call.account.caller, entry.facts)) {
      versions_us.insert(entry.version_us);
    }
    return true;
  }));
  return versions_us;
}

// What the organisation granted of these versions (`any`: of all), in whatever audience of the layer. Its own, so it may know.
StatusOr<Own> OwnGrants(const Call& call, const std::string& object, const std::set<int64_t>& versions_us, bool any, store::View& view) {
  Own own;
  for (const Collection& collection : call.snapshot.collections.all()) {
    if (collection.publish) continue;
    NOROSHI_TRY(view.ScanObjects(collection.audience_name, {object}, -1, [&](const store::Entry& entry) {
      if (entry.grant != call.account.caller.org || (!any && !versions_us.contains(entry.version_us))) return true;
      own.versions_us.insert(entry.version_us);
      own.versions.insert(entry.version);
      return true;
    }));
  }
  return own;
}

// False: not within the time.
StatusOr<bool> WaitUntilGone(const Call& call, const std::string& object, const std::set<int64_t>& versions_us) {
  const auto until = call.site.clock.Monotonic() + kWait;
  for (;;) {
    const uint64_t seen = call.site.progress.applied();
    NOROSHI_ASSIGN(const std::unique_ptr<store::View> view, call.site.store.NewView());
    NOROSHI_ASSIGN(const Own left, OwnGrants(call, object, versions_us, false, *view));
    if (left.empty()) return true;
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until - call.site.clock.Monotonic());
    if (rest.count() <= 0) return false;
    call.site.progress.WaitPast(seen, rest);
  }
}

net::Response FailClosed(const Status& status) {
  obs::Error("store_read_failed", "the store cannot answer; nothing is served", {{"code", static_cast<int>(status.code())}});
  return UnavailableAnswer();
}

}  // namespace

net::Response RefuseDelete(const Account& account, ErrorCode code) {
  obs::Info("grant_recall_refused", "a DELETE was refused",
            {{"org", account.caller.org}, {"account", account.user}, {"code", KindOf(code).status}});
  return Error(code);
}

net::Response DeleteObject(const Call& call, const Collection& collection, const std::string& object) {
  if (std::optional<net::Response> unready = RefuseUnready(call, collection)) return *std::move(unready);
  StatusOr<Filters> filters = ParseFilters(call.request.query, FilterSet::kObject);
  if (!filters.ok()) return Error(ErrorCode::kBadQuery, Message(filters.status()));
  const bool every_version = !filters->given.contains("match[version]");
  if (every_version) filters->all = true;
  const StatusOr<std::unique_ptr<store::View>> view = call.site.store.NewView();
  if (!view.ok()) return FailClosed(view.status());
  const StatusOr<std::set<int64_t>> asked = Asked(call, collection, object, *filters, **view);
  if (!asked.ok()) return FailClosed(asked.status());
  if (asked->empty()) return RefuseDelete(call.account, ErrorCode::kNotFound);
  const StatusOr<Own> own = OwnGrants(call, object, *asked, every_version, **view);
  if (!own.ok()) return FailClosed(own.status());
  if (own->empty()) return RefuseDelete(call.account, ErrorCode::kNotAllowed);

  const WaitingPlace place;
  if (!place.got()) return UnavailableAnswer();
  relay::RecallRequest request{call.account.caller.org, call.account.user, object, {}};
  if (!every_version) request.versions.assign(own->versions.begin(), own->versions.end());
  if (!call.site.acceptor.Recall(request).ok()) return UnavailableAnswer();
  const StatusOr<bool> gone = WaitUntilGone(call, object, own->versions_us);
  const bool applied = gone.ok() && *gone;
  obs::Info("grant_recalled", "an organisation ended its grant of an object",
            {{"org", call.account.caller.org}, {"account", call.account.user}, {"applied", applied ? "true" : "false"}});
  return applied ? Json(200, "{}") : UnavailableAnswer();
}

}  // namespace noroshi::taxii
