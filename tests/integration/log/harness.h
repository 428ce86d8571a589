// One log under test and what differs between backends. Each test gets its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/log/log.h"

namespace noroshi::log {

class Harness {
 public:
  virtual ~Harness() = default;
  virtual Log& log() = 0;            // as the product uses it
  virtual Log& owner() { return log(); }  // the log that may trim: behind a LogService it is the served one
  // Closes the log and opens it again on the same data. False: this backend keeps nothing.
  virtual bool Reopen() { return false; }
  virtual bool dense() const { return true; }
  // A topic name that no other test uses.
  virtual std::string Name(const std::string& name) { return name; }
};

struct Backend {
  std::string name;
  std::function<std::unique_ptr<Harness>()> make;  // null result: not available here
  std::string why_absent;
};

// From the environment, else from the file NOROSHI_KAFKA_ENV (KEY=VALUE lines, as `./dev kafka start` writes it); empty: not set.
std::string KafkaSetting(const std::string& name);

// memory, embedded, remote (mutual TLS on loopback over an embedded log) and kafka (NOROSHI_KAFKA_BOOTSTRAP).
std::vector<Backend> AllBackends();

}  // namespace noroshi::log
