#include <algorithm>

#include "common/base/limits.h"
#include "common/log/checks.h"
#include "common/log/service_streams.h"
#include "noroshi/v1/envelope.pb.h"
#include "noroshi/v1/log.pb.h"

namespace noroshi::log {
namespace {

constexpr std::chrono::milliseconds kPollWait{250};
constexpr std::chrono::milliseconds kNow{0};
constexpr std::chrono::seconds kRefreshEvery{1};

// date_added of the relay that wrote the record; 0: it has none, or is no envelope.
int64_t DateAddedUs(const std::string& record) {
  v1::Envelope envelope;
  if (!envelope.ParseFromString(record) || envelope.hops().empty()) return 0;
  return envelope.hops().rbegin()->date_added_us();
}

// The first dated record at `offset` or behind it: 0 where there is none.
StatusOr<int64_t> DateAt(Log& log, const std::string& topic, Offset offset) {
  NOROSHI_ASSIGN(const std::unique_ptr<Reader> reader, log.Read({{topic, offset}}));
  while (true) {
    NOROSHI_ASSIGN(const Batch batch, reader->Poll(kPollWait));
    if (batch.records.empty()) return 0;
    for (const std::string& record : batch.records) {
      if (const int64_t date_us = DateAddedUs(record); date_us != 0) return date_us;
    }
  }
}

// date_added grows with the offset within an audience.
StatusOr<Offset> FirstSince(Log& log, const std::string& topic, const Bounds& bounds, int64_t from_time_us) {
  Offset low = bounds.first, high = bounds.end;
  while (low < high) {
    const Offset middle = low + (high - low) / 2;
    NOROSHI_ASSIGN(const int64_t date_us, DateAt(log, topic, middle));
    if (date_us != 0 && date_us < from_time_us) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool SameSources(const std::vector<AccessPolicy::AudienceTopic>& a, const std::vector<AccessPolicy::AudienceTopic>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.topic == y.topic && x.audience == y.audience;
  });
}

}  // namespace

Subscription::Subscription(Log& log, const AccessPolicy& access, const PositionSealer& sealer, Peer peer)
    : log_(log), access_(access), sealer_(sealer), peer_(std::move(peer)),
      owner_(peer_.federation + "/" + peer_.org + "/" + peer_.node) {}

Status Subscription::Begin(const v1::SubscribeRequest& request) {
  if (size_t(request.audiences_size()) > limits::kReadTopicsMax) {
    return InvalidArgument("{} audiences are wanted, limit is {}", request.audiences_size(), limits::kReadTopicsMax);
  }
  wanted_.assign(request.audiences().begin(), request.audiences().end());
  std::sort(wanted_.begin(), wanted_.end());
  follow_ = request.follow();
  if (request.position().empty()) {
    from_time_us_ = request.from_time_us();
  } else {
    NOROSHI_ASSIGN(positions_, sealer_.Open(request.position(), owner_));
  }
  NOROSHI_TRY(Refresh());
  for (const AccessPolicy::AudienceTopic& source : sources_) {
    if (const auto bounds = log_.GetBounds(source.topic); bounds.ok()) targets_[source.audience] = bounds->end;
  }
  return OkStatus();
}

// An audience that the peer asked for and may not have is left out without a word, as one that does not exist; it comes
// in when the peer is admitted to it.
Status Subscription::Refresh() {
  refresh_at_ = SystemClock().Monotonic() + kRefreshEvery;
  std::vector<AccessPolicy::AudienceTopic> sources = access_.Subscribable(peer_);
  std::erase_if(sources, [&](const AccessPolicy::AudienceTopic& source) {
    const bool wanted = wanted_.empty() || std::binary_search(wanted_.begin(), wanted_.end(), source.audience);
    return !wanted || !log_.GetBounds(source.topic).ok();
  });
  std::sort(sources.begin(), sources.end(), [](const auto& a, const auto& b) { return a.audience < b.audience; });
  if (SameSources(sources, sources_)) return OkStatus();
  std::vector<ReadFrom> from;
  std::map<std::string, std::string> audience_of;
  for (const AccessPolicy::AudienceTopic& source : sources) {
    if (!positions_.contains(source.audience)) {
      NOROSHI_ASSIGN(positions_[source.audience], StartOf(source));
    }
    from.push_back({source.topic, positions_[source.audience]});
    audience_of[source.topic] = source.audience;
  }
  std::unique_ptr<Reader> reader;
  if (!from.empty()) {
    NOROSHI_ASSIGN(reader, log_.Read(std::move(from)));
  }
  rest_.reset();  // behind `positions_`: read again
  reader_ = std::move(reader);
  audience_of_ = std::move(audience_of);
  sources_ = std::move(sources);
  return OkStatus();
}

StatusOr<Offset> Subscription::StartOf(const AccessPolicy::AudienceTopic& source) const {
  NOROSHI_ASSIGN(const Bounds bounds, log_.GetBounds(source.topic));
  if (from_time_us_ <= 0) return bounds.first;
  return FirstSince(log_, source.topic, bounds, from_time_us_);
}

Status Subscription::Run(const v1::SubscribeRequest& request, const Stopped& stopped, const SendReply& send) {
  NOROSHI_TRY(Begin(request));
  bool said_caught_up = false;
  while (!stopped(kNow)) {
    v1::SubscribeReply reply;
    NOROSHI_ASSIGN(const bool at_end, Fill(reply, stopped));
    const bool finish = !follow_ && (at_end || AtTargets());
    // What was filtered out moves the position, but causes no reply: the member must not see that it was there.
    if (reply.deliveries().empty() && (said_caught_up || !at_end) && !finish) continue;
    reply.set_caught_up(at_end || finish);
    said_caught_up = at_end;
    reply.set_position(sealer_.Seal(positions_, owner_));
    if (!send(reply) || finish) return OkStatus();
  }
  return OkStatus();
}

StatusOr<bool> Subscription::Fill(v1::SubscribeReply& reply, const Stopped& stopped) {
  size_t bytes_before = 0;
  while (size_t(reply.deliveries_size()) < limits::kDeliveriesPerReplyMax &&
         (bytes_before = reply.ByteSizeLong()) < limits::kDeliveryReplyBytes) {
    if (stopped(kNow)) return false;
    if (SystemClock().Monotonic() >= refresh_at_) NOROSHI_TRY(Refresh());
    if (rest_) {
      AddBatch(*std::move(rest_), reply);
      continue;
    }
    if (reader_ == nullptr) {
      // Entitled to nothing: look again later.
      if (follow_ && reply.deliveries().empty() && stopped(kPollWait)) return false;
      return true;
    }
    NOROSHI_ASSIGN(Batch batch, reader_->Poll(reply.deliveries().empty() ? kPollWait : kNow));
    if (batch.records.empty()) return true;
    rest_at_ = 0;
    AddBatch(std::move(batch), reply);
    if (!follow_ && AtTargets()) return false;
  }
  return false;
}

// Takes what fits and keeps the rest. Each record is decided when it goes out, not when it was read.
void Subscription::AddBatch(Batch batch, v1::SubscribeReply& reply) {
  rest_.reset();
  const std::string audience = audience_of_[batch.topic];
  size_t bytes = reply.ByteSizeLong();
  for (; rest_at_ < batch.records.size(); ++rest_at_) {
    if (bytes >= limits::kDeliveryReplyBytes || size_t(reply.deliveries_size()) >= limits::kDeliveriesPerReplyMax) {
      rest_ = std::move(batch);
      return;
    }
    positions_[audience] = batch.offsets[rest_at_] + 1;
    std::optional<std::string> record = access_.ForMember(peer_, audience, batch.records[rest_at_]);
    if (!record) continue;
    bytes += record->size();
    auto* delivery = reply.add_deliveries();
    delivery->set_audience(audience);
    delivery->set_record(*std::move(record));
  }
}

bool Subscription::AtTargets() const {
  return std::all_of(targets_.begin(), targets_.end(), [&](const auto& target) {
    const auto position = positions_.find(target.first);
    return position != positions_.end() && position->second >= target.second;
  });
}

}  // namespace noroshi::log
