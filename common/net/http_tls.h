// TLS of the HTTP server and client. Boost types: for the .cc files of this folder only.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>

#include "common/base/status.h"
#include "common/net/tls.h"

namespace noroshi::net {

// TLS 1.2 and 1.3, forward-secret AEAD suites only, no renegotiation, no compression, no early data (taxii 1-5), no handshake
// for a host that the certificate does not name. `ask_client`: a certificate that
// the client sends must verify against the CA, or the handshake fails; none is fine, unless `require_client`.
StatusOr<std::shared_ptr<boost::asio::ssl::context>> ServerTls(const TlsFiles& files, bool ask_client, bool require_client = false);

// Verifies the server against the CA file (the system's where it is empty); the name is checked by the caller.
StatusOr<std::shared_ptr<boost::asio::ssl::context>> ClientTls(const std::string& ca_file);

// For egress.h: as ClientTls, with a client certificate where one is named, certificates signed by SHA-1 or small keys refused, and the revocation lists that the
// CA file holds used (AC-46).
StatusOr<std::shared_ptr<boost::asio::ssl::context>> OutboundTls(const std::string& ca_file, const std::string& certificate_file, const std::string& key_file);

// The verified certificate on the other side; nothing where it sent none, it carries no SPIFFE id of our form, or it is over (a resumed session is
// not verified again).
struct PeerCertificate {
  SpiffeId id;
  WallTime until;
};
std::optional<PeerCertificate> PeerCertificateOf(SSL* tls);

}  // namespace noroshi::net
