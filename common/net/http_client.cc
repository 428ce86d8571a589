// One request on a connection of its own: Fetch for our own command line and tests, SendOut behind the destination guard (egress.h).
#include <boost/asio/connect.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <algorithm>
#include <optional>

#include "common/base/limits.h"
#include "common/net/egress.h"
#include "common/net/http.h"
#include "common/net/http_tls.h"
#include "common/obs/log.h"
#include "common/obs/metrics.h"

namespace noroshi::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using Endpoints = std::vector<tcp::endpoint>;

constexpr std::chrono::milliseconds kStopLookInterval{50};

struct Url {
  bool tls = false;
  std::string host, port, target;
};

StatusOr<Url> ParseUrl(const std::string& text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return InvalidArgument("`{}` is not an http or https URL", text);
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  url.target = slash < rest.size() ? std::string(rest.substr(slash)) : "/";
  const size_t bracket = authority.find(']');
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.port = colon == std::string_view::npos ? (url.tls ? "443" : "80") : std::string(authority.substr(colon + 1));
  url.host = std::string(authority.substr(0, colon));
  if (url.host.size() > 2 && url.host.front() == '[') url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty() || url.port.empty()) return InvalidArgument("`{}` names no host", text);
  return url;
}

// What a refusal of our own throws inside the coroutine: a Status on its way to the caller of Fetch or SendOut.
struct Refusal {
  Status status;
};

struct Bounds {
  std::chrono::milliseconds connect_timeout, timeout;
  size_t answer_bytes_max;
  bool paced = false;  // at least kEgressRateBytesPerSecondMin
};

// Deadlines of one exchange: all of it by `end`, and an answer that drips is given up.
class Pace {
 public:
  Pace(const Bounds& bounds) : bounds_(bounds), start_(std::chrono::steady_clock::now()) {}
  std::chrono::steady_clock::time_point end() const { return start_ + bounds_.timeout; }
  void StartOfAnswer() { answer_start_ = std::chrono::steady_clock::now(); }
  void Got(size_t bytes) {
    bytes_ += bytes;
    if (!bounds_.paced) return;
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - answer_start_).count();
    if (taken > limits::kEgressGraceMs && bytes_ * 1'000 < static_cast<size_t>(taken) * limits::kEgressRateBytesPerSecondMin) {
      throw Refusal{ResourceExhausted("the answer comes at less than {} bytes a second", limits::kEgressRateBytesPerSecondMin)};
    }
  }

 private:
  const Bounds& bounds_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point answer_start_ = start_;
  size_t bytes_ = 0;
};

using Message = http::response<http::string_body>;

// An answer that claims to be compressed was not asked for: nothing is ever inflated (AC-45).
void CheckHead(const Message& head) {
  const auto fields = static_cast<size_t>(std::distance(head.begin(), head.end()));
  if (fields > limits::kHttpHeadersMax) throw Refusal{ResourceExhausted("the answer has {} header fields, limit is {}", fields, limits::kHttpHeadersMax)};
  const auto coding = head[http::field::content_encoding];
  if (!coding.empty() && !beast::iequals(coding, "identity")) throw Refusal{ResourceExhausted("the answer is compressed, which was not asked for")};
}

