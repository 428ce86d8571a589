#include "common/taxii/server.h"

#include <filesystem>

#include "common/base/limits.h"
#include "common/obs/log.h"
#include "common/taxii/account_changes.h"
#include "common/taxii/accounts_file.h"
#include "common/taxii/authenticator.h"
#include "common/taxii/call.h"
#include "common/taxii/compression.h"
#include "common/taxii/cursor.h"
#include "common/taxii/fetch_key_set.h"
#include "common/taxii/file_stamp.h"
#include "common/taxii/follow.h"
#include "common/taxii/issuer.h"
#include "common/taxii/logins.h"
#include "common/taxii/rate_limit.h"
#include "common/taxii/request_metrics.h"

namespace noroshi::taxii {
namespace {

class ServerImpl final : public Server {
 public:
  ServerImpl(const ServerOptions& options, std::string cursor_key, std::unique_ptr<store::ObjectStore> store, std::shared_ptr<const Snapshot> snapshot,
             std::unique_ptr<Issuer> issuer, relay::Acceptor& acceptor, Clock& clock)
      : options_(options), clock_(clock), store_(std::move(store)), logins_(options.data_dir + "/logins.json"), issuer_(std::move(issuer)),
        authenticator_({clock, logins_, issuer_.get(), options.client_certificates}), account_limits_(options.limits, clock),
        stamp_(StampOf(options.accounts_file)), snapshot_(std::move(snapshot)),
        site_{options.layer, options.title.empty() ? options.layer : options.title, options.public_url, std::move(cursor_key), options.anonymous_public,
              limits::kContentBytesMax, clock, *store_, acceptor, progress_, account_limits_, auth_failures_} {}

  Status Open(log::Log& log) {
    net::HttpOptions http;
    http.listen = options_.listen;
    http.tls = options_.tls;
    http.ask_client_certificate = options_.client_certificates != config::ClientCertificates::kOff;
    http.require_client_certificate = options_.client_certificates == config::ClientCertificates::kRequired;
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
    const FileStamp stamp = StampOf(options_.accounts_file);
    NOROSHI_ASSIGN(auto next, MakeSnapshot(options_, std::move(directory), site_.cursor_key));
    stamp_ = stamp;
    Take(std::move(next));
    return OkStatus();
  }

  void Tick() override {
    if (const FileStamp stamp = StampOf(options_.accounts_file); stamp != stamp_) {
      stamp_ = stamp;
      const Status taken = TakeAccounts();
      if (!taken.ok()) obs::Error("accounts_refused", "the accounts stay as they were", {{"error", Message(taken)}});
    }
    if (issuer_) issuer_->Look();
    logins_.Flush(*snapshot_.load()->accounts, clock_.Now(), false);
  }

  void Drain(std::chrono::milliseconds deadline) override {
    http_->Drain(deadline);
    logins_.Flush(*snapshot_.load()->accounts, clock_.Now(), true);
  }
  bool caught_up() const override { return progress_.caught_up; }
  size_t stopped_audiences() const override { return progress_.stopped_count(); }

  static StatusOr<std::shared_ptr<const Snapshot>> MakeSnapshot(const ServerOptions& options, std::shared_ptr<const config::DirectoryFile> directory,
                                                                const std::string& cursor_key) {
    const policy::Layer* layer = directory->membership.FindLayer(options.layer);
    if (layer == nullptr) return InvalidArgument("layer `{}` is not in the directory", options.layer);
    NOROSHI_ASSIGN(Accounts accounts, LoadAccounts(options.accounts_file));
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

  static Status CheckMode(const std::string& file) {
    const FileStamp stamp = StampOf(file);
    if (stamp.bytes < 0) return InvalidArgument("`{}` cannot be read", file);
    if ((stamp.mode & 0077) != 0) return InvalidArgument("`{}` has mode {:04o}, allowed is 0600 or stricter", file, stamp.mode);
    return OkStatus();
  }

  // Before the start and at a reload, config::CheckTogether has looked.
  Status TakeAccounts() {
    NOROSHI_TRY(CheckMode(options_.accounts_file));
    NOROSHI_ASSIGN(auto next, MakeSnapshot(options_, snapshot_.load()->directory, site_.cursor_key));
    Take(std::move(next));
    return OkStatus();
  }

  void Take(std::shared_ptr<const Snapshot> next) {
    ReportChanges(*snapshot_.load()->accounts, *next->accounts);
    snapshot_.store(std::move(next));
  }

  const ServerOptions options_;
  Clock& clock_;
  const std::unique_ptr<store::ObjectStore> store_;
  Progress progress_;
  Logins logins_;
  const std::unique_ptr<Issuer> issuer_;  // null: no JWTs
  Authenticator authenticator_;
  AccountLimits account_limits_;
  AuthFailures auth_failures_;
  FileStamp stamp_;  // of the accounts file, as it was looked at last; Reload's and Tick's
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
  std::unique_ptr<Issuer> issuer;
  if (options.oidc) {
    NOROSHI_ASSIGN(issuer, Issuer::Open(*options.oidc, FetchKeySet, clock));
  }
  NOROSHI_ASSIGN(auto snapshot, ServerImpl::MakeSnapshot(options, options.directory, key));
  NOROSHI_ASSIGN(auto store, options.store_in_memory ? store::OpenMemoryStore() : store::OpenRocksStore(options.data_dir + "/store"));
  auto server = std::make_unique<ServerImpl>(options, std::move(key), std::move(store), std::move(snapshot), std::move(issuer), acceptor, clock);
  NOROSHI_TRY(server->Open(log));
  return server;
}

}  // namespace noroshi::taxii
