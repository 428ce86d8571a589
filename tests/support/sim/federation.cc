#include "tests/support/sim/federation.h"

#include <filesystem>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/log/backends.h"
#include "common/relay/codec.h"
#include "common/relay/record.h"
#include "common/stix/object.h"
#include "common/trust/proof.h"

namespace noroshi::test {
namespace {

using policy::LayerKind;
using relay::Source;
using trust::NodeRole;

constexpr std::chrono::milliseconds kNow{0};
constexpr int kRoundsMax = 500;
const std::vector<std::string> kCompanies = {"alfa", "bravo", "charlie", "delta", "echo", "foxtrot"};

std::string SectorOf(const std::string& org) { return org < "delta" ? "finance" : "energy"; }
std::string RelayNode(const std::string& layer) {
  if (layer == "national") return "hub";
  return layer + (layer == "finance" || layer == "energy" ? "-broker" : "-edge");
}
std::string OperatorOf(const std::string& layer) {
  if (layer == "national") return "cert";
  return layer == "finance" || layer == "energy" ? layer + "-isac" : layer;
}
NodeRole RoleOf(const std::string& layer) {
  if (layer == "national") return NodeRole::kHub;
  return layer == "finance" || layer == "energy" ? NodeRole::kBroker : NodeRole::kEdge;
}

std::string KindsText(policy::Kinds kinds) {
  std::string text;
  for (const auto& [bit, letter] : {std::pair{policy::kMember, 'm'}, {policy::kClient, 'c'}, {policy::kPartner, 'p'}, {policy::kAnonymous, 'a'},
                                    {policy::kRed, 'r'}}) {
    if (kinds & bit) text += letter;
  }
  return text;
}

template <class Message>
Message Parsed(const std::string& bytes) {
  Message message;
  NOROSHI_CHECK(message.ParseFromString(bytes));
  return message;
}

}  // namespace

struct SimFederation::Relay {
  config::NodeConfig config;
  std::shared_ptr<const relay::Context> context;
  std::unique_ptr<log::Log> memory;  // survives crashes
  std::unique_ptr<FaultLog> log;
  std::map<std::string, relay::Source> sources;
  std::unique_ptr<relay::Engine> engine;
  std::map<std::string, std::unique_ptr<relay::Forwarder>> forwarders;
  std::unique_ptr<relay::MemberAccess> access;
  bool resumed = false;
};

SimFederation::SimFederation(Options options) {
  AddOrganisations(options);
  AddRelay("national", {}, options);
  for (const char* sector : {"finance", "energy"}) AddRelay(sector, {"national"}, options);
  for (const std::string& org : kCompanies) {
    std::vector<std::string> uplinks{SectorOf(org)};
    if (org == "echo" && options.echo_in_both) uplinks.push_back("finance");
    AddRelay(org, std::move(uplinks), options);
  }
}

SimFederation::~SimFederation() = default;

void SimFederation::AddOrganisations(const Options& options) {
  std::vector<policy::Organisation> organisations;
  std::vector<policy::Layer> layers = {{"national", LayerKind::kNational, "cert", {"cert", "finance-isac", "energy-isac"}},
                                       {"finance", LayerKind::kSector, "finance-isac", {"finance-isac", "alfa", "bravo", "charlie"}},
                                       {"energy", LayerKind::kSector, "energy-isac", {"energy-isac", "delta", "echo", "foxtrot"}}};
  if (options.echo_in_both) layers[1].members.insert("echo");
  for (const char* org : {"cert", "finance-isac", "energy-isac"}) organisations.push_back({org, IdentityOf(org)});
  for (const std::string& org : kCompanies) {
    organisations.push_back({org, IdentityOf(org)});
    layers.push_back({org, LayerKind::kOrganisation, org, {org}});
  }
  std::vector<trust::Node> nodes;
  const auto add = [&](const std::string& node, const std::string& layer, NodeRole role) {
    trust::SigningKey key = trust::SigningKey::Generate();
    nodes.push_back({node, OperatorOf(layer), role, layer, {key.public_key()}});
    signers_[node] = std::make_shared<const trust::BatchSigner>("sim", node, 1, std::move(key), random_);
  };
  for (const policy::Layer& layer : layers) {
    add(RelayNode(layer.name), layer.name, RoleOf(layer.name));
    if (layer.kind != LayerKind::kOrganisation) add(layer.name + "-gateway", layer.name, NodeRole::kGateway);
  }
  for (const std::string& org : kCompanies) nodes.push_back({org + "-tool", org, NodeRole::kTool, "", {}});
  std::vector<policy::Group> groups = {{kSolarWatch, "solar-watch", "delta", {"delta", "echo", "foxtrot", "alfa"}}};
  auto membership = policy::Membership::Create(1, std::move(organisations), std::move(layers), std::move(groups));
  auto directory = trust::Directory::Create("sim", 1, std::move(nodes));
  NOROSHI_CHECK(membership.ok() && directory.ok());
  federation_ = config::DirectoryFile{*std::move(directory), *std::move(membership)};
}

std::shared_ptr<const relay::Context> SimFederation::ContextOf(const config::NodeConfig& config) {
  auto context = relay::MakeContext(config, *federation_, signers_.at(config.node));
  NOROSHI_CHECK(context.ok());
  return *std::move(context);
}

void SimFederation::AddRelay(const std::string& layer, std::vector<std::string> uplinks, const Options& options) {
  auto relay = std::make_unique<Relay>();
  relay->config.node = RelayNode(layer);
  relay->config.org = OperatorOf(layer);
  relay->config.role = RoleOf(layer);
  relay->config.layer = layer;
  relay->config.data_dir = directory_.path() + "/" + layer;
  relay->config.settings = options.settings;
  if (layer == "finance") relay->config.policy = options.finance_policy;
  for (const std::string& uplink : uplinks) {
    relay->config.uplinks.push_back({uplink, "", "", {}});
    moves_.push_back({layer, uplink, false});
    moves_.push_back({layer, uplink, true});
  }
  moves_.push_back({layer, "", false});
  relay->context = ContextOf(relay->config);
  if (RoleOf(layer) != NodeRole::kEdge) {
    config::NodeConfig gateway = relay->config;
    gateway.node = layer + "-gateway";
    gateway.role = NodeRole::kGateway;
    gateway.uplinks.clear();
    gateways_[gateway.node] = ContextOf(gateway);
  }
  relay->memory = log::CreateMemoryLog();
  relay->access = std::make_unique<relay::MemberAccess>([relay = relay.get()] { return relay->context; }, clock_);
  std::filesystem::create_directories(relay->config.data_dir);
  Relay& added = *relay;
  relays_[layer] = std::move(relay);
  Start(added);
}

void SimFederation::Start(Relay& relay) {
  relay.log = std::make_unique<FaultLog>(*relay.memory, plan_);
  auto engine = relay::Engine::Create(relay.config, relay.context, *relay.log, clock_);
  NOROSHI_CHECK(engine.ok());
  relay.engine = *std::move(engine);
  relay.sources = relay::SourcesOf(*relay.context);
  relay.resumed = relay.engine->Resume().ok();
  for (const config::Uplink& uplink : relay.config.uplinks) {
    relay.forwarders[uplink.layer] = std::make_unique<relay::Forwarder>(
        uplink.layer, [&relay] { return relay.context; }, *relay.log, relay.engine->catalog(), relay.engine->bodies(),
        [this, upper = uplink.layer]() -> StatusOr<std::unique_ptr<log::Log>> {
          return std::make_unique<FaultLog>(*RelayOf(upper).memory, plan_);
        });
  }
}

void SimFederation::Crash(const std::string& layer, bool lose_catalog) {
  Relay& relay = RelayOf(layer);
  relay.forwarders.clear();
  relay.engine.reset();
  if (lose_catalog) std::filesystem::remove_all(relay.config.data_dir + "/catalog");
  Start(relay);
}

SimFederation::Relay& SimFederation::RelayOf(const std::string& layer) const { return *relays_.at(layer); }
relay::Engine& SimFederation::engine(const std::string& layer) { return *RelayOf(layer).engine; }

std::vector<std::string> SimFederation::layers() const {
  std::vector<std::string> names;
  for (const auto& [name, relay] : relays_) names.push_back(name);
  return names;
}

// As NodeAcceptor writes it.
static v1::Envelope PublicationEnvelope(const Publication& publication, const std::string& node, const config::Settings& settings, int64_t stamp_us,
                                        uint64_t number) {
  const auto object = stix::Parse(publication.json);
  NOROSHI_CHECK(object.ok());
  v1::Envelope envelope;
  envelope.set_kind(v1::RECORD_OBJECT);
  v1::OriginHeader origin;
  origin.set_object_id(object->id);
  origin.set_object_type(object->type);
  origin.set_accepted_us(stamp_us);
  origin.set_version(object->version.empty() ? relay::StampVersion(stamp_us) : object->version);
  origin.set_content_hash(AsBytes(object->content_hash));
  origin.set_origin_org(publication.org);
  origin.set_origin_node(node);
  v1::RelayHeader relay;
  policy::Scope scope = settings.default_scope;
  if (!publication.scope.empty()) {
    const auto parsed = policy::ParseScope(publication.scope);
    NOROSHI_CHECK(parsed.ok());
    scope = *parsed;
  }
  *relay.mutable_scope() = relay::ToProto(scope);
  if (publication.tlp) relay.set_envelope_tlp(relay::ToProto(*publication.tlp));
  relay.set_attribution(relay::ToProto(settings.default_attribution));
  relay.set_declassify(publication.declassify);
  relay.set_submission("sim");
  relay.set_number(number);
  envelope.set_origin_header(origin.SerializeAsString());
  envelope.set_relay_header(relay.SerializeAsString());
  envelope.set_payload(publication.json);
  return envelope;
}

int64_t SimFederation::NextStamp(const std::string& node) {
  int64_t& last = stamps_us_[node];
  return last = std::max(last + 1, ToMicros(clock_.Now()));
}

std::string SimFederation::GatewayRecord(const std::string& gateway, const Publication& publication, const std::string& signer_node) {
  ++published_;
  return ByGateway(gateway, PublicationEnvelope(publication, gateway, gateways_.at(gateway)->settings, NextStamp(gateway), published_), signer_node);
}

std::string SimFederation::ByGateway(const std::string& gateway, v1::Envelope envelope, const std::string& signer_node) {
  const relay::Context& context = *gateways_.at(gateway);
  relay::Outgoing record;
  record.envelope = std::move(envelope);
  trust::Commit(record.envelope, random_);
  relay::NumberOnLink(context, ++link_sequences_[gateway], record);
  record.hop.set_destination(relay::IngressTopic(context.relay.layer, gateway));
  relay::Context other;
  other.node = gateway;
  other.signer = signers_.at(signer_node.empty() ? gateway : signer_node);
  std::vector<relay::Outgoing> records;
  records.push_back(std::move(record));
  return relay::Sealed(other, std::move(records)).front();
}

void SimFederation::Recall(const std::string& org, const std::string& id, const std::string& version, const std::string& at) {
  const bool has_edge = relays_.contains(org);
  const std::string layer = !at.empty() ? at : has_edge ? org : org == "cert" ? "national" : org.substr(0, org.find('-'));
  const bool at_edge = has_edge && layer == org;
  const std::string node = at_edge ? RelayOf(org).config.node : layer + "-gateway";
  v1::Envelope envelope = relay::RecallEnvelope(node, org, "sim", id, version, NextStamp(node));
  AppendRaw(layer, relay::IngressTopic(layer, node), at_edge ? envelope.SerializeAsString() : ByGateway(node, std::move(envelope), ""));
}

uint64_t SimFederation::Publish(const Publication& publication) {
  if (publication.recall) {
    const auto object = stix::Parse(publication.json);
    NOROSHI_CHECK(object.ok() && !object->version.empty());
    Recall(publication.org, object->id, object->version, publication.at);
    return 0;
  }
  const auto edge = relays_.find(publication.org);
  if (edge == relays_.end() || !publication.at.empty()) {
    std::string layer = publication.at;
    if (layer.empty()) layer = publication.org == "cert" ? "national" : publication.org.substr(0, publication.org.find('-'));
    const std::string gateway = layer + "-gateway";
    AppendRaw(layer, relay::IngressTopic(layer, gateway), GatewayRecord(gateway, publication));
    accepted_at_[published_] = {layer, gateway};
    return published_;
  }
  const Relay& relay = *edge->second;
  ++published_;
  const v1::Envelope envelope =
      PublicationEnvelope(publication, relay.config.node, relay.config.settings, NextStamp(relay.config.node), published_);
  AppendRaw(publication.org, relay::IngressTopic(publication.org, relay.config.node), envelope.SerializeAsString());
  accepted_at_[published_] = {publication.org, relay.config.node};
  return published_;
}

void SimFederation::AppendRaw(const std::string& layer, const std::string& topic, const std::string& record) {
  log::Log& log = *RelayOf(layer).memory;
  NOROSHI_CHECK(log.EnsureTopic(topic).ok());
  NOROSHI_CHECK(log::AppendAndWait(log, topic, {record}).ok());
}

bool SimFederation::Pump(const std::string& layer, size_t records_max) {
  Relay& relay = RelayOf(layer);
  if (!relay.resumed) {
    relay.resumed = relay.engine->Resume().ok();
    return true;
  }
  std::vector<relay::Admitted> admitted;
  for (const auto& [topic, source] : relay.sources) {
    const log::Offset from = relay.engine->NextOffset(topic);
    const auto reader = relay.memory->Read({{topic, from}});
    NOROSHI_CHECK(reader.ok());
    const auto batch = (*reader)->Poll(kNow);
    NOROSHI_CHECK(batch.ok());
    for (size_t i = 0; i < batch->records.size() && i < records_max; ++i) {
      admitted.push_back(relay::Admit(*relay.context, source, batch->offsets[i], batch->records[i], clock_.Now()));
    }
  }
  const std::optional<int64_t> hold_end_us = relay.engine->NextHoldEnd();
  if (admitted.empty() && (!hold_end_us || *hold_end_us > ToMicros(clock_.Now()))) return false;
  relay.resumed = relay.engine->Step(std::move(admitted)).ok();
  return true;
}

bool SimFederation::Transfer(const std::string& layer, const std::string& uplink) {
  Relay& relay = RelayOf(layer);
  const std::string cursor = "forward/" + uplink;
  const uint64_t before = relay.engine->catalog().Cursor(cursor).offset();
  const Status sent = relay.forwarders.at(uplink)->Turn(kNow);
  return !sent.ok() || relay.engine->catalog().Cursor(cursor).offset() != before;
}

// What relay::Follower does over LogService: copies, then moves its position.
bool SimFederation::Follow(const std::string& layer, const std::string& uplink, size_t records_max) {
  Relay& lower = RelayOf(layer);
  Relay& upper = RelayOf(uplink);
  const log::Peer peer{"sim", lower.config.org, lower.config.node};
  relay::Catalog& catalog = lower.engine->catalog();
  bool moved = false;
  const auto copy = [&](const std::string& from, const std::string& to, const std::string* audience) {
    const std::string name = "follow/" + from;
    v1::UplinkCursor cursor = catalog.Cursor(name);
    const auto reader = upper.memory->Read({{from, cursor.offset()}});
    if (!reader.ok()) return;  // not created yet
    const auto batch = (*reader)->Poll(kNow);
    NOROSHI_CHECK(batch.ok());
    std::vector<std::string> records;
    size_t taken = 0;
    for (; taken < batch->records.size() && taken < records_max; ++taken) {
      std::optional<std::string> record = batch->records[taken];
      if (audience) record = upper.access->ForMember(peer, *audience, *record);
      if (record) records.push_back(*std::move(record));
    }
    if (taken == 0) return;
    moved = true;
    if (!records.empty()) {
      NOROSHI_CHECK(lower.log->Recover(to).ok());
      if (!log::AppendAndWait(*lower.log, to, std::move(records)).ok()) return;
    }
    cursor.set_offset(batch->offsets[taken - 1] + 1);
    NOROSHI_CHECK(catalog.SaveCursor(name, cursor).ok());
  };
  for (const auto& topic : upper.access->Subscribable(peer)) copy(topic.topic, relay::UplinkIngressTopic(layer, uplink), &topic.audience);
  const std::string receipts = relay::ReceiptsTopic(uplink, lower.config.node);
  if (upper.access->MayReadRaw(peer, receipts)) copy(receipts, relay::UplinkReceiptsTopic(layer, uplink), nullptr);
  return moved;
}

bool SimFederation::Do(const Move& move, size_t records_max) {
  if (move.uplink.empty()) return Pump(move.layer, records_max);
  return move.down ? Follow(move.layer, move.uplink, records_max) : Transfer(move.layer, move.uplink);
}

void SimFederation::RunUntilQuiet() {
  for (int round = 0; round < kRoundsMax; ++round) {
    bool moved = false;
    for (const Move& move : moves_) moved |= Do(move);
    if (!moved) return;
  }
  NOROSHI_CHECK(!"the federation does not come to rest");
}

std::vector<std::string> SimFederation::Records(const std::string& layer, const std::string& topic) const {
  std::vector<std::string> records;
  log::Log& log = *RelayOf(layer).memory;
  const auto bounds = log.GetBounds(topic);
  if (!bounds.ok()) return records;
  const auto reader = log.Read({{topic, 0}});
  NOROSHI_CHECK(reader.ok());
  while (records.size() < bounds->end) {
    auto batch = (*reader)->Poll(kNow);
    NOROSHI_CHECK(batch.ok() && !batch->records.empty());
    for (std::string& record : batch->records) records.push_back(std::move(record));
  }
  return records;
}

std::vector<v1::LedgerEntry> SimFederation::Ledger(const std::string& layer) const {
  std::vector<v1::LedgerEntry> entries;
  for (const std::string& record : Records(layer, relay::LedgerTopic(layer))) entries.push_back(Parsed<v1::LedgerEntry>(record));
  return entries;
}

ShownSet SimFederation::Visible(const std::string& layer, const std::string& audience) const {
  const auto boundary = policy::ParseBoundary(audience);
  NOROSHI_CHECK(boundary.ok());
  std::map<std::tuple<std::string, std::string, std::string>, policy::Kinds> grants;  // id, version, origin
  std::set<std::string> versioned;
  std::set<uint64_t> seen;
  for (const std::string& record : Records(layer, policy::AudienceTopic(layer, *boundary))) {
    const auto envelope = Parsed<v1::Envelope>(record);
    const auto header = Parsed<v1::LayerHeader>(envelope.layer_header());
    if (!seen.insert(header.ledger_sequence()).second) continue;
    const auto origin = Parsed<v1::OriginHeader>(envelope.origin_header());
    const std::string& version = header.version().empty() ? origin.version() : header.version();
    const auto key = std::tuple(origin.object_id(), version, header.grant());
    if (header.version().empty()) versioned.insert(origin.object_id());
    switch (envelope.kind()) {
      case v1::RECORD_OBJECT: grants[key] = header.kinds(); break;
      case v1::RECORD_RESTRICT: grants.at(key) = header.kinds(); break;
      case v1::RECORD_WITHDRAWAL: grants.erase(key); break;
      default: break;
    }
  }
  std::map<std::pair<std::string, std::string>, policy::Kinds> shown;
  for (const auto& [key, kinds] : grants) shown[{std::get<0>(key), versioned.contains(std::get<0>(key)) ? std::get<1>(key) : "-"}] |= kinds;
  ShownSet set;
  for (const auto& [key, kinds] : shown) set.insert({key.first, key.second, KindsText(kinds)});
  return set;
}

std::map<std::string, ShownSet> SimFederation::VisibleEverywhere() const {
  std::map<std::string, ShownSet> everywhere;
  for (const auto& [layer, relay] : relays_) {
    const auto topics = relay->memory->ListTopics(layer + ".audience.");
    NOROSHI_CHECK(topics.ok());
    for (const std::string& topic : *topics) {
      const std::string audience = policy::FormatBoundary(*relay::AudienceOfTopic(layer, topic));
      if (ShownSet set = Visible(layer, audience); !set.empty()) everywhere[layer + " " + audience] = std::move(set);
    }
  }
  return everywhere;
}

Answer SimFederation::AnswerTo(uint64_t publication) const {
  const auto& [layer, node] = accepted_at_.at(publication);
  Answer answer;
  for (const std::string& record : Records(layer, relay::ReceiptsTopic(layer, node))) {
    const auto envelope = Parsed<v1::Envelope>(record);
    for (const v1::Receipt& receipt : envelope.receipts()) {
      if (receipt.number() != publication) continue;
      if (receipt.layer() == layer && !receipt.status().empty()) {
        answer.status = receipt.status();
        answer.reason = receipt.reason();
      }
      for (const v1::Verdict& verdict : receipt.verdicts()) {
        answer.verdicts[receipt.layer() + " " + verdict.audience()] = verdict.verdict() + (verdict.reason().empty() ? "" : " " + verdict.reason());
      }
    }
  }
  return answer;
}

std::string SimFederation::FindBreach() const {
  for (const auto& [layer, relay] : relays_) {
    std::map<uint64_t, v1::LedgerEntry> ledger;
    int64_t stamp_us = 0;
    std::set<std::pair<std::string, uint64_t>> inputs;
    for (const v1::LedgerEntry& entry : Ledger(layer)) {
      if (!ledger.emplace(entry.sequence(), entry).second) continue;  // landed twice: the first counts
      if (entry.stamp_us() <= stamp_us) return fmt::format("{}: stamp of entry {} does not grow", layer, entry.sequence());
      stamp_us = entry.stamp_us();
      const bool fresh = entry.kind() != v1::ENTRY_DECISION || inputs.emplace(entry.input().topic(), entry.input().offset()).second;
      if (!fresh) return fmt::format("{}: entry {} decides an input again", layer, entry.sequence());
    }
    const auto topics = relay->memory->ListTopics(layer + ".audience.");
    for (const std::string& topic : *topics) {
      const std::string audience = policy::FormatBoundary(*relay::AudienceOfTopic(layer, topic));
      std::set<uint64_t> seen;
      int64_t date_us = 0;
      for (const std::string& record : Records(layer, topic)) {
        const auto envelope = Parsed<v1::Envelope>(record);
        const uint64_t sequence = Parsed<v1::LayerHeader>(envelope.layer_header()).ledger_sequence();
        if (!seen.insert(sequence).second) continue;
        const int64_t added_us = envelope.hops(envelope.hops_size() - 1).date_added_us();
        if (added_us <= date_us) return fmt::format("{}: date_added does not grow at entry {}", topic, sequence);
        date_us = added_us;
        const auto entry = ledger.find(sequence);
        if (entry == ledger.end() || entry->second.stamp_us() != added_us) return fmt::format("{}: entry {} is not in the ledger", topic, sequence);
        if (envelope.kind() == v1::RECORD_MARKER) continue;
        bool named = false;
        for (const v1::LedgerVerdict& verdict : entry->second.verdicts()) named = named || verdict.boundary() == audience;
        if (!named) return fmt::format("{}: entry {} does not name this audience", topic, sequence);
      }
    }
  }
  return "";
}

SimFederation::Deliveries SimFederation::DeliveriesTo(const std::string& layer, const std::string& org, const std::string& node) const {
  Deliveries deliveries;
  const Relay& relay = RelayOf(layer);
  const log::Peer peer{"sim", org, node};
  for (const auto& topic : relay.access->Subscribable(peer)) {
    for (const std::string& record : Records(layer, topic.topic)) {
      const std::optional<std::string> given = relay.access->ForMember(peer, topic.audience, record);
      if (!given) continue;
      const auto envelope = Parsed<v1::Envelope>(*given);
      const auto origin = Parsed<v1::OriginHeader>(envelope.origin_header());
      deliveries.emplace_back(fmt::format("{} {} {} {} {} {} {}", topic.audience, static_cast<int>(envelope.kind()), origin.object_id(), origin.version(),
                                          static_cast<int>(origin.tlp()), origin.dangling(), origin.origin_org()),
                              envelope.payload());
    }
  }
  return deliveries;
}

std::string ToString(const std::map<std::string, ShownSet>& everywhere) {
  std::string text;
  for (const auto& [where, set] : everywhere) {
    text += where + ":";
    for (const Shown& shown : set) text += fmt::format("\n    {} {} {}", shown.id, shown.version, shown.kinds);
    text += "\n";
  }
  return text;
}

}  // namespace noroshi::test
