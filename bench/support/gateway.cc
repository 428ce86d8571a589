#include "bench/support/gateway.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench/support/command.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/taxii/accounts.h"

namespace noroshi::bench {
namespace {

constexpr char kReaderPassword[] = "incident";
constexpr std::chrono::seconds kCatchUpMax{60};

StatusOr<std::shared_ptr<const config::DirectoryFile>> MakeDirectory(const trust::PublicKey& key) {
  auto file = std::make_shared<config::DirectoryFile>();
  const trust::Node broker{kBroker, kBrokerOrg, trust::NodeRole::kBroker, kLayer, {key}};
  NOROSHI_ASSIGN(file->directory, trust::Directory::Create("bench", 1, {broker}));
  policy::Layer layer;
  layer.name = kLayer;
  layer.kind = policy::LayerKind::kSector;
  layer.operator_org = kBrokerOrg;
  layer.members = {kBrokerOrg, "alfa"};
  NOROSHI_ASSIGN(file->membership, policy::Membership::Create(
                                       1, {{kBrokerOrg, "identity--" + SecureRandom().Uuid()}, {"alfa", "identity--" + SecureRandom().Uuid()}}, {layer}, {}));
  return std::shared_ptr<const config::DirectoryFile>(std::move(file));
}

}  // namespace

// Takes nothing: these benchmarks read.
class Gateway::NoAcceptor final : public relay::Acceptor {
 public:
  std::string NewSubmission() override { return SecureRandom().Uuid(); }
  StatusOr<std::vector<relay::ItemResult>> Accept(const std::string&, const relay::PublishOptions&, const std::vector<stix::InputItem>&) override {
    return Unimplemented("not here");
  }
  Status Recall(const relay::RecallRequest&) override { return Unimplemented("not here"); }
  StatusOr<relay::SubmissionState> Find(const std::string&, std::string_view, uint64_t, size_t) override { return NotFound("no such submission"); }
  void Wait(const std::string&, bool, std::chrono::milliseconds) override {}
  StatusOr<std::vector<relay::ItemResult>> DryRun(const relay::PublishOptions&, const std::vector<stix::InputItem>&) override {
    return Unimplemented("not here");
  }
};

Gateway::Gateway() : acceptor_(std::make_unique<NoAcceptor>()) {}
Gateway::~Gateway() = default;

Status Gateway::Start(log::Log& log, const trust::PublicKey& broker_key) {
  taxii::ServerOptions options;
  NOROSHI_ASSIGN(options.directory, MakeDirectory(broker_key));
  NOROSHI_ASSIGN(const std::string password_hash, taxii::HashPassword(kReaderPassword));
  options.accounts_file = directory_.path() + "/accounts.yaml";
  std::ofstream(options.accounts_file) << fmt::format(
      "accounts:\n  - {{user: ann, org: alfa, kind: member, roles: [reader], password_hash: \"{}\"}}\n", password_hash);
  options.listen = "127.0.0.1:0";
  options.tls = tls_;
  options.layer = kLayer;
  options.relay_node = kBroker;
  options.data_dir = directory_.path() + "/data";
  NOROSHI_ASSIGN(server_, taxii::Server::Start(options, log, *acceptor_, SystemClock()));
  const auto until = std::chrono::steady_clock::now() + kCatchUpMax;
  Mutex mutex;
  CondVar pause;
  while (!server_->caught_up() && server_->stopped_audiences() == 0) {
    if (std::chrono::steady_clock::now() > until) return DeadlineExceeded("the gateway did not read its audiences to their ends");
    MutexLock lock(mutex);
    pause.wait_for(mutex, std::chrono::milliseconds(10));
  }
  return server_->stopped_audiences() == 0 ? OkStatus() : DataLoss("an audience stopped");
}

std::string Gateway::Url(std::string_view path) const { return fmt::format("https://127.0.0.1:{}{}", server_->port(), path); }

StatusOr<net::Response> Gateway::Get(std::string_view path) const {
  NOROSHI_ASSIGN(net::Response answer, net::Fetch({pki_.ca_file()}, "GET", Url(path), {{"Authorization", kAuthorization}, {"Accept", kAccept}}, ""));
  if (answer.status != 200) return Unavailable("`{}` has status {}", path, answer.status);
  return answer;
}

StatusOr<double> RunWrk(const std::string& url, int connections, int seconds, const std::string& script) {
  const std::optional<std::string> out = RunCommand(fmt::format("wrk -t1 -c{} -d{}s {} -H 'Authorization: {}' -H 'Accept: {}' '{}'", connections, seconds,
                                                                script.empty() ? "" : "-s '" + script + "'", kAuthorization, kAccept, url));
  if (!out) return Unavailable("wrk cannot run");
  if (out->find("Non-2xx") != std::string::npos || out->find("Socket errors") != std::string::npos) return Unavailable("not all answers came: {}", *out);
  static constexpr std::string_view kRate = "Requests/sec:";
  const size_t at = out->find(kRate);
  const double rate = at == std::string::npos ? 0 : std::strtod(out->c_str() + at + kRate.size(), nullptr);
  if (rate <= 0) return DataLoss("wrk prints no rate");
  return rate;
}

}  // namespace noroshi::bench
