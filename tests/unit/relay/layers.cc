#include "tests/unit/relay/layers.h"

#include "common/base/check.h"
#include "common/relay/codec.h"
#include "common/relay/record.h"
#include "common/stix/object.h"
#include "common/trust/proof.h"
#include "tests/support/sim/objects.h"

namespace noroshi::test {
namespace {

using policy::LayerKind;
using trust::NodeRole;

struct Seat {
  std::string node, org, layer;
  NodeRole role;
  std::vector<std::string> uplinks;
};

std::vector<Seat> Seats() {
  std::vector<Seat> seats = {{"hub", "cert", "national", NodeRole::kHub, {}},
                             {"energy-broker", "energy-isac", "energy", NodeRole::kBroker, {"national"}},
                             {"finance-broker", "finance-isac", "finance", NodeRole::kBroker, {"national"}},
                             {"national-gateway", "cert", "national", NodeRole::kGateway, {}},
                             {"energy-gateway", "energy-isac", "energy", NodeRole::kGateway, {}},
                             {"finance-gateway", "finance-isac", "finance", NodeRole::kGateway, {}}};
  for (const char* company : {"delta", "echo", "foxtrot"}) seats.push_back({std::string(company) + "-edge", company, company, NodeRole::kEdge, {"energy"}});
  seats.push_back({"alfa-edge", "alfa", "alfa", NodeRole::kEdge, {"finance"}});
  return seats;
}

policy::Membership MakeMembership() {
  std::vector<policy::Organisation> organisations;
  for (const char* org : {"cert", "energy-isac", "finance-isac", "delta", "echo", "foxtrot", "alfa"}) organisations.push_back({org, IdentityOf(org)});
  std::vector<policy::Layer> layers = {{"national", LayerKind::kNational, "cert", {"cert", "energy-isac", "finance-isac"}},
                                       {"energy", LayerKind::kSector, "energy-isac", {"energy-isac", "delta", "echo", "foxtrot"}},
                                       {"finance", LayerKind::kSector, "finance-isac", {"finance-isac", "alfa"}}};
  for (const char* company : {"delta", "echo", "foxtrot", "alfa"}) layers.push_back({company, LayerKind::kOrganisation, company, {company}});
  std::vector<policy::Group> groups = {{kSolar, "solar", "delta", {"delta", "echo", "alfa"}}, {kTraders, "traders", "alfa", {"alfa"}}};
  auto membership = policy::Membership::Create(7, std::move(organisations), std::move(layers), std::move(groups));
  NOROSHI_CHECK(membership.ok());
  return *std::move(membership);
}

}  // namespace

Layers::Layers(std::optional<WallTime> expires) : random_(std::make_unique<SeededRandom>(1)) {
  std::vector<trust::Node> nodes;
  std::map<std::string, std::shared_ptr<const trust::BatchSigner>> signers;
  for (const Seat& seat : Seats()) {
    trust::SigningKey key = trust::SigningKey::Generate();
    nodes.push_back({seat.node, seat.org, seat.role, seat.layer, {key.public_key()}});
    signers[seat.node] = std::make_shared<const trust::BatchSigner>("test", seat.node, 1, std::move(key), *random_);
  }
  for (const char* org : {"cert", "energy-isac", "finance-isac", "delta", "echo", "foxtrot", "alfa"}) {
    nodes.push_back({std::string(org) + "-tool", org, NodeRole::kTool, "", {}});
  }
  auto directory = trust::Directory::Create("test", 7, std::move(nodes), expires);
  NOROSHI_CHECK(directory.ok());
  const config::DirectoryFile file{*std::move(directory), MakeMembership()};
  for (const Seat& seat : Seats()) {
    config::NodeConfig config;
    config.node = seat.node;
    config.org = seat.org;
    config.role = seat.role;
    config.layer = seat.layer;
    for (const std::string& uplink : seat.uplinks) config.uplinks.push_back({uplink, "", "", {}});
    auto context = relay::MakeContext(config, file, signers.at(seat.node));
    NOROSHI_CHECK(context.ok());
    contexts_[seat.node] = *std::move(context);
  }
}

v1::Envelope Layers::Publication(const std::string& node, const Wish& wish) const {
  v1::Envelope envelope;
  envelope.set_kind(v1::RECORD_OBJECT);
  v1::OriginHeader origin;
  if (const auto object = stix::Parse(wish.json); object.ok()) {
    origin.set_object_id(object->id);
    origin.set_object_type(object->type);
    origin.set_content_hash(AsBytes(object->content_hash));
    origin.set_version(object->version);
  }
  origin.set_accepted_us(ToMicros(kNow));
  if (origin.version().empty()) origin.set_version(relay::StampVersion(origin.accepted_us()));
  origin.set_origin_org(wish.org);
  origin.set_origin_node(node);
  v1::RelayHeader relay;
  const auto scope = policy::ParseScope(wish.scope);
  NOROSHI_CHECK(scope.ok());
  *relay.mutable_scope() = relay::ToProto(*scope);
  relay.set_envelope_tlp(wish.tlp);
  relay.set_attribution(wish.attribution);
  relay.set_submission("s-1");
  relay.set_account("analyst");
  relay.set_number(3);
  envelope.set_origin_header(origin.SerializeAsString());
  envelope.set_relay_header(relay.SerializeAsString());
  envelope.set_payload(wish.json);
  return envelope;
}

std::string Layers::AtGateway(const std::string& gateway, v1::Envelope publication, const std::string& signer) const {
  relay::Outgoing record;
  record.envelope = std::move(publication);
  trust::Commit(record.envelope, random());
  relay::NumberOnLink(Of(gateway), 41, record, 2);
  record.hop.set_destination(relay::IngressTopic(Of(gateway).relay.layer, gateway));
  std::vector<relay::Outgoing> records;
  records.push_back(std::move(record));
  return relay::Sealed(Of(signer.empty() ? gateway : signer), std::move(records)).front();
}

std::string Layers::Forwarded(const Wish& wish, const std::string& by) const {
  const std::string edge = wish.org + "-edge";
  const relay::Context& context = Of(by.empty() ? edge : by);
  const v1::Envelope publication = Publication(edge, wish);
  const std::string upper = Of(edge).relay.uplinks.front();
  const v1::LedgerEntry entry = Released(publication, 5, {"uplink/" + upper});
  relay::Outgoing record = relay::ObjectRecord(context, entry, entry.verdicts(0), Sha256(entry.SerializeAsString()), publication,
                                               relay::IngressTopic(upper, context.node));
  trust::StripForNextLayer(record.envelope);
  relay::NumberOnLink(context, 9, record, 2);
  std::vector<relay::Outgoing> records;
  records.push_back(std::move(record));
  return relay::Sealed(context, std::move(records)).front();
}

v1::LedgerEntry Released(const v1::Envelope& publication, uint64_t sequence, const std::vector<std::string>& boundaries) {
  v1::OriginHeader origin;
  v1::RelayHeader relay;
  NOROSHI_CHECK(origin.ParseFromString(publication.origin_header()) && relay.ParseFromString(publication.relay_header()));
  const auto object = stix::Parse(publication.payload());
  NOROSHI_CHECK(object.ok());
  v1::LedgerEntry entry;
  entry.set_sequence(sequence);
  entry.set_publication(sequence);
  entry.set_kind(v1::ENTRY_DECISION);
  entry.set_stamp_us(ToMicros(kNow) + static_cast<int64_t>(sequence));
  entry.set_relay_epoch(4);
  entry.set_policy_version(6);
  entry.set_membership_epoch(7);
  entry.set_status("accepted");
  *entry.mutable_facts() = relay::FactsOf(*object);
  if (!object->versioned) entry.mutable_facts()->set_version(origin.version());
  v1::Grant& grant = *entry.mutable_grant();
  grant.set_origin_org(origin.origin_org());
  grant.set_first_relay(true);
  grant.set_tlp(relay.envelope_tlp() == v1::TLP_UNSPECIFIED ? v1::TLP_AMBER : relay.envelope_tlp());
  *grant.mutable_scope() = relay.scope();
  if (grant.scope().kind() == v1::SCOPE_SECTOR && grant.scope().names_size() == 0) grant.mutable_scope()->add_names("energy");  // as it is resolved
  grant.set_attribution(relay.attribution());
  grant.set_accepted_us(origin.accepted_us());
  grant.set_submission(relay.submission());
  grant.set_account(relay.account());
  grant.set_number(relay.number());
  for (const std::string& boundary : boundaries) {
    v1::LedgerVerdict& verdict = *entry.add_verdicts();
    verdict.set_boundary(boundary);
    verdict.set_verdict("release");
    verdict.set_kinds(1);
  }
  return entry;
}

relay::Source SourceOf(relay::Source::Kind kind, const std::string& layer, const std::string& node) {
  return {kind, relay::IngressTopic(layer, node), node, kind == relay::Source::Kind::kMember ? node.substr(0, node.rfind('-')) : ""};
}

}  // namespace noroshi::test
