// The four backends of Log. Each Create opens or fails; none leaves threads behind after destruction.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace noroshi::log {

// In this process, gone with it. Deterministic: no threads of its own, `done` is called before Append returns. A Log whose state outlives a simulated crash: share the MemoryLog.
std::unique_ptr<Log> CreateMemoryLog();

struct EmbeddedOptions {
  std::string directory;             // created; a second instance fails with FailedPrecondition (RocksDB LOCK), a directory
                                     // written by an unknown format version too
  std::optional<std::chrono::hours> retention;  // absent: for ever. Applied only to topics named in `retained_topics` prefixes
  std::vector<std::string> retained_topics;
};
// RocksDB, WAL fsynced (sync=true) once per group of concurrent appends; readers wait on the tail without polling the disk.
StatusOr<std::unique_ptr<Log>> CreateEmbeddedLog(const EmbeddedOptions& options);

struct KafkaOptions {
  std::string bootstrap;             // host:port[,host:port]
  bool tls = false;                  // mutual TLS by the three files
  std::string ca_file;
  std::string certificate_file;      // chain; ssl.certificate.location
  std::string key_file;
  int replication_factor = 1;        // of topics it creates
  int min_insync_replicas = 1;
  // Principal that may write a member's ingress topic: called by EnsureWriter. Needs the right to alter ACLs.
  std::chrono::milliseconds request_timeout{30'000};
};
// Settings of architecture.md section 3; a fatal producer error destroys the producer and fails its appends (see Recover).
StatusOr<std::unique_ptr<Log>> CreateKafkaLog(const KafkaOptions& options);

// Grants `principal` (e.g. `User:CN=delta-edge`) write and describe on exactly this topic and nothing else. Success where the cluster has no authorizer
// is reported as FailedPrecondition so that the caller can warn once.
Status AllowKafkaWriter(const KafkaOptions& options, std::string_view topic, std::string_view principal);

struct RemoteOptions {
  std::string address;               // host:port of the LogService
  std::string server_identity;       // SPIFFE URI expected in the server's certificate
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};
// LogService client. Appends keep a bounded window in flight per topic; reads are server streams. Reconnects by itself with bounded back-off;
// what was in flight when a connection broke fails with Unavailable (indefinite).
StatusOr<std::unique_ptr<Log>> CreateRemoteLog(const RemoteOptions& options);

}  // namespace noroshi::log
