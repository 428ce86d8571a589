// The relay engine of one layer without its threads: resume, and one step at a time. Ledger first: nothing is released before its entry is acknowledged.
// After any crash or log error, Resume reads the ledger's tail, folds it into the catalog and appends to each audience what it lacks; nothing is
// decided twice (delivery.md section 6). Relay runs it on its loop thread; simulations call it directly.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/config/node_config.h"
#include "common/log/log.h"
#include "common/relay/bodies.h"
#include "common/relay/catalog.h"
#include "common/relay/context.h"
#include "common/relay/decide.h"
#include "common/relay/release.h"

namespace noroshi::relay {

// The ingress topics of this relay and who writes them, from the directory: the own acceptor, the layer's gateways, the relays of members, the
// copies that follow makes of each uplink.
std::map<std::string, Source> SourcesOf(const Context& context);

class Engine {
 public:
  // Error: Catalog::Open. `log` and `clock` must outlive it.
  static StatusOr<std::unique_ptr<Engine>> Create(const config::NodeConfig& config, std::shared_ptr<const Context> context, log::Log& log, Clock& clock);
  ~Engine();

  // Before the first Step, and again after any error of one. Errors: the log's; DataLoss where the ledger itself is broken.
  Status Resume();
  // Decides and carries out one batch and whatever hold has ended. After an error the batch must be read again from NextOffset, behind a Resume.
  Status Step(std::vector<Admitted> admitted);

  // First ingress offset not consumed.
  log::Offset NextOffset(const std::string& topic) const { return catalog_->Ingress(topic).next_offset(); }
  std::optional<int64_t> NextHoldEnd() const { return catalog_->NextHoldEnd(); }
  void SetContext(std::shared_ptr<const Context> context) { context_ = std::move(context); }
  const Context& context() const { return *context_; }
  Catalog& catalog() { return *catalog_; }
  Bodies& bodies() { return *bodies_; }

 private:
  Engine(const config::NodeConfig& config, std::shared_ptr<const Context> context, log::Log& log, Clock& clock);
  Status EnsureTopics();
  Status ReplayLedger();
  Status AppendMarker();
  // Ledger, audiences, receipts: in this order.
  Status Carry(std::vector<v1::LedgerEntry> entries, std::vector<relay::Step::PassedOn> passed_on);
  StatusOr<std::vector<Hash>> AppendToLedger(std::vector<v1::LedgerEntry>& entries);
  void Count(const relay::Step& step);

  const config::NodeConfig config_;
  std::shared_ptr<const Context> context_;
  log::Log& log_;
  Clock& clock_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Bodies> bodies_;
  std::unique_ptr<Releaser> releaser_;
  struct Counters;
  std::unique_ptr<Counters> counters_;
};

}  // namespace noroshi::relay
