// `./dev bench relay`: how fast a sector's broker relays real objects on Kafka (proofs checked, parsed, decided, ledger and audience durable with
// acks=all), as a ratio to MirrorMaker 2, which copies the same records on the same broker and decides nothing.
//
// Input: ATT&CK Enterprise where ../shared/data has it (several copies with other ids), else generated indicators of its mean size.
// Environment: NOROSHI_KAFKA_BOOTSTRAP (`memory`: no Kafka and no reference, for profiles), NOROSHI_BENCH_OBJECTS (default 150,000), BENCHMARK_OUT
// (JSON result).
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/command.h"
#include "bench/support/objects.h"
#include "common/base/limits.h"
#include "common/base/random.h"
#include "common/log/backends.h"
#include "common/relay/codec.h"
#include "common/relay/record.h"
#include "common/relay/relay.h"
#include "common/stix/object.h"
#include "common/trust/proof.h"

namespace noroshi::bench {
namespace {

constexpr char kLayer[] = "energy";
constexpr char kSender[] = "delta-edge";
constexpr size_t kGeneratedBytes = 900;

// The same objects under other ids: every id's first digit moves by `copy`, so references stay whole.
std::string Copy(std::string_view object, int copy) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(object);
  for (size_t at = out.find("--"); at != std::string::npos; at = out.find("--", at + 2)) {
    if (at + 38 > out.size() || out[at + 10] != '-') continue;
    const size_t digit = kDigits.find(out[at + 2]);
    if (digit != std::string_view::npos) out[at + 2] = kDigits[(digit + copy) % 16];
  }
  return out;
}

std::vector<std::string> LoadObjects(size_t wanted) {
  const std::vector<std::string> real = RealObjects();
  if (real.empty()) return GeneratedObjects(wanted, kGeneratedBytes);
  // An edge forwards what is referred to first; markings are what a later relay never takes on trust.
  std::vector<std::string_view> ordered;
  for (const bool markings : {true, false}) {
    for (const std::string& bytes : real) {
      const StatusOr<stix::Object> object = stix::ParseTrusted(bytes);
      if (object.ok() && (object->type == "marking-definition") == markings) ordered.push_back(bytes);
    }
  }
  std::vector<std::string> objects;
  for (int copy = 0; copy < 16 && objects.size() < wanted; ++copy) {
    for (const std::string_view bytes : ordered) {
      if (objects.size() == wanted) break;
      objects.push_back(Copy(bytes, copy));
    }
  }
  return objects;
}

struct World {
  std::filesystem::path directory;
  config::NodeConfig broker;
  config::DirectoryFile file;
  std::shared_ptr<const trust::BatchSigner> sender;
};

World MakeWorld() {
  World world;
  world.directory = std::filesystem::temp_directory_path() / ("noroshi-bench-" + SecureRandom().Uuid());
  std::filesystem::create_directories(world.directory / "data");
  trust::SigningKey broker_key = trust::SigningKey::Generate(), edge_key = trust::SigningKey::Generate();
  world.broker.signing_key = (world.directory / "signing.key").string();
  if (!broker_key.Save(world.broker.signing_key).ok()) std::abort();
  world.broker.node = "energy-broker";
  world.broker.org = "energy-isac";
  world.broker.role = trust::NodeRole::kBroker;
  world.broker.layer = kLayer;
  world.broker.data_dir = (world.directory / "data").string();
  std::vector<trust::Node> nodes{{"energy-broker", "energy-isac", trust::NodeRole::kBroker, kLayer, {broker_key.public_key()}},
                                 {kSender, "delta", trust::NodeRole::kEdge, "delta", {edge_key.public_key()}}};
  world.file.directory = *trust::Directory::Create("bench", 1, nodes);
  const auto layer = [](const char* name, policy::LayerKind kind, const char* org, std::set<std::string> members) {
    policy::Layer out;
    out.name = name;
    out.kind = kind;
    out.operator_org = org;
    out.members = std::move(members);
    return out;
  };
  world.file.membership = *policy::Membership::Create(
      1, {{"delta", "identity--" + SecureRandom().Uuid()}, {"energy-isac", "identity--" + SecureRandom().Uuid()}},
      {layer("delta", policy::LayerKind::kOrganisation, "delta", {"delta"}),
       layer(kLayer, policy::LayerKind::kSector, "energy-isac", {"delta", "energy-isac"})},
      {});
  world.sender = std::make_shared<const trust::BatchSigner>("bench", kSender, 1, std::move(edge_key), SecureRandom());
  return world;
}

// What delta's edge would have forwarded: origin proof, one hop, link numbers.
std::vector<std::string> Publications(const World& world, const std::vector<std::string>& objects) {
  relay::Context edge;
  edge.node = kSender;
  edge.signer = world.sender;
  std::vector<std::string> sealed;
  uint64_t number = 0;
  for (size_t at = 0; at < objects.size();) {
    std::vector<relay::Outgoing> records;
    for (; at < objects.size() && records.size() < limits::kBatchLeavesMax; ++at) {
      const StatusOr<stix::Object> object = stix::Parse(objects[at]);
      if (!object.ok()) continue;
      v1::LedgerEntry entry;
      *entry.mutable_facts() = relay::FactsOf(*object);
      entry.set_publication(++number);
      entry.set_stamp_us(1'700'000'000'000'000 + int64_t(number));
      v1::Grant& grant = *entry.mutable_grant();
      grant.set_origin_org("delta");
      grant.mutable_scope()->set_kind(v1::SCOPE_SECTOR);
      grant.mutable_scope()->add_names(kLayer);
      grant.set_tlp(v1::TLP_GREEN);
      grant.set_first_relay(true);
      grant.set_accepted_us(1'700'000'000'000'000 + int64_t(number));
      v1::LedgerVerdict verdict;
      verdict.set_verdict("release");
      v1::Envelope body;
      body.set_payload(objects[at]);
      records.push_back(relay::ObjectRecord(edge, entry, verdict, Hash{}, body, relay::IngressTopic(kLayer, kSender)));
      trust::StripForNextLayer(records.back().envelope);
      relay::NumberOnLink(edge, number, records.back());
    }
    for (std::string& record : relay::Sealed(edge, std::move(records))) sealed.push_back(std::move(record));
  }
  return sealed;
}

struct Result {
  size_t objects = 0;
  double seconds = 0;
  double PerSecond() const { return seconds > 0 ? static_cast<double>(objects) / seconds : 0; }
};

// From the first release to the last, as MirrorMaker's copy is timed.
StatusOr<Result> RunBroker(World& world, log::Log& log, size_t expected) {
  NOROSHI_ASSIGN(std::unique_ptr<relay::Relay> relay, relay::Relay::Create(world.broker, world.file, log, SystemClock()));
  NOROSHI_TRY(relay->Start(std::chrono::seconds(60)));
  const std::string topic = policy::AudienceTopic(kLayer, {policy::BoundaryKind::kCommunity, ""});
  NOROSHI_ASSIGN(std::unique_ptr<log::Reader> reader, log.Read({{topic, 0}}));
  Result result;
  MonotonicTime first{}, last{};
  while (result.objects < expected) {
    NOROSHI_ASSIGN(const log::Batch batch, reader->Poll(std::chrono::seconds(30)));
    if (batch.records.empty()) return DeadlineExceeded("{} of {} objects came through", result.objects, expected);
    for (const std::string& record : batch.records) {
      v1::Envelope envelope;
      if (!envelope.ParseFromString(record) || envelope.kind() != v1::RECORD_OBJECT) continue;
      if (result.objects++ == 0) first = SystemClock().Monotonic();
    }
    last = SystemClock().Monotonic();
  }
  result.seconds = std::chrono::duration<double>(last - first).count();
  reader.reset();
  relay->Stop();
  return result;
}

// What became of the objects that did not come through, for the message.
std::string Tally(log::Log& log) {
  std::map<std::string, size_t> counts;
  const StatusOr<log::Bounds> bounds = log.GetBounds(relay::LedgerTopic(kLayer));
  StatusOr<std::unique_ptr<log::Reader>> reader = log.Read({{relay::LedgerTopic(kLayer), 0}});
  if (!bounds.ok() || !reader.ok()) return "no ledger";
  for (log::Offset at = 0; at < bounds->end;) {
    const StatusOr<log::Batch> batch = (*reader)->Poll(std::chrono::seconds(5));
    if (!batch.ok() || batch->records.empty()) break;
    for (const std::string& record : batch->records) {
      v1::LedgerEntry entry;
      if (!entry.ParseFromString(record)) continue;
      std::string key = fmt::format("kind {} status `{}` reason `{}`", static_cast<int>(entry.kind()), entry.status(), entry.reason());
      for (const v1::LedgerVerdict& verdict : entry.verdicts()) key += fmt::format(" {}:{}:{}", verdict.boundary(), verdict.verdict(), verdict.reason());
      ++counts[key];
    }
    at = batch->offsets.back() + 1;
  }
  std::string text;
  for (const auto& [key, count] : counts) text += fmt::format("\n  {} {}", count, key);
  return text;
}

double MirrorMaker(const std::string& bootstrap, size_t records) {
  const std::string out = RunCommand(fmt::format("'{}/bench/mirrormaker.sh' --bootstrap {} --topic {} --records {}", SourceDirectory(), bootstrap,
                                                 relay::IngressTopic(kLayer, kSender), records))
                              .value_or("");
  const size_t at = out.find("objects_per_s\"");
  if (at == std::string::npos) return 0;
  return std::strtod(out.c_str() + out.find(':', at) + 1, nullptr);
}

int Run() {
  const char* bootstrap = std::getenv("NOROSHI_KAFKA_BOOTSTRAP");
  if (bootstrap == nullptr) {
    std::fprintf(stderr, "NOROSHI_KAFKA_BOOTSTRAP names no Kafka; run `./dev bench relay`\n");
    return 1;
  }
  const char* wanted = std::getenv("NOROSHI_BENCH_OBJECTS");
  World world = MakeWorld();
  const bool in_memory = std::string_view(bootstrap) == "memory";
  log::KafkaOptions options;
  options.bootstrap = bootstrap;
  StatusOr<std::unique_ptr<log::Log>> log = in_memory ? log::CreateMemoryLog() : log::CreateKafkaLog(options);
  if (!log.ok()) return std::fprintf(stderr, "%s\n", std::string(Message(log.status())).c_str()), 1;
  const std::string ingress = relay::IngressTopic(kLayer, kSender);
  std::vector<std::string> records = Publications(world, LoadObjects(wanted == nullptr ? 150'000 : std::strtoul(wanted, nullptr, 10)));
  if (!(*log)->EnsureTopic(ingress).ok()) return 1;
  std::set<std::string> distinct;  // a version published twice is a duplicate and released once
  size_t bytes = 0;
  for (const std::string& record : records) {
    bytes += record.size();
    v1::Envelope envelope;
    v1::OriginHeader origin;
    if (envelope.ParseFromString(record) && origin.ParseFromString(envelope.origin_header())) distinct.insert(origin.object_id() + origin.version());
  }
  const size_t total = records.size();
  for (size_t at = 0; at < total; at += 1'000) {
    std::vector<std::string> part(std::make_move_iterator(records.begin() + at), std::make_move_iterator(records.begin() + std::min(total, at + 1'000)));
    if (const auto s = log::AppendAndWait(**log, ingress, std::move(part)); !s.ok()) return std::fprintf(stderr, "%s\n", std::string(Message(s.status())).c_str()), 1;
  }
  std::printf("%zu records of %zu bytes on average, %zu distinct versions\n", total, bytes / total, distinct.size());
  const double cpu_before = OwnCpuSeconds();
  StatusOr<Result> relayed = RunBroker(world, **log, distinct.size());
  if (!relayed.ok()) return std::fprintf(stderr, "broker: %s%s\n", std::string(Message(relayed.status())).c_str(), Tally(**log).c_str()), 1;
  std::printf("broker:       %zu objects in %.2f s = %.0f objects/s\n", relayed->objects, relayed->seconds, relayed->PerSecond());
  std::printf("              %.1f us of CPU an object, client and start included\n", (OwnCpuSeconds() - cpu_before) * 1e6 / static_cast<double>(total));
  if (in_memory) return 0;
  const double reference = MirrorMaker(bootstrap, total);
  std::printf("MirrorMaker2: %.0f objects/s\n", reference);
  const double ratio = reference > 0 ? relayed->PerSecond() / reference : 0;
  std::printf("relay / MirrorMaker 2 = %.2f (wanted: at least 1)\n", ratio);
  if (const char* out = std::getenv("BENCHMARK_OUT")) {
    std::ofstream(out) << fmt::format(R"({{"objects": {}, "objects_per_second": {:.0f}, "reference_objects_per_second": {:.0f}, "ratio": {:.3f}}})",
                                      relayed->objects, relayed->PerSecond(), reference, ratio)
                       << "\n";
  }
  std::filesystem::remove_all(world.directory);
  return reference > 0 ? 0 : 1;
}

}  // namespace
}  // namespace noroshi::bench

int main() { return noroshi::bench::Run(); }
