#include "common/net/http_connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <algorithm>
#include <array>
#include <ctime>
#include <exception>
#include <utility>

#include "common/base/limits.h"
#include "common/net/http_parse.h"
#include "common/net/http_stream.h"
#include "common/net/http_tls.h"

namespace noroshi::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

constexpr size_t kReadBytes = 16 << 10;
constexpr size_t kFirstReadBytes = 1 << 10;  // while nothing is on the way: most heads fit, and ten thousand idle connections hold no more
constexpr char kRetryAfterSeconds[] = "1";   // a bucket fills within it

using SteadyClock = std::chrono::steady_clock;
using Phase = HttpMetrics::Phase;
using Limit = HttpMetrics::Limit;

// The date header's text, renewed once a second per thread.
std::string_view HttpDate() {
  thread_local std::time_t shown = 0;
  thread_local std::array<char, 40> text{};
  const std::time_t now = std::time(nullptr);
  if (now != shown) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    shown = now;
  }
  return text.data();
}

std::chrono::milliseconds Grown(std::chrono::milliseconds base, size_t bytes) {
  return base + std::chrono::milliseconds(bytes * 1000 / limits::kHttpRateBytesPerSecondMin);
}

// Bytes of a body counted against the server's bound for as long as the request lives.
class BodyShare {
 public:
  explicit BodyShare(std::atomic<size_t>& total) : total_(total) {}
  ~BodyShare() { total_ -= held_; }
  BodyShare(const BodyShare&) = delete;
  bool Grow(size_t to) {
    if (to <= held_) return true;
    const size_t more = to - held_;
    if (total_.fetch_add(more) + more > limits::kHttpBodiesInFlightBytesMax) {
      total_ -= more;
      return false;
    }
    held_ = to;
    return true;
  }

 private:
  std::atomic<size_t>& total_;
  size_t held_ = 0;
};

class BusyMark {
 public:
  explicit BusyMark(ServerShared& shared) : shared_(shared) {
    ++shared_.busy;
    shared_.metrics.InFlight(1);
  }
  ~BusyMark() {
    shared_.metrics.InFlight(-1);
    if (--shared_.busy > 0 || !shared_.draining) return;
    const MutexLock lock(shared_.drain_mutex);
    shared_.idle.notify_all();
  }
  BusyMark(const BusyMark&) = delete;

 private:
  ServerShared& shared_;
};

Response ServerError(const HttpOptions& options, int status) {
  Response response;
  response.status = status;
  response.headers = options.error_headers;
  if (options.error_body) response.body = options.error_body(status);
  return response;
}

std::string FormatHead(const Response& response, bool close) {
  std::string head;
  head.reserve(512);
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, StatusText(response.status), HttpDate());
  for (const auto& [name, value] : response.headers) {
    // A handler's value must never split the head (AC-48).
    if (value.find_first_of("\r\n") != std::string::npos) continue;
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (response.stream) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (response.status >= 200 && response.status != 204) {
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", response.body.size());
  }
  if (close) head += "Connection: close\r\n";
  head += "\r\n";
  return head;
}

// Runs `work` on the pool and comes back to the connection's thread with its value.
template <class Work>
awaitable<Response> OnWorker(asio::thread_pool& workers, Work work) {
  const auto own = co_await asio::this_coro::executor;
  auto start = [&workers, own](auto handler, Work run) {
    asio::post(workers, [own, run = std::move(run), handler = std::move(handler)]() mutable {
      Response response = run();
      asio::post(own, [handler = std::move(handler), response = std::move(response)]() mutable { std::move(handler)(std::move(response)); });
    });
  };
  Response response = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(start, use_awaitable, std::move(work));
  co_return response;
}

// Stream is beast::tcp_stream or beast::ssl_stream over one.
template <class Stream>
class Connection : public ConnectionRegistry::Entry {
 public:
  Connection(ServerShared& shared, ConnectionRegistry& registry, Stream& stream, std::string remote_address, std::optional<PeerCertificate> client)
      : shared_(shared), registry_(registry), stream_(stream), remote_address_(std::move(remote_address)), address_key_(AddressKey(remote_address_)), client_(std::move(client)) {
    close = [this](bool idle_only) {
      if (streaming_ != nullptr) streaming_->Stop();
      if (idle_only && in_request_) return;
      beast::get_lowest_layer(stream_).close();
    };
    registry_.entries.insert(this);
  }
  ~Connection() { registry_.entries.erase(this); }
  Connection(const Connection&) = delete;

