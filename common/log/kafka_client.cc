#include "common/log/kafka_client.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>

#include "common/base/limits.h"
#include "common/log/checks.h"

namespace noroshi::log {
namespace {

constexpr int kTopicMessageBytesMax = 2 << 20;  // of a batch as the broker counts it
static_assert(kTopicMessageBytesMax > int(limits::kRecordBytesMax) + 4096, "the largest record fits with its framing");

template <auto destroy>
struct Destroyed {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyed<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyed<rd_kafka_event_destroy>>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Destroyed<rd_kafka_AdminOptions_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, Destroyed<rd_kafka_topic_partition_list_destroy>>;

// One administrative request: `send` puts it on the way, the answer comes to a queue of its own.
template <class Send>
StatusOr<Event> Request(rd_kafka_t* handle, rd_kafka_admin_op_t operation, int timeout_ms, Send&& send) {
  const Queue queue(rd_kafka_queue_new(handle));
  const AdminOptions options(rd_kafka_AdminOptions_new(handle, operation));
  char text[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, text, sizeof text);
  send(options.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), timeout_ms + 1'000));
  if (event == nullptr) return Unavailable("kafka: no answer within {} ms", timeout_ms);
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return FromKafka(error, "request");
  }
  return event;
}

}  // namespace

void KafkaHandleDeleter::operator()(rd_kafka_s* handle) const {
  rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Status FromKafka(int error, std::string_view what) {
  const auto code = static_cast<rd_kafka_resp_err_t>(error);
  const char* text = rd_kafka_err2str(code);
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return OkStatus();
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return NotFound("kafka {}: {}", what, text);
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return OutOfRange("kafka {}: {}", what, text);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return PermissionDenied("kafka {}: {}", what, text);
    case RD_KAFKA_RESP_ERR_SECURITY_DISABLED: return FailedPrecondition("kafka {}: {}", what, text);
    default: return Unavailable("kafka {}: {}", what, text);  // a TLS error too: an unclean close looks permanent
  }
}

StatusOr<KafkaHandle> NewKafkaHandle(const KafkaOptions& options, bool producer, const KafkaSettings& settings,
                                     DeliveryReport on_delivery, void* owner) {
  KafkaSettings all{{"bootstrap.servers", options.bootstrap},
                    {"client.id", "noroshi"},
                    {"socket.nagle.disable", "true"},
                    {"socket.keepalive.enable", "true"},
                    {"reconnect.backoff.ms", "50"},
                    {"reconnect.backoff.max.ms", "2000"},
                    {"message.max.bytes", std::to_string(kTopicMessageBytesMax - 4096)}};
  if (options.tls) {
    all["security.protocol"] = "ssl";
    all["ssl.ca.location"] = options.ca_file;
    all["ssl.certificate.location"] = options.certificate_file;  // only this form sends intermediates
    all["ssl.key.location"] = options.key_file;
  }
  for (const auto& [name, value] : settings) all[name] = value;
  char text[512] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK) continue;
    rd_kafka_conf_destroy(conf);
    return InvalidArgument("kafka setting `{}`: {}", name, text);
  }
  rd_kafka_conf_set_log_cb(conf, nullptr);  // errors come back as a status
  rd_kafka_conf_set_opaque(conf, owner);
  if (on_delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_t* handle = rd_kafka_new(producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, text, sizeof text);
  if (handle == nullptr) {
    rd_kafka_conf_destroy(conf);
    return InvalidArgument("kafka client: {}", text);
  }
  return KafkaHandle(handle);
}

// A consumer handle: a producer's metadata requests may create topics.
StatusOr<std::unique_ptr<KafkaAdmin>> KafkaAdmin::Create(const KafkaOptions& options) {
  NOROSHI_ASSIGN(KafkaHandle handle, NewKafkaHandle(options, false, {{"group.id", "noroshi-admin"}}));
  std::unique_ptr<KafkaAdmin> admin(new KafkaAdmin(options, std::move(handle)));
  NOROSHI_TRY(admin->Topics().status());  // reachable, and let in
  return admin;
}

StatusOr<std::vector<std::string>> KafkaAdmin::Topics() {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (const auto error = rd_kafka_metadata(handle_.get(), 1, nullptr, &metadata, timeout_ms())) {
    return FromKafka(error, "metadata");
  }
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (metadata->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) names.emplace_back(metadata->topics[i].topic);
  }
  rd_kafka_metadata_destroy(metadata);
  std::sort(names.begin(), names.end());
  return names;
}

