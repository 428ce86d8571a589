#include "common/relay/engine.h"

#include <algorithm>

#include "common/base/limits.h"
#include "common/obs/log.h"
#include "common/obs/metrics.h"
#include "common/relay/codec.h"
#include "common/relay/record.h"
#include "common/relay/remote.h"

namespace noroshi::relay {
namespace {

constexpr size_t kSaltBytes = 16;  // as long as nobody guesses

}  // namespace

struct Engine::Counters {
  explicit Counters(obs::Metrics& metrics)
      : entries(metrics.AddCounter("noroshi_ledger_entries_total", "entries appended to the ledger")),
        repeats(metrics.AddCounter("noroshi_relay_repeats_total", "records dropped because they were here before")),
        gaps(metrics.AddCounter("noroshi_uplink_gaps_total", "holes in the numbering of an ingress link")),
        loops(metrics.AddCounter("noroshi_relay_loops_total", "records dropped because this node is in their hop list")),
        unreadable(metrics.AddCounter("noroshi_relay_unreadable_total", "ingress records that are no envelope")),
        epoch(metrics.AddGauge("noroshi_relay_epoch", "relay epoch of this layer")),
        step(metrics.AddHistogram("noroshi_relay_step_seconds", "one step: decide, ledger, release",
                                  {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10})) {
    for (const char* verdict : {"release", "withhold", "hold", "quarantine"}) {
      decisions[verdict] = metrics.AddCounter("noroshi_policy_decisions_total", "verdicts by boundary", {{"verdict", verdict}});
    }
  }
  obs::Counter entries, repeats, gaps, loops, unreadable;
  obs::Gauge epoch;
  obs::Histogram step;
  std::map<std::string, obs::Counter> decisions;
};

std::map<std::string, Source> SourcesOf(const Context& context) {
  std::map<std::string, Source> sources;
  const auto add = [&sources](Source source) {
    std::string topic = source.topic;
    sources.emplace(std::move(topic), std::move(source));
  };
  const std::string& layer = context.relay.layer;
  const policy::Layer* own = context.membership.FindLayer(layer);
  for (const auto& [name, node] : context.directory.nodes()) {
    const std::string topic = IngressTopic(layer, name);
    if (name == context.node) {
      if (node.role == trust::NodeRole::kEdge) add({Source::Kind::kOwn, topic, name, ""});
    } else if (node.role == trust::NodeRole::kGateway) {
      if (node.layer == layer && node.org == context.relay.org) add({Source::Kind::kGateway, topic, name, ""});
    } else if (node.role != trust::NodeRole::kTool && node.layer != layer && own->members.contains(node.org)) {
      const policy::Layer* theirs = context.membership.FindLayer(node.layer);
      if (theirs != nullptr && theirs->kind < own->kind) add({Source::Kind::kMember, topic, name, node.layer});
    }
  }
  for (const std::string& uplink : context.relay.uplinks) {
    const std::string relay_node = RelayNodeOf(context.directory, uplink);
    add({Source::Kind::kUplink, UplinkIngressTopic(layer, uplink), relay_node, uplink});
    add({Source::Kind::kReceipts, UplinkReceiptsTopic(layer, uplink), relay_node, uplink});
  }
  return sources;
}

Engine::Engine(const config::NodeConfig& config, std::shared_ptr<const Context> context, log::Log& log, Clock& clock)
    : config_(config), context_(std::move(context)), log_(log), clock_(clock) {}

Engine::~Engine() = default;

StatusOr<std::unique_ptr<Engine>> Engine::Create(const config::NodeConfig& config, std::shared_ptr<const Context> context, log::Log& log,
                                                 Clock& clock) {
  std::unique_ptr<Engine> engine(new Engine(config, std::move(context), log, clock));
  NOROSHI_ASSIGN(engine->catalog_, Catalog::Open(config.data_dir + "/catalog"));
  engine->bodies_ = std::make_unique<Bodies>(log);
  engine->releaser_ = std::make_unique<Releaser>(log, *engine->bodies_);
  engine->counters_ = std::make_unique<Counters>(obs::ProcessMetrics());
  return engine;
}

Status Engine::EnsureTopics() {
  NOROSHI_TRY(log_.EnsureTopic(LedgerTopic(config_.layer)));
  NOROSHI_TRY(log_.EnsureTopic(ControlTopic(config_.layer)));
  for (const auto& [topic, source] : SourcesOf(*context_)) {
    NOROSHI_TRY(log_.EnsureTopic(topic));
    if (source.kind != Source::Kind::kMember && source.kind != Source::Kind::kGateway) continue;
    NOROSHI_TRY(log_.EnsureTopic(ReceiptsTopic(config_.layer, source.node)));
    if (source.kind == Source::Kind::kMember) AllowWriter(config_, topic, source.node);
  }
  return log_.EnsureTopic(ReceiptsTopic(config_.layer, config_.node));
}

Status Engine::Resume() {
  catalog_->Rollback();
  NOROSHI_TRY(EnsureTopics());
  NOROSHI_TRY(log_.Recover(LedgerTopic(config_.layer)));
  NOROSHI_TRY(releaser_->EnsureAudiences(*context_));
  NOROSHI_TRY(releaser_->FindEnds(*context_));
  NOROSHI_TRY(ReplayLedger());
  return AppendMarker();
}

Status Engine::ReplayLedger() {
  const std::string topic = LedgerTopic(config_.layer);
  NOROSHI_ASSIGN(const log::Bounds bounds, log_.GetBounds(topic));
  log::Offset at = std::max(catalog_->meta().ledger_offset(), bounds.first);
  if (at >= bounds.end) return OkStatus();
  NOROSHI_ASSIGN(std::unique_ptr<log::Reader> reader, log_.Read({{topic, at}}));
  uint64_t replayed = 0;
  while (at < bounds.end) {
    NOROSHI_ASSIGN(const log::Batch batch, reader->Poll(std::chrono::milliseconds(5'000)));
    if (batch.records.empty()) break;  // only holes are left (Kafka's control records)
    std::vector<v1::LedgerEntry> entries;
    std::vector<Hash> leaves;
    for (size_t i = 0; i < batch.records.size(); ++i) {
      at = batch.offsets[i] + 1;
      v1::LedgerEntry entry;
      if (!entry.ParseFromString(batch.records[i])) return DataLoss("ledger entry at offset {} cannot be read", batch.offsets[i]);
      // The first occurrence of a sequence counts, and a deposed relay is not heard.
      if (entry.sequence() <= catalog_->meta().ledger_sequence() || entry.relay_epoch() < catalog_->meta().relay_epoch()) continue;
      if (entry.sequence() != catalog_->meta().ledger_sequence() + 1) {
        return DataLoss("ledger goes from entry {} to {}", catalog_->meta().ledger_sequence(), entry.sequence());
      }
      catalog_->Apply(entry, at);
      leaves.push_back(Sha256(batch.records[i]));
      entries.push_back(std::move(entry));
    }
    NOROSHI_TRY(releaser_->Release(*context_, entries, leaves));
    NOROSHI_TRY(releaser_->SendReceipts(*context_, entries, {}, ToMicros(clock_.Now()), catalog_->meta().relay_epoch()));
    NOROSHI_TRY(catalog_->Commit());
    replayed += entries.size();
  }
  obs::Info("ledger_resumed", "the ledger's tail is carried out", {{"entries", replayed}});
  return OkStatus();
}

Status Engine::AppendMarker() {
  v1::LedgerEntry marker;
  marker.set_kind(v1::ENTRY_MARKER);
  marker.set_sequence(catalog_->meta().ledger_sequence() + 1);
  marker.set_stamp_us(std::max(ToMicros(clock_.Now()), catalog_->meta().stamp_us() + 1));
  marker.set_relay_epoch(catalog_->meta().relay_epoch() + 1);
  NOROSHI_ASSIGN(const log::Appended appended, log::AppendAndWait(log_, LedgerTopic(config_.layer), {marker.SerializeAsString()}));
  catalog_->Apply(marker, appended.last + 1);
  NOROSHI_TRY(releaser_->Mark(*context_, marker));
  counters_->epoch.Set(static_cast<double>(marker.relay_epoch()));
  return catalog_->Commit();
}

Status Engine::Step(std::vector<Admitted> admitted) {
  const int64_t now_us = ToMicros(clock_.Now());
  if (admitted.empty()) {
    const std::optional<int64_t> hold_end_us = catalog_->NextHoldEnd();
    if (!hold_end_us || *hold_end_us > now_us) return OkStatus();
  }
  const MonotonicTime began = clock_.Monotonic();
  for (const Admitted& record : admitted) {
    if (record.kind != Admitted::Kind::kObject) continue;
    bodies_->Put(record.source->topic, record.offset, record.envelope, record.envelope->payload().size() + 1'024);
  }
  relay::Step step = Decide(*context_, *catalog_, *bodies_, std::move(admitted), now_us, catalog_->meta().relay_epoch());
  Count(step);
  NOROSHI_TRY(Carry(std::move(step.entries), std::move(step.passed_on)));
  for (const auto& [topic, state] : step.ingress) catalog_->SetIngress(topic, state);
  NOROSHI_TRY(catalog_->Commit());
  counters_->step.Observe(std::chrono::duration<double>(clock_.Monotonic() - began).count());
  return OkStatus();
}

Status Engine::Carry(std::vector<v1::LedgerEntry> entries, std::vector<relay::Step::PassedOn> passed_on) {
  NOROSHI_ASSIGN(const std::vector<Hash> leaves, AppendToLedger(entries));
  NOROSHI_TRY(releaser_->Release(*context_, entries, leaves));
  return releaser_->SendReceipts(*context_, entries, std::move(passed_on), ToMicros(clock_.Now()), catalog_->meta().relay_epoch());
}

// Acknowledged on return, and folded into the catalog. The leaf of each entry is the hash of its bytes; it travels, so the entry is salted.
StatusOr<std::vector<Hash>> Engine::AppendToLedger(std::vector<v1::LedgerEntry>& entries) {
  std::vector<Hash> leaves;
  leaves.reserve(entries.size());
  std::vector<std::string> part;
  size_t bytes = 0, applied = 0;
  const auto append = [&]() -> Status {
    if (part.empty()) return OkStatus();
    const size_t count = part.size();
    NOROSHI_ASSIGN(const log::Appended appended, log::AppendAndWait(log_, LedgerTopic(config_.layer), std::move(part)));
    part.clear();
    bytes = 0;
    for (size_t i = 0; i < count; ++i, ++applied) catalog_->Apply(entries[applied], appended.last - (count - 1 - i) + 1);
    return OkStatus();
  };
  for (v1::LedgerEntry& entry : entries) {
    entry.set_salt(context_->signer->random().Bytes(kSaltBytes));
    std::string serialized = entry.SerializeAsString();
    leaves.push_back(Sha256(serialized));
    if (part.size() == limits::kAppendRecordsMax || bytes + serialized.size() > limits::kAppendBytesMax) NOROSHI_TRY(append());
    bytes += serialized.size();
    part.push_back(std::move(serialized));
  }
  NOROSHI_TRY(append());
  counters_->entries.Add(static_cast<double>(entries.size()));
  return leaves;
}

void Engine::Count(const relay::Step& step) {
  counters_->repeats.Add(static_cast<double>(step.repeats));
  counters_->gaps.Add(static_cast<double>(step.gaps));
  counters_->loops.Add(static_cast<double>(step.loops));
  counters_->unreadable.Add(static_cast<double>(step.unreadable));
  if (step.gaps > 0) obs::Error("ingress_gap", "the numbering of an ingress link has a hole: records were lost on the way", {{"gaps", step.gaps}});
  std::map<std::string, double> verdicts;
  for (const v1::LedgerEntry& entry : step.entries) {
    for (const v1::LedgerVerdict& verdict : entry.verdicts()) verdicts[verdict.verdict()] += 1;
  }
  for (const auto& [verdict, count] : verdicts) {
    if (const auto counter = counters_->decisions.find(verdict); counter != counters_->decisions.end()) counter->second.Add(count);
  }
}

}  // namespace noroshi::relay
