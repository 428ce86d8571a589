#include "common/relay/bodies.h"

#include "common/base/limits.h"

namespace noroshi::relay {

void Bodies::Keep(Key key, std::shared_ptr<const v1::Envelope> envelope, size_t bytes) {
  if (kept_.contains(key)) return;
  by_age_.push_back(key);
  kept_.emplace(std::move(key), Kept{std::move(envelope), bytes, std::prev(by_age_.end())});
  bytes_ += bytes;
  while (bytes_ > kBytesMax && !by_age_.empty()) {
    const auto oldest = kept_.find(by_age_.front());
    bytes_ -= oldest->second.bytes;
    kept_.erase(oldest);
    by_age_.pop_front();
  }
}

void Bodies::Put(const std::string& topic, log::Offset offset, std::shared_ptr<const v1::Envelope> envelope, size_t bytes) {
  MutexLock lock(mutex_);
  Keep({topic, offset}, std::move(envelope), bytes);
}

StatusOr<std::shared_ptr<const v1::Envelope>> Bodies::Get(const v1::Position& position) {
  {
    MutexLock lock(mutex_);
    if (const auto it = kept_.find({position.topic(), position.offset()}); it != kept_.end()) return it->second.envelope;
  }
  return ReadAhead(position);
}

// Whoever needs one old body mostly needs its neighbours next: one read fills the memory with a batch.
StatusOr<std::shared_ptr<const v1::Envelope>> Bodies::ReadAhead(const v1::Position& position) {
  NOROSHI_ASSIGN(std::unique_ptr<log::Reader> reader, log_.Read({{position.topic(), position.offset()}}));
  NOROSHI_ASSIGN(const log::Batch batch, reader->Poll(std::chrono::seconds(30)));
  std::shared_ptr<const v1::Envelope> wanted;
  MutexLock lock(mutex_);
  for (size_t i = 0; i < batch.records.size(); ++i) {
    auto envelope = std::make_shared<v1::Envelope>();
    if (!envelope->ParseFromString(batch.records[i])) continue;
    if (batch.offsets[i] == position.offset()) wanted = envelope;
    Keep({position.topic(), batch.offsets[i]}, std::move(envelope), batch.records[i].size());
  }
  if (!wanted) return NotFound("ingress record at offset {} is gone", position.offset());
  return wanted;
}

}  // namespace noroshi::relay
