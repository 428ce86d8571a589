// TLS files and the identity they carry. Identity is the URI SAN `spiffe://<federation>/org/<org>/node/<node>`
// of a verified certificate, never the CN and never "any certificate of this CA" (taxii 5, trust.md section 5).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace grpc {
class ServerBuilder;
class ServerContextBase;
class ServerCredentials;
class ChannelCredentials;
class Channel;
}  // namespace grpc

namespace noroshi::net {

struct TlsFiles {
  std::string ca_file;           // PEM
  std::string certificate_file;  // PEM chain
  std::string key_file;          // PEM; mode must not be readable by others (AC-92)
};

struct SpiffeId {
  std::string federation;
  std::string org;
  std::string node;
  std::string ToString() const;
};

// Error: not of that form, or a name outside `[a-z0-9-]{1,63}`.
StatusOr<SpiffeId> ParseSpiffeId(std::string_view uri);

// The one URI SAN of a PEM certificate. Error: none, several, or not a SPIFFE id of that form.
StatusOr<SpiffeId> SpiffeIdOfPem(std::string_view pem);

// All faults of the files at once, as text lines: missing, lax mode, key does not match, expired. Empty: fine.
std::string CheckTlsFiles(const TlsFiles& files, WallTime now);
StatusOr<WallTime> CertificateExpiry(const std::string& certificate_file);

// gRPC, mutual TLS 1.2+ only. The files are looked at again every minute: a renewed certificate or CA needs no restart, and one
// that cannot be read leaves the old one in place. Error: FailedPrecondition with all that CheckTlsFiles says.
StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsFiles& files);
// The server's certificate must carry exactly `server_identity` (a SPIFFE URI).
StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(const TlsFiles& files, const std::string& server_identity);
// Our limits for a gRPC server: message and metadata size, streams a connection, connections' memory, threads, keep-alive. gRPC 1.51
// has unpatched denial-of-service holes, so this is never without ServerCredentials.
void ApplyServerLimits(grpc::ServerBuilder& builder);
// A channel with our keep-alive, back-off and message-size settings.
StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const TlsFiles& files, const std::string& server_identity, const std::string& address);
// Waits until the channel is connected, at most `at_most`. gRPC connects only while somebody waits on the channel: calls that fail at once, one
// after the other, would never let a handshake end. Error: Unavailable.
Status WaitUntilReached(grpc::Channel& channel, std::chrono::milliseconds at_most);
// Of the caller of a gRPC method. Error: no or unusable certificate identity.
StatusOr<SpiffeId> PeerIdentity(const grpc::ServerContextBase& context);

}  // namespace noroshi::net
