#include "common/net/tls.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <vector>

#include "common/base/limits.h"

namespace noroshi::net {
namespace {

constexpr size_t kNameBytesMax = 63;
constexpr unsigned kFileRefreshSeconds = 60;

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
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

bool IsName(std::string_view text) {
  if (text.empty() || text.size() > kNameBytesMax) return false;
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return true;
}

// The part of `rest` before the next `/` (or all of it), which is taken off.
std::string_view TakeSegment(std::string_view& rest) {
  const size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return segment;
}

StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return NotFound("`{}` cannot be read", path);
  return std::move(text).str();
}

Bio MemoryBio(std::string_view bytes) { return Bio(BIO_new_mem_buf(bytes.data(), int(bytes.size()))); }

// Empty when the text holds no certificate. OpenSSL's error queue is per thread and must not leak into the next TLS call.
std::vector<Certificate> ReadCertificates(std::string_view pem) {
  std::vector<Certificate> out;
  const Bio bio = MemoryBio(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) out.emplace_back(certificate);
  ERR_clear_error();
  return out;
}

// A key behind a pass phrase counts as unreadable: a daemon has nobody to ask.
Key ReadKey(std::string_view pem) {
  const auto no_password = [](char*, int, int, void*) { return 0; };
  const Bio bio = MemoryBio(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return key;
}

WallTime ToWallTime(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return WallTime{};
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

StatusOr<SpiffeId> SpiffeIdOf(const X509* certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)), size_t(ASN1_STRING_length(uri)));
  }
  if (uris.size() != 1) return InvalidArgument("certificate has {} uri names, exactly 1 is needed", uris.size());
  return ParseSpiffeId(uris[0]);
}

// Collects the faults of one set of files; each is one line that names the file.
class FileFaults {
 public:
  explicit FileFaults(WallTime now) : now_(now) {}

  void Check(const TlsFiles& files) {
    CheckCa(files.ca_file);
    const std::vector<Certificate> chain = CheckChain(files.certificate_file);
    const Key key = CheckKey(files.key_file);
    if (!chain.empty() && key != nullptr && X509_check_private_key(chain[0].get(), key.get()) != 1) {
      Add("`{}` is not the key of the certificate in `{}`", files.key_file, files.certificate_file);
      ERR_clear_error();
    }
  }
  std::string text() && { return std::move(text_); }

 private:
  template <class... Args>
  void Add(fmt::format_string<Args...> text, Args&&... args) {
    if (!text_.empty()) text_ += '\n';
    text_ += fmt::format(text, std::forward<Args>(args)...);
  }

  std::string Read(const std::string& path) {
    StatusOr<std::string> bytes = ReadFile(path);
    if (bytes.ok()) return *std::move(bytes);
    Add("{}", Message(bytes.status()));
    return "";
  }

  void CheckValidity(const X509* certificate, const std::string& path) {
    const WallTime from = ToWallTime(X509_get0_notBefore(certificate));
    const WallTime until = ToWallTime(X509_get0_notAfter(certificate));
    if (now_ < from) Add("`{}` is not valid before {}", path, FormatTimestamp(from));
    if (now_ >= until) Add("`{}` expired at {}", path, FormatTimestamp(until));
  }

  void CheckCa(const std::string& path) {
    const std::string pem = Read(path);
    if (pem.empty()) return;
    const std::vector<Certificate> roots = ReadCertificates(pem);
    if (roots.empty()) Add("`{}` holds no certificate", path);
    for (const Certificate& root : roots) CheckValidity(root.get(), path);
  }

  std::vector<Certificate> CheckChain(const std::string& path) {
    const std::string pem = Read(path);
    std::vector<Certificate> chain = ReadCertificates(pem);
    if (pem.empty()) return chain;
    if (chain.empty()) {
      Add("`{}` holds no certificate", path);
      return chain;
    }
    for (const Certificate& certificate : chain) CheckValidity(certificate.get(), path);
    if (const auto id = SpiffeIdOf(chain[0].get()); !id.ok()) Add("`{}`: {}", path, Message(id.status()));
    return chain;
  }

  // AC-92: others must not read it. A group may (a Kubernetes secret is mounted 0440), but not write.
  Key CheckKey(const std::string& path) {
    struct stat file {};
    if (stat(path.c_str(), &file) == 0 && (file.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
      Add("`{}` has mode {:04o}, others must not read it (0600)", path, unsigned(file.st_mode & 07777));
    }
    const std::string pem = Read(path);
    if (pem.empty()) return nullptr;
    Key key = ReadKey(pem);
    if (key == nullptr) Add("`{}` holds no private key that can be read without a pass phrase", path);
    return key;
  }

  const WallTime now_;
  std::string text_;
};

// Accepts a server by the SPIFFE id in its certificate. The chain to the CA is checked by OpenSSL before this is asked.
class SpiffeVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit SpiffeVerifier(std::string wanted) : wanted_(std::move(wanted)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    const std::vector<grpc::string_ref> uris = request->uri_names();
    if (uris.size() == 1 && std::string_view(uris[0].data(), uris[0].size()) == wanted_) {
      *sync_status = grpc::Status::OK;
    } else {
      *sync_status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "server is not `" + wanted_ + "`");
    }
    return true;  // decided at once
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string wanted_;
};