  awaitable<void> Run() {
    // Awaits stand in statements of their own: g++ 12 miscompiles them inside && and conditions with temporaries.
    while (!shared_.draining) {
      const bool open = co_await ServeOne();
      if (!open) break;
      in_request_ = false;
    }
  }

 private:
  struct Answer {
    Response response;
    bool close = false;
    bool linger = false;  // bytes of the request may be on the way still
    static Answer Refuse(Response response) { return {std::move(response), true, true}; }
  };

  auto& Lowest() { return beast::get_lowest_layer(stream_); }
  void Deadline(std::chrono::milliseconds at_most) { Lowest().expires_after(at_most); }
  Answer Error(int status) const { return Answer::Refuse(ServerError(shared_.options, status)); }

  // Appends what has arrived to `buffer_`. False: end or deadline.
  awaitable<bool> ReadMore(Phase phase) {
    const size_t had = buffer_.size(), at_most = had == 0 && phase != Phase::kBody ? kFirstReadBytes : kReadBytes;
    buffer_.resize(had + at_most);
    error_code error;
    const size_t got = co_await stream_.async_read_some(asio::buffer(buffer_.data() + had, at_most), redirect_error(use_awaitable, error));
    buffer_.resize(had + got);
    if (error == beast::error::timeout) shared_.metrics.TimedOut(phase);
    co_return !error && got > 0;
  }

  // One request and its answer. False: the connection is over.
  awaitable<bool> ServeOne() {
    if (buffer_.empty()) {
      buffer_ = {};  // gives its memory back
      Deadline(used_ ? shared_.options.idle_timeout : shared_.options.header_timeout);
      const bool arrived = co_await ReadMore(used_ ? Phase::kIdle : Phase::kHead);
      if (!arrived) co_return false;
    }
    in_request_ = used_ = true;
    Deadline(shared_.options.header_timeout);
    const HeadLimits head_limits{shared_.options.header_bytes_max, shared_.options.target_bytes_max};
    HeadScan scan = ScanHead(buffer_, 0, head_limits);
    while (scan.fault_status == 0 && scan.head_bytes == 0) {
      const size_t seen = buffer_.size();
      const bool arrived = co_await ReadMore(Phase::kHead);
      if (!arrived) co_return false;
      scan = ScanHead(buffer_, seen, head_limits);
    }
    Head head;
    if (scan.fault_status == 0) scan.fault_status = ParseHead(std::string_view(buffer_).substr(0, scan.head_bytes), head_limits, head);
    const MonotonicTime began = SteadyClock::now();
    if (scan.fault_status != 0) {
      Answer fault = Error(scan.fault_status);
      Count(fault, began);
      const bool ignored = co_await Write(std::move(fault), false);
      co_return ignored && false;
    }
    buffer_.erase(0, scan.head_bytes);
    const bool head_only = head.request.method == "HEAD";
    const BusyMark busy(shared_);
    RequestLimits::Lease lease = shared_.by_address.Enter(address_key_, began);
    Answer answer;
    if (lease.refused()) {
      answer = TooMany(lease.outcome(), head);
    } else {
      answer = co_await Handle(head);
    }
    Count(answer, began);
    if (answer.response.stream) lease.Release();  // lasts as long as its reader likes: its maker has a bound of its own
    answer.close = answer.close || answer.response.close || answer.response.stream != nullptr || !head.keep_alive || shared_.draining;
    const bool open = co_await Write(std::move(answer), head_only);
    co_return open;
  }

  void Count(const Answer& answer, MonotonicTime began) {
    if (answer.response.status != 0) shared_.metrics.Answered(answer.response.endpoint, answer.response.status, SteadyClock::now() - began);
  }

