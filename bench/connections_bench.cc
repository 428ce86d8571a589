// `./dev bench connections`: what a client that asks for one object by its id feels of a crowd: idle keep-alive connections (10,000), streams beside them, and
// slowloris (5,000 that send one byte of a head every 10 s). The 99th percentile of its times as a ratio to those with nobody else there, before and behind
// each crowd, in the same run. All over TLS with the default limits; the crowd is another process on the same cores, so its own work counts against us.
//
// Environment: NOROSHI_BENCH_CONNECTIONS (10000), NOROSHI_BENCH_SLOW (5000), NOROSHI_BENCH_STREAMS (0) with NOROSHI_BENCH_STREAM_PATH (a path that answers
// with server-sent events), BENCHMARK_OUT (JSON result).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "bench/support/command.h"
#include "bench/support/crowd.h"
#include "bench/support/gateway.h"
#include "common/base/random.h"
#include "common/log/backends.h"
#include "common/store/object_store.h"

namespace noroshi::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kObjects = 10'000;
constexpr size_t kDescriptionBytes = 400;
constexpr size_t kChangesPerApply = 512;
constexpr int kConnections = 10'000;
constexpr int kSlow = 5'000;
constexpr std::chrono::milliseconds kTrickle{10'000};
constexpr std::chrono::seconds kOpenMax{300};
constexpr int kWindows = 5;
constexpr int kRequestsPerWindow = 1'000;
constexpr double kRatioWanted = 3;

size_t FromEnvironment(const char* name, size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

std::string IdOf(size_t number) { return fmt::format("indicator--{:08x}-0000-4000-8000-{:012x}", static_cast<uint32_t>(number * 2'654'435'761u), number); }

// Straight into the store: the way there is what `bench relay` measures.
Status Fill(const std::string& directory) {
  std::filesystem::create_directories(directory);
  NOROSHI_ASSIGN(const std::unique_ptr<store::ObjectStore> store, store::OpenRocksStore(directory));
  std::vector<store::Change> changes;
  for (size_t number = 1; number <= kObjects; ++number) {
    store::Put put;
    store::Entry& entry = put.entry;
    entry.date_us = 1'700'000'000'000'000 + static_cast<int64_t>(number);
    entry.id = IdOf(number);
    entry.type = "indicator";
    entry.version = "2024-01-01T00:00:00.000Z";
    entry.version_us = 1'704'067'200'000'000;
    entry.grant = kBrokerOrg;
    entry.facts = {stix::Tlp::kGreen, {policy::ScopeKind::kSector, {kLayer}}, kBrokerOrg, policy::kAllKinds, policy::BoundaryKind::kCommunity};
    put.payload = fmt::format(R"({{"type":"indicator","spec_version":"2.1","id":"{}","description":"{}"}})", entry.id, std::string(kDescriptionBytes, 'x'));
    const store::Position position{number, entry.date_us, number, 1};
    changes.emplace_back(std::move(put));
    if (changes.size() < kChangesPerApply && number < kObjects) continue;
    NOROSHI_TRY(store->Apply("community", changes, position));
    changes.clear();
  }
  return OkStatus();
}

// A healthy client: one kept connection, one request at a time, a random object each.
class Client {
 public:
  explicit Client(int port) : context_(SSL_CTX_new(TLS_client_method())), tls_(SSL_new(context_)), socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval wait{30, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    SSL_set_fd(tls_, socket_);
    good_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && SSL_connect(tls_) == 1;
  }
  ~Client() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
    close(socket_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Seconds of one request.
  StatusOr<double> Ask(const std::string& id) {
    const std::string request = fmt::format("GET /{}/collections/community/objects/{}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {}\r\nAccept: {}\r\n\r\n", kLayer, id,
                                            kAuthorization, kAccept);
    const auto began = SteadyClock::now();
    if (!good_ || SSL_write(tls_, request.data(), static_cast<int>(request.size())) <= 0) return Unavailable("the healthy client's connection is gone");
    std::string answer;
    // Ends with the object in its envelope.
    while (!answer.ends_with("}]}")) {
      char buffer[8192];
      const int got = SSL_read(tls_, buffer, sizeof buffer);
      if (got <= 0) return Unavailable("the healthy client got no answer");
      answer.append(buffer, static_cast<size_t>(got));
    }
    if (!answer.starts_with("HTTP/1.1 200 ")) return Unavailable("the healthy client was refused");
    return std::chrono::duration<double>(SteadyClock::now() - began).count();
  }

 private:
  SSL_CTX* const context_;
  SSL* const tls_;
  const int socket_;
  bool good_ = false;
};

// A value for each window.
struct Times {
  std::vector<double> p50, p99;
};

Status Measure(int port, Random& random, Times& times) {
  Client client(port);
  for (int window = 0; window < kWindows; ++window) {
    std::vector<double> seconds;
    for (int i = 0; i < kRequestsPerWindow; ++i) {
      NOROSHI_ASSIGN(seconds.emplace_back(), client.Ask(IdOf(1 + random.Next() % kObjects)));
    }
    times.p50.push_back(Percentile(seconds, 50));
    times.p99.push_back(Percentile(seconds, 99));
  }
  return OkStatus();
}

double ResidentMegabytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

class Bench {
 public:
  Status Run() {
    NOROSHI_TRY(Fill(gateway_.store_directory()));
    NOROSHI_TRY(gateway_.Start(*log_, trust::SigningKey::Generate().public_key()));
    const std::string url = gateway_.Url("");
    port_ = std::atoi(url.c_str() + url.rfind(':') + 1);
    std::printf("one object by its id, %d windows of %d requests; times are medians of the windows\n", kWindows, kRequestsPerWindow);
    Times warm_up;
    NOROSHI_TRY(Measure(port_, random_, warm_up));
    NOROSHI_TRY(Measure(port_, random_, alone_));
    const std::string head = fmt::format(" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {}\r\n", kAuthorization);
    CrowdOptions idle;
    idle.port = port_;
    idle.connections = static_cast<int>(FromEnvironment("NOROSHI_BENCH_CONNECTIONS", kConnections));
    idle.request = "GET /taxii2/" + head + "\r\n";
    CrowdOptions streams = idle;
    const char* path = std::getenv("NOROSHI_BENCH_STREAM_PATH");
    streams.connections = path == nullptr ? 0 : static_cast<int>(FromEnvironment("NOROSHI_BENCH_STREAMS", 0));
    if (path != nullptr) streams.request = "GET " + std::string(path) + head + "Accept: text/event-stream\r\n\r\n";
    CrowdOptions slow;
    slow.port = port_;
    slow.connections = static_cast<int>(FromEnvironment("NOROSHI_BENCH_SLOW", kSlow));
    slow.trickle = kTrickle;
    NOROSHI_TRY(Against(streams.connections > 0 ? "idle and streams" : "idle", idle, streams));
    NOROSHI_TRY(Against("slowloris", slow, {}));
    for (const Row& row : rows_) Report(row);
    if (const char* out = std::getenv("BENCHMARK_OUT")) std::ofstream(out) << "{" << json_ << "}\n";
    return OkStatus();
  }

 private:
  struct Row {
    std::string name;
    int connections = 0;
    Times times;
    double megabytes = 0;  // more than without
    long reopened = 0;
  };

  Status Against(const std::string& name, const CrowdOptions& first, const CrowdOptions& second) {
    Row row{name, first.connections + second.connections, {}, -ResidentMegabytes(), 0};
    {
      NOROSHI_ASSIGN(const std::unique_ptr<Crowd> crowd, Crowd::Start(first));
      NOROSHI_ASSIGN(const std::unique_ptr<Crowd> beside, Crowd::Start(second));
      NOROSHI_TRY(crowd->WaitUntilOpen(kOpenMax));
      NOROSHI_TRY(beside->WaitUntilOpen(kOpenMax));
      NOROSHI_TRY(Measure(port_, random_, row.times));
      const int open = crowd->Open() + beside->Open();
      if (first.trickle.count() == 0 && open < row.connections * 99 / 100) return DataLoss("{} of {} connections were left at the end", open, row.connections);
      row.megabytes += ResidentMegabytes();
      row.reopened = crowd->reopened() + beside->reopened();
    }
    rows_.push_back(std::move(row));
    return Measure(port_, random_, alone_);
  }

  void Report(const Row& row) {
    const double p50 = Median(row.times.p50), p99 = Median(row.times.p99), p50_alone = Median(alone_.p50), p99_alone = Median(alone_.p99);
    std::printf("%-16s %6d connections (+%.0f MB, %ld reopened): p50 %.2f ms against %.2f ms alone, p99 %.2f ms against %.2f ms: ratio %.2f (wanted: at most %.0f)\n",
                row.name.c_str(), row.connections, row.megabytes, row.reopened, p50 * 1e3, p50_alone * 1e3, p99 * 1e3, p99_alone * 1e3, p99 / p99_alone, kRatioWanted);
    json_ += fmt::format(R"({}"{}": {{"connections": {}, "p99_ms": {:.3f}, "p99_alone_ms": {:.3f}, "ratio": {:.3f}, "megabytes": {:.1f}}})", json_.empty() ? "" : ", ", row.name,
                         row.connections, p99 * 1e3, p99_alone * 1e3, p99 / p99_alone, row.megabytes);
  }

  const std::unique_ptr<log::Log> log_ = log::CreateMemoryLog();
  SeededRandom random_{1};
  Gateway gateway_;
  int port_ = 0;
  Times alone_;
  std::vector<Row> rows_;
  std::string json_;
};

int Run() {
  const Status status = Bench().Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "connections: %s\n", std::string(Message(status)).c_str());
  return 1;
}

}  // namespace
}  // namespace noroshi::bench

int main() { return noroshi::bench::Run(); }
