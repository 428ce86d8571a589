#include "common/run/configuration.h"

#include "common/net/egress.h"
#include "common/net/tls.h"

namespace noroshi::run {
namespace {

void Append(const std::vector<config::Fault>& faults, std::vector<std::string>& lines) {
  for (const config::Fault& fault : faults) lines.push_back(fault.ToString());
}

// At the place of the `tls` section.
void CheckTls(const config::NodeConfig& config, WallTime now, std::vector<std::string>& lines) {
  const std::string text = net::CheckTlsFiles({config.tls.ca, config.tls.certificate, config.tls.key}, now);
  const auto at = config.given.find("tls");
  const config::Place place = at == config.given.end() ? config::Place{} : at->second;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    if (end > from) lines.push_back(config::Fault{config.file, place.line, place.column, "tls", text.substr(from, end - from)}.ToString());
    from = end + 1;
  }
}

// AC-41: where a URL leads, as far as its text tells.
void CheckIssuer(const config::NodeConfig& config, std::vector<std::string>& lines) {
  if (!config.taxii || !config.taxii->oidc || config.taxii->oidc->jwks_url.empty()) return;
  const auto add = [&](const std::string& path, const Status& fault) {
    const auto at = config.given.find(path);
    const config::Place place = at == config.given.end() ? config::Place{} : at->second;
    lines.push_back(config::Fault{config.file, place.line, place.column, path, std::string(Message(fault))}.ToString());
  };
  const config::Oidc& oidc = *config.taxii->oidc;
  const StatusOr<net::Networks> allowed = net::Networks::Parse(oidc.jwks_networks);
  if (!allowed.ok()) return add("taxii.oidc.jwks_networks", allowed.status());
  if (const auto destination = net::ParseDestination(oidc.jwks_url, *allowed); !destination.ok()) add("taxii.oidc.jwks_url", destination.status());
}

}  // namespace

Checked LoadAndCheck(const std::string& file, trust::NodeRole role, WallTime now) {
  Checked out;
  config::Loaded<config::NodeConfig> node = config::LoadNodeConfig(file);
  Append(node.faults, out.faults);
  out.warnings = std::move(node.warnings);
  if (!node.value) return out;  // where the directory is, is not known for sure
  if (node.value->role != role) {
    out.faults.push_back(fmt::format("{}: role: is {}, this program runs {}", file, trust::NodeRoleName(node.value->role), trust::NodeRoleName(role)));
  }
  config::Loaded<config::DirectoryFile> directory = config::LoadDirectory(node.value->directory_file);
  Append(directory.faults, out.faults);
  out.warnings.insert(out.warnings.end(), directory.warnings.begin(), directory.warnings.end());
  if (directory.value) Append(config::CheckTogether(*node.value, *directory.value), out.faults);
  CheckTls(*node.value, now, out.faults);
  CheckIssuer(*node.value, out.faults);
  if (out.faults.empty()) out.value = StartArguments{*std::move(node.value), *std::move(directory.value)};
  return out;
}

int ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk: return 0;
    case StatusCode::kUnavailable: return 75;
    case StatusCode::kFailedPrecondition:
    case StatusCode::kInvalidArgument: return 78;
    default: return 70;
  }
}

}  // namespace noroshi::run
