#include "common/net/http_tls.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <fstream>
#include <string>

namespace noroshi::net {
namespace {

constexpr char kTls12Suites[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// The 128-bit suite first: the cheapest of equals.
constexpr char kTls13Suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr unsigned char kSessionContext[] = "noroshi-http";

int SelectHttp11(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* offered, unsigned offered_bytes, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_bytes, kHttp11, sizeof kHttp11, offered, offered_bytes) != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// At least 112 bits: no SHA-1 signature, no RSA below 2048 bits.
constexpr int kOutboundSecurityLevel = 2;

// OpenSSL loads the lists of a CA file beside its certificates, but looks into them only when told.
bool HoldsRevocationList(const std::string& ca_file) {
  std::ifstream in(ca_file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("-----BEGIN X509 CRL-----")) return true;
  }
  return false;
}

bool NamesHosts(X509* certificate) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  bool found = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) found = found || sk_GENERAL_NAME_value(names, i)->type == GEN_DNS;
  GENERAL_NAMES_free(names);
  return found;
}

// A client that wants another host than the certificate names was led here by somebody (AC-54, ALPACA). None sent, as with an address in the URL, is fine.
int CheckServerName(SSL* tls, int* alert, void*) {
  const char* wanted = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
  X509* const certificate = SSL_get_certificate(tls);
  if (wanted == nullptr || certificate == nullptr || !NamesHosts(certificate)) return SSL_TLSEXT_ERR_NOACK;
  if (X509_check_host(certificate, wanted, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1) return SSL_TLSEXT_ERR_OK;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Status Failure(const char* what, const std::string& file, const boost::system::error_code& error) {
  return FailedPrecondition("{} `{}`: {}", what, file, error.message());
}

}  // namespace

StatusOr<std::shared_ptr<boost::asio::ssl::context>> ServerTls(const TlsFiles& files, bool ask_client, bool require_client) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  context->use_certificate_chain_file(files.certificate_file, error);
  if (error) return Failure("cannot use the certificate", files.certificate_file, error);
  context->use_private_key_file(files.key_file, ssl::context::pem, error);
  if (error) return Failure("cannot use the key", files.key_file, error);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_max_early_data(native, 0);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_id_context(native, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_alpn_select_cb(native, SelectHttp11, nullptr);
  SSL_CTX_set_tlsext_servername_callback(native, CheckServerName);
  if (SSL_CTX_set_cipher_list(native, kTls12Suites) != 1 || SSL_CTX_set_ciphersuites(native, kTls13Suites) != 1) {
    return FailedPrecondition("this OpenSSL knows none of the wanted cipher suites");
  }
  if (ask_client || require_client) {
    context->load_verify_file(files.ca_file, error);
    if (error) return Failure("cannot use the CA", files.ca_file, error);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER | (require_client ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  }
  return context;
}

StatusOr<std::shared_ptr<boost::asio::ssl::context>> ClientTls(const std::string& ca_file) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  boost::system::error_code error;
  if (ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(ca_file, error);
  }
  if (error) return Failure("cannot use the CA", ca_file, error);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  context->set_verify_mode(ssl::verify_peer, error);
  if (error) return Failure("cannot verify by the CA", ca_file, error);
  return context;
}

StatusOr<std::shared_ptr<boost::asio::ssl::context>> OutboundTls(const std::string& ca_file, const std::string& certificate_file, const std::string& key_file) {
  namespace ssl = boost::asio::ssl;
  NOROSHI_ASSIGN(auto context, ClientTls(ca_file));
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_security_level(native, kOutboundSecurityLevel);
  if (SSL_CTX_set_cipher_list(native, kTls12Suites) != 1 || SSL_CTX_set_ciphersuites(native, kTls13Suites) != 1) {
    return FailedPrecondition("this OpenSSL knows none of the wanted cipher suites");
  }
  if (HoldsRevocationList(ca_file)) X509_STORE_set_flags(SSL_CTX_get_cert_store(native), X509_V_FLAG_CRL_CHECK);
  if (certificate_file.empty()) return context;
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate_file, error);
  if (error) return Failure("cannot use the certificate", certificate_file, error);
  context->use_private_key_file(key_file, ssl::context::pem, error);
  if (error) return Failure("cannot use the key", key_file, error);
  return context;
}

std::optional<PeerCertificate> PeerCertificateOf(SSL* tls) {
  X509* const certificate = SSL_get1_peer_certificate(tls);
  if (certificate == nullptr) return {};
  std::string pem;
  std::tm parts{};
  const bool in_time = X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0 && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1;
  if (SSL_get_verify_result(tls) == X509_V_OK && in_time) {
    BIO* const memory = BIO_new(BIO_s_mem());
    if (memory != nullptr && PEM_write_bio_X509(memory, certificate) == 1) {
      char* data = nullptr;
      const long bytes = BIO_get_mem_data(memory, &data);
      pem.assign(data, static_cast<size_t>(bytes));
    }
    BIO_free(memory);
  }
  X509_free(certificate);
  if (pem.empty()) return {};
  StatusOr<SpiffeId> id = SpiffeIdOfPem(pem);
  if (!id.ok()) return {};
  return PeerCertificate{*std::move(id), WallTime(std::chrono::seconds(timegm(&parts)))};
}

}  // namespace noroshi::net
