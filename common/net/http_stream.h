// Sends a BodyStream on a connection: chunks as they come, until the producer finishes, the peer goes, or the server drains. Boost types: for the .cc files
// of this folder only. All on the connection's one thread; the other threads only post a wake-up to it.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/net/body_stream.h"

namespace noroshi::net {

// What wakes a stream's coroutine. Lives as long as the handlers that name it (hence shared_ptr), and never longer than the io_context.
struct StreamSignal {
  explicit StreamSignal(const boost::asio::any_io_executor& executor) : timer(executor) { timer.expires_at(std::chrono::steady_clock::time_point::max()); }
  void Wake() { timer.cancel(); }
  void Stop() {
    stopped = true;
    Wake();
  }
  boost::asio::steady_timer timer;  // never expires by itself
  std::array<char, 256> sink{};     // a client sends nothing more: what arrives here, or an end, ends the stream
  bool stopped = false;             // the server drains
  bool peer_gone = false;
};

// Ends the stream for its producer however the coroutine ends, its destruction with the io_context included.
class StreamEnd {
 public:
  StreamEnd(BodyStream& body, StreamSignal*& current) : body_(body), current_(current) {}
  ~StreamEnd() {
    current_ = nullptr;
    body_.Ended(why);
  }
  StreamEnd(const StreamEnd&) = delete;
  BodyStream::End why = BodyStream::End::kStopped;

 private:
  BodyStream& body_;
  StreamSignal*& current_;
};

inline std::string Chunk(const BodyStream::Taken& taken) {
  std::string out;
  out.reserve(taken.bytes.size() + 32);
  if (!taken.bytes.empty()) out.append(fmt::format("{:x}\r\n", taken.bytes.size())).append(taken.bytes).append("\r\n");
  if (taken.last) out += "0\r\n\r\n";
  return out;
}

// The head is written already. `draining`: the server ends its streams already. `current` names the signal while this runs. Comes back with nothing pending on `stream`.
template <class Stream>
boost::asio::awaitable<void> WriteBodyStream(Stream& stream, BodyStream& body, std::chrono::milliseconds write_timeout, bool draining,
                                             StreamSignal*& current) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  auto& lowest = boost::beast::get_lowest_layer(stream);
  boost::system::error_code error;
  lowest.socket().set_option(asio::socket_base::send_buffer_size(limits::kHttpStreamSendBufferBytes), error);
  const auto signal = std::make_shared<StreamSignal>(executor);
  signal->stopped = draining;
  current = signal.get();
  StreamEnd end(body, current);
  body.Attach([executor, signal] { asio::post(executor, [signal] { signal->Wake(); }); });
  lowest.expires_never();
  stream.async_read_some(asio::buffer(signal->sink), [signal](boost::system::error_code, size_t) {
    signal->peer_gone = true;
    signal->Wake();
  });
  for (bool last = false; !last;) {
    BodyStream::Taken taken = body.Take();
    last = taken.last = taken.last || signal->stopped;
    if (signal->peer_gone) {
      end.why = BodyStream::End::kPeerGone;
      break;
    }
    if (taken.bytes.empty() && !last) {
      co_await signal->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    const std::string chunk = Chunk(taken);
    // The reading that is pending keeps its own (no) deadline.
    lowest.expires_after(write_timeout + std::chrono::milliseconds(chunk.size() * 1000 / limits::kHttpRateBytesPerSecondMin));
    co_await asio::async_write(stream, asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      end.why = error == boost::beast::error::timeout ? BodyStream::End::kTooSlow : BodyStream::End::kPeerGone;
      break;
    }
    end.why = signal->stopped ? BodyStream::End::kStopped : BodyStream::End::kFinished;
    body.Sent();
  }
  lowest.cancel();
  while (!signal->peer_gone) co_await signal->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace noroshi::net
