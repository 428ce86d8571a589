// What an `up` directory remembers (and `~/.config/noroshi/`, which has the same layout):
//   VERSION           format of the directory, `1`
//   federation.json   nodes with their addresses, organisations, groups
//   accounts.json     TAXII accounts with their secrets, mode 0600
//   ca.pem, ca.key    the certification authority
//   <node>/           config.yaml, directory.yaml, accounts.yaml, cursor.key, tls.pem, tls.key, signing.key, data/, pid
//   <org>-cli/        tls.pem, tls.key: what the CLI shows when it acts for that organisation
//   log/<node>.jsonl  what the node said
// Values; nlohmann-json stays in state.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/net/tls.h"
#include "services/cli/layout.h"

namespace noroshi::cli {

inline constexpr int kDirectoryVersion = 1;

struct NodeRecord {
  std::string name, role, org, sector, layer;
  std::string grpc, admin, taxii;  // host:port; taxii is empty where there is no such listener
};

struct Account {
  AccountPlan plan;
  std::string password, token;
  std::string password_hash, token_hash;  // kept so that a second `up` leaves accounts.yaml as it is
};

struct FederationState {
  std::string federation;
  uint64_t epoch = 1;  // of the membership
  std::string log;     // `embedded` or `kafka=HOST:PORT[,tls|,plaintext]`; empty: only prepared, not chosen yet
  std::string ca_file = "ca.pem";
  std::vector<OrganisationWanted> organisations;
  std::map<std::string, std::string> groups;  // name -> UUID
  std::vector<NodeRecord> nodes;

  const NodeRecord* Find(const std::string& node) const;
};

// FailedPrecondition names both versions where the directory has another one; NotFound where it is no such directory.
Status CheckVersion(const std::string& directory);

StatusOr<FederationState> LoadState(const std::string& directory);
Status SaveState(const std::string& directory, const FederationState& state);
StatusOr<std::vector<Account>> LoadAccounts(const std::string& directory);
Status SaveAccounts(const std::string& directory, const std::vector<Account>& accounts);

// The file that `--ready-file` asks for (contract.md); `pids` by node name.
std::string ReadyFile(const std::string& directory, const FederationState& state, const std::vector<Account>& accounts,
                      const std::map<std::string, int>& pids);

// host:port -> port; 0 where there is none.
int PortOf(const std::string& address);

// The three files of a node or tool in a directory of this layout.
net::TlsFiles TlsFilesOf(const std::string& directory, const FederationState& state, const std::string& node);

}  // namespace noroshi::cli