template <class Stream>
awaitable<Message> Exchange(Stream& stream, const http::request<http::string_body>& request, const Bounds& bounds, Pace& pace) {
  beast::get_lowest_layer(stream).expires_at(pace.end());
  co_await http::async_write(stream, request, use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(bounds.answer_bytes_max);
  parser.header_limit(limits::kEgressHeaderBytesMax);
  if (request.method_string() == "HEAD") parser.skip(true);
  pace.StartOfAnswer();
  co_await http::async_read_header(stream, buffer, parser, use_awaitable);
  CheckHead(parser.get());
  while (!parser.is_done()) pace.Got(co_await http::async_read_some(stream, buffer, parser, use_awaitable));
  co_return parser.release();
}

awaitable<Message> Run(const Bounds& bounds, const Url& url, const Endpoints& vetted, std::shared_ptr<asio::ssl::context> tls,
                       const http::request<http::string_body>& request) {
  const auto executor = co_await asio::this_coro::executor;
  Pace pace(bounds);
  Endpoints endpoints = vetted;
  if (endpoints.empty()) {
    tcp::resolver resolver(executor);
    for (const auto& found : co_await resolver.async_resolve(url.host, url.port, use_awaitable)) endpoints.push_back(found.endpoint());
  }
  beast::tcp_stream plain(executor);
  plain.expires_after(std::min(bounds.connect_timeout, bounds.timeout));
  co_await plain.async_connect(endpoints, use_awaitable);
  plain.socket().set_option(tcp::no_delay(true));
  if (!url.tls) co_return co_await Exchange(plain, request, bounds, pace);
  beast::ssl_stream<beast::tcp_stream> secure(std::move(plain), *tls);
  secure.set_verify_callback(asio::ssl::host_name_verification(url.host));
  // A name only: RFC 6066 knows no addresses.
  if (!ParseIpAddress(url.host)) SSL_set_tlsext_host_name(secure.native_handle(), url.host.c_str());
  beast::get_lowest_layer(secure).expires_after(std::min(bounds.connect_timeout, bounds.timeout));
  co_await secure.async_handshake(asio::ssl::stream_base::client, use_awaitable);
  co_return co_await Exchange(secure, request, bounds, pace);
}

Status AsStatus(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const Refusal& refusal) {
    return refusal.status;
  } catch (const boost::system::system_error& e) {
    if (e.code() == http::error::body_limit) return ResourceExhausted("the answer is larger than allowed");
    if (e.code() == http::error::header_limit) return ResourceExhausted("the head of the answer is larger than {} bytes", limits::kEgressHeaderBytesMax);
    return Unavailable("{}", e.code().message());
  } catch (const std::exception& e) {
    return Unavailable("{}", e.what());
  }
}

StatusOr<Response> Perform(const Bounds& bounds, const Url& url, const Endpoints& vetted, const std::shared_ptr<asio::ssl::context>& tls, const OutRequest& out,
                           const std::string& host_field, const std::stop_token& stop) {
  try {  // Boost reports by exception; none leaves this function
    http::request<http::string_body> request;
    request.version(11);
    request.method_string(out.method);
    request.target(url.target);
    request.set(http::field::host, host_field);
    request.set(http::field::connection, "close");
    for (const auto& [name, value] : out.headers) request.insert(name, value);
    request.body() = out.body;
    if (!out.body.empty() || out.method == "POST") request.prepare_payload();
    StatusOr<Message> result = Unavailable("no answer within {} ms", bounds.timeout.count());
    bool done = false;
    asio::io_context context(1);
    asio::co_spawn(context, Run(bounds, url, vetted, tls, request), [&](std::exception_ptr error, Message message) {
      done = true;
      if (error) {
        result = AsStatus(error);
      } else {
        result = std::move(message);
      }
    });
    const auto until = std::chrono::steady_clock::now() + bounds.timeout + std::chrono::seconds(1);
    while (!done && std::chrono::steady_clock::now() < until) {
      if (stop.stop_requested()) return Cancelled("stopped");
      context.run_one_for(kStopLookInterval);
    }
    NOROSHI_TRY(result.status());
    Response response;
    response.status = static_cast<int>(result->result_int());
    for (const auto& field : *result) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      response.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    response.body = std::move(result->body());
    return response;
  } catch (const std::exception& error) {
    return Unavailable("{}", error.what());
  }
}

obs::Counter RefusedCounter(std::string_view reason) {
  return obs::ProcessMetrics().AddCounter("noroshi_egress_refused_total", "Connections to elsewhere that were not made because of where they would lead.",
                                          {{"reason", std::string(reason)}});
}

