#include "common/taxii/server.h"

#include <filesystem>

#include "common/base/limits.h"
#include "common/taxii/call.h"
#include "common/taxii/compression.h"
#include "common/taxii/cursor.h"
#include "common/taxii/follow.h"
#include "common/taxii/rate_limit.h"
#include "common/taxii/request_metrics.h"

namespace noroshi::taxii {
namespace {

class ServerImpl final : public Server {
 public:
  ServerImpl(const ServerOptions& options, std::string cursor_key, std::unique_ptr<store::ObjectStore> store, std::shared_ptr<const Snapshot> snapshot,
             relay::Acceptor& acceptor, Clock& clock)
      : options_(options), store_(std::move(store)), authenticator_(clock), account_limits_(options.limits, clock), snapshot_(std::move(snapshot)),
        site_{options.layer, options.title.empty() ? options.layer : options.title, options.public_url, std::move(cursor_key), options.anonymous_public,
              limits::kContentBytesMax, clock, *store_, acceptor, progress_, account_limits_, auth_failures_} {}

  Status Open(log::Log& log) {
    net::HttpOptions http;
    http.listen = options_.listen;
    http.tls = options_.tls;
    http.threads = options_.threads;
    http.body_bytes_max = limits::kContentBytesMax;
    http.error_headers = Json(0, {}).headers;
    http.error_body = HttpErrorBody;
    http.connections_per_address = options_.limits.connections_per_address;
    http.requests_per_second_per_address = options_.limits.requests_per_second_per_address;
    http.requests_at_once_per_address = options_.limits.requests_at_once_per_address;
    http.endpoints = EndpointTemplates();
    follower_ = Follower::Start({options_.layer, options_.relay_node}, log, *store_, [this] { return snapshot_.load(); }, progress_);
    NOROSHI_ASSIGN(http_, net::HttpServer::Start(
                              http, [this](const net::Request& request) { return *Answer(request, false); },
                              [this](const net::Request& request) -> std::optional<net::Response> {
                                // Without a body the handler asks the same; only what announces one is refused before it is read.
                                if (request.Header("content-length").empty() && request.Header("transfer-encoding").empty()) return {};
                                return Answer(request, true);
                              }));
    return OkStatus();
  }

  int port() const override { return http_->port(); }

  Status Reload(std::shared_ptr<const config::DirectoryFile> directory) override {
    NOROSHI_ASSIGN(auto next, MakeSnapshot(options_, std::move(directory), site_.cursor_key));
    snapshot_.store(std::move(next));
    return OkStatus();
  }

  void Drain(std::chrono::milliseconds deadline) override { http_->Drain(deadline); }
  bool caught_up() const override { return progress_.caught_up; }
  size_t stopped_audiences() const override { return progress_.stopped_count(); }

  static StatusOr<std::shared_ptr<const Snapshot>> MakeSnapshot(const ServerOptions& options, std::shared_ptr<const config::DirectoryFile> directory,
                                                                const std::string& cursor_key) {
    const policy::Layer* layer = directory->membership.FindLayer(options.layer);
    if (layer == nullptr) return InvalidArgument("layer `{}` is not in the directory", options.layer);
    NOROSHI_ASSIGN(Accounts accounts, Accounts::Load(options.accounts_file));
    return std::make_shared<const Snapshot>(std::move(directory), std::make_shared<const Accounts>(std::move(accounts)), *layer, cursor_key);
  }

 private:
  std::optional<net::Response> Answer(const net::Request& request, bool head_only) {
    std::optional<net::Response> response = Dispatch(site_, *snapshot_.load(), authenticator_, request, head_only);
    if (!response) return {};
    response->endpoint = EndpointTemplate(request.path, options_.layer);
    if (options_.compression) CompressAnswer(request, *response);
    return response;
  }

  const ServerOptions options_;
  const std::unique_ptr<store::ObjectStore> store_;
  Progress progress_;
  Authenticator authenticator_;
  AccountLimits account_limits_;
  AuthFailures auth_failures_;
  std::atomic<std::shared_ptr<const Snapshot>> snapshot_;
  const Site site_;
  std::unique_ptr<Follower> follower_;
  std::unique_ptr<net::HttpServer> http_;  // last: ends first
};

}  // namespace

StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, log::Log& log, relay::Acceptor& acceptor, Clock& clock) {
  std::error_code error;
  std::filesystem::create_directories(options.data_dir, error);
  NOROSHI_ASSIGN(std::string key, LoadCursorKey(options.cursor_key_file.empty() ? options.data_dir + "/cursor.key" : options.cursor_key_file));
  NOROSHI_ASSIGN(auto snapshot, ServerImpl::MakeSnapshot(options, options.directory, key));
  NOROSHI_ASSIGN(auto store, options.store_in_memory ? store::OpenMemoryStore() : store::OpenRocksStore(options.data_dir + "/store"));
  auto server = std::make_unique<ServerImpl>(options, std::move(key), std::move(store), std::move(snapshot), acceptor, clock);
  NOROSHI_TRY(server->Open(log));
  return server;
}

}  // namespace noroshi::taxii
