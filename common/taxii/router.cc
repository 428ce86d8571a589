// From a request to its endpoint: path, method, credentials, rights, content negotiation, in an order that tells nobody of what he may not see.
#include <algorithm>
#include <functional>

#include "common/taxii/call.h"
#include "common/taxii/negotiation.h"
#include "common/taxii/rate_limit.h"
#include "common/taxii/request_metrics.h"
#include "common/taxii/target.h"

namespace noroshi::taxii {
namespace {

net::Response Challenge() {
  net::Response response = Error(ErrorCode::kAuthenticationNeeded);
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"noroshi\", charset=\"UTF-8\"");
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"noroshi\"");
  return response;
}

net::Response TooMany(int retry_after_s) {
  net::Response response = Error(ErrorCode::kTooManyAttempts);
  response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

net::Response Failed(const Site& site, AuthFailure why, int retry_after_s = 0) {
  site.auth_failures.Count(why);
  return why == AuthFailure::kThrottled ? TooMany(retry_after_s) : Challenge();
}

net::Response WithAllow(net::Response response, std::string_view methods) {
  response.headers.emplace_back("Allow", methods);
  return response;
}

// What an endpoint takes is no secret and depends on nothing but its path's shape: so no credentials are asked for, and nobody learns what is there (taxii 137).
std::optional<net::Response> AnswerOptions(const net::Request& request, Endpoint endpoint) {
  if (request.method != "OPTIONS") return {};
  if (request.path == "*") return WithAllow({204, {}, "", false}, AllowedMethods(Endpoint::kObjects));
  if (endpoint == Endpoint::kNone) return NotFoundAnswer();
  return WithAllow({204, {}, "", false}, AllowedMethods(endpoint));
}

// A request with a body is looked at twice, before and behind it.
bool AnnouncesBody(const net::Request& request) { return !request.Header("content-length").empty() || !request.Header("transfer-encoding").empty(); }

// Nobody's account: sees `public`, where the layer allows it.
const Account& NoAccount() {
  static const Account account;
  return account;
}

net::Response CallEndpoint(const Call& call, const Target& target, const Collection* collection) {
  switch (target.endpoint) {
    case Endpoint::kDiscovery: return GetDiscovery(call);
    case Endpoint::kApiRoot: return GetApiRoot(call);
    case Endpoint::kCollections: return GetCollections(call);
    case Endpoint::kCollection: return GetCollection(call, *collection);
    case Endpoint::kObjects: return call.request.method == "POST" ? PostObjects(call, *collection) : GetObjects(call, *collection);
    case Endpoint::kManifest: return GetManifest(call, *collection);
    case Endpoint::kTombstones: return GetTombstones(call, *collection);
    case Endpoint::kObject:
      return call.request.method == "DELETE" ? DeleteObject(call, *collection, target.object) : GetObject(call, *collection, target.object);
    case Endpoint::kVersions: return GetVersions(call, *collection, target.object);
    case Endpoint::kStatus: return GetStatus(call, target.submission);
    case Endpoint::kNone: break;
  }
  return NotFoundAnswer();
}

}  // namespace

bool StillAdmitted(const Site& site, const Snapshot& snapshot, const Login& login) {
  if (login.user.empty()) return site.anonymous_public;
  const Account* account = StillGood(*snapshot.accounts, login, site.clock.Now());
  return account != nullptr && snapshot.membership().FindOrganisation(account->caller.org) != nullptr;
}

std::optional<net::Response> Dispatch(const Site& site, const Snapshot& snapshot, Authenticator& authenticator, const net::Request& request, bool head_only) {
  const Target target = ParseTarget(request.path, site.layer);
  if (std::optional<net::Response> options = AnswerOptions(request, target.endpoint)) return options;
  const Authenticator::Shown shown{request.Header("authorization"), request.remote_address, request.client ? request.client->ToString() : "",
                                   ToMicros(request.client_until)};
  const Authenticator::Result known = authenticator.Check(shown, snapshot.accounts);
  if (known.outcome == Authenticator::Outcome::kTooMany) return Failed(site, AuthFailure::kThrottled, known.retry_after_s);
  if (known.outcome == Authenticator::Outcome::kRefused) return Failed(site, AuthFailure::kRefused);
  const bool anonymous = known.outcome == Authenticator::Outcome::kNone;
  if (anonymous && !site.anonymous_public) return Failed(site, AuthFailure::kMissing);
  // An account whose organisation is no longer in the directory is nobody's (AC-36).
  if (!anonymous && (known.account == nullptr || snapshot.membership().FindOrganisation(known.account->caller.org) == nullptr)) {
    return Failed(site, AuthFailure::kNoOrganisation);
  }
  const Account& account = anonymous ? NoAccount() : *known.account;
  const net::RequestLimits::Lease lease =
      anonymous ? net::RequestLimits::Lease() : site.account_limits.Enter(account.user, head_only == AnnouncesBody(request));
  if (lease.refused()) return TooManyRequests();
  const Collection* collection = nullptr;
  Rights rights;
  if (!target.collection.empty()) {
    collection = snapshot.collections.Find(target.collection, snapshot.membership(), snapshot.layer, account);
    if (collection != nullptr) rights = RightsOf(*collection, snapshot.membership(), snapshot.layer, account);
    // Without credentials, what is not public and what does not exist look alike: both ask for them.
    if (!rights.listed()) return anonymous ? Failed(site, AuthFailure::kMissing) : NotFoundAnswer();
  }
  if (anonymous && (target.endpoint == Endpoint::kStatus || (request.method != "GET" && request.method != "HEAD"))) {
    return Failed(site, AuthFailure::kMissing);
  }
  if (target.endpoint == Endpoint::kNone) return NotFoundAnswer();
  if (!Allows(target.endpoint, request.method)) return WithAllow(Error(ErrorCode::kMethodNotAllowed), AllowedMethods(target.endpoint));
  const bool posts = request.method == "POST";
  // Whatever the object: who lacks a right learns nothing of it (taxii 15).
  if (request.method == "DELETE" && !(rights.can_read && rights.can_write)) return RefuseDelete(account, ErrorCode::kNotAllowed);
  const bool reads_objects = target.endpoint >= Endpoint::kObjects && target.endpoint <= Endpoint::kVersions && !posts;
  if ((posts && !rights.can_write) || (reads_objects && !rights.can_read)) return Error(ErrorCode::kNotAllowed);
  if (!Acceptable(request.Header("accept"))) return Error(ErrorCode::kNotAcceptable, fmt::format("this server speaks {}", kMediaType));
  if (posts && !ReadableBody(request.Header("content-type"))) return Error(ErrorCode::kUnsupportedMediaType, fmt::format("wanted {}", kMediaType));
  if (posts && !request.Header("content-encoding").empty()) return Error(ErrorCode::kUnsupportedContentEncoding);
  if (head_only) return {};
  return CallEndpoint({site, snapshot, request, account, known.login}, target, collection);
}

}  // namespace noroshi::taxii
