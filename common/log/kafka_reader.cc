// A reader of Kafka topics: a consumer of its own with assigned positions, no group offsets. Messages come one by one from
// librdkafka's prefetch queue (its batch calls lose messages) and are handed out by topic.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <utility>

#include "common/base/limits.h"
#include "common/log/kafka_client.h"

namespace noroshi::log {
namespace {

constexpr int64_t kSliceMs = 50;  // how late a Cancel may be noticed

struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using Message = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;

class KafkaReader final : public Reader {
 public:
  explicit KafkaReader(KafkaHandle consumer) : consumer_(std::move(consumer)) {}

  StatusOr<Batch> Poll(std::chrono::milliseconds wait) override {
    const MonotonicTime deadline = SystemClock().Monotonic() + wait;
    do {
      if (cancelled_) return Batch{};
      if (ready_.empty() && failed_.ok()) Collect(deadline);
      if (!ready_.empty()) {
        Batch batch = std::move(ready_.front());
        ready_.pop_front();
        return batch;
      }
      if (!failed_.ok()) return failed_;
      if (!hiccup_.ok()) return std::exchange(hiccup_, OkStatus());
    } while (SystemClock().Monotonic() < deadline);
    return Batch{};
  }

  void Cancel() override { cancelled_ = true; }

 private:
  // Waits a slice for a first message, then takes what is there, sorted by topic.
  void Collect(MonotonicTime deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SystemClock().Monotonic()).count() + 1;
    int timeout_ms = int(std::clamp<int64_t>(left, 0, kSliceMs));
    std::map<std::string, Batch, std::less<>> batches;
    size_t records = 0, bytes = 0;
    while (records < limits::kPollRecordsMax && bytes < limits::kPollBytesMax) {
      const Message message(rd_kafka_consumer_poll(consumer_.get(), timeout_ms));
      if (message == nullptr) break;
      timeout_ms = 0;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        NoteError(*message);
        break;
      }
      const char* topic = rd_kafka_topic_name(message->rkt);
      auto at = batches.find(std::string_view(topic));
      if (at == batches.end()) at = batches.emplace(topic, Batch{topic, {}, {}}).first;
      at->second.offsets.push_back(Offset(message->offset));
      at->second.records.emplace_back(static_cast<const char*>(message->payload), message->len);
      ++records;
      bytes += message->len;
    }
    for (auto& [topic, batch] : batches) ready_.push_back(std::move(batch));
  }

  // What a retry inside librdkafka cannot mend stays; the rest is reported once.
  void NoteError(const rd_kafka_message_t& message) {
    const Status status = FromKafka(message.err, "read");
    if (status.code() == StatusCode::kUnavailable) {
      hiccup_ = status;
    } else {
      failed_ = status;
    }
  }

  const KafkaHandle consumer_;
  std::atomic<bool> cancelled_ = false;
  std::deque<Batch> ready_;
  Status failed_;
  Status hiccup_;
};

}  // namespace

StatusOr<std::unique_ptr<Reader>> ReadKafka(const KafkaOptions& options, std::vector<ReadFrom> from) {
  const KafkaSettings settings{{"group.id", "noroshi-reader"},  // asked for by librdkafka; nothing is committed
                               {"enable.auto.commit", "false"},
                               {"enable.auto.offset.store", "false"},
                               {"auto.offset.reset", "error"},
                               {"allow.auto.create.topics", "false"},
                               {"check.crcs", "true"},
                               {"fetch.wait.max.ms", "100"},
                               {"fetch.error.backoff.ms", "50"},
                               {"fetch.message.max.bytes", "4194304"},
                               {"queued.min.messages", "20000"},
                               {"queued.max.messages.kbytes", "32768"}};
  NOROSHI_ASSIGN(KafkaHandle consumer, NewKafkaHandle(options, false, settings));
  rd_kafka_poll_set_consumer(consumer.get());
  rd_kafka_topic_partition_list_t* positions = rd_kafka_topic_partition_list_new(int(from.size()));
  for (const ReadFrom& one : from) {
    rd_kafka_topic_partition_list_add(positions, one.topic.c_str(), 0)->offset = int64_t(one.offset);
  }
  const auto error = rd_kafka_assign(consumer.get(), positions);
  rd_kafka_topic_partition_list_destroy(positions);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return FromKafka(error, "assign");
  return std::make_unique<KafkaReader>(std::move(consumer));
}

}  // namespace noroshi::log
