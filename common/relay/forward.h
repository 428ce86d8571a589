// forward: hands what the ledger sends over one uplink to that layer's ingress, and the receipts of what came from there. Its only state
// is a cursor over the ledger: the ledger is the queue, so an unreachable layer costs nothing but its own delay.
// A range of the ledger is planned (durably) before it is sent and always sent whole, so a repeat carries the same link numbers and the receiver drops it.
// Runs on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "common/relay/bodies.h"
#include "common/relay/catalog.h"
#include "common/relay/context.h"
#include "common/relay/worker.h"

namespace noroshi::relay {

class Forwarder {
 public:
  using OpenLog = std::function<StatusOr<std::unique_ptr<log::Log>>()>;
  using GetContext = std::function<std::shared_ptr<const Context>()>;
  // `open` gives the way into the upper layer's ingress: Kafka or its LogService.
  Forwarder(std::string layer, GetContext context, log::Log& own_log, Catalog& catalog, Bodies& bodies, OpenLog open);
  ~Forwarder();
  void Start();
  void Stop();
  // One turn of the thread, for simulations: sends what the ledger has, waiting at most `wait` for more.
  Status Turn(std::chrono::milliseconds wait);
  bool connected() const { return connected_; }
  // Ledger entries not looked at yet.
  uint64_t backlog() const { return backlog_; }

 private:
  Status Connect();
  StatusOr<std::vector<v1::LedgerEntry>> NextRange(v1::UplinkCursor& cursor, std::chrono::milliseconds wait);
  Status Send(const Context& context, const std::vector<v1::LedgerEntry>& entries, v1::UplinkCursor& cursor);

  const std::string layer_, cursor_name_;
  const GetContext context_;
  log::Log& own_log_;
  Catalog& catalog_;
  Bodies& bodies_;
  const OpenLog open_;
  std::unique_ptr<log::Log> upper_;
  std::unique_ptr<log::Reader> reader_;
  log::Offset reader_at_ = 0;
  Mutex reader_mutex_;  // Stop cancels the reader that the thread is waiting in
  std::atomic<bool> connected_ = false;
  std::atomic<uint64_t> backlog_ = 0;
  Worker worker_;
};

}  // namespace noroshi::relay
