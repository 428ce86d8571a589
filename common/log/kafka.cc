// The log on Apache Kafka. One idempotent producer serves all topics; the first failed delivery breaks it: everything in flight is
// purged and fails, and Recover makes a new one. (A fatal error of an idempotent librdkafka producer is a normal event, and a later
// record must never land behind a lost one.)
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/log/backends.h"
#include "common/log/checks.h"
#include "common/log/kafka_client.h"

namespace noroshi::log {
namespace {

constexpr size_t kQueuedRecordsMax = 200'000;
constexpr std::chrono::seconds kTopicVisibleWait{30};
constexpr int kPollMs = 100;

// One producer and the thread that takes its delivery reports. Broken after the first error, for good.
class Producer {
 public:
  static StatusOr<std::unique_ptr<Producer>> Create(const KafkaOptions& options) {
    std::unique_ptr<Producer> producer(new Producer());
    const KafkaSettings settings{{"enable.idempotence", "true"},
                                 {"enable.gapless.guarantee", "true"},
                                 {"acks", "all"},
                                 {"linger.ms", "3"},
                                 {"batch.size", "1000000"},
                                 {"batch.num.messages", "10000"},
                                 {"compression.type", "lz4"},
                                 {"queue.buffering.max.messages", "1000000"},
                                 {"queue.buffering.max.kbytes", "262144"},
                                 {"delivery.timeout.ms", std::to_string(options.request_timeout.count())}};
    NOROSHI_ASSIGN(producer->handle_, NewKafkaHandle(options, true, settings, &Producer::OnDelivery, producer.get()));
    producer->poller_ = std::thread([raw = producer.get()] { raw->Poll(); });
    return producer;
  }

  // What is still in flight fails.
  ~Producer() {
    if (handle_ == nullptr) return;
    if (!Flush()) rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    stopping_ = true;
    poller_.join();
    for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
  }

  bool broken() const { return broken_; }

  // Blocks while too much is in flight. Calls for one topic go out in call order.
  void Append(const std::string& topic, std::vector<std::string> records, AppendDone done) {
    auto* call = new Call{std::move(records), 0, {}, 0, {}, std::move(done)};  // freed with its last delivery report
    call->bytes = TotalBytes(call->records);
    call->left = call->records.size();
    const size_t count = call->records.size();
    size_t sent = 0;
    Status refused;
    WaitForSpace(*call);
    {
      const MutexLock order(order_mutex_);
      refused = broken_ ? Unavailable("kafka producer has failed") : Send(topic, *call, sent);
      if (sent == count) return;
    }
    Break();
    Settle(call, refused, count - sent);
  }

 private:
  struct Call {
    std::vector<std::string> records;  // librdkafka points into them until their reports came
    size_t bytes;
    Appended landed;
    size_t left;
    Status failed;
    AppendDone done;
  };

  Producer() = default;

  Status Send(const std::string& name, Call& call, size_t& sent) NOROSHI_REQUIRES(order_mutex_) {
    rd_kafka_topic_t*& topic = topics_[name];
    if (topic == nullptr) topic = rd_kafka_topic_new(handle_.get(), name.c_str(), nullptr);
    if (topic == nullptr) return FromKafka(rd_kafka_last_error(), "topic");
    // `call` may be gone once the last record was handed over.
    const size_t count = call.records.size();
    std::string* records = call.records.data();
    for (; sent < count; ++sent) {
      if (rd_kafka_produce(topic, 0, 0, records[sent].data(), records[sent].size(), nullptr, 0, &call) != 0) {
        return FromKafka(rd_kafka_last_error(), "produce");
      }
    }
    return OkStatus();
  }