  Answer TooMany(RequestLimits::Outcome why, const Head& head) {
    shared_.metrics.Rejected(why == RequestLimits::Outcome::kTooFast ? Limit::kRatePerAddress : Limit::kAtOncePerAddress);
    Answer answer = Error(429);
    answer.response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
    answer.close = answer.linger = head.HasBody();
    return answer;
  }

  awaitable<Answer> Handle(Head& head) {
    if (head.refuse_with != 0) {
      Answer answer = Error(head.refuse_with);
      answer.close = answer.linger = head.HasBody() || head.refuse_with != 404;
      co_return answer;
    }
    if (head.content_length.value_or(0) > shared_.options.body_bytes_max) co_return Error(413);
    head.request.remote_address = remote_address_;
    if (client_) {
      head.request.client = client_->id;
      head.request.client_until = client_->until;
    }
    BodyShare share(shared_.body_bytes_held);
    if (head.HasBody()) {
      if (shared_.check) {
        bool refused = false;
        auto ask = [this, &head, &refused] { return CallCheck(head.request, refused); };
        Response early = co_await OnWorker(shared_.workers, ask);
        if (refused) co_return Answer::Refuse(std::move(early));
      }
      const int fault = co_await ReadBody(head, share);
      if (fault == kGone) {
        Answer none;
        none.response.status = 0;
        co_return none;
      }
      if (fault == 503) shared_.metrics.Rejected(Limit::kBodyBytes);
      if (fault != 0) co_return Error(fault);
    }
    // The handler's time is its own; the write sets a deadline anew.
    Lowest().expires_never();
    Answer answer;
    auto call = [this, &head] { return CallHandler(head); };
    answer.response = co_await OnWorker(shared_.workers, call);
    co_return answer;
  }

  Response CallCheck(const Request& request, bool& refused) const {
    try {
      std::optional<Response> early = shared_.check(request);
      refused = early.has_value();
      return early ? *std::move(early) : Response{};
    } catch (const std::exception&) {  // a library's (out of memory, say): the seam
      refused = true;
      return ServerError(shared_.options, 500);
    }
  }

  Response CallHandler(const Head& head) const {
    try {
      if (!head.HasBody() && shared_.check) {
        if (std::optional<Response> early = shared_.check(head.request)) return *std::move(early);
      }
      return shared_.handler(head.request);
    } catch (const std::exception&) {
      return ServerError(shared_.options, 500);
    }
  }

  static constexpr int kGone = -1;