// All addresses of the name, each judged; one internal address among public ones refuses them all (AC-42).
StatusOr<Endpoints> Vet(const EgressOptions& options, const Destination& destination) {
  std::vector<Address> addresses;
  if (destination.address) {
    addresses.push_back(*destination.address);
  } else if (options.resolve) {
    addresses = options.resolve(destination.host);
  } else {
    asio::io_context context(1);
    tcp::resolver resolver(context);
    boost::system::error_code error;
    const auto found = resolver.resolve(destination.host, destination.port, tcp::resolver::numeric_service, error);
    if (error) return Unavailable("the host's name cannot be resolved: {}", error.message());
    for (const auto& entry : found) {
      if (const auto address = ParseIpAddress(entry.endpoint().address().to_string())) addresses.push_back(*address);
    }
  }
  if (addresses.empty()) return Unavailable("the host's name has no address");
  if (addresses.size() > limits::kEgressAddressesMax) return ResourceExhausted("the host has {} addresses, limit is {}", addresses.size(), limits::kEgressAddressesMax);
  const auto port = static_cast<uint16_t>(std::stoi(destination.port));
  Endpoints endpoints;
  bool internal = false;
  for (const Address& address : addresses) {
    if (const std::string_view fault = RefusedAs(address, options.allowed); !fault.empty()) {
      RefusedCounter(fault).Add();
      obs::Warn("egress_refused", "a configured destination has an address where nothing may connect to", {{"reason", fault}});
      return PermissionDenied("the host has an address that is {}, which is not allowed", fault);
    }
    internal = internal || !AddressFault(address).empty();
    asio::ip::address_v4::bytes_type four;
    asio::ip::address_v6::bytes_type sixteen;
    std::copy_n(address.bytes.begin(), four.size(), four.begin());
    std::copy_n(address.bytes.begin(), sixteen.size(), sixteen.begin());
    endpoints.emplace_back(address.v6 ? asio::ip::address(asio::ip::address_v6(sixteen)) : asio::ip::address(asio::ip::address_v4(four)), port);
  }
  if (internal) {
    obs::ProcessMetrics().AddCounter("noroshi_egress_internal_total", "Requests to internal addresses, which a setting allows; 0 where none does.").Add();
  }
  return endpoints;
}

Status CheckHeaders(const OutRequest& request) {
  for (const auto& [name, value] : request.headers) {
    const auto bad = [](std::string_view text) { return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }); };
    if (name.empty() || bad(name) || bad(value)) return InvalidArgument("a header field holds a control character");
  }
  return OkStatus();
}

}  // namespace

StatusOr<Response> Fetch(const ClientOptions& options, const std::string& method, const std::string& url_text,
                         const std::vector<std::pair<std::string, std::string>>& headers, const std::string& body) {
  NOROSHI_ASSIGN(const Url url, ParseUrl(url_text));
  std::shared_ptr<asio::ssl::context> tls;
  if (url.tls) {
    NOROSHI_ASSIGN(tls, ClientTls(options.ca_file));
  }
  const Bounds bounds{options.timeout, options.timeout, limits::kHttpFetchBytesMax, false};
  return Perform(bounds, url, {}, tls, {method, url_text, headers, body}, url.host + ":" + url.port, {});
}

StatusOr<Response> SendOut(const EgressOptions& options, const OutRequest& request) {
  StatusOr<Destination> destination = ParseDestination(request.url, options.allowed);
  if (!destination.ok()) {
    RefusedCounter("url").Add();
    return destination.status();
  }
  NOROSHI_TRY(CheckHeaders(request));
  NOROSHI_ASSIGN(const auto tls, OutboundTls(options.ca_file, options.certificate_file, options.key_file));
  NOROSHI_ASSIGN(const Endpoints vetted, Vet(options, *destination));
  const Url url{true, destination->host, destination->port, destination->target};
  const std::string origin = destination->Origin().substr(std::string_view("https://").size());
  const Bounds bounds{options.connect_timeout, options.timeout, options.answer_bytes_max, true};
  return Perform(bounds, url, vetted, tls, request, destination->port == "443" ? origin.substr(0, origin.size() - 4) : origin, options.stop);
}

}  // namespace noroshi::net
