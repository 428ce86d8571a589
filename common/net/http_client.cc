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

#include "common/base/limits.h"
#include "common/net/http.h"
#include "common/net/http_tls.h"

namespace noroshi::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::use_awaitable;

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

using Message = http::response<http::string_body>;

template <class Stream>
awaitable<Message> Exchange(Stream& stream, const http::request<http::string_body>& request) {
  co_await http::async_write(stream, request, use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(limits::kHttpFetchBytesMax);
  if (request.method_string() == "HEAD") parser.skip(true);
  co_await http::async_read(stream, buffer, parser, use_awaitable);
  co_return parser.release();
}

awaitable<Message> Run(const ClientOptions& options, const Url& url, std::shared_ptr<asio::ssl::context> tls,
                       const http::request<http::string_body>& request) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  const auto addresses = co_await resolver.async_resolve(url.host, url.port, use_awaitable);
  beast::tcp_stream plain(executor);
  plain.expires_after(options.timeout);
  co_await plain.async_connect(addresses, use_awaitable);
  plain.socket().set_option(asio::ip::tcp::no_delay(true));
  if (!url.tls) co_return co_await Exchange(plain, request);
  beast::ssl_stream<beast::tcp_stream> secure(std::move(plain), *tls);
  secure.set_verify_callback(asio::ssl::host_name_verification(url.host));
  SSL_set_tlsext_host_name(secure.native_handle(), url.host.c_str());
  co_await secure.async_handshake(asio::ssl::stream_base::client, use_awaitable);
  co_return co_await Exchange(secure, request);
}

}  // namespace

StatusOr<Response> Fetch(const ClientOptions& options, const std::string& method, const std::string& url_text,
                         const std::vector<std::pair<std::string, std::string>>& headers, const std::string& body) {
  NOROSHI_ASSIGN(const Url url, ParseUrl(url_text));
  std::shared_ptr<asio::ssl::context> tls;
  if (url.tls) {
    NOROSHI_ASSIGN(tls, ClientTls(options.ca_file));
  }
  try {  // Boost reports by exception; none leaves this function
    http::request<http::string_body> request;
    request.version(11);
    request.method_string(method);
    request.target(url.target);
    request.set(http::field::host, url.host + ":" + url.port);
    request.set(http::field::connection, "close");
    for (const auto& [name, value] : headers) request.insert(name, value);
    request.body() = body;
    if (!body.empty() || method == "POST") request.prepare_payload();
    asio::io_context context(1);
    StatusOr<Message> result = Unavailable("no answer within {} ms", options.timeout.count());
    asio::co_spawn(context, Run(options, url, tls, request), [&result](std::exception_ptr error, Message message) {
      if (!error) {
        result = std::move(message);
        return;
      }
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& e) {
        result = Unavailable("{}", e.what());
      }
    });
    context.run_for(options.timeout + std::chrono::seconds(1));
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

}  // namespace noroshi::net
