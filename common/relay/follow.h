// follow: brings what an uplink's layer has for this node into the own ingress, where it is admitted like everything else: the audiences it may read
// (decided there, record by record), and the receipts of what it handed in. Copies first, then moves its position: at least once; decide
// drops the repeats. Two threads an uplink.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/log/backends.h"
#include "common/log/log.h"
#include "common/log/service.h"
#include "common/relay/catalog.h"
#include "common/relay/worker.h"

namespace noroshi::relay {

class Follower {
 public:
  // `remote`: the upper layer's LogService. `audiences`: empty = all that it lets us have.
  Follower(std::string own_layer, std::string layer, std::string node, log::RemoteOptions remote, std::vector<std::string> audiences, log::Log& own_log,
           Catalog& catalog);
  ~Follower();
  Status Start();  // creates the two ingress topics
  void Stop();
  bool connected() const { return connected_; }

 private:
  Status FollowAudiences();
  Status FollowReceipts();

  const std::string own_layer_, layer_, node_;
  const log::RemoteOptions remote_;
  const std::vector<std::string> audiences_;
  log::Log& own_log_;
  Catalog& catalog_;
  Mutex mutex_;  // Stop cancels readers that the threads wait in
  std::unique_ptr<log::MemberReader> audience_reader_;
  std::unique_ptr<log::Log> receipts_log_;
  std::unique_ptr<log::Reader> receipts_reader_;
  std::atomic<bool> connected_ = false;
  Worker audience_worker_, receipts_worker_;
};

}  // namespace noroshi::relay
