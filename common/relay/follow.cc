#include "common/relay/follow.h"

#include "common/obs/log.h"
#include "common/relay/codec.h"

namespace noroshi::relay {

Follower::Follower(std::string own_layer, std::string layer, std::string node, log::RemoteOptions remote, std::vector<std::string> audiences,
                   log::Log& own_log, Catalog& catalog)
    : own_layer_(std::move(own_layer)), layer_(std::move(layer)), node_(std::move(node)), remote_(std::move(remote)),
      audiences_(std::move(audiences)), own_log_(own_log), catalog_(catalog) {}

Follower::~Follower() { Stop(); }

Status Follower::Start() {
  NOROSHI_TRY(own_log_.EnsureTopic(UplinkIngressTopic(own_layer_, layer_)));
  NOROSHI_TRY(own_log_.EnsureTopic(UplinkReceiptsTopic(own_layer_, layer_)));
  audience_worker_.Start([this] { return FollowAudiences(); },
                         [](const Status& status) {
                           if (!status.ok()) obs::Warn("uplink_not_followed", "an uplink's audiences cannot be read now", {{"error", Message(status)}});
                         });
  receipts_worker_.Start([this] { return FollowReceipts(); });
  return OkStatus();
}

void Follower::Stop() {
  audience_worker_.Stop([this] {
    MutexLock lock(mutex_);
    if (audience_reader_) audience_reader_->Cancel();
  });
  receipts_worker_.Stop([this] {
    MutexLock lock(mutex_);
    if (receipts_reader_) receipts_reader_->Cancel();
  });
}

Status Follower::FollowAudiences() {
  const std::string name = "follow/" + layer_;
  v1::UplinkCursor cursor = catalog_.Cursor(name);
  if (audience_reader_ == nullptr) {
    NOROSHI_ASSIGN(std::unique_ptr<log::MemberReader> reader, log::SubscribeRemote(remote_, audiences_, cursor.position(), 0, true));
    MutexLock lock(mutex_);
    audience_reader_ = std::move(reader);
  }
  StatusOr<log::MemberBatch> batch = audience_reader_->Poll(std::chrono::milliseconds(1'000));
  connected_ = batch.ok();
  if (!batch.ok()) return batch.status();
  if (batch->deliveries.empty() && batch->position.empty()) return OkStatus();
  if (!batch->deliveries.empty()) {
    std::vector<std::string> records;
    records.reserve(batch->deliveries.size());
    for (log::MemberDelivery& delivery : batch->deliveries) records.push_back(std::move(delivery.record));
    const Status copied = log::AppendAndWait(own_log_, UplinkIngressTopic(own_layer_, layer_), std::move(records)).status();
    if (!copied.ok()) {
      (void)own_log_.Recover(UplinkIngressTopic(own_layer_, layer_)).ok();  // the next turn fails again if this did
      MutexLock lock(mutex_);
      audience_reader_.reset();  // read again from the saved position
      return copied;
    }
  }
  cursor.set_position(batch->position);
  return catalog_.SaveCursor(name, cursor);
}

Status Follower::FollowReceipts() {
  const std::string name = "receipts/" + layer_;
  v1::UplinkCursor cursor = catalog_.Cursor(name);
  if (receipts_reader_ == nullptr) {
    NOROSHI_ASSIGN(std::unique_ptr<log::Log> log, log::CreateRemoteLog(remote_));
    NOROSHI_ASSIGN(std::unique_ptr<log::Reader> reader, log->Read({{ReceiptsTopic(layer_, node_), cursor.offset()}}));
    MutexLock lock(mutex_);
    receipts_log_ = std::move(log);
    receipts_reader_ = std::move(reader);
  }
  StatusOr<log::Batch> batch = receipts_reader_->Poll(std::chrono::milliseconds(1'000));
  if (!batch.ok()) {
    MutexLock lock(mutex_);
    receipts_reader_.reset();
    receipts_log_.reset();
    return batch.status();
  }
  if (batch->records.empty()) return OkStatus();
  const log::Offset behind = batch->offsets.back() + 1;
  const Status copied = log::AppendAndWait(own_log_, UplinkReceiptsTopic(own_layer_, layer_), std::move(batch->records)).status();
  if (!copied.ok()) {
    (void)own_log_.Recover(UplinkReceiptsTopic(own_layer_, layer_)).ok();
    MutexLock lock(mutex_);
    receipts_reader_.reset();
    return copied;
  }
  cursor.set_offset(behind);
  return catalog_.SaveCursor(name, cursor);
}

}  // namespace noroshi::relay
