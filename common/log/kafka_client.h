// The little that producer, readers and administration of the Kafka log share: configuration, ownership and errors of librdkafka
// handles, and the administrative requests. Internal to the Kafka backend.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/log/backends.h"

struct rd_kafka_s;
struct rd_kafka_message_s;

namespace noroshi::log {

struct KafkaHandleDeleter {
  void operator()(rd_kafka_s* handle) const;  // waits for librdkafka's threads
};
using KafkaHandle = std::unique_ptr<rd_kafka_s, KafkaHandleDeleter>;

// `error` is an rd_kafka_resp_err_t.
Status FromKafka(int error, std::string_view what);

using KafkaSettings = std::map<std::string, std::string>;
using DeliveryReport = void (*)(rd_kafka_s*, const rd_kafka_message_s*, void* owner);

// With what every client of ours has (address, TLS, quiet); `on_delivery` is for producers.
StatusOr<KafkaHandle> NewKafkaHandle(const KafkaOptions& options, bool producer, const KafkaSettings& settings,
                                     DeliveryReport on_delivery = nullptr, void* owner = nullptr);

// All of these wait for the cluster, at most options.request_timeout. Any thread.
class KafkaAdmin {
 public:
  static StatusOr<std::unique_ptr<KafkaAdmin>> Create(const KafkaOptions& options);

  StatusOr<std::vector<std::string>> Topics();  // sorted
  Status CreateTopic(std::string_view topic);   // existing: success
  StatusOr<Bounds> GetBounds(std::string_view topic);
  Status DeleteRecords(std::string_view topic, Offset before);
  Status AllowWriter(std::string_view topic, std::string_view principal);

 private:
  KafkaAdmin(const KafkaOptions& options, KafkaHandle handle) : options_(options), handle_(std::move(handle)) {}
  int timeout_ms() const { return int(options_.request_timeout.count()); }

  const KafkaOptions options_;
  const KafkaHandle handle_;
};

class Reader;
StatusOr<std::unique_ptr<Reader>> ReadKafka(const KafkaOptions& options, std::vector<ReadFrom> from);

}  // namespace noroshi::log
