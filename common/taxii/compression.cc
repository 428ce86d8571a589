#include "common/taxii/compression.h"

#include <atomic>

#include "common/base/limits.h"
#include "common/net/compress.h"
#include "common/taxii/request_metrics.h"
#include "common/taxii/target.h"

namespace noroshi::taxii {
namespace {

std::atomic<int> running{0};

bool MayBeCompressed(std::string_view endpoint_template) {
  for (const Endpoint endpoint : {Endpoint::kObjects, Endpoint::kManifest, Endpoint::kTombstones, Endpoint::kObject, Endpoint::kVersions}) {
    if (EndpointTemplates().at(static_cast<size_t>(endpoint) - 1) == endpoint_template) return true;
  }
  return false;
}

}  // namespace

void CompressAnswer(const net::Request& request, net::Response& response) {
  if (response.status != 200 || (request.method != "GET" && request.method != "HEAD") || !MayBeCompressed(response.endpoint)) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (response.body.size() < limits::kHttpCompressBytesMin) return;
  const net::Coding coding = net::ChooseCoding(request.Header("accept-encoding"));
  if (coding == net::Coding::kIdentity) return;
  if (++running <= limits::kHttpCompressionsAtOnceMax) {
    std::optional<std::string> compressed = net::Compress(coding, response.body);
    if (compressed && compressed->size() < response.body.size()) {
      response.body = *std::move(compressed);
      response.headers.emplace_back("Content-Encoding", net::CodingName(coding));
    }
  }
  --running;
}

}  // namespace noroshi::taxii
