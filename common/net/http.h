// An HTTP/1.1 server over TLS (Boost.Beast and Asio behind it), strict where framing protects (delivery.md section 8, AC-49..53): what is ambiguous is
// answered 400 and the connection closed. Handlers run on a worker pool, one request a connection at a time, values in, value out.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/net/body_stream.h"
#include "common/net/tls.h"

namespace noroshi::net {

struct Request {
  std::string method;   // upper case token
  std::string target;   // as sent; origin form only
  std::string path;     // before `?`, percent-decoded once, no `..`, no empty segment but the last
  std::string query;    // after `?`, as sent
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, values trimmed
  std::string body;
  std::string remote_address;
  std::optional<SpiffeId> client;  // verified client certificate, where one was sent and is ours
  WallTime client_until{};         // its last moment: a connection may live longer
  // First value, or empty.
  std::string_view Header(std::string_view lower_case_name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Length, Date and Connection are the server's
  std::string body;
  bool close = false;
  std::shared_ptr<BodyStream> stream{};  // set: the body comes from here, chunked, and the connection ends with it; shared with whoever fills it
  std::string_view endpoint{};  // for metrics: one of HttpOptions::endpoints; static text
};

using Handler = std::function<Response(const Request&)>;

// Refuses before the body is read: asked with the head only; an answer ends the request (and closes where a body was announced).
using HeadCheck = std::function<std::optional<Response>(const Request&)>;

struct HttpOptions {
  std::string listen;                      // host:port, port 0 picks one
  std::optional<TlsFiles> tls;             // absent: plain (admin listener, loopback only)
  bool ask_client_certificate = false;
  bool require_client_certificate = false;  // no handshake without one
  int threads = 2;
  size_t header_bytes_max = 8 << 10;       // all fields of a head together
  size_t target_bytes_max = 8 << 10;
  size_t body_bytes_max = 64 << 20;
  int connections_max = limits::kHttpConnectionsMax;
  // Of one address; IPv6: of one /64. Above: a connection is closed at once, a request is answered 429.
  int connections_per_address = limits::kHttpConnectionsMax;
  int requests_per_second_per_address = 0, requests_at_once_per_address = 0;  // 0: any number
  std::vector<std::string> endpoints;      // templates counted by; empty: this server is not measured
  std::chrono::milliseconds handshake_timeout{10'000}, header_timeout{10'000}, body_timeout{60'000}, idle_timeout{75'000}, write_timeout{60'000};
  std::chrono::milliseconds stream_write_timeout{30'000};  // what a stream has waiting must have left within it: slow readers are let go
  std::vector<std::pair<std::string, std::string>> error_headers;      // on errors made here (TAXII content type)
  std::function<std::string(int status)> error_body;  // body of errors that the server itself makes
};

class HttpServer {
 public:
  static StatusOr<std::unique_ptr<HttpServer>> Start(const HttpOptions& options, Handler handler, HeadCheck check = {});
  virtual ~HttpServer() = default;
  virtual int port() const = 0;
  // Stops accepting, finishes requests in progress up to the deadline, closes.
  virtual void Drain(std::chrono::milliseconds deadline) = 0;
};

// For the CLI and tests of our own: one HTTPS request. Bounded.
struct ClientOptions {
  std::string ca_file;
  std::chrono::milliseconds timeout{30'000};
};
StatusOr<Response> Fetch(const ClientOptions& options, const std::string& method, const std::string& url,
                         const std::vector<std::pair<std::string, std::string>>& headers, const std::string& body);

}  // namespace noroshi::net