  // 0, the status to refuse with, or kGone.
  awaitable<int> ReadBody(Head& head, BodyShare& share) {
    const size_t body_bytes_max = shared_.options.body_bytes_max;
    const MonotonicTime began = SteadyClock::now();
    Deadline(Grown(shared_.options.body_timeout, head.content_length.value_or(0)));
    if (head.expects_continue && buffer_.empty()) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      error_code error;
      co_await asio::async_write(stream_, asio::buffer(kContinue), redirect_error(use_awaitable, error));
      if (error) co_return kGone;
    }
    std::string& body = head.request.body;
    if (!head.chunked) {
      const size_t wanted = *head.content_length;
      if (!share.Grow(wanted)) co_return 503;
      const size_t have = std::min(wanted, buffer_.size());
      body.reserve(wanted);
      body.assign(buffer_, 0, have);
      buffer_.erase(0, have);
      if (have == wanted) co_return 0;
      body.resize(wanted);
      error_code error;
      co_await asio::async_read(stream_, asio::buffer(body.data() + have, wanted - have), redirect_error(use_awaitable, error));
      if (error == beast::error::timeout) shared_.metrics.TimedOut(Phase::kBody);
      co_return error ? kGone : 0;
    }
    ChunkDecoder decoder(body_bytes_max);
    for (;;) {
      std::string_view data = buffer_;
      const ChunkDecoder::Result result = decoder.Feed(data, body);
      buffer_.erase(0, buffer_.size() - data.size());
      if (result == ChunkDecoder::Result::kDone) co_return 0;
      if (result == ChunkDecoder::Result::kMalformed) co_return 400;
      if (result == ChunkDecoder::Result::kTooLarge) co_return 413;
      if (!share.Grow(body.size())) co_return 503;
      // From the beginning of the body: a byte now and then does not buy more time than the least rate gives.
      Lowest().expires_at(began + Grown(shared_.options.body_timeout, body.size()));
      const bool arrived = co_await ReadMore(Phase::kBody);
      if (!arrived) co_return kGone;
    }
  }

  // True: the connection stays open.
  awaitable<bool> Write(Answer answer, bool head_only) {
    if (answer.response.status == 0) co_return false;
    std::string& body = answer.response.body;
    Deadline(Grown(shared_.options.write_timeout, body.size()));
    const std::string head = FormatHead(answer.response, answer.close);
    const std::shared_ptr<BodyStream> stream = std::move(answer.response.stream);
    if (stream && head_only) stream->Ended(BodyStream::End::kPeerGone);
    if (head_only || stream) body.clear();
    // One piece: moving a page costs less than one more TLS record and system call.
    body.insert(0, head);
    error_code error;
    co_await asio::async_write(stream_, asio::buffer(body), redirect_error(use_awaitable, error));
    if (error == beast::error::timeout) shared_.metrics.TimedOut(Phase::kWrite);
    if (stream && !head_only) {
      if (!error) co_await WriteBodyStream(stream_, *stream, shared_.options.stream_write_timeout, shared_.draining, streaming_);
      stream->Ended(BodyStream::End::kPeerGone);  // unless it has ended for another reason
      co_return false;
    }
    if (error) co_return false;
    if (!answer.close) co_return true;
    if (answer.linger) co_await Linger();
    co_return false;
  }

  // Nothing read here is ever parsed: it only keeps the kernel from cutting the answer off with a reset.
  awaitable<void> Linger() {
    buffer_.clear();
    error_code error;
    Lowest().socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    Deadline(std::chrono::milliseconds(limits::kHttpLingerMs));
    std::array<char, 4096> sink;
    while (!error) {
      co_await Lowest().async_read_some(asio::buffer(sink), redirect_error(use_awaitable, error));
    }
  }

  ServerShared& shared_;
  ConnectionRegistry& registry_;
  Stream& stream_;
  const std::string remote_address_;
  const std::string address_key_;
  const std::optional<PeerCertificate> client_;
  std::string buffer_;       // arrived and not yet used
  StreamSignal* streaming_ = nullptr;  // while a body stream is written
  bool in_request_ = false;
  bool used_ = false;        // has begun a request: from now on the idle deadline counts between them
};

}  // namespace

awaitable<void> ServeConnection(ServerShared& shared, ConnectionRegistry& registry, beast::tcp_stream stream,
                                std::shared_ptr<asio::ssl::context> tls, std::string remote_address) {
  if (tls == nullptr) {
    Connection<beast::tcp_stream> connection(shared, registry, stream, std::move(remote_address), {});
    co_await connection.Run();
    stream.close();
    co_return;
  }
  beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), *tls);
  error_code error;
  beast::get_lowest_layer(secure).expires_after(shared.options.handshake_timeout);
  co_await secure.async_handshake(asio::ssl::stream_base::server, redirect_error(use_awaitable, error));
  if (error) {
    if (error == beast::error::timeout) {
      shared.metrics.TimedOut(HttpMetrics::Phase::kHandshake);
    } else {
      shared.metrics.HandshakeFailed();
    }
    co_return;
  }
  std::optional<PeerCertificate> client;
  if (shared.options.ask_client_certificate || shared.options.require_client_certificate) client = PeerCertificateOf(secure.native_handle());
  {
    Connection<beast::ssl_stream<beast::tcp_stream>> connection(shared, registry, secure, std::move(remote_address), std::move(client));
    co_await connection.Run();
  }
  // close_notify, so that a client can tell an end from a cut; it may not wait for the other side's.
  beast::get_lowest_layer(secure).expires_after(std::chrono::milliseconds(limits::kHttpLingerMs));
  if (beast::get_lowest_layer(secure).socket().is_open()) co_await secure.async_shutdown(redirect_error(use_awaitable, error));
}

}  // namespace noroshi::net