StatusOr<std::shared_ptr<grpc::experimental::CertificateProviderInterface>> Provider(const TlsFiles& files) {
  if (const std::string faults = CheckTlsFiles(files, SystemClock().Now()); !faults.empty()) {
    return FailedPrecondition("{}", faults);
  }
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(files.key_file, files.certificate_file,
                                                                              files.ca_file, kFileRefreshSeconds);
}

}  // namespace

std::string SpiffeId::ToString() const { return fmt::format("spiffe://{}/org/{}/node/{}", federation, org, node); }

StatusOr<SpiffeId> ParseSpiffeId(std::string_view uri) {
  constexpr std::string_view kScheme = "spiffe://";
  const auto bad = [] { return InvalidArgument("not an identity of the form spiffe://<federation>/org/<org>/node/<node>"); };
  if (!uri.starts_with(kScheme)) return bad();
  std::string_view rest = uri.substr(kScheme.size());
  SpiffeId id;
  id.federation = TakeSegment(rest);
  if (TakeSegment(rest) != "org") return bad();
  id.org = TakeSegment(rest);
  if (TakeSegment(rest) != "node") return bad();
  id.node = rest;
  if (!IsName(id.federation) || !IsName(id.org) || !IsName(id.node)) return bad();
  return id;
}

StatusOr<SpiffeId> SpiffeIdOfPem(std::string_view pem) {
  const std::vector<Certificate> chain = ReadCertificates(pem);
  if (chain.empty()) return InvalidArgument("not a pem certificate");
  return SpiffeIdOf(chain[0].get());
}

std::string CheckTlsFiles(const TlsFiles& files, WallTime now) {
  FileFaults faults(now);
  faults.Check(files);
  return std::move(faults).text();
}

StatusOr<WallTime> CertificateExpiry(const std::string& certificate_file) {
  NOROSHI_ASSIGN(const std::string pem, ReadFile(certificate_file));
  const std::vector<Certificate> chain = ReadCertificates(pem);
  if (chain.empty()) return InvalidArgument("`{}` holds no certificate", certificate_file);
  return ToWallTime(X509_get0_notAfter(chain[0].get()));
}

StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsFiles& files) {
  NOROSHI_ASSIGN(const auto provider, Provider(files));
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  // gRPC's default verifier compares host names, which clients do not have: who the peer is, PeerIdentity says per call.
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsServerCredentials(options);
}

StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(const TlsFiles& files,
                                                                       const std::string& server_identity) {
  if (const auto id = ParseSpiffeId(server_identity); !id.ok()) return id.status();
  NOROSHI_ASSIGN(const auto provider, Provider(files));
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_check_call_host(false);  // nodes are known by identity, not by host name
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<SpiffeVerifier>(server_identity));
  return grpc::experimental::TlsCredentials(options);
}

Status WaitUntilReached(grpc::Channel& channel, std::chrono::milliseconds at_most) {
  const gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(at_most.count(), GPR_TIMESPAN));
  if (channel.WaitForConnected(deadline)) return OkStatus();
  return Unavailable("the other node cannot be reached");
}

void ApplyServerLimits(grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("noroshi");
  quota.Resize(limits::kGrpcServerBytesMax);
  quota.SetMaxThreads(limits::kGrpcServerThreadsMax);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(limits::kGrpcMessageBytesMax);
  builder.SetMaxSendMessageSize(limits::kGrpcMessageBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits::kGrpcMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kGrpcStreamsPerConnectionMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a port in use is an error, never shared by accident
}

StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const TlsFiles& files, const std::string& server_identity,
                                                     const std::string& address) {
  NOROSHI_ASSIGN(const auto credentials, ChannelCredentials(files, server_identity));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(limits::kGrpcMessageBytesMax);
  arguments.SetMaxSendMessageSize(limits::kGrpcMessageBytesMax);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, limits::kGrpcMetadataBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10'000);  // despite its name: how long one attempt may take
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // identity is end to end: no proxy from the environment
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

StatusOr<SpiffeId> PeerIdentity(const grpc::ServerContextBase& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return Unauthenticated("caller presented no verified certificate");
  const std::vector<grpc::string_ref> uris = auth->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  if (uris.size() != 1) return Unauthenticated("certificate has {} uri names, exactly 1 is needed", uris.size());
  auto id = ParseSpiffeId({uris[0].data(), uris[0].size()});
  if (!id.ok()) return Unauthenticated("{}", Message(id.status()));
  return id;
}

}  // namespace noroshi::net
