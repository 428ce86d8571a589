// One connection of the HTTP server: reads requests one by one, hands each to the worker pool, writes the answer. Boost types: for the .cc files
// of this folder only. Everything of a connection happens on one io_context with one thread; only the handlers run elsewhere.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <functional>
#include <memory>
#include <set>

#include "common/base/mutex.h"
#include "common/net/http.h"
#include "common/net/http_metrics.h"
#include "common/net/request_limits.h"

namespace noroshi::net {

// What all connections of a server share. Outlives them.
struct ServerShared {
  HttpOptions options;
  Handler handler;
  HeadCheck check;
  boost::asio::thread_pool& workers;
  HttpMetrics metrics;
  RequestLimits by_address;
  std::atomic<bool> draining{false};
  std::atomic<int> busy{0};                  // requests between their last byte read and their answer written
  std::atomic<size_t> body_bytes_held{0};
  Mutex drain_mutex;
  CondVar idle;                              // told where `busy` falls to 0 while draining
  ServerShared(const HttpOptions& o, Handler h, HeadCheck c, boost::asio::thread_pool& w)
      : options(o), handler(std::move(h)), check(std::move(c)), workers(w), metrics(obs::ProcessMetrics(), o.endpoints),
        by_address({o.requests_per_second_per_address, o.requests_at_once_per_address}, limits::kHttpAddressesMax) {}
};

// Closers of the connections of one io_context, touched on its thread only. `idle`: closes if no request is in progress.
struct ConnectionRegistry {
  struct Entry {
    std::function<void(bool idle_only)> close;
  };
  std::set<Entry*> entries;
};

// Serves until the connection ends. `tls` empty: plain.
boost::asio::awaitable<void> ServeConnection(ServerShared& shared, ConnectionRegistry& registry, boost::beast::tcp_stream stream,
                                             std::shared_ptr<boost::asio::ssl::context> tls, std::string remote_address);

}  // namespace noroshi::net