  // Before the order is fixed, so that a `done` (which never waits for itself) finds nobody waiting in front of it.
  void WaitForSpace(const Call& call) {
    const MutexLock lock(mutex_);
    while ((queued_bytes_ > limits::kAppendQueueBytesMax || queued_records_ > kQueuedRecordsMax) &&
           std::this_thread::get_id() != poller_.get_id()) {
      space_.wait(mutex_);
    }
    queued_bytes_ += call.bytes;
    queued_records_ += call.records.size();
  }

  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* owner) {
    Producer& self = *static_cast<Producer*>(owner);
    Call* call = static_cast<Call*>(message->_private);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const Status why = FromKafka(message->err, "append");
      self.Break();
      self.Settle(call, why, 1);
      return;
    }
    const Offset offset = Offset(message->offset);
    {
      const MutexLock lock(self.mutex_);
      if (call->left == call->records.size()) call->landed.first = offset;
      call->landed.last = offset;
    }
    self.Settle(call, OkStatus(), 1);
  }

  // `count` records of the call have their answer.
  void Settle(Call* call, const Status& status, size_t count) {
    std::unique_ptr<Call> finished;
    {
      const MutexLock lock(mutex_);
      if (!status.ok() && call->failed.ok()) call->failed = status;
      call->left -= count;
      if (call->left != 0) return;
      finished.reset(call);
      queued_bytes_ -= call->bytes;
      queued_records_ -= call->records.size();
      space_.notify_all();
    }
    if (finished->failed.ok()) {
      finished->done(finished->landed);
    } else {
      finished->done(finished->failed);
    }
  }

  void Break() {
    if (broken_.exchange(true)) return;
    rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  }

  // Everything that was sent gets its report: delivery.timeout.ms bounds it.
  bool Flush() {
    const MonotonicTime give_up = SystemClock().Monotonic() + std::chrono::seconds(10);
    const MutexLock lock(mutex_);
    while (queued_records_ > 0 && !broken_ && SystemClock().Monotonic() < give_up) space_.wait_until(mutex_, give_up);
    return queued_records_ == 0;
  }

  void Poll() {
    while (!stopping_ || rd_kafka_outq_len(handle_.get()) > 0) rd_kafka_poll(handle_.get(), kPollMs);
  }

  KafkaHandle handle_;
  std::thread poller_;
  std::atomic<bool> broken_ = false;
  std::atomic<bool> stopping_ = false;
  Mutex order_mutex_;
  std::map<std::string, rd_kafka_topic_t*> topics_ NOROSHI_GUARDED_BY(order_mutex_);
  Mutex mutex_;
  CondVar space_;
  size_t queued_bytes_ NOROSHI_GUARDED_BY(mutex_) = 0;
  size_t queued_records_ NOROSHI_GUARDED_BY(mutex_) = 0;
};

class KafkaLog final : public Log {
 public:
  KafkaLog(const KafkaOptions& options, std::unique_ptr<KafkaAdmin> admin, std::unique_ptr<Producer> producer)
      : options_(options), admin_(std::move(admin)), producer_(std::move(producer)) {}

  // Where the topic is there, no right to create one is needed.
  Status EnsureTopic(std::string_view topic) override {
    NOROSHI_TRY(CheckTopicName(topic));
    if (CheckExists(topic).ok()) return OkStatus();
    NOROSHI_TRY(admin_->CreateTopic(topic));
    const MonotonicTime give_up = SystemClock().Monotonic() + kTopicVisibleWait;
    while (SystemClock().Monotonic() < give_up) {  // each round waits for the cluster's answer
      if (CheckExists(topic).ok() && admin_->GetBounds(topic).ok()) return OkStatus();
    }
    return Unavailable("topic `{}` was created and cannot be seen yet", topic);
  }

  void Append(std::string_view topic, std::vector<std::string> records, AppendDone done) override {
    Status checked = CheckRecords(records);
    if (checked.ok()) checked = CheckTopicName(topic);
    if (checked.ok()) checked = CheckExists(topic);
    std::shared_ptr<Producer> producer;
    if (checked.ok()) {
      const MutexLock lock(mutex_);
      if (failed_.contains(topic)) checked = Unavailable("an earlier append to `{}` failed", topic);
      producer = producer_;
    }
    if (!checked.ok()) return done(checked);
    producer->Append(std::string(topic), std::move(records),
                     [this, name = std::string(topic), done = std::move(done)](StatusOr<Appended> result) {
                       if (!result.ok()) {
                         const MutexLock lock(mutex_);
                         failed_.insert(name);
                       }
                       done(std::move(result));
                     });
  }

