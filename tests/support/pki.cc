#include "tests/support/pki.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "common/base/check.h"

namespace noroshi::test {
namespace {

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  NOROSHI_CHECK(extension != nullptr);
  NOROSHI_CHECK(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

X509* NewCertificate(EVP_PKEY* key, const std::string& common_name, long serial, std::chrono::seconds from,
                     std::chrono::seconds until) {
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), long(from.count()));
  X509_gmtime_adj(X509_getm_notAfter(certificate), long(until.count()));
  X509_set_pubkey(certificate, key);
  NOROSHI_CHECK(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                           reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0) == 1);
  return certificate;
}

void WritePem(const std::string& path, unsigned mode, auto&& write) {
  std::remove(path.c_str());
  std::FILE* file = std::fopen(path.c_str(), "wb");
  NOROSHI_CHECK(file != nullptr);
  NOROSHI_CHECK(chmod(path.c_str(), mode) == 0);
  NOROSHI_CHECK(write(file) == 1);
  NOROSHI_CHECK(std::fclose(file) == 0);
}

}  // namespace

TestPki::TestPki(std::string federation) : federation_(std::move(federation)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "noroshi-pki-XXXXXX").string();
  NOROSHI_CHECK(mkdtemp(pattern.data()) != nullptr);
  directory_ = pattern;
  ca_file_ = directory_ + "/ca.pem";
  EVP_PKEY* key = EVP_EC_gen("P-256");
  NOROSHI_CHECK(key != nullptr);
  X509* ca = NewCertificate(key, "Noroshi test CA", serial_++, std::chrono::hours(-2), std::chrono::hours(48));
  X509_set_issuer_name(ca, X509_get_subject_name(ca));
  AddExtension(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(ca, ca, NID_subject_key_identifier, "hash");
  NOROSHI_CHECK(X509_sign(ca, key, EVP_sha256()) > 0);
  WritePem(ca_file_, 0644, [&](std::FILE* file) { return PEM_write_X509(file, ca); });
  ca_key_ = key;
  ca_certificate_ = ca;
}

TestPki::~TestPki() {
  X509_free(static_cast<X509*>(ca_certificate_));
  EVP_PKEY_free(static_cast<EVP_PKEY*>(ca_key_));
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string TestPki::SpiffeUri(const std::string& org, const std::string& node) const {
  return net::SpiffeId{federation_, org, node}.ToString();
}

net::TlsFiles TestPki::Issue(const std::string& org, const std::string& node) {
  CertificateRequest request;
  request.uris = {SpiffeUri(org, node)};
  request.common_name = node;
  return IssueAs(org + "." + node, request);
}

net::TlsFiles TestPki::IssueAs(const std::string& name, const CertificateRequest& request) {
  const net::TlsFiles files{ca_file_, directory_ + "/" + name + ".pem", directory_ + "/" + name + ".key"};
  X509* ca = static_cast<X509*>(ca_certificate_);
  EVP_PKEY* key = EVP_EC_gen("P-256");
  NOROSHI_CHECK(key != nullptr);
  X509* certificate = NewCertificate(key, request.common_name, serial_++, request.valid_from, request.valid_until);
  X509_set_issuer_name(certificate, X509_get_subject_name(ca));
  std::string alternative_names = request.names;
  for (const std::string& uri : request.uris) alternative_names += ",URI:" + uri;
  AddExtension(certificate, ca, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(certificate, ca, NID_ext_key_usage, request.key_usage);
  AddExtension(certificate, ca, NID_subject_alt_name, alternative_names);
  AddExtension(certificate, ca, NID_authority_key_identifier, "keyid");
  NOROSHI_CHECK(X509_sign(certificate, static_cast<EVP_PKEY*>(ca_key_), request.sha1 ? EVP_sha1() : EVP_sha256()) > 0);
  WritePem(files.certificate_file, 0644, [&](std::FILE* file) { return PEM_write_X509(file, certificate); });
  WritePem(files.key_file, request.key_mode, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

}  // namespace noroshi::test