Status KafkaAdmin::CreateTopic(std::string_view topic) {
  char text[256];
  const std::string name(topic);
  rd_kafka_NewTopic_t* wanted = rd_kafka_NewTopic_new(name.c_str(), 1, options_.replication_factor, text, sizeof text);
  if (wanted == nullptr) return InvalidArgument("kafka topic: {}", text);
  const std::unique_ptr<rd_kafka_NewTopic_t, Destroyed<rd_kafka_NewTopic_destroy>> owned(wanted);
  rd_kafka_NewTopic_set_config(wanted, "retention.ms", "-1");
  rd_kafka_NewTopic_set_config(wanted, "retention.bytes", "-1");
  rd_kafka_NewTopic_set_config(wanted, "cleanup.policy", "delete");
  rd_kafka_NewTopic_set_config(wanted, "unclean.leader.election.enable", "false");
  rd_kafka_NewTopic_set_config(wanted, "min.insync.replicas", std::to_string(options_.min_insync_replicas).c_str());
  rd_kafka_NewTopic_set_config(wanted, "max.message.bytes", std::to_string(kTopicMessageBytesMax).c_str());
  NOROSHI_ASSIGN(const Event event, Request(handle_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms(),
                                            [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                              rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms(), text,
                                                                                          sizeof text);
                                              rd_kafka_CreateTopics(handle_.get(), &wanted, 1, options, queue);
                                            }));
  size_t count = 0;
  const auto* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return Internal("kafka answered for {} topics, 1 was asked", count);
  const auto error = rd_kafka_topic_result_error(results[0]);
  return error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS ? OkStatus() : FromKafka(error, "create topic");
}

StatusOr<Bounds> KafkaAdmin::GetBounds(std::string_view topic) {
  int64_t first = 0, end = 0;
  const auto error =
      rd_kafka_query_watermark_offsets(handle_.get(), std::string(topic).c_str(), 0, &first, &end, timeout_ms());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return FromKafka(error, "offsets");
  return Bounds{Offset(first), Offset(end)};
}

Status KafkaAdmin::DeleteRecords(std::string_view topic, Offset before) {
  const Partitions offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), std::string(topic).c_str(), 0)->offset = int64_t(before);
  rd_kafka_DeleteRecords_t* wanted = rd_kafka_DeleteRecords_new(offsets.get());
  const std::unique_ptr<rd_kafka_DeleteRecords_t, Destroyed<rd_kafka_DeleteRecords_destroy>> owned(wanted);
  NOROSHI_ASSIGN(const Event event, Request(handle_.get(), RD_KAFKA_ADMIN_OP_DELETERECORDS, timeout_ms(),
                                            [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                              rd_kafka_DeleteRecords(handle_.get(), &wanted, 1, options, queue);
                                            }));
  const auto* result = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  if (result->cnt != 1) return Internal("kafka answered for {} partitions, 1 was asked", result->cnt);
  return FromKafka(result->elems[0].err, "delete records");
}

Status KafkaAdmin::AllowWriter(std::string_view topic, std::string_view principal) {
  using Acl = std::unique_ptr<rd_kafka_AclBinding_t, Destroyed<rd_kafka_AclBinding_destroy>>;
  char text[256];
  std::vector<Acl> owned;
  std::vector<rd_kafka_AclBinding_t*> wanted;
  for (const auto operation : {RD_KAFKA_ACL_OPERATION_WRITE, RD_KAFKA_ACL_OPERATION_DESCRIBE}) {
    owned.emplace_back(rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_TOPIC, std::string(topic).c_str(),
                                               RD_KAFKA_RESOURCE_PATTERN_LITERAL, std::string(principal).c_str(), "*",
                                               operation, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text, sizeof text));
    if (owned.back() == nullptr) return InvalidArgument("kafka access rule: {}", text);
    wanted.push_back(owned.back().get());
  }
  NOROSHI_ASSIGN(const Event event, Request(handle_.get(), RD_KAFKA_ADMIN_OP_CREATEACLS, timeout_ms(),
                                            [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                              rd_kafka_CreateAcls(handle_.get(), wanted.data(), wanted.size(), options,
                                                                  queue);
                                            }));
  size_t count = 0;
  const auto* const* results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_error_t* error = rd_kafka_acl_result_error(results[i]);
    if (error != nullptr) return FromKafka(rd_kafka_error_code(error), "allow writer");
  }
  return OkStatus();
}

}  // namespace noroshi::log
