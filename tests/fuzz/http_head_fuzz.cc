// Any bytes as a request head and what follows it: no crash; however the bytes arrive, the same answer; and what is taken is framed in one way only (AC-49).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/net/http_parse.h"

namespace {

using namespace noroshi::net;

constexpr size_t kBodyBytesMax = 4'096;

bool Same(const HeadScan& a, const HeadScan& b) { return a.fault_status == b.fault_status && a.head_bytes == b.head_bytes; }

// Bytes come one by one; the server looks after each.
HeadScan ScanByteByByte(std::string_view bytes, const HeadLimits& limits) {
  HeadScan scan;
  for (size_t end = 1; end <= bytes.size() && scan.fault_status == 0 && scan.head_bytes == 0; ++end) scan = ScanHead(bytes.substr(0, end), end - 1, limits);
  return scan;
}

void CheckHead(const Head& head) {
  int lengths = 0, encodings = 0;
  for (const auto& [name, value] : head.request.headers) {
    NOROSHI_CHECK(!name.empty() && std::none_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == ' ' || c == ':' || c == '\r' || c == '\n'; }));
    NOROSHI_CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    if (name == "content-length") ++lengths;
    if (name == "transfer-encoding") ++encodings;
  }
  NOROSHI_CHECK(lengths + encodings <= 1);
  NOROSHI_CHECK(head.chunked == (encodings == 1) && head.content_length.has_value() == (lengths == 1));
  NOROSHI_CHECK(head.request.headers.size() <= noroshi::limits::kHttpHeadersMax);
  const std::string& path = head.request.path;
  NOROSHI_CHECK(!path.empty() && (path.front() == '/' || path == "*"));
  NOROSHI_CHECK((path + "/").find("/../") == std::string::npos && path.find("//") == std::string::npos);
}

void CheckBody(std::string_view bytes) {
  ChunkDecoder whole(kBodyBytesMax), piecewise(kBodyBytesMax);
  std::string body, body_of_pieces;
  std::string_view rest = bytes;
  const ChunkDecoder::Result result = whole.Feed(rest, body);
  NOROSHI_CHECK(body.size() <= kBodyBytesMax);
  size_t used = 0;
  ChunkDecoder::Result result_of_pieces = ChunkDecoder::Result::kNeedMore;
  while (used < bytes.size() && result_of_pieces == ChunkDecoder::Result::kNeedMore) {
    std::string_view one = bytes.substr(used++, 1);
    result_of_pieces = piecewise.Feed(one, body_of_pieces);
  }
  NOROSHI_CHECK(result == result_of_pieces && body == body_of_pieces);
  // What stands behind the body is the next request's: the decoder leaves it alone.
  if (result == ChunkDecoder::Result::kDone) NOROSHI_CHECK(rest.size() == bytes.size() - used);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const HeadLimits limits{512, 256};
  const HeadScan scan = ScanHead(bytes, 0, limits);
  NOROSHI_CHECK(Same(scan, ScanByteByByte(bytes, limits)));
  if (scan.fault_status != 0 || scan.head_bytes == 0) return 0;
  Head head;
  if (ParseHead(bytes.substr(0, scan.head_bytes), limits, head) != 0) return 0;
  CheckHead(head);
  if (head.chunked) CheckBody(bytes.substr(scan.head_bytes));
  return 0;
}
