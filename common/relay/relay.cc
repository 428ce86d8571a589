#include "common/relay/relay.h"

#include <algorithm>

#include "common/obs/log.h"
#include "common/obs/metrics.h"
#include "common/relay/remote.h"

namespace noroshi::relay {

Relay::Relay(const config::NodeConfig& config, log::Log& log, Clock& clock)
    : config_(config), log_(log), clock_(clock), active_(obs::ProcessMetrics().AddGauge("noroshi_relay_active", "1 while the relay's loop runs")) {}

Relay::~Relay() { Stop(); }

StatusOr<std::unique_ptr<Relay>> Relay::Create(const config::NodeConfig& config, const config::DirectoryFile& directory, log::Log& log, Clock& clock) {
  std::unique_ptr<Relay> relay(new Relay(config, log, clock));
  NOROSHI_ASSIGN(relay->signer_, LoadSigner(config, directory.directory.federation()));
  NOROSHI_ASSIGN(relay->context_, MakeContext(config, directory, relay->signer_));
  NOROSHI_ASSIGN(relay->engine_, Engine::Create(config, relay->context_, log, clock));
  Relay* self = relay.get();
  const int threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
  relay->intake_ = std::make_unique<Intake>([self] { return self->context(); }, clock, threads);
  return relay;
}

std::shared_ptr<const Context> Relay::context() const {
  MutexLock lock(context_mutex_);
  return context_;
}

Status Relay::Reload(const config::NodeConfig& config, const config::DirectoryFile& directory) {
  NOROSHI_ASSIGN(std::shared_ptr<const Context> next, MakeContext(config, directory, signer_));
  MutexLock lock(context_mutex_);
  context_ = std::move(next);
  return OkStatus();
}

Status Relay::Start(std::chrono::milliseconds patience) {
  loop_ = std::thread([this] { Run(); });
  {
    MutexLock lock(start_mutex_);
    started_.wait_for(start_mutex_, patience, [this] { return running_.load() || stopping_.load(); });
  }
  if (!running_) {
    Stop();
    return Unavailable("the log could not be resumed within {} ms; see the lines `relay_resume_failed`", patience.count());
  }
  StartUplinks();
  return OkStatus();
}

void Relay::StartUplinks() {
  for (const config::Uplink& uplink : config_.uplinks) {
    const log::RemoteOptions remote = RemoteOptionsFor(config_, uplink.layer, *context());
    Forwarder::OpenLog open = UplinkLog(config_, uplink, remote);
    forwarders_.push_back(std::make_unique<Forwarder>(uplink.layer, [this] { return context(); }, log_, engine_->catalog(), engine_->bodies(), std::move(open)));
    forwarders_.back()->Start();
    followers_.push_back(std::make_unique<Follower>(config_.layer, uplink.layer, config_.node, remote, std::vector<std::string>{}, log_, engine_->catalog()));
    if (const Status started = followers_.back()->Start(); !started.ok()) {
      obs::Error("uplink_not_followed", "the copies of an uplink have no topic", {{"error", Message(started)}});
    }
  }
}

void Relay::Stop() {
  stopping_ = true;
  for (auto& forwarder : forwarders_) forwarder->Stop();
  for (auto& follower : followers_) follower->Stop();
  if (intake_) intake_->Stop();
  started_.notify_all();
  if (loop_.joinable()) loop_.join();
}

std::vector<UplinkState> Relay::uplinks() const {
  std::vector<UplinkState> states;
  for (size_t i = 0; i < forwarders_.size(); ++i) {
    states.push_back({config_.uplinks[i].layer, forwarders_[i]->connected(), followers_[i]->connected(), forwarders_[i]->backlog()});
  }
  return states;
}

void Relay::Run() {
  std::chrono::milliseconds pause = kPauseFirst;
  bool resumed = false;
  while (!stopping_) {
    heartbeat_ = clock_.Monotonic().time_since_epoch().count();
    engine_->SetContext(context());
    const Status status = resumed ? OneTurn() : ResumeAll();
    if (stopping_) break;
    resumed = status.ok();
    if (resumed) {
      pause = kPauseFirst;
      continue;
    }
    active_.Set(0);
    obs::Warn("relay_resume_failed", "the log does not answer; nothing is released meanwhile", {{"error", Message(status)}});
    intake_->Stop();
    MutexLock lock(start_mutex_);
    started_.wait_for(start_mutex_, pause, [this] { return stopping_.load(); });
    pause = std::min(pause * 2, kPauseMax);
  }
  running_ = false;
}

Status Relay::ResumeAll() {
  intake_->Stop();
  NOROSHI_TRY(engine_->Resume());
  std::map<std::string, Source> sources = SourcesOf(engine_->context());
  std::map<std::string, log::Offset> from;
  for (const auto& [topic, source] : sources) from[topic] = engine_->NextOffset(topic);
  NOROSHI_TRY(intake_->Start(log_, std::move(sources), from));
  active_.Set(1);
  running_ = true;
  started_.notify_all();
  return OkStatus();
}

Status Relay::OneTurn() {
  NOROSHI_ASSIGN(std::vector<Admitted> admitted, intake_->Take(UntilNextHold()));
  return stopping_ ? OkStatus() : engine_->Step(std::move(admitted));
}

std::chrono::milliseconds Relay::UntilNextHold() const {
  const std::optional<int64_t> end_us = engine_->NextHoldEnd();
  constexpr int64_t kMost = 1'000;
  if (!end_us) return std::chrono::milliseconds(kMost);
  return std::chrono::milliseconds(std::clamp<int64_t>((*end_us - ToMicros(clock_.Now())) / 1'000 + 1, 1, kMost));
}

}  // namespace noroshi::relay
