// A window onto another Log, with faults on its appends as the contract of common/log/log.h allows them: an append may fail without having landed, having
// landed as a prefix or whole, or be there twice; behind an error its topic refuses appends until Recover. Everything else passes through.
// One thread. The log behind it outlives the window: that is what survives a simulated crash.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/log/log.h"

namespace noroshi::test {

enum class Fault : uint8_t { kNone, kLost, kPrefixLanded, kLanded, kTwice };
// Asked before each append.
using FaultPlan = std::function<Fault(std::string_view topic)>;

class FaultLog final : public log::Log {
 public:
  // `plan` may be empty and may change at any time.
  FaultLog(log::Log& behind, const FaultPlan& plan) : behind_(behind), plan_(plan) {}

  Status EnsureTopic(std::string_view topic) override { return behind_.EnsureTopic(topic); }
  void Append(std::string_view topic, std::vector<std::string> records, log::AppendDone done) override;
  Status Recover(std::string_view topic) override;
  StatusOr<log::Bounds> GetBounds(std::string_view topic) override { return behind_.GetBounds(topic); }
  StatusOr<std::unique_ptr<log::Reader>> Read(std::vector<log::ReadFrom> from) override { return behind_.Read(std::move(from)); }
  Status Trim(std::string_view topic, log::Offset before) override { return behind_.Trim(topic, before); }
  StatusOr<std::vector<std::string>> ListTopics(std::string_view prefix) override { return behind_.ListTopics(prefix); }

 private:
  log::Log& behind_;
  const FaultPlan& plan_;
  std::set<std::string, std::less<>> failed_;
};

}  // namespace noroshi::test
