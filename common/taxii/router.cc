// From a request to its endpoint: path, method, credentials, rights, content negotiation, in an order that tells nobody of what he may not see.
#include <algorithm>
#include <functional>

#include "common/taxii/call.h"
#include "common/taxii/negotiation.h"

namespace noroshi::taxii {
namespace {

enum class Endpoint : uint8_t { kNone, kDiscovery, kApiRoot, kCollections, kCollection, kObjects, kManifest, kObject, kVersions, kStatus };

struct Target {
  Endpoint endpoint = Endpoint::kNone;
  std::string collection, object, submission;
};

Target ParsePath(const std::string& path, const std::string& layer) {
  std::vector<std::string> parts;
  for (size_t begin = 1; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  Target target;
  const size_t count = parts.size();
  if (count == 1 && parts[0] == "taxii2") target.endpoint = Endpoint::kDiscovery;
  if (count == 0 || parts[0] != layer) return target;
  if (count == 1) target.endpoint = Endpoint::kApiRoot;
  if (count == 3 && parts[1] == "status") {
    target.endpoint = Endpoint::kStatus;
    target.submission = parts[2];
  }
  if (count < 2 || parts[1] != "collections") return target;
  if (count == 2) target.endpoint = Endpoint::kCollections;
  if (count > 2) target.collection = parts[2];
  if (count == 3) target.endpoint = Endpoint::kCollection;
  if (count == 4 && parts[3] == "objects") target.endpoint = Endpoint::kObjects;
  if (count == 4 && parts[3] == "manifest") target.endpoint = Endpoint::kManifest;
  if (count > 4 && parts[3] == "objects") target.object = parts[4];
  if (count == 5 && parts[3] == "objects") target.endpoint = Endpoint::kObject;
  if (count == 6 && parts[3] == "objects" && parts[5] == "versions") target.endpoint = Endpoint::kVersions;
  return target;
}

net::Response Challenge() {
  net::Response response = Error(ErrorCode::kAuthenticationNeeded);
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"noroshi\", charset=\"UTF-8\"");
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"noroshi\"");
  return response;
}

net::Response TooMany() {
  net::Response response = Error(ErrorCode::kTooManyAttempts);
  response.headers.emplace_back("Retry-After", "60");
  return response;
}

// The method, where the endpoint takes it; otherwise 405.
std::optional<net::Response> CheckMethod(Endpoint endpoint, const std::string& method) {
  const bool posts = endpoint == Endpoint::kObjects;
  if (method == "GET" || method == "HEAD" || (posts && method == "POST")) return {};
  net::Response response = Error(ErrorCode::kMethodNotAllowed);
  response.headers.emplace_back("Allow", posts ? "GET, HEAD, POST" : "GET, HEAD");
  return response;
}

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
    case Endpoint::kObject: return GetObject(call, *collection, target.object);
    case Endpoint::kVersions: return GetVersions(call, *collection, target.object);
    case Endpoint::kStatus: return GetStatus(call, target.submission);
    case Endpoint::kNone: break;
  }
  return NotFoundAnswer();
}

}  // namespace

std::optional<net::Response> Dispatch(const Site& site, const Snapshot& snapshot, Authenticator& authenticator, const net::Request& request, bool head_only) {
  const Authenticator::Result known = authenticator.Check(request.Header("authorization"), request.remote_address, snapshot.accounts);
  if (known.outcome == Authenticator::Outcome::kTooMany) return TooMany();
  if (known.outcome == Authenticator::Outcome::kRefused) return Challenge();
  const bool anonymous = known.outcome == Authenticator::Outcome::kNone;
  if (anonymous && !site.anonymous_public) return Challenge();
  // An account whose organisation is no longer in the directory is nobody's (AC-36).
  if (!anonymous && (known.account == nullptr || snapshot.membership().FindOrganisation(known.account->caller.org) == nullptr)) return Challenge();
  const Account& account = anonymous ? NoAccount() : *known.account;
  const Target target = ParsePath(request.path, site.layer);
  const Collection* collection = nullptr;
  Rights rights;
  if (!target.collection.empty()) {
    collection = snapshot.collections.Find(target.collection, snapshot.membership(), snapshot.layer, account);
    if (collection != nullptr) rights = RightsOf(*collection, snapshot.membership(), snapshot.layer, account);
    // Without credentials, what is not public and what does not exist look alike: both ask for them.
    if (!rights.listed()) return anonymous ? Challenge() : NotFoundAnswer();
  }
  if (anonymous && (target.endpoint == Endpoint::kStatus || (request.method != "GET" && request.method != "HEAD"))) return Challenge();
  if (target.endpoint == Endpoint::kNone) return NotFoundAnswer();
  if (std::optional<net::Response> refused = CheckMethod(target.endpoint, request.method)) return refused;
  const bool posts = request.method == "POST";
  const bool reads_objects = target.endpoint >= Endpoint::kObjects && target.endpoint <= Endpoint::kVersions && !posts;
  if ((posts && !rights.can_write) || (reads_objects && !rights.can_read)) return Error(ErrorCode::kNotAllowed);
  if (!Acceptable(request.Header("accept"))) return Error(ErrorCode::kNotAcceptable, fmt::format("this server speaks {}", kMediaType));
  if (posts && !ReadableBody(request.Header("content-type"))) return Error(ErrorCode::kUnsupportedMediaType, fmt::format("wanted {}", kMediaType));
  if (posts && !request.Header("content-encoding").empty()) return Error(ErrorCode::kUnsupportedContentEncoding);
  if (head_only) return {};
  return CallEndpoint({site, snapshot, request, account}, target, collection);
}

}  // namespace noroshi::taxii