  // Not from inside a `done`: the old producer's thread must end first.
  Status Recover(std::string_view topic) override {
    const MutexLock one_at_a_time(recover_mutex_);
    std::shared_ptr<Producer> broken;
    {
      const MutexLock lock(mutex_);
      if (!failed_.contains(topic)) return OkStatus();
      if (producer_->broken()) broken = producer_;
    }
    if (broken != nullptr) {
      NOROSHI_ASSIGN(std::shared_ptr<Producer> fresh, Producer::Create(options_));
      const MutexLock lock(mutex_);
      // Who still holds the broken one only learns from it that it is broken; its reports must all be out before a
      // new one sends, so that nothing of the past is reported behind the present.
      producer_ = std::move(fresh);
    }
    broken.reset();
    const MutexLock lock(mutex_);
    failed_.erase(failed_.find(topic));
    return OkStatus();
  }

  StatusOr<Bounds> GetBounds(std::string_view topic) override {
    NOROSHI_TRY(CheckTopicName(topic));
    NOROSHI_TRY(CheckExists(topic));
    return admin_->GetBounds(topic);
  }

  StatusOr<std::unique_ptr<Reader>> Read(std::vector<ReadFrom> from) override {
    NOROSHI_TRY(CheckReadFrom(from));
    for (const ReadFrom& one : from) NOROSHI_TRY(CheckExists(one.topic));
    return ReadKafka(options_, std::move(from));
  }

  Status Trim(std::string_view topic, Offset before) override {
    NOROSHI_ASSIGN(const Bounds bounds, GetBounds(topic));
    const Offset first = std::min(before, bounds.end);
    return first <= bounds.first ? OkStatus() : admin_->DeleteRecords(topic, first);
  }

  StatusOr<std::vector<std::string>> ListTopics(std::string_view prefix) override {
    NOROSHI_ASSIGN(std::vector<std::string> names, admin_->Topics());
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
    return names;
  }

 private:
  // Topics are looked up once: producing to an absent one could create it with the cluster's defaults.
  Status CheckExists(std::string_view topic) {
    {
      const MutexLock lock(mutex_);
      if (known_.contains(topic)) return OkStatus();
    }
    NOROSHI_ASSIGN(std::vector<std::string> names, admin_->Topics());
    const MutexLock lock(mutex_);
    known_.insert(std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
    return known_.contains(topic) ? OkStatus() : TopicNotFound(topic);
  }

  const KafkaOptions options_;
  const std::unique_ptr<KafkaAdmin> admin_;
  Mutex recover_mutex_;
  Mutex mutex_;
  std::set<std::string, std::less<>> known_ NOROSHI_GUARDED_BY(mutex_);
  std::set<std::string, std::less<>> failed_ NOROSHI_GUARDED_BY(mutex_);
  // Shared with the appends that are just being handed over. Last: its reports use what is above.
  std::shared_ptr<Producer> producer_ NOROSHI_GUARDED_BY(mutex_);
};

}  // namespace

StatusOr<std::unique_ptr<Log>> CreateKafkaLog(const KafkaOptions& options) {
  NOROSHI_ASSIGN(std::unique_ptr<KafkaAdmin> admin, KafkaAdmin::Create(options));
  NOROSHI_ASSIGN(std::unique_ptr<Producer> producer, Producer::Create(options));
  return std::make_unique<KafkaLog>(options, std::move(admin), std::move(producer));
}

Status AllowKafkaWriter(const KafkaOptions& options, std::string_view topic, std::string_view principal) {
  NOROSHI_TRY(CheckTopicName(topic));
  NOROSHI_ASSIGN(const std::unique_ptr<KafkaAdmin> admin, KafkaAdmin::Create(options));
  return admin->AllowWriter(topic, principal);
}

}  // namespace noroshi::log
