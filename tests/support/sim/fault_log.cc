#include "tests/support/sim/fault_log.h"

namespace noroshi::test {

void FaultLog::Append(std::string_view topic, std::vector<std::string> records, log::AppendDone done) {
  if (failed_.contains(topic)) return done(Unavailable("topic `{}` waits for Recover", topic));
  const Fault fault = plan_ ? plan_(topic) : Fault::kNone;
  switch (fault) {
    case Fault::kNone: return behind_.Append(topic, std::move(records), std::move(done));
    case Fault::kTwice:  // a delayed append of an earlier attempt: the log cannot tell
      (void)log::AppendAndWait(behind_, topic, records).ok();
      return behind_.Append(topic, std::move(records), std::move(done));
    case Fault::kPrefixLanded: records.resize(records.size() / 2); [[fallthrough]];
    case Fault::kLanded:
      if (!records.empty()) (void)log::AppendAndWait(behind_, topic, std::move(records)).ok();
      [[fallthrough]];
    case Fault::kLost: break;
  }
  failed_.emplace(topic);
  done(Unavailable("append to `{}` failed", topic));
}

Status FaultLog::Recover(std::string_view topic) {
  const auto failed = failed_.find(topic);
  if (failed != failed_.end()) failed_.erase(failed);
  return behind_.Recover(topic);
}

}  // namespace noroshi::test
