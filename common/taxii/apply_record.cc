#include "common/taxii/apply_record.h"

#include <algorithm>
#include <set>
#include <vector>

#include "common/trust/proof.h"
#include "noroshi/v1/envelope.pb.h"

namespace noroshi::taxii {
namespace {

constexpr std::string_view kAudiencePart = ".audience.";

// The audience of the other layer by which a record came to an organisation's relay: what was signed as its destination one hop before.
policy::BoundaryKind CameBy(const v1::Envelope& envelope) {
  if (envelope.hops_size() < 2) return policy::BoundaryKind::kCommunity;
  const std::string& destination = envelope.hops(envelope.hops_size() - 2).destination();
  const size_t at = destination.find(kAudiencePart);
  if (at == std::string::npos) return policy::BoundaryKind::kCommunity;  // an ingress: accepted by this layer
  const std::string_view audience = std::string_view(destination).substr(at + kAudiencePart.size());
  if (audience.starts_with("inbox.")) return policy::BoundaryKind::kInbox;
  if (audience.starts_with("group.")) return policy::BoundaryKind::kGroup;
  return policy::BoundaryKind::kCommunity;
}

// Whoever joins later never had what is gone by then.
std::vector<std::string> ReadersNow(const Snapshot& snapshot, const AudienceTopic& topic) {
  const std::set<std::string> readers = policy::ReadersOf(snapshot.membership(), snapshot.layer.name, topic.audience);
  return {readers.begin(), readers.end()};
}

StatusOr<store::Change> ReadObject(const Snapshot& snapshot, const AudienceTopic& topic, const v1::Envelope& envelope, const v1::OriginHeader& origin,
                                   const v1::LayerHeader& here, int64_t date_us) {
  v1::RelayHeader relay;
  if (!relay.ParseFromString(envelope.relay_header())) return DataLoss("relay header cannot be read");
  store::Put put;
  store::Entry& entry = put.entry;
  entry.date_us = date_us;
  entry.id = origin.object_id();
  entry.type = origin.object_type();
  entry.version = here.version().empty() ? origin.version() : here.version();
  const StatusOr<WallTime> version_time = ParseTimestamp(entry.version);
  if (!version_time.ok()) return DataLoss("version is not a timestamp");
  entry.version_us = ToMicros(*version_time);
  entry.versioned = here.version().empty();
  entry.grant = here.grant().empty() ? origin.origin_org() : here.grant();
  policy::ReadFacts& facts = entry.facts;
  // What is not said is the strictest.
  facts.tlp = origin.tlp() >= v1::TLP_CLEAR && origin.tlp() <= v1::TLP_RED ? static_cast<stix::Tlp>(origin.tlp()) : stix::Tlp::kRed;
  if (relay.scope().kind() < 0 || relay.scope().kind() > static_cast<int>(policy::ScopeKind::kPublic)) return DataLoss("scope cannot be read");
  facts.scope.kind = static_cast<policy::ScopeKind>(relay.scope().kind());
  facts.scope.names.assign(relay.scope().names().begin(), relay.scope().names().end());
  facts.origin_org = origin.origin_org();
  const bool organisation = snapshot.layer.kind == policy::LayerKind::kOrganisation;
  facts.via = organisation ? CameBy(envelope) : policy::BoundaryKind::kCommunity;
  facts.reference_kinds = here.kinds() & policy::KindsFor(snapshot.layer.kind, topic.audience, facts.tlp, facts.via);
  put.first_date_us = here.first_date_us();
  put.payload = envelope.payload();
  if (entry.id.empty() || entry.id.find('\0') != std::string::npos || put.payload.empty()) return DataLoss("record has no object");
  return store::Change(std::move(put));
}

}  // namespace

std::optional<AudienceTopic> ParseAudienceTopic(std::string_view layer, std::string_view topic) {
  const std::string prefix = std::string(layer) + std::string(kAudiencePart);
  if (!topic.starts_with(prefix)) return {};
  std::string name(topic.substr(prefix.size()));
  const size_t dot = name.find('.');
  if (dot != std::string::npos) name[dot] = '/';
  StatusOr<policy::Boundary> audience = policy::ParseBoundary(name);
  if (!audience.ok() || !audience->IsReadHere()) return {};
  return AudienceTopic{std::string(topic), *audience, policy::FormatBoundary(*audience)};
}

StatusOr<std::optional<store::Change>> ReadRecord(const Snapshot& snapshot, const AudienceTopic& topic, const std::string& relay_node, std::string_view record,
                                                  store::Position& position) {
  using Nothing = std::optional<store::Change>;
  v1::Envelope envelope;
  if (!envelope.ParseFromArray(record.data(), static_cast<int>(record.size())) || envelope.hops_size() == 0) return DataLoss("record cannot be read");
  const v1::Attestation& hop = envelope.hops(envelope.hops_size() - 1);
  if (hop.relay_epoch() < position.relay_epoch) return Nothing();  // a deposed relay, or a delayed append of an earlier life
  v1::LayerHeader here;
  v1::OriginHeader origin;
  if (!here.ParseFromString(envelope.layer_header()) || !origin.ParseFromString(envelope.origin_header())) return DataLoss("header cannot be read");
  const bool marker = envelope.kind() == v1::RECORD_MARKER;
  // Repeats are dropped before anything is checked again.
  if (!marker && here.ledger_sequence() <= position.last_sequence) return Nothing();
  NOROSHI_TRY(trust::VerifyEnvelope(snapshot.verifier, envelope, {relay_node, topic.topic, false}));
  if (marker) {
    position.relay_epoch = std::max(position.relay_epoch, envelope.change().relay_epoch());
    return Nothing();
  }
  const int64_t date_us = hop.date_added_us();
  if (date_us <= position.last_date_us) return DataLoss("late insertion: date {} at or before {}", date_us, position.last_date_us);
  position.last_date_us = date_us;
  position.last_sequence = here.ledger_sequence();
  const v1::Change& change = envelope.change();
  switch (envelope.kind()) {
    case v1::RECORD_OBJECT: {
      NOROSHI_ASSIGN(store::Change put, ReadObject(snapshot, topic, envelope, origin, here, date_us));
      return Nothing(std::move(put));
    }
    case v1::RECORD_WITHDRAWAL: return Nothing(store::Withdraw{origin.object_id(), change.version(), change.grant(), date_us, ReadersNow(snapshot, topic)});
    case v1::RECORD_RESTRICT: {
      // Bounded by the TLP's ceiling again when an entry is read (policy::MayRead).
      return Nothing(store::Restrict{origin.object_id(), change.version(), change.grant(), change.kinds(), date_us, ReadersNow(snapshot, topic)});
    }
    case v1::RECORD_TRIM: return Nothing();
    default: return DataLoss("record of unknown kind {}", static_cast<int>(envelope.kind()));
  }
}

}  // namespace noroshi::taxii
