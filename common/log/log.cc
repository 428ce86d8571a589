#include "common/log/log.h"

#include <future>
#include <set>

#include "common/base/limits.h"
#include "common/log/checks.h"

namespace noroshi::log {
namespace {

constexpr std::chrono::seconds kReadOneWait{10};

bool IsTopicCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Status TopicNotFound(std::string_view topic) { return NotFound("no topic `{}`", topic); }

Status CheckTopicName(std::string_view topic) {
  if (topic.empty() || topic.size() > limits::kTopicNameBytesMax) {
    return InvalidArgument("topic name has {} bytes, allowed are 1 to {}", topic.size(), limits::kTopicNameBytesMax);
  }
  for (const char c : topic) {
    if (!IsTopicCharacter(c)) return InvalidArgument("topic name holds a character outside [a-z0-9._-]");
  }
  if (topic == "." || topic == "..") return InvalidArgument("topic name `{}` is reserved", topic);  // by Kafka
  return OkStatus();
}

size_t TotalBytes(const std::vector<std::string>& records) {
  size_t bytes = 0;
  for (const std::string& record : records) bytes += record.size();
  return bytes;
}

Status CheckRecords(const std::vector<std::string>& records) {
  if (records.empty() || records.size() > limits::kAppendRecordsMax) {
    return InvalidArgument("append has {} records, allowed are 1 to {}", records.size(), limits::kAppendRecordsMax);
  }
  for (const std::string& record : records) {
    if (record.size() > limits::kRecordBytesMax) {
      return InvalidArgument("record has {} bytes, limit is {}", record.size(), limits::kRecordBytesMax);
    }
  }
  if (const size_t bytes = TotalBytes(records); bytes > limits::kAppendBytesMax) {
    return InvalidArgument("append has {} bytes, limit is {}", bytes, limits::kAppendBytesMax);
  }
  return OkStatus();
}

Status CheckReadFrom(const std::vector<ReadFrom>& from) {
  if (from.empty() || from.size() > limits::kReadTopicsMax) {
    return InvalidArgument("reader has {} topics, allowed are 1 to {}", from.size(), limits::kReadTopicsMax);
  }
  std::set<std::string_view> names;
  for (const ReadFrom& one : from) {
    if (!names.insert(one.topic).second) return InvalidArgument("topic `{}` is named twice", one.topic);
  }
  return OkStatus();
}

Status CheckPosition(std::string_view topic, Offset offset, const Bounds& bounds) {
  if (offset >= bounds.first && offset <= bounds.end) return OkStatus();
  return OutOfRange("offset {} of `{}` is wanted, held are {} to {}", offset, topic, bounds.first, bounds.end);
}

StatusOr<Appended> AppendAndWait(Log& log, std::string_view topic, std::vector<std::string> records) {
  std::promise<StatusOr<Appended>> promise;
  std::future<StatusOr<Appended>> result = promise.get_future();
  log.Append(topic, std::move(records), [&](StatusOr<Appended> appended) { promise.set_value(std::move(appended)); });
  return result.get();
}

StatusOr<std::string> ReadOne(Log& log, std::string_view topic, Offset offset) {
  NOROSHI_ASSIGN(const Bounds bounds, log.GetBounds(topic));
  const auto none = [&] { return NotFound("no record at offset {} of `{}`", offset, topic); };
  if (offset < bounds.first || offset >= bounds.end) return none();
  NOROSHI_ASSIGN(const std::unique_ptr<Reader> reader, log.Read({{std::string(topic), offset}}));
  NOROSHI_ASSIGN(Batch batch, reader->Poll(kReadOneWait));
  if (batch.offsets.empty() || batch.offsets[0] != offset) return none();  // a hole: Kafka only
  return std::move(batch.records[0]);
}

}  // namespace noroshi::log
