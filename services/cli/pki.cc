#include "services/cli/pki.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <utility>

#include "services/cli/files.h"

namespace noroshi::cli {
namespace {

using std::chrono::hours;

constexpr hours kCaLifetime{10 * 365 * 24};
constexpr hours kLeafLifetime{825 * 24};
constexpr hours kRenewBefore{30 * 24};
constexpr hours kBackdated{1};  // for clocks that are a little behind
constexpr unsigned kSecretMode = 0600;
constexpr unsigned kPublicMode = 0644;
constexpr int kSerialBytes = 16;

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

// The error queue is per thread and must be empty before anybody else uses OpenSSL.
Status OpensslError(const char* what) {
  char text[256] = "no reason given";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return Internal("{}: {}", what, text);
}

Status AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1) return OpensslError("certificate extension");
  return OkStatus();
}

StatusOr<Certificate> NewCertificate(EVP_PKEY* key, const std::string& common_name, WallTime now, hours lifetime) {
  Certificate certificate(X509_new());
  unsigned char serial[kSerialBytes];
  if (certificate == nullptr || RAND_bytes(serial, sizeof serial) != 1) return OpensslError("certificate");
  serial[0] = (serial[0] & 0x3F) | 0x40;  // positive, and never shorter
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  const time_t at = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto name_bytes = reinterpret_cast<const unsigned char*>(common_name.c_str());
  const bool filled =
      X509_set_version(certificate.get(), X509_VERSION_3) == 1 && number != nullptr &&
      BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr &&
      ASN1_TIME_set(X509_getm_notBefore(certificate.get()), at - std::chrono::seconds(kBackdated).count()) != nullptr &&
      ASN1_TIME_set(X509_getm_notAfter(certificate.get()), at + std::chrono::seconds(lifetime).count()) != nullptr &&
      X509_set_pubkey(certificate.get(), key) == 1 &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, name_bytes, -1, -1, 0) == 1;
  if (!filled) return OpensslError("certificate");
  return certificate;
}

StatusOr<std::string> ToPem(auto&& write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || write(bio.get()) != 1) return OpensslError("pem");
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, size_t(bytes));
}

StatusOr<std::string> KeyPem(EVP_PKEY* key) {
  return ToPem([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}
StatusOr<std::string> CertificatePem(X509* certificate) {
  return ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

Certificate ReadCertificate(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}
Key ReadKey(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr));
  ERR_clear_error();
  return key;
}

// The key goes first: a certificate without its key would look finished.
Status Save(X509* certificate, const std::string& certificate_file, EVP_PKEY* key, const std::string& key_file) {
  NOROSHI_ASSIGN(const std::string key_pem, KeyPem(key));
  NOROSHI_ASSIGN(const std::string certificate_pem, CertificatePem(certificate));
  NOROSHI_TRY(WriteFile(key_file, key_pem, kSecretMode));
  return WriteFile(certificate_file, certificate_pem, kPublicMode);
}

}  // namespace

struct CertificateAuthority::Secret {
  Certificate certificate;
  Key key;
};

CertificateAuthority::CertificateAuthority(std::string ca_file, std::unique_ptr<Secret> secret)
    : ca_file_(std::move(ca_file)), secret_(std::move(secret)) {}
CertificateAuthority::~CertificateAuthority() = default;

StatusOr<std::unique_ptr<CertificateAuthority>> CertificateAuthority::OpenOrCreate(const std::string& directory, const std::string& federation,
                                                                                   WallTime now) {
  const std::string ca_file = directory + "/ca.pem", key_file = directory + "/ca.key";
  auto secret = std::make_unique<Secret>();
  if (Exists(ca_file) || Exists(key_file)) {
    NOROSHI_ASSIGN(const std::string ca_pem, ReadFile(ca_file));
    NOROSHI_ASSIGN(const std::string key_pem, ReadFile(key_file));
    secret->certificate = ReadCertificate(ca_pem);
    secret->key = ReadKey(key_pem);
    const bool fits = secret->certificate != nullptr && secret->key != nullptr &&
                      X509_check_private_key(secret->certificate.get(), secret->key.get()) == 1;
    ERR_clear_error();
    if (!fits) return FailedPrecondition("`{}` is not the key of `{}`", key_file, ca_file);
  } else {
    secret->key.reset(EVP_EC_gen("P-256"));
    if (secret->key == nullptr) return OpensslError("ca key");
    NOROSHI_ASSIGN(secret->certificate, NewCertificate(secret->key.get(), "Noroshi CA of " + federation, now, kCaLifetime));
    X509* ca = secret->certificate.get();
    if (X509_set_issuer_name(ca, X509_get_subject_name(ca)) != 1) return OpensslError("ca certificate");
    NOROSHI_TRY(AddExtension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
    NOROSHI_TRY(AddExtension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign"));
    NOROSHI_TRY(AddExtension(ca, ca, NID_subject_key_identifier, "hash"));
    if (X509_sign(ca, secret->key.get(), EVP_sha256()) <= 0) return OpensslError("ca certificate");
    NOROSHI_TRY(Save(ca, ca_file, secret->key.get(), key_file));
  }
  return std::unique_ptr<CertificateAuthority>(new CertificateAuthority(ca_file, std::move(secret)));
}

StatusOr<bool> CertificateAuthority::Issue(const net::SpiffeId& identity, const net::TlsFiles& files, WallTime now) const {
  if (const StatusOr<std::string> old = ReadFile(files.certificate_file); old.ok() && Exists(files.key_file)) {
    const Certificate certificate = ReadCertificate(*old);
    const StatusOr<net::SpiffeId> of = net::SpiffeIdOfPem(*old);
    const bool ours = certificate != nullptr && X509_verify(certificate.get(), secret_->key.get()) == 1;
    ERR_clear_error();
    if (ours && of.ok() && of->ToString() == identity.ToString() && net::CheckTlsFiles(files, now + kRenewBefore).empty()) return false;
  }
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return OpensslError("key");
  NOROSHI_ASSIGN(const Certificate certificate, NewCertificate(key.get(), identity.node, now, kLeafLifetime));
  X509* ca = secret_->certificate.get();
  if (X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca)) != 1) return OpensslError("certificate");
  NOROSHI_TRY(AddExtension(certificate.get(), ca, NID_basic_constraints, "critical,CA:FALSE"));
  NOROSHI_TRY(AddExtension(certificate.get(), ca, NID_key_usage, "critical,digitalSignature"));
  NOROSHI_TRY(AddExtension(certificate.get(), ca, NID_ext_key_usage, "serverAuth,clientAuth"));
  NOROSHI_TRY(AddExtension(certificate.get(), ca, NID_subject_alt_name, "URI:" + identity.ToString() + ",DNS:localhost,IP:127.0.0.1"));
  NOROSHI_TRY(AddExtension(certificate.get(), ca, NID_subject_key_identifier, "hash"));
  NOROSHI_TRY(AddExtension(certificate.get(), ca, NID_authority_key_identifier, "keyid"));
  if (X509_sign(certificate.get(), secret_->key.get(), EVP_sha256()) <= 0) return OpensslError("certificate");
  NOROSHI_TRY(Save(certificate.get(), files.certificate_file, key.get(), files.key_file));
  return true;
}

}  // namespace noroshi::cli
