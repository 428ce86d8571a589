#include "common/relay/intake.h"

#include <algorithm>

#include "common/base/limits.h"
#include "common/relay/codec.h"

namespace noroshi::relay {

Intake::Intake(GetContext context, Clock& clock, int threads) : context_(std::move(context)), clock_(clock), threads_(std::max(1, threads)) {}

Intake::~Intake() { Stop(); }

Status Intake::Start(log::Log& log, std::map<std::string, Source> sources, const std::map<std::string, log::Offset>& from) {
  Stop();
  sources_ = std::move(sources);
  std::vector<log::ReadFrom> starts;
  for (const auto& [topic, source] : sources_) starts.push_back({topic, from.contains(topic) ? from.at(topic) : 0});
  NOROSHI_ASSIGN(reader_, log.Read(std::move(starts)));
  {
    MutexLock lock(mutex_);
    queue_.clear();
    failure_ = OkStatus();
    stopping_ = false;
  }
  thread_ = std::thread([this] { Run(); });
  return OkStatus();
}

void Intake::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (reader_) reader_->Cancel();
  if (thread_.joinable()) thread_.join();
  reader_.reset();
}

void Intake::Run() {
  for (;;) {
    StatusOr<log::Batch> batch = reader_->Poll(std::chrono::milliseconds(1'000));
    if (!batch.ok()) {
      MutexLock lock(mutex_);
      failure_ = batch.status();
      changed_.notify_all();
      return;
    }
    std::vector<Admitted> admitted;
    if (!batch->records.empty()) {
      if (const auto source = sources_.find(batch->topic); source != sources_.end()) admitted = AdmitAll(source->second, *batch);
    }
    MutexLock lock(mutex_);
    if (!admitted.empty()) {
      changed_.wait(mutex_, [this] { return stopping_ || queue_.size() < kQueuedBatchesMax; });
      for (size_t at = 0; at < admitted.size(); at += limits::kStepObjectsMax) {
        const auto end = admitted.begin() + std::min(admitted.size(), at + limits::kStepObjectsMax);
        queue_.emplace_back(std::make_move_iterator(admitted.begin() + at), std::make_move_iterator(end));
      }
      changed_.notify_all();
    }
    if (stopping_) return;
  }
}

std::vector<Admitted> Intake::AdmitAll(const Source& source, const log::Batch& batch) {
  const std::shared_ptr<const Context> context = context_();
  const WallTime now = clock_.Now();
  std::vector<Admitted> admitted(batch.records.size());
  const auto part = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) admitted[i] = Admit(*context, source, batch.offsets[i], batch.records[i], now);
  };
  const size_t share = (batch.records.size() + threads_ - 1) / threads_;
  if (threads_ == 1 || batch.records.size() < 64) {
    part(0, batch.records.size());
    return admitted;
  }
  std::vector<std::thread> pool;
  for (size_t from = share; from < batch.records.size(); from += share) {
    pool.emplace_back(part, from, std::min(batch.records.size(), from + share));
  }
  part(0, share);
  for (std::thread& thread : pool) thread.join();
  return admitted;
}

StatusOr<std::vector<Admitted>> Intake::Take(std::chrono::milliseconds wait) {
  MutexLock lock(mutex_);
  changed_.wait_for(mutex_, wait, [this] { return stopping_ || !queue_.empty() || !failure_.ok(); });
  if (!queue_.empty()) {
    std::vector<Admitted> next = std::move(queue_.front());
    queue_.pop_front();
    // Small batches of several topics become one step, up to its bound.
    while (!queue_.empty() && next.size() + queue_.front().size() <= limits::kStepObjectsMax) {
      for (Admitted& admitted : queue_.front()) next.push_back(std::move(admitted));
      queue_.pop_front();
    }
    changed_.notify_all();
    return next;
  }
  if (!failure_.ok()) return failure_;
  return std::vector<Admitted>{};
}

}  // namespace noroshi::relay
