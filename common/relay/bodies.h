// The bodies behind ledger entries: ingress records, from a bounded memory of the last ones or read back from the ingress
// topic. Thread-safe: the relay's loop puts and takes, uplink threads take.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "noroshi/v1/envelope.pb.h"
#include "noroshi/v1/ledger.pb.h"

namespace noroshi::relay {

class Bodies {
 public:
  static constexpr size_t kBytesMax = 128 << 20;
  explicit Bodies(log::Log& log) : log_(log) {}
  void Put(const std::string& topic, log::Offset offset, std::shared_ptr<const v1::Envelope> envelope, size_t bytes);
  // NotFound where the ingress was trimmed beyond it.
  StatusOr<std::shared_ptr<const v1::Envelope>> Get(const v1::Position& position);

 private:
  struct Key {
    std::string topic;
    log::Offset offset;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const { return std::hash<std::string>{}(key.topic) * 31 + key.offset; }
  };
  struct Kept {
    std::shared_ptr<const v1::Envelope> envelope;
    size_t bytes;
    std::list<Key>::iterator age;
  };
  void Keep(Key key, std::shared_ptr<const v1::Envelope> envelope, size_t bytes) NOROSHI_REQUIRES(mutex_);
  StatusOr<std::shared_ptr<const v1::Envelope>> ReadAhead(const v1::Position& position);

  log::Log& log_;
  Mutex mutex_;
  std::unordered_map<Key, Kept, KeyHash> kept_ NOROSHI_GUARDED_BY(mutex_);
  std::list<Key> by_age_ NOROSHI_GUARDED_BY(mutex_);  // oldest first
  size_t bytes_ NOROSHI_GUARDED_BY(mutex_) = 0;
};

}  // namespace noroshi::relay
