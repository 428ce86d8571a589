// Reads an HTTP/1.1 request head and a chunked body from bytes, strictly: whatever two readers could frame differently is a fault (delivery.md section 8, AC-49,
// AC-51). Pure; any thread. Boost.Beast's own parser is not used for requests, because it unfolds, merges and ignores what must be refused here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/http.h"

namespace noroshi::net {

struct HeadLimits {
  size_t header_bytes_max = 8 << 10;  // all fields together, the empty line included
  size_t target_bytes_max = 8 << 10;
};

// What a head says about its body and connection.
struct Head {
  Request request;                       // body, remote_address and client are left empty
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
  // Set: the request is well framed but must be answered with this status (404 for a path that is not canonical, 421 for another host, 417).
  int refuse_with = 0;
  bool HasBody() const { return chunked || content_length.value_or(0) > 0; }
};

// Looks for the end of the head in what has arrived so far.
struct HeadScan {
  int fault_status = 0;     // 400, 414, 431: answer and close
  size_t head_bytes = 0;    // with the empty line; 0: not complete yet
};
// `from`: bytes of `data` that an earlier call has already seen.
HeadScan ScanHead(std::string_view data, size_t from, const HeadLimits& limits);

// Parses a complete head, as ScanHead measured it. Returns the status to answer and close with (400, 414, 431, 505), or 0 and fills `head`.
int ParseHead(std::string_view block, const HeadLimits& limits, Head& head);

// Decodes `Transfer-Encoding: chunked`. Trailer fields, chunk extensions and bare line feeds are faults.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}
  enum class Result : uint8_t { kNeedMore, kDone, kMalformed, kTooLarge };
  // Consumes from the front of `data` (advances it) and appends to `body`.
  Result Feed(std::string_view& data, std::string& body);

 private:
  enum class State : uint8_t { kSize, kSizeLineFeed, kData, kDataReturn, kDataLineFeed, kEndReturn, kEndLineFeed, kDone };
  const size_t body_bytes_max_;
  State state_ = State::kSize;
  uint64_t chunk_bytes_ = 0;
  int digits_ = 0;
};

// Percent-decodes once. Nothing: a bad escape, a control character or NUL, or bytes that are not UTF-8.
std::optional<std::string> PercentDecode(std::string_view text);

// Text of a status line.
std::string_view StatusText(int status);

}  // namespace noroshi::net
