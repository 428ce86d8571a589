// A federation in one process and one thread: hub and CERT; finance (alfa, bravo, charlie) and energy (delta, echo, foxtrot) with their ISACs; the group
// solar-watch of delta, echo, foxtrot and alfa. The real engines, forwarders and access rules of every relay on logs in memory, one virtual clock. Nothing moves
// but by a call, so a seed replays any order of steps; a crash drops an engine and keeps its log.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/config/node_config.h"
#include "common/log/log.h"
#include "common/relay/engine.h"
#include "common/relay/forward.h"
#include "common/relay/member_access.h"
#include "tests/support/sim/fault_log.h"
#include "tests/support/sim/objects.h"
#include "tests/support/temp_directory.h"

namespace noroshi::test {

inline const std::string kSolarWatch = "11111111-1111-4111-8111-111111111111";  // owner delta; delta, echo, foxtrot, alfa

class VirtualClock final : public Clock {
 public:
  WallTime Now() const override { return FromMicros(now_us_); }
  MonotonicTime Monotonic() const override { return MonotonicTime(std::chrono::microseconds(now_us_)); }
  void Advance(std::chrono::microseconds by) { now_us_ += by.count(); }

 private:
  int64_t now_us_ = 1'770'000'000'000'000;  // 2026-02-02
};

struct Publication {
  std::string org;
  std::string json;
  std::string scope = {};              // ParseScope; empty: the node's default
  std::optional<stix::Tlp> tlp = {};
  bool declassify = false;
  // Not a publication: ends the organisation's grant of this object's version.
  bool recall = false;
  std::string at = {};                 // at the gateway of this layer; empty: at home
};

// What the publisher's node was answered, folded from its receipts.
struct Answer {
  std::string status, reason;                    // of the first relay
  std::map<std::string, std::string> verdicts;   // `layer audience` -> `release`, `withhold hidden_reference`, ...
  bool operator==(const Answer&) const = default;
};

// One object in one audience.
struct Shown {
  std::string id, version;  // version: `-` where the object has none
  std::string kinds;        // of `mcpar`: member, client, partner, anonymous, red
  auto operator<=>(const Shown&) const = default;
};
using ShownSet = std::set<Shown>;

class SimFederation {
 public:
  struct Options {
    bool echo_in_both = false;  // echo is a member of finance, too
    config::Settings settings = {};
    policy::PolicySet finance_policy = {};
  };
  SimFederation() : SimFederation(Options()) {}
  explicit SimFederation(Options options);
  ~SimFederation();

  // Into the ingress of the organisation's edge or of a gateway; at home: the edge, an ISAC and the CERT: their layer's gateway. Gives the number for AnswerTo.
  uint64_t Publish(const Publication& publication);
  // The grant of a version (empty: of all so far) ends: at the organisation's edge (an ISAC, the CERT: their layer's gateway), or at the gateway of `at`.
  void Recall(const std::string& org, const std::string& id, const std::string& version = "", const std::string& at = "");
  // The record of a publication, for tests that tamper with it, and its way into any ingress.
  std::string GatewayRecord(const std::string& gateway, const Publication& publication, const std::string& signer_node = "");
  void AppendRaw(const std::string& layer, const std::string& topic, const std::string& record);

  // One step each; true if anything moved. An engine that failed resumes with its next Pump.
  bool Pump(const std::string& layer, size_t records_max = 1'000);
  bool Transfer(const std::string& layer, const std::string& uplink);
  bool Follow(const std::string& layer, const std::string& uplink, size_t records_max = 1'000);
  struct Move {
    std::string layer, uplink;  // uplink empty: Pump
    bool down = false;
  };
  const std::vector<Move>& moves() const { return moves_; }
  bool Do(const Move& move, size_t records_max = 1'000);
  void RunUntilQuiet();
  void Advance(std::chrono::seconds by) { clock_.Advance(by); }

  // Drops engine and uplinks; their log stays. `lose_catalog`: the projection's directory is gone as well.
  void Crash(const std::string& layer, bool lose_catalog = false);
  void SetFaults(FaultPlan plan) { plan_ = std::move(plan); }

  // What a reader that skips repeats has of an audience. Folded from its records alone.
  ShownSet Visible(const std::string& layer, const std::string& audience) const;
  // `layer audience` -> what is there; audiences with nothing are left out.
  std::map<std::string, ShownSet> VisibleEverywhere() const;
  Answer AnswerTo(uint64_t publication) const;
  // INVARIANT checks over the whole history; empty, or what is broken.
  std::string FindBreach() const;

  // As LogService delivers them, in order: `audience kind id version`, payload.
  using Deliveries = std::vector<std::pair<std::string, std::string>>;
  Deliveries DeliveriesTo(const std::string& layer, const std::string& org, const std::string& node) const;

  std::vector<std::string> Records(const std::string& layer, const std::string& topic) const;
  std::vector<v1::LedgerEntry> Ledger(const std::string& layer) const;
  std::vector<std::string> layers() const;
  VirtualClock& clock() { return clock_; }
  relay::Engine& engine(const std::string& layer);

 private:
  struct Relay;
  void AddOrganisations(const Options& options);
  void AddRelay(const std::string& layer, std::vector<std::string> uplinks, const Options& options);
  std::shared_ptr<const relay::Context> ContextOf(const config::NodeConfig& config);
  void Start(Relay& relay);
  Relay& RelayOf(const std::string& layer) const;

  TempDirectory directory_;
  VirtualClock clock_;
  SeededRandom random_{1};
  FaultPlan plan_;
  std::optional<config::DirectoryFile> federation_;
  std::map<std::string, std::shared_ptr<const trust::BatchSigner>> signers_;  // by node
  std::map<std::string, std::shared_ptr<const relay::Context>> gateways_;     // by node
  std::map<std::string, uint64_t> link_sequences_;                            // by gateway
  std::map<std::string, std::unique_ptr<Relay>> relays_;                      // by layer
  std::vector<Move> moves_;
  int64_t NextStamp(const std::string& node);
  std::string ByGateway(const std::string& gateway, v1::Envelope envelope, const std::string& signer_node);
  uint64_t published_ = 0;
  std::map<std::string, int64_t> stamps_us_;                                  // by accepting node
  std::map<uint64_t, std::pair<std::string, std::string>> accepted_at_;       // publication -> layer, node
};

std::string ToString(const std::map<std::string, ShownSet>& everywhere);

}  // namespace noroshi::test
