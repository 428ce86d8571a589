// The accounts file of a TAXII server: YAML, read strictly, written back in the same form (comments are lost).
//
//   accounts:
//     - user: ann                     no `:`, no control characters, at most 255 bytes; compared byte by byte
//       org: alfa
//       kind: member                  member | client | partner
//       roles: [reader, publisher]    reader, red, publisher, operator, auditor
//       enabled: true                 absent: true
//       expires: 2027-01-01T00:00:00Z absent: never
//       networks: [192.0.2.0/24]      absent: any; v4 and v6
//       granted: [group/<uuid>]       audiences granted to a client or partner
//       password_hash: $argon2id$...  absent: no password
//       tokens:                       hash: hex SHA-256 of the token; id is its public part
//         - {id: 0123456789abcdef, hash: ..., created: ..., expires: ..., networks: [...], description: SIEM}
//       token_hash: ...               a token from before tokens had ids
//       certificates: [spiffe://demo/org/alfa/node/siem]
//       subjects: [248289761001]      of the OIDC issuer
//
// Whoever changes it holds a lock on `<file>.lock` (flock) and replaces it whole: readers never see half of it.
#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/taxii/accounts.h"

namespace noroshi::taxii {

// Error: InvalidArgument with all faults, one a line, each with its place. No hash is ever in one.
StatusOr<Accounts> LoadAccounts(const std::string& file);
StatusOr<Accounts> ParseAccounts(const std::string& text, const std::string& file_name);
// INVARIANT: ParseAccounts gives the same accounts again (`up` and `noroshi admin account` check it before they write).
std::string WriteAccounts(const std::vector<Account>& accounts);

// The word as flag of the account; null: no such role.
bool* RoleFlag(Account& account, std::string_view role);
// 0: no such kind.
policy::Kinds ParseKind(std::string_view kind);
// InvalidArgument says what is wrong with it.
Status CheckUserName(std::string_view user);

}  // namespace noroshi::taxii
