#include "services/cli/federation.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "common/net/tls.h"
#include "services/cli/files.h"
#include "services/cli/names.h"

namespace noroshi::cli {
namespace {

constexpr std::chrono::seconds kConnectWithin{10};

std::string ChooseDirectory(const std::string& option) {
  if (!option.empty()) return option;
  if (const char* variable = std::getenv("NOROSHI_DIR"); variable != nullptr && *variable != '\0') return variable;
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "." : home) + "/.config/noroshi";
}

Status Unreachable(const NodeRecord& node, const std::string& why) {
  return Unavailable("node `{}` at {} cannot be reached: {}\nis it running? `noroshi up` on the same --dir starts what does not run; its log is log/{}.jsonl",
                     node.name, node.grpc, why, node.name);
}

}  // namespace

StatusOr<Federation> Federation::Open(const std::string& option) {
  Federation out;
  std::error_code error;
  out.directory_ = std::filesystem::absolute(ChooseDirectory(option), error).lexically_normal().string();
  while (out.directory_.size() > 1 && out.directory_.ends_with('/')) out.directory_.pop_back();
  if (const Status version = CheckVersion(out.directory_); !version.ok()) {
    if (version.code() != StatusCode::kNotFound) return version;
    return NotFound("{}\ngive --dir DIR or NOROSHI_DIR (a directory that `noroshi up` made), or put one at ~/.config/noroshi", Message(version));
  }
  NOROSHI_ASSIGN(out.state_, LoadState(out.directory_));
  return out;
}

StatusOr<const NodeRecord*> Federation::Node(const std::string& name) const {
  if (const NodeRecord* found = state_.Find(name)) return found;
  std::vector<std::string> names;
  for (const NodeRecord& node : state_.nodes) names.push_back(node.name);
  return NotFound("no node `{}`{}\nthere are: {}", name, DidYouMean(name, names), fmt::join(names, ", "));
}

std::vector<std::string> Federation::Credentials() const {
  std::vector<std::string> out;
  for (const OrganisationWanted& organisation : state_.organisations) {
    if (CheckCredentials(organisation.name).ok()) out.push_back(organisation.name);
  }
  return out;
}

Status Federation::CheckCredentials(const std::string& org) const {
  if (IsName(org) && Exists(TlsFilesOf(directory_, state_, ToolName(org)).key_file)) return OkStatus();
  std::vector<std::string> names;
  for (const OrganisationWanted& organisation : state_.organisations) names.push_back(organisation.name);
  return NotFound("no credentials of organisation `{}` in `{}`{}", org, directory_, DidYouMean(org, names));
}

StatusOr<std::unique_ptr<v1::AdminService::Stub>> Federation::Admin(const NodeRecord& node, const std::string& org) const {
  NOROSHI_TRY(CheckCredentials(org));
  const net::SpiffeId server{state_.federation, node.org, node.name};
  NOROSHI_ASSIGN(const std::shared_ptr<grpc::Channel> channel,
                 net::OpenChannel(TlsFilesOf(directory_, state_, ToolName(org)), server.ToString(), node.grpc));
  if (!channel->WaitForConnected(std::chrono::system_clock::time_point(SystemClock().Now() + kConnectWithin))) {
    return Unreachable(node, fmt::format("no connection within {} s", kConnectWithin.count()));
  }
  return v1::AdminService::NewStub(channel);
}

StatusOr<log::RemoteOptions> Federation::LogService(const NodeRecord& node, const std::string& org) const {
  NOROSHI_TRY(CheckCredentials(org));
  const net::TlsFiles files = TlsFilesOf(directory_, state_, ToolName(org));
  const net::SpiffeId server{state_.federation, node.org, node.name};
  return log::RemoteOptions{node.grpc, server.ToString(), files.ca_file, files.certificate_file, files.key_file};
}

Status FromGrpc(const grpc::Status& status, const NodeRecord& node) {
  if (status.ok()) return OkStatus();
  const auto code = static_cast<StatusCode>(status.error_code());  // both follow google.rpc.Code
  if (code == StatusCode::kUnavailable || code == StatusCode::kDeadlineExceeded) return Unreachable(node, status.error_message());
  return MakeStatus(code, fmt::format("node `{}`: {}", node.name, status.error_message()));
}

}  // namespace noroshi::cli
