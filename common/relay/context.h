// What all steps of one relay share, constant between reloads: who it is, whom it trusts, what its layer's rules are.
// Values and thread-safe parts only; a reload makes a new Context.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/config/node_config.h"
#include "common/policy/evaluate.h"
#include "common/policy/membership.h"
#include "common/policy/scope.h"
#include "common/trust/directory.h"
#include "common/trust/signing.h"

namespace noroshi::relay {

struct Context {
  std::string node;
  policy::RelayContext relay;   // layer, kind, operator, uplinks
  trust::Directory directory;
  policy::Membership membership;
  policy::PolicySet policy;
  config::Settings settings;
  std::shared_ptr<const trust::BatchSigner> signer;
  std::unique_ptr<trust::Verifier> verifier;  // of `directory`

  // The directory is too old to judge what is foreign.
  bool Expired(WallTime now) const { return directory.ExpiredAt(now); }
};

// Error: the node, its layer or an uplink is not in the directory with this role.
StatusOr<std::shared_ptr<const Context>> MakeContext(const config::NodeConfig& config, const config::DirectoryFile& directory,
                                                     std::shared_ptr<const trust::BatchSigner> signer);

}  // namespace noroshi::relay
