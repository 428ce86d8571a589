#include "common/taxii/follow.h"

#include <algorithm>
#include <map>
#include <thread>

#include "common/base/limits.h"
#include "common/obs/log.h"
#include "common/taxii/apply_record.h"

namespace noroshi::taxii {
namespace {

constexpr std::chrono::milliseconds kPollWait{200};
constexpr std::chrono::milliseconds kRetryPause{500};
constexpr size_t kChangesPerApplyMax = 512;

class FollowerImpl final : public Follower {
 public:
  FollowerImpl(const FollowOptions& options, log::Log& log, store::ObjectStore& store, CurrentSnapshot snapshot, Progress& progress)
      : options_(options), log_(log), store_(store), snapshot_(std::move(snapshot)), progress_(progress), thread_([this] { Run(); }) {}

  ~FollowerImpl() override {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
      if (reader_ != nullptr) reader_->Cancel();
      wake_.notify_all();
    }
    thread_.join();
  }

 private:
  struct Followed {
    AudienceTopic topic;
    store::Position position;
  };

  void Run() {
    while (!Stopping()) {
      const Status status = FollowForAWhile();
      if (status.ok() || Stopping()) continue;
      const bool lost = status.code() == StatusCode::kOutOfRange;
      if (lost) {
        obs::Error("follow_offset_out_of_range", "records were trimmed before they were followed");
      } else {
        obs::Warn("follow_interrupted", "the log cannot be followed now; trying again", {{"code", static_cast<int>(status.code())}, {"error", Message(status)}});
      }
      Pause(kRetryPause);
    }
  }

  bool Stopping() {
    const MutexLock lock(mutex_);
    return stopping_;
  }

  void Pause(std::chrono::milliseconds time) {
    std::unique_lock<Mutex> lock(mutex_);
    wake_.wait_for(lock, time, [this] { return stopping_; });
  }

  // Looks which audiences there are, and reads them until it is time to look again.
  Status FollowForAWhile() {
    NOROSHI_ASSIGN(const std::vector<std::string> topics, log_.ListTopics(options_.layer + ".audience."));
    NOROSHI_TRY(AddNew(topics));
    const auto look_again = std::chrono::steady_clock::now() + std::chrono::milliseconds(limits::kTopicLookIntervalMs);
    if (followed_.empty() || Active() == 0) {
      progress_.caught_up = true;  // nothing released here yet (or all stopped)
      Pause(kRetryPause);
      return OkStatus();
    }
    if (reader_ == nullptr) NOROSHI_TRY(OpenReader());
    while (!Stopping() && std::chrono::steady_clock::now() < look_again) {
      StatusOr<log::Batch> batch = reader_->Poll(kPollWait);
      const Status applied = batch.ok() ? Take(*batch) : batch.status();
      if (!applied.ok()) {
        CloseReader();
        return applied;
      }
      if (reader_ == nullptr) return OkStatus();  // an audience stopped: read on without it
    }
    return progress_.caught_up ? OkStatus() : LookWhetherCaughtUp();
  }

  Status AddNew(const std::vector<std::string>& topics) {
    for (const std::string& name : topics) {
      if (followed_.contains(name) || followed_.size() >= limits::kReadTopicsMax) continue;
      std::optional<AudienceTopic> topic = ParseAudienceTopic(options_.layer, name);
      if (!topic) continue;
      NOROSHI_ASSIGN(const store::Position position, store_.GetPosition(topic->audience_name));
      followed_.emplace(name, Followed{*std::move(topic), position});
      CloseReader();
    }
    return OkStatus();
  }

  size_t Active() const {
    return static_cast<size_t>(std::count_if(followed_.begin(), followed_.end(), [this](const auto& f) { return !progress_.Stopped(f.second.topic.audience_name); }));
  }

  Status OpenReader() {
    std::vector<log::ReadFrom> from;
    for (const auto& [name, followed] : followed_) {
      if (!progress_.Stopped(followed.topic.audience_name)) from.push_back({name, followed.position.next_offset});
    }
    NOROSHI_ASSIGN(auto reader, log_.Read(std::move(from)));
    const MutexLock lock(mutex_);
    reader_ = std::move(reader);
    if (stopping_) reader_->Cancel();
    return OkStatus();
  }

  void CloseReader() {
    const MutexLock lock(mutex_);
    reader_.reset();
  }

  Status Take(const log::Batch& batch) {
    if (batch.topic.empty()) return progress_.caught_up ? OkStatus() : LookWhetherCaughtUp();
    const auto found = followed_.find(batch.topic);
    if (found == followed_.end()) return OkStatus();
    Followed& followed = found->second;
    const std::shared_ptr<const Snapshot> snapshot = snapshot_();
    store::Position position = followed.position;
    std::vector<store::Change> changes;
    for (size_t i = 0; i < batch.records.size(); ++i) {
      StatusOr<std::optional<store::Change>> change = ReadRecord(*snapshot, followed.topic, options_.relay_node, batch.records[i], position);
      if (!change.ok()) {
        // What was good before it is not applied either: a restart reads it again.
        StopAudience(followed, change.status());
        return OkStatus();
      }
      position.next_offset = batch.offsets[i] + 1;
      if (*change) changes.push_back(**std::move(change));
      if (changes.size() >= kChangesPerApplyMax || i + 1 == batch.records.size()) NOROSHI_TRY(Apply(followed, changes, position));
    }
    return OkStatus();
  }

  Status Apply(Followed& followed, std::vector<store::Change>& changes, const store::Position& position) {
    NOROSHI_TRY(store_.Apply(followed.topic.audience_name, changes, position));
    followed.position = position;
    changes.clear();
    progress_.Applied();
    return OkStatus();
  }

  void StopAudience(const Followed& followed, const Status& why) {
    progress_.Stop(followed.topic.audience_name);
    obs::Error("audience_stopped", "a record of an audience cannot be right; the audience is served no more", {{"code", static_cast<int>(why.code())}, {"error", Message(why)}});
    CloseReader();
  }

  Status LookWhetherCaughtUp() {
    for (const auto& [name, followed] : followed_) {
      if (progress_.Stopped(followed.topic.audience_name)) continue;
      NOROSHI_ASSIGN(const log::Bounds bounds, log_.GetBounds(name));
      if (followed.position.next_offset < bounds.end) return OkStatus();
    }
    progress_.caught_up = true;
    return OkStatus();
  }

  const FollowOptions options_;
  log::Log& log_;
  store::ObjectStore& store_;
  const CurrentSnapshot snapshot_;
  Progress& progress_;
  std::map<std::string, Followed> followed_;  // follower thread only
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ NOROSHI_GUARDED_BY(mutex_) = false;
  std::unique_ptr<log::Reader> reader_;       // changed by the follower thread under mutex_; cancelled by the destructor
  std::thread thread_;                        // last: everything above is there when it begins
};

}  // namespace

std::unique_ptr<Follower> Follower::Start(const FollowOptions& options, log::Log& log, store::ObjectStore& store, CurrentSnapshot snapshot, Progress& progress) {
  return std::make_unique<FollowerImpl>(options, log, store, std::move(snapshot), progress);
}

}  // namespace noroshi::taxii
