// The acceptor of a node: an edge's, whose ingress is in its own log, or a gateway's, whose ingress is at its layer's relay and carries its signature and
// link numbers. Follows the node's receipts topic into Submissions.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/log/log.h"
#include "common/obs/metrics.h"
#include "common/relay/accept.h"
#include "common/relay/context.h"
#include "common/relay/submissions.h"
#include "common/relay/worker.h"
#include "common/stix/object.h"

namespace noroshi::relay {

class NodeAcceptor final : public Acceptor {
 public:
  using GetContext = std::function<std::shared_ptr<const Context>()>;
  struct Options {
    std::string directory;   // for the submissions projection
    std::string layer;
    std::string node;
    bool sign = false;       // a gateway: hop signature and link number on each record
  };
  // `log` and `clock` must outlive it.
  static StatusOr<std::unique_ptr<NodeAcceptor>> Create(Options options, GetContext context, log::Log& log, Clock& clock);
  ~NodeAcceptor() override;

  std::string NewSubmission() override;
  StatusOr<std::vector<ItemResult>> Accept(const std::string& submission, const PublishOptions& options, const std::vector<stix::InputItem>& items) override;
  Status Recall(const RecallRequest& request) override;
  StatusOr<SubmissionState> Find(const std::string& submission, std::string_view org, uint64_t after, size_t limit) override;
  void Wait(const std::string& submission, bool settled, std::chrono::milliseconds at_most) override;
  StatusOr<std::vector<ItemResult>> DryRun(const PublishOptions& options, const std::vector<stix::InputItem>& items) override;

 private:
  struct Parsed;
  NodeAcceptor(Options options, GetContext context, log::Log& log, Clock& clock);
  Parsed ParseAll(const std::string& submission, const PublishOptions& options, const std::vector<stix::InputItem>& items);
  Status AppendAll(std::vector<v1::Envelope> envelopes);
  Status AppendPart(const std::string& topic, std::vector<std::string> part) NOROSHI_REQUIRES(append_mutex_);
  Status FindLinkSequence() NOROSHI_REQUIRES(append_mutex_);
  Status FollowReceipts();
  int64_t NextStamp();

  const Options options_;
  const GetContext context_;
  log::Log& log_;
  Clock& clock_;
  std::array<obs::Counter, std::size(stix::kWarningKinds)> warnings_;  // by kind
  std::unique_ptr<Submissions> submissions_;
  // Appends of a gateway are numbered: one at a time, and again from the log's end after an error.
  Mutex append_mutex_;
  uint64_t link_sequence_ NOROSHI_GUARDED_BY(append_mutex_) = 0;
  bool link_known_ NOROSHI_GUARDED_BY(append_mutex_) = false;
  Mutex stamp_mutex_;
  int64_t last_stamp_us_ NOROSHI_GUARDED_BY(stamp_mutex_) = 0;
  Mutex reader_mutex_;
  std::unique_ptr<log::Reader> reader_;
  WallTime last_forget_{};
  Worker worker_;
};

// A context for a gateway: its layer as seen by its relay, without uplinks.
StatusOr<std::shared_ptr<const Context>> MakeGatewayContext(const config::NodeConfig& config, const config::DirectoryFile& directory);

}  // namespace noroshi::relay
