// `./dev bench history`: what a page, a poll by `added_after` and one object by its id cost at a gateway that holds years of history, as a ratio to the same
// gateway with 10,000 objects. Positions and ids are random over the whole history. Both gateways stand side by side and are asked by turns, over TLS.
//
// Environment: NOROSHI_BENCH_OBJECTS (default 3,000,000: one every half minute for three years), BENCHMARK_OUT (JSON result).
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "bench/support/command.h"
#include "bench/support/gateway.h"
#include "common/base/random.h"
#include "common/log/backends.h"
#include "common/store/object_store.h"

namespace noroshi::bench {
namespace {

constexpr size_t kFewObjects = 10'000;
constexpr size_t kManyObjects = 3'000'000;
constexpr size_t kDescriptionBytes = 400;
constexpr size_t kChangesPerApply = 512;
constexpr size_t kTokens = 256;
constexpr int64_t kBeginSeconds = 1'700'000'000;
constexpr int64_t kYearsSeconds = 3ll * 365 * 24 * 3600;
constexpr int kConnections = 4;
constexpr int kLoadSeconds = 4;
constexpr int kRounds = 3;
constexpr double kRatioWanted = 1.3;
constexpr char kObjects[] = "/energy/collections/community/objects/";

// Ids that jump about in their order while the history grows, as real ones do.
std::string IdOf(size_t number) { return fmt::format("indicator--{:08x}-0000-4000-8000-{:012x}", static_cast<uint32_t>(number * 2'654'435'761u), number); }

store::Put Release(size_t number, int64_t spacing_s) {
  store::Put put;
  store::Entry& entry = put.entry;
  entry.date_us = (kBeginSeconds + static_cast<int64_t>(number) * spacing_s) * 1'000'000;
  entry.id = IdOf(number);
  entry.type = "indicator";
  entry.version = "2024-01-01T00:00:00.000Z";
  entry.version_us = 1'704'067'200'000'000;
  entry.grant = kBrokerOrg;
  entry.facts = {stix::Tlp::kGreen, {policy::ScopeKind::kSector, {kLayer}}, kBrokerOrg, policy::kAllKinds, policy::BoundaryKind::kCommunity};
  SeededRandom random(number);
  put.payload = fmt::format(R"({{"type":"indicator","spec_version":"2.1","id":"{}","created":"{}","modified":"{}","name":"generated {}","description":"{}",)"
                            R"("pattern":"[file:hashes.'SHA-256' = '{}']","pattern_type":"stix","valid_from":"2024-01-01T00:00:00Z"}})",
                            entry.id, entry.version, entry.version, number, std::string(kDescriptionBytes, 'x'), Hex(random.Bytes(32)));
  return put;
}

struct History {
  size_t objects = 0;
  int64_t spacing_s = 1;
  std::unique_ptr<log::Log> log = log::CreateMemoryLog();
  Gateway gateway;
  std::array<std::string, 3> scripts;
};

// Straight into the store: the way there, over ledger and proofs, is what `bench relay` measures.
Status Fill(History& history, size_t objects) {
  history.objects = objects;
  history.spacing_s = kYearsSeconds / static_cast<int64_t>(objects);
  std::filesystem::create_directories(history.gateway.store_directory());
  NOROSHI_ASSIGN(const std::unique_ptr<store::ObjectStore> store, store::OpenRocksStore(history.gateway.store_directory()));
  std::vector<store::Change> changes;
  store::Position position;
  for (size_t number = 1; number <= objects; ++number) {
    changes.emplace_back(Release(number, history.spacing_s));
    position = {number, std::get<store::Put>(changes.back()).entry.date_us, number, 1};
    if (changes.size() < kChangesPerApply && number < objects) continue;
    NOROSHI_TRY(store->Apply("community", changes, position));
    changes.clear();
    if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\r  filling: %zu of %zu objects%s", number, objects, number == objects ? "\n" : "");
  }
  return OkStatus();
}

// The token of the page behind `after`.
StatusOr<std::string> NextToken(const History& history, size_t after) {
  const std::string date = FormatTimestamp(FromMicros((kBeginSeconds + static_cast<int64_t>(after) * history.spacing_s) * 1'000'000));
  NOROSHI_ASSIGN(const net::Response page, history.gateway.Get(fmt::format("{}?limit=100&added_after={}", kObjects, date)));
  static constexpr std::string_view kNext = "\"next\":\"";
  const size_t at = page.body.find(kNext);
  if (at == std::string::npos) return DataLoss("a page in the middle has no `next`");
  const size_t begin = at + kNext.size();
  return page.body.substr(begin, page.body.find('"', begin) - begin);
}

// What wrk asks for: a page by its token, a poll, an object; each time another one.
Status WriteScripts(History& history, Random& random) {
  std::string tokens;
  for (size_t i = 0; i < kTokens; ++i) {
    NOROSHI_ASSIGN(const std::string token, NextToken(history, random.Next() % (history.objects - 300)));
    tokens += fmt::format("\"{}\",", token);
  }
  const std::string poll = fmt::format("local n = math.random(1, {})\n  return \"{}?limit=100&added_after=\" .. os.date(\"!%Y-%m-%dT%H:%M:%S.000000Z\", {} + n * {})",
                                       history.objects - 300, kObjects, kBeginSeconds, history.spacing_s);
  const std::string by_id = fmt::format("local n = math.random(1, {})\n  return \"{}indicator--\" .. string.format(\"%08x-0000-4000-8000-%012x/\", (n * 2654435761) % 4294967296, n)",
                                        history.objects, kObjects);
  const std::string page = fmt::format("return \"{}?limit=100&next=\" .. tokens[math.random(1, #tokens)]", kObjects);
  const std::array<std::string, 3> bodies = {page, poll, by_id};
  for (size_t i = 0; i < bodies.size(); ++i) {
    history.scripts[i] = fmt::format("{}/ask{}.lua", history.gateway.directory(), i);
    std::ofstream(history.scripts[i]) << "local tokens = {" << (i == 0 ? tokens : "") << "}\nlocal function path()\n  " << bodies[i]
                                      << "\nend\nfunction request() return wrk.format(\"GET\", path()) end\n";
  }
  return OkStatus();
}

Status Prepare(History& history, size_t objects, Random& random) {
  NOROSHI_TRY(Fill(history, objects));
  NOROSHI_TRY(history.gateway.Start(*history.log, trust::SigningKey::Generate().public_key()));
  return WriteScripts(history, random);
}

Status Measure() {
  const char* wanted = std::getenv("NOROSHI_BENCH_OBJECTS");
  const size_t objects = wanted == nullptr ? kManyObjects : std::strtoul(wanted, nullptr, 10);
  if (objects <= kFewObjects) return InvalidArgument("NOROSHI_BENCH_OBJECTS must be above {}", kFewObjects);
  SeededRandom random(1);
  History few, many;
  NOROSHI_TRY(Prepare(few, kFewObjects, random));
  NOROSHI_TRY(Prepare(many, objects, random));
  std::printf("%zu objects against %zu; wrk, %d connections, %d s each, by turns, median of %d\n", objects, kFewObjects, kConnections, kLoadSeconds, kRounds);
  static constexpr std::array<const char*, 3> kNames = {"page", "added_after", "by_id"};
  std::string json;
  for (size_t i = 0; i < kNames.size(); ++i) {
    std::vector<double> few_rates, many_rates;
    for (int round = 0; round < kRounds; ++round) {
      NOROSHI_ASSIGN(few_rates.emplace_back(), RunWrk(few.gateway.Url("/"), kConnections, kLoadSeconds, few.scripts[i]));
      NOROSHI_ASSIGN(many_rates.emplace_back(), RunWrk(many.gateway.Url("/"), kConnections, kLoadSeconds, many.scripts[i]));
    }
    const double ratio = Median(few_rates) / Median(many_rates);
    std::printf("%-12s %7.0f/s with few, %7.0f/s with many: cost ratio %.2f (wanted: at most %.1f)\n", kNames[i], Median(few_rates), Median(many_rates), ratio, kRatioWanted);
    json += fmt::format(R"({}"{}": {{"few_per_second": {:.0f}, "many_per_second": {:.0f}, "ratio": {:.3f}}})", json.empty() ? "" : ", ", kNames[i],
                        Median(few_rates), Median(many_rates), ratio);
  }
  if (const char* out = std::getenv("BENCHMARK_OUT")) std::ofstream(out) << fmt::format(R"({{"objects": {}, {}}})", objects, json) << "\n";
  return OkStatus();
}

int Run() {
  const Status status = Measure();
  if (status.ok()) return 0;
  std::fprintf(stderr, "history: %s\n", std::string(Message(status)).c_str());
  return 1;
}

}  // namespace
}  // namespace noroshi::bench

int main() { return noroshi::bench::Run(); }
