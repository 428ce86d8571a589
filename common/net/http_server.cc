#include <sys/resource.h>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <map>
#include <thread>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/net/http_connection.h"
#include "common/net/http_tls.h"

namespace noroshi::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kCertificateLookInterval{60};
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr int kBacklog = 4096;

struct Endpoint {
  std::string host;
  std::string port;
};

StatusOr<Endpoint> SplitListen(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos || colon + 1 == listen.size()) return InvalidArgument("listen address `{}` is not host:port", listen);
  std::string host = listen.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return Endpoint{host.empty() ? "0.0.0.0" : host, listen.substr(colon + 1)};
}

// 12,000 connections need as many file descriptors; the hard limit is the administrator's.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

// Times of the certificate files; a change asks for a new context.
std::vector<std::filesystem::file_time_type> Times(const TlsFiles& files) {
  std::vector<std::filesystem::file_time_type> times;
  for (const std::string& file : {files.ca_file, files.certificate_file, files.key_file}) {
    std::error_code error;
    times.push_back(std::filesystem::last_write_time(file, error));
  }
  return times;
}

class HttpServerImpl final : public HttpServer {
 public:
  HttpServerImpl(const HttpOptions& options, Handler handler, HeadCheck check)
      : workers_(static_cast<size_t>(limits::kHttpHandlerThreads)),
        shared_(options, std::move(handler), std::move(check), workers_),
        loops_(static_cast<size_t>(std::max(1, options.threads))),
        acceptor_(loops_[0].context) {}

  ~HttpServerImpl() override {
    Drain(std::chrono::milliseconds(0));
    Stop();
  }

  Status Open() {
    if (shared_.options.tls) {
      NOROSHI_ASSIGN(tls_, ServerTls(*shared_.options.tls, shared_.options.ask_client_certificate, shared_.options.require_client_certificate));
      tls_times_ = Times(*shared_.options.tls);
    }
    NOROSHI_ASSIGN(const Endpoint listen, SplitListen(shared_.options.listen));
    error_code error;
    tcp::resolver resolver(loops_[0].context);
    const auto found = resolver.resolve(listen.host, listen.port, tcp::resolver::passive, error);
    if (error || found.empty()) return InvalidArgument("listen address `{}`: {}", shared_.options.listen, error.message());
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (error) return Unavailable("cannot listen on `{}`: {}", shared_.options.listen, error.message());
    port_ = acceptor_.local_endpoint().port();
    RaiseDescriptorLimit();
    asio::co_spawn(loops_[0].context, Accept(), asio::detached);
    if (shared_.options.tls) asio::co_spawn(loops_[0].context, WatchCertificate(), asio::detached);
    for (Loop& loop : loops_) loop.thread = std::thread([&loop] { loop.context.run(); });
    return OkStatus();
  }

  int port() const override { return port_; }

  void Drain(std::chrono::milliseconds deadline) override {
    const bool first = !shared_.draining.exchange(true);
    if (first) {
      asio::post(loops_[0].context, [this] {
        error_code ignored;
        acceptor_.close(ignored);
        certificate_timer_.cancel();
      });
    }
    CloseAll(true);
    const auto until = std::chrono::steady_clock::now() + deadline;
    const MutexLock lock(shared_.drain_mutex);
    while (shared_.busy > 0) {
      if (shared_.idle.wait_until(shared_.drain_mutex, until) == std::cv_status::timeout) break;
    }
  }

 private:
  // One thread, one io_context, its connections.
  struct Loop {
    ConnectionRegistry registry;  // outlives the coroutines that the context may still hold
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread;
  };

  void CloseAll(bool idle_only) {
    for (Loop& loop : loops_) {
      asio::post(loop.context, [&loop, idle_only] {
        for (ConnectionRegistry::Entry* entry : loop.registry.entries) entry->close(idle_only);
      });
    }
  }

  void Stop() {
    CloseAll(false);
    workers_.join();  // handlers that run are waited for; their answers go nowhere
    for (Loop& loop : loops_) {
      loop.work.reset();
      loop.context.stop();
      if (loop.thread.joinable()) loop.thread.join();
    }
  }

  awaitable<void> Accept() {
    size_t next = 0;
    while (acceptor_.is_open()) {
      Loop& loop = loops_[next++ % loops_.size()];
      error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(loop.context, redirect_error(use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // out of descriptors, say: those in use must end first
        asio::steady_timer pause(loops_[0].context, kAcceptPause);
        co_await pause.async_wait(redirect_error(use_awaitable, error));
        continue;
      }
      const tcp::endpoint remote = socket.remote_endpoint(error);
      if (error) continue;
      std::string address = remote.address().to_string();
      std::string key = AddressKey(address);
      if (!Admit(key)) continue;  // the socket closes
      socket.set_option(tcp::no_delay(true), error);
      asio::co_spawn(
          loop.context,
          [this, &loop, tls = tls_, key = std::move(key), address = std::move(address), socket = std::move(socket)]() mutable -> awaitable<void> {
            co_await ServeConnection(shared_, loop.registry, boost::beast::tcp_stream(std::move(socket)), std::move(tls), std::move(address));
            Leave(key);
          },
          [](std::exception_ptr) {});
    }
  }

  awaitable<void> WatchCertificate() {
    for (;;) {
      error_code error;
      certificate_timer_.expires_after(kCertificateLookInterval);
      co_await certificate_timer_.async_wait(redirect_error(use_awaitable, error));
      if (error || shared_.draining) co_return;
      const auto times = Times(*shared_.options.tls);
      if (times == tls_times_) continue;
      auto renewed = ServerTls(*shared_.options.tls, shared_.options.ask_client_certificate, shared_.options.require_client_certificate);
      if (!renewed.ok()) continue;  // half-written perhaps: the old one stays, looked at again in a minute
      tls_ = *std::move(renewed);
      tls_times_ = times;
    }
  }

  bool Admit(const std::string& address) {
    const MutexLock lock(mutex_);
    if (connections_ >= shared_.options.connections_max) {
      shared_.metrics.Rejected(HttpMetrics::Limit::kConnections);
      return false;
    }
    int& of_address = by_address_[address];
    if (of_address >= shared_.options.connections_per_address) {
      shared_.metrics.Rejected(HttpMetrics::Limit::kConnectionsPerAddress);
      return false;
    }
    ++of_address;
    ++connections_;
    shared_.metrics.Connections(1);
    return true;
  }

  void Leave(const std::string& address) {
    const MutexLock lock(mutex_);
    --connections_;
    shared_.metrics.Connections(-1);
    const auto found = by_address_.find(address);
    if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
  }

  asio::thread_pool workers_;
  ServerShared shared_;
  std::vector<Loop> loops_;
  tcp::acceptor acceptor_;
  asio::steady_timer certificate_timer_{loops_[0].context};
  int port_ = 0;
  // Touched on the first loop's thread only (and before it runs).
  std::shared_ptr<asio::ssl::context> tls_;  // shared with connections begun before a renewal
  std::vector<std::filesystem::file_time_type> tls_times_;
  Mutex mutex_;
  int connections_ NOROSHI_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int> by_address_ NOROSHI_GUARDED_BY(mutex_);
};

}  // namespace

StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpOptions& options, Handler handler, HeadCheck check) {
  auto server = std::make_unique<HttpServerImpl>(options, std::move(handler), std::move(check));
  NOROSHI_TRY(server->Open());
  return server;
}

}  // namespace noroshi::net
