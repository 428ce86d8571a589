// A federation as the CLI reaches it: nodes, addresses and credentials from an `up` directory or from `~/.config/noroshi/`
// (same layout: state.h). One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/log/backends.h"
#include "noroshi/v1/admin.grpc.pb.h"
#include "services/cli/state.h"

namespace grpc {
class ClientContext;
class Status;
}  // namespace grpc

namespace noroshi::cli {

class Federation {
 public:
  // `option`, else NOROSHI_DIR, else ~/.config/noroshi.
  static StatusOr<Federation> Open(const std::string& option);

  const std::string& directory() const { return directory_; }
  const FederationState& state() const { return state_; }

  // NotFound names what there is.
  StatusOr<const NodeRecord*> Node(const std::string& name) const;
  // Organisations whose credentials are here.
  std::vector<std::string> Credentials() const;
  // NotFound where `org`'s tool certificate is not here.
  Status CheckCredentials(const std::string& org) const;

  // Connected within a few seconds, or Unavailable with what to do next. The caller appears as `org`'s tool.
  StatusOr<std::unique_ptr<v1::AdminService::Stub>> Admin(const NodeRecord& node, const std::string& org) const;
  StatusOr<log::RemoteOptions> LogService(const NodeRecord& node, const std::string& org) const;

 private:
  std::string directory_;
  FederationState state_;
};

// What a gRPC call's failure means to a person: Unavailable with what to do next, others as they are.
Status FromGrpc(const grpc::Status& status, const NodeRecord& node);

}  // namespace noroshi::cli
