// The certification authority of an `up` directory: EC P-256, certificates with the node's SPIFFE URI, `localhost` and 127.0.0.1, for servers
// and clients alike. Keys are files of mode 0600 and never leave the directory. One thread.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/net/tls.h"

namespace noroshi::cli {

class CertificateAuthority {
 public:
  // Opens `<directory>/ca.pem` and `ca.key`, or makes them where both are absent. FailedPrecondition where only one is there or they do not match.
  static StatusOr<std::unique_ptr<CertificateAuthority>> OpenOrCreate(const std::string& directory, const std::string& federation, WallTime now);
  ~CertificateAuthority();

  const std::string& ca_file() const { return ca_file_; }
  // Makes `files`' certificate and key where they are absent, belong to another identity or CA, or expire within 30 days. True if it did.
  StatusOr<bool> Issue(const net::SpiffeId& identity, const net::TlsFiles& files, WallTime now) const;

 private:
  struct Secret;  // OpenSSL's types stay in pki.cc
  CertificateAuthority(std::string ca_file, std::unique_ptr<Secret> secret);
  const std::string ca_file_;
  const std::unique_ptr<Secret> secret_;
};

}  // namespace noroshi::cli
