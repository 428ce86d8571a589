// `./dev bench page`: how many TAXII pages of 100 objects a gateway serves a second to an account (password, rights, each entry's decision, the page put
// together from the store), as a ratio to nginx, which serves the same bytes from a file over TLS and asks nobody. One load generator, wrk, takes turns.
// Pages a second is the ratio wanted. On a machine that others load too, the side with more threads gets more of it: the CPU time of a page is printed beside it.
//
// Input: ATT&CK Enterprise where ../shared/data has it, else generated indicators of its mean size.
// Environment: NOROSHI_SOURCE_DIR (default: the current folder), BENCHMARK_OUT (JSON result).
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/command.h"
#include "bench/support/gateway.h"
#include "bench/support/objects.h"
#include "common/base/random.h"
#include "common/log/backends.h"
#include "common/relay/codec.h"
#include "common/relay/record.h"
#include "common/stix/input.h"
#include "common/stix/object.h"

namespace noroshi::bench {
namespace {

constexpr char kPage[] = "/energy/collections/community/objects/?limit=100";

constexpr size_t kObjects = 3'000;
constexpr size_t kGeneratedBytes = 1'050;
constexpr size_t kStride = 7'919;  // a prime, so that none of the file's objects comes twice
constexpr size_t kRecordsPerAppend = 500;
constexpr int kRounds = 3;
constexpr int kConnections = 4;
constexpr int kLoadSeconds = 5;
constexpr double kRatioWanted = 0.3;

std::vector<std::string> LoadObjects() {
  const std::vector<std::string> real = RealObjects();
  if (real.empty()) return GeneratedObjects(kObjects, kGeneratedBytes);
  // Mixed: the file goes by types, which differ in size, and a page shall be like the whole.
  std::vector<std::string> objects;
  for (size_t i = 0; i < kObjects; ++i) objects.push_back(real[i * kStride % real.size()]);
  return objects;
}

// The records that the sector's relay would have released to its community.
Status Release(log::Log& log, trust::SigningKey key, const std::vector<std::string>& objects) {
  relay::Context broker;
  broker.node = kBroker;
  broker.signer = std::make_shared<const trust::BatchSigner>("bench", kBroker, 1, std::move(key), SecureRandom());
  const std::string topic = policy::AudienceTopic(kLayer, {policy::BoundaryKind::kCommunity, ""});
  NOROSHI_TRY(log.EnsureTopic(topic));
  v1::LedgerVerdict verdict;
  verdict.set_verdict("release");
  verdict.set_kinds(policy::kAllKinds);
  uint64_t sequence = 0;
  for (size_t at = 0; at < objects.size();) {
    std::vector<relay::Outgoing> records;
    for (; at < objects.size() && records.size() < kRecordsPerAppend; ++at) {
      const StatusOr<stix::Object> object = stix::Parse(objects[at]);
      if (!object.ok()) continue;
      v1::LedgerEntry entry;
      *entry.mutable_facts() = relay::FactsOf(*object);
      entry.set_sequence(++sequence);
      entry.set_publication(sequence);
      entry.set_stamp_us(1'700'000'000'000'000 + static_cast<int64_t>(sequence));
      v1::Grant& grant = *entry.mutable_grant();
      grant.set_origin_org("isac");
      grant.mutable_scope()->set_kind(v1::SCOPE_SECTOR);
      grant.mutable_scope()->add_names(kLayer);
      grant.set_tlp(v1::TLP_GREEN);
      grant.set_first_relay(true);
      v1::Envelope body;
      body.set_payload(objects[at]);
      records.push_back(relay::ObjectRecord(broker, entry, verdict, Hash{}, body, topic));
    }
    NOROSHI_TRY(log::AppendAndWait(log, topic, relay::Sealed(broker, std::move(records))).status());
  }
  return OkStatus();
}

// The same bytes from a file. Stopped with the object.
class Nginx {
 public:
  Nginx(const std::string& directory, const net::TlsFiles& tls) : script_(SourceDirectory() + "/bench/nginx_page.sh"), directory_(directory), tls_(tls) {}
  ~Nginx() { RunCommand(fmt::format("'{}' stop --dir '{}'", script_, directory_)); }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  StatusOr<std::string> Start(const std::string& bytes_file) {
    std::optional<std::string> url = RunCommand(fmt::format("'{}' start --dir '{}' --file '{}' --cert '{}' --key '{}'", script_, directory_, bytes_file,
                                                            tls_.certificate_file, tls_.key_file));
    if (!url || url->empty()) return Unavailable("nginx did not start");
    url->erase(url->find_last_not_of('\n') + 1);
    return *std::move(url);
  }

  // Of its workers since their start; 0 where the kernel does not tell.
  double CpuSeconds() const {
    std::string master;
    std::ifstream(directory_ + "/pid") >> master;
    std::ifstream workers(fmt::format("/proc/{0}/task/{0}/children", master));
    double ticks = 0;
    for (std::string worker; workers >> worker;) {
      std::ifstream stat("/proc/" + worker + "/stat");
      std::string field;
      for (int number = 1; number <= kStatSystemTime && stat >> field; ++number) {
        if (number >= kStatUserTime) ticks += std::strtod(field.c_str(), nullptr);
      }
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  }

 private:
  // In proc(5)'s stat; `(nginx)` before them has no space in it.
  static constexpr int kStatUserTime = 14, kStatSystemTime = 15;

  const std::string script_, directory_;
  const net::TlsFiles tls_;
};

// What was measured of one side, a value each round.
struct Side {
  std::vector<double> pages_per_second, cpu_us_per_page;

  Status Load(const std::string& url, const std::function<double()>& cpu_seconds) {
    const double cpu_before = cpu_seconds();
    NOROSHI_ASSIGN(const double rate, RunWrk(url, kConnections, kLoadSeconds));
    pages_per_second.push_back(rate);
    cpu_us_per_page.push_back((cpu_seconds() - cpu_before) * 1e6 / (rate * kLoadSeconds));
    return OkStatus();
  }
};

void Report(size_t page_bytes, const Side& ours, const Side& reference) {
  for (const auto& [name, side] : {std::pair{"gateway", &ours}, std::pair{"nginx", &reference}}) {
    std::printf("%-8s", name);
    for (double rate : side->pages_per_second) std::printf(" %6.0f", rate);
    std::printf("  median %.0f pages/s, %.0f us of CPU a page\n", Median(side->pages_per_second), Median(side->cpu_us_per_page));
  }
  const double rate = Median(ours.pages_per_second), reference_rate = Median(reference.pages_per_second);
  const double cpu = Median(ours.cpu_us_per_page), reference_cpu = Median(reference.cpu_us_per_page);
  std::printf("gateway / nginx = %.2f (wanted: at least %.1f); by CPU time %.2f\n", rate / reference_rate, kRatioWanted, reference_cpu / cpu);
  const char* out = std::getenv("BENCHMARK_OUT");
  if (out == nullptr) return;
  std::ofstream(out) << fmt::format(R"({{"page_bytes": {}, "pages_per_second": {:.0f}, "reference_pages_per_second": {:.0f}, "ratio": {:.3f}, )"
                                    R"("cpu_us_per_page": {:.1f}, "reference_cpu_us_per_page": {:.1f}, "cpu_ratio": {:.3f}}})",
                                    page_bytes, rate, reference_rate, rate / reference_rate, cpu, reference_cpu, reference_cpu / cpu)
                     << "\n";
}

Status Measure() {
  trust::SigningKey key = trust::SigningKey::Generate();
  const std::unique_ptr<log::Log> log = log::CreateMemoryLog();
  const trust::PublicKey public_key = key.public_key();
  NOROSHI_TRY(Release(*log, std::move(key), LoadObjects()));
  Gateway gateway;
  NOROSHI_TRY(gateway.Start(*log, public_key));
  NOROSHI_ASSIGN(const net::Response page, gateway.Get(kPage));
  const StatusOr<stix::Input> objects = stix::SplitInput(page.body);
  if (!objects.ok() || objects->items.size() != 100) return DataLoss("the page is not one of 100 objects");
  const std::string bytes_file = gateway.directory() + "/page.json";
  std::ofstream(bytes_file) << page.body;
  Nginx nginx(gateway.directory() + "/nginx", gateway.tls());
  NOROSHI_ASSIGN(const std::string reference_url, nginx.Start(bytes_file));
  std::printf("a page: 100 objects, %zu bytes; wrk, %d connections, for %d s, by turns, median of %d\n", page.body.size(), kConnections, kLoadSeconds, kRounds);

  Side ours, reference;
  for (int round = 0; round < kRounds; ++round) {
    NOROSHI_TRY(ours.Load(gateway.Url(kPage), OwnCpuSeconds));
    NOROSHI_TRY(reference.Load(reference_url, [&nginx] { return nginx.CpuSeconds(); }));
  }
  Report(page.body.size(), ours, reference);
  return OkStatus();
}

int Run() {
  const Status status = Measure();
  if (status.ok()) return 0;
  std::fprintf(stderr, "page: %s\n", std::string(Message(status)).c_str());
  return 1;
}

}  // namespace
}  // namespace noroshi::bench

int main() { return noroshi::bench::Run(); }
