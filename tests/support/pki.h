// A certification authority for one test run, made at run time: no key is ever committed. Files live in a directory
// of their own under the system's temporary one and go with the object. Any thread, but one call at a time. A failure
// (no space, no entropy) ends the test program.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/net/tls.h"

namespace noroshi::test {

// What to put into a certificate; the defaults make a usable one.
struct CertificateRequest {
  std::vector<std::string> uris;                   // URI SANs
  std::string common_name = "node";
  std::chrono::seconds valid_from{-3600};          // relative to now
  std::chrono::seconds valid_until{24 * 3600};
  unsigned key_mode = 0600;
  std::string names = "DNS:localhost,IP:127.0.0.1";  // further SANs, as OpenSSL spells them
  std::string key_usage = "serverAuth,clientAuth";   // extended
  bool sha1 = false;                                 // signed with SHA-1
};

class TestPki {
 public:
  explicit TestPki(std::string federation = "test");
  ~TestPki();
  TestPki(const TestPki&) = delete;
  TestPki& operator=(const TestPki&) = delete;

  const std::string& ca_file() const { return ca_file_; }
  const std::string& directory() const { return directory_; }
  std::string SpiffeUri(const std::string& org, const std::string& node) const;

  // Certificate with the node's SPIFFE URI, plus localhost and 127.0.0.1 for HTTPS clients. Asked again, it is renewed.
  net::TlsFiles Issue(const std::string& org, const std::string& node);
  // Files `<name>.pem` and `<name>.key`.
  net::TlsFiles IssueAs(const std::string& name, const CertificateRequest& request);

 private:
  const std::string federation_;
  std::string directory_;
  std::string ca_file_;
  void* ca_key_ = nullptr;          // EVP_PKEY, owned: OpenSSL's headers stay in pki.cc
  void* ca_certificate_ = nullptr;  // X509, owned
  long serial_ = 1;
};

}  // namespace noroshi::test
