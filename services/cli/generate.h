// Fills an `up` directory: keys, certificates, accounts, configurations, directories. What is there is kept: keys, secrets, ports, ids,
// data. Starts nothing. One thread; the caller holds the directory's lock.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "services/cli/layout.h"
#include "services/cli/ports.h"
#include "services/cli/state.h"
#include "services/cli/topology.h"

namespace noroshi::cli {

// `embedded`, `kafka=HOST:PORT[,HOST:PORT...][,tls|,plaintext]`. Without TLS only loopback addresses are taken, unless `,plaintext` says so.
struct LogChoice {
  std::optional<config::Kafka> kafka;  // absent: embedded
  std::string text = "embedded";       // as it was asked for
};
// InvalidArgument names the forms.
StatusOr<LogChoice> ParseLogChoice(const std::string& text);

struct Generated {
  std::string directory;  // absolute
  FederationState state;
  std::vector<Account> accounts;
  Layout layout;
  std::vector<std::string> changed;  // nodes whose configuration, directory or accounts are not what they were
};

struct GenerateArguments {
  std::string directory;           // absolute; made where absent
  Topology topology;
  std::optional<LogChoice> log;    // absent: as before, at first embedded
  bool prepare = false;            // keys and certificates only: no accounts, no configuration, and the log may still be chosen
  PortRange ports;                 // where new nodes' ports come from
};
// Aborted where the directory was made with another log; FailedPrecondition where it has another version or belongs to another federation.
StatusOr<Generated> Generate(const GenerateArguments& arguments, Random& random, WallTime now);

// The configuration of one node; `node_records` has everybody's addresses.
config::NodeConfig ConfigOf(const NodePlan& node, const FederationState& state, const Topology& topology, const LogChoice& log);

}  // namespace noroshi::cli
