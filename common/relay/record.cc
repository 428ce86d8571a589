#include "common/relay/record.h"

#include <utility>

#include "common/base/limits.h"
#include "common/relay/codec.h"
#include "common/trust/proof.h"

namespace noroshi::relay {
namespace {

v1::Attestation HopFor(const v1::LedgerEntry& entry, const Hash& leaf, std::string destination) {
  v1::Attestation hop;
  hop.set_destination(std::move(destination));
  hop.set_date_added_us(entry.stamp_us());
  hop.set_relay_epoch(entry.relay_epoch());
  hop.set_policy_version(entry.policy_version());
  hop.set_ledger_leaf(AsBytes(leaf));
  return hop;
}

std::string LayerHeaderFor(const Context& context, const v1::LedgerEntry& entry, const v1::LedgerVerdict& verdict) {
  v1::LayerHeader layer;
  layer.set_nonce(context.signer->random().Bytes(16));
  layer.set_ledger_sequence(entry.sequence());
  layer.set_kinds(verdict.kinds());
  layer.set_had_kinds(verdict.had_kinds());
  layer.set_grant(entry.grant().origin_org());
  layer.set_first_date_us(verdict.first_date_us() != 0 ? verdict.first_date_us() : entry.stamp_us());
  if (!entry.facts().versioned()) layer.set_version(entry.facts().version());
  return layer.SerializeAsString();
}

// The first relay says what it accepted, from whom, and how it may travel; its signature is the origin proof.
void WriteOriginAndRelayHeaders(const Context& context, const v1::LedgerEntry& entry, bool dangling, v1::Envelope& envelope) {
  const v1::Grant& grant = entry.grant();
  v1::OriginHeader origin;
  origin.set_object_id(entry.facts().object_id());
  origin.set_object_type(entry.facts().object_type());
  origin.set_version(entry.facts().version());
  origin.set_content_hash(entry.facts().content_hash());
  origin.set_tlp(grant.tlp());
  origin.set_origin_org(grant.origin_org());
  origin.set_origin_node(context.node);
  origin.set_dangling(dangling);
  origin.set_accepted_us(grant.accepted_us());
  envelope.set_origin_header(origin.SerializeAsString());
  v1::RelayHeader relay;
  *relay.mutable_scope() = grant.scope();
  relay.set_envelope_tlp(grant.tlp());
  relay.set_attribution(grant.attribution());
  relay.set_declassify(grant.declassify());
  relay.set_origin_epoch(context.signer->origin_epoch());
  relay.set_origin_sequence(entry.publication());
  relay.set_nonce(context.signer->random().Bytes(16));
  envelope.set_relay_header(relay.SerializeAsString());
  trust::Commit(envelope, context.signer->random());
}

}  // namespace

Outgoing ObjectRecord(const Context& context, const v1::LedgerEntry& entry, const v1::LedgerVerdict& verdict, const Hash& leaf,
                      const v1::Envelope& body, std::string destination) {
  Outgoing out;
  v1::Envelope& envelope = out.envelope;
  envelope.set_kind(v1::RECORD_OBJECT);
  envelope.set_payload(body.payload());
  if (entry.grant().first_relay()) {
    WriteOriginAndRelayHeaders(context, entry, verdict.dangling(), envelope);
    out.sign_origin = true;
  } else {
    envelope.set_origin_header(body.origin_header());
    envelope.set_salt(body.salt());
    envelope.set_relay_header(body.relay_header());
    envelope.set_relay_commitment(body.relay_commitment());
    *envelope.mutable_origin_proof() = body.origin_proof();
    *envelope.mutable_hops() = body.hops();
  }
  envelope.set_layer_header(LayerHeaderFor(context, entry, verdict));
  out.hop = HopFor(entry, leaf, std::move(destination));
  return out;
}

Outgoing ChangeRecord(const Context& context, const v1::LedgerEntry& entry, const v1::LedgerVerdict& verdict, const Hash& leaf, std::string destination) {
  Outgoing out;
  v1::Envelope& envelope = out.envelope;
  envelope.set_kind(verdict.withdraw() ? v1::RECORD_WITHDRAWAL : v1::RECORD_RESTRICT);
  v1::OriginHeader origin;
  origin.set_object_id(entry.facts().object_id());
  origin.set_object_type(entry.facts().object_type());
  origin.set_version(entry.facts().version());
  origin.set_tlp(entry.grant().tlp());
  origin.set_origin_org(entry.grant().origin_org());
  origin.set_origin_node(context.node);
  envelope.set_origin_header(origin.SerializeAsString());
  trust::Commit(envelope, context.signer->random());
  v1::Change& change = *envelope.mutable_change();
  change.set_version(entry.facts().version());
  change.set_grant(entry.grant().origin_org());
  change.set_kinds(verdict.kinds());
  const bool own = entry.grant().first_relay();
  change.set_origin_node(own ? context.node : entry.grant().origin_node());
  change.set_origin_epoch(own ? context.signer->origin_epoch() : entry.grant().origin_epoch());
  change.set_origin_sequence(own ? entry.publication() : entry.grant().origin_sequence());
  envelope.set_layer_header(LayerHeaderFor(context, entry, verdict));
  out.hop = HopFor(entry, leaf, std::move(destination));
  return out;
}

Outgoing ReceiptRecord(const Context& context, std::vector<v1::Receipt> receipts, int64_t now_us, uint64_t relay_epoch, std::string destination) {
  Outgoing out;
  out.envelope.set_kind(v1::RECORD_RECEIPT);
  trust::Commit(out.envelope, context.signer->random());
  for (v1::Receipt& receipt : receipts) *out.envelope.add_receipts() = std::move(receipt);
  out.hop.set_destination(std::move(destination));
  out.hop.set_date_added_us(now_us);
  out.hop.set_relay_epoch(relay_epoch);
  return out;
}

Outgoing MarkerRecord(const Context& context, const v1::LedgerEntry& entry, std::string destination) {
  Outgoing out;
  out.envelope.set_kind(v1::RECORD_MARKER);
  trust::Commit(out.envelope, context.signer->random());
  out.envelope.mutable_change()->set_relay_epoch(entry.relay_epoch());
  v1::LayerHeader layer;
  layer.set_nonce(context.signer->random().Bytes(16));
  layer.set_ledger_sequence(entry.sequence());
  out.envelope.set_layer_header(layer.SerializeAsString());
  out.hop = HopFor(entry, Sha256(entry.SerializeAsString()), std::move(destination));
  return out;
}

std::vector<v1::LedgerVerdict> ToldVerdicts(const Context& context, const v1::Grant& grant, bool concealed,
                                            const google::protobuf::RepeatedPtrField<v1::LedgerVerdict>& verdicts) {
  std::vector<v1::LedgerVerdict> told;
  const auto release = [&told](std::string boundary) {
    v1::LedgerVerdict& verdict = told.emplace_back();
    verdict.set_boundary(std::move(boundary));
    verdict.set_verdict("release");
  };
  if (concealed) {
    for (const policy::Boundary& boundary : policy::Route(context.membership, context.relay, ViewOf(grant))) {
      if (boundary.IsReadHere()) release(policy::FormatBoundary(boundary));
    }
    return told;
  }
  for (const v1::LedgerVerdict& verdict : verdicts) {
    if (verdict.concealed()) {
      release(verdict.boundary());
    } else {
      told.push_back(verdict);
    }
  }
  return told;
}

v1::Receipt ReceiptOf(const Context& context, const v1::LedgerEntry& entry, bool abroad) {
  v1::Receipt receipt;
  const v1::Grant& grant = entry.grant();
  const bool own = grant.first_relay();
  receipt.set_origin_node(own ? context.node : grant.origin_node());
  receipt.set_origin_epoch(own ? context.signer->origin_epoch() : grant.origin_epoch());
  receipt.set_origin_sequence(own ? entry.publication() : grant.origin_sequence());
  receipt.set_object_id(entry.facts().object_id());
  receipt.set_version(entry.facts().version());
  receipt.set_layer(context.relay.layer);
  receipt.set_submission(grant.submission());
  receipt.set_number(grant.number());
  receipt.set_time_us(entry.stamp_us());
  receipt.set_final(entry.hold_until_us() == 0);
  receipt.set_status(entry.concealed() ? "accepted" : entry.status());
  if (!entry.concealed()) {
    receipt.set_reason(entry.reason());
    receipt.set_message(entry.detail());
  }
  for (const v1::LedgerVerdict& told : ToldVerdicts(context, grant, entry.concealed(), entry.verdicts())) {
    v1::Verdict& verdict = *receipt.add_verdicts();
    verdict.set_layer(context.relay.layer);
    verdict.set_audience(told.boundary());
    verdict.set_verdict(told.verdict());
    verdict.set_reason(told.reason());
    if (!abroad) verdict.set_rule(told.rule());
    verdict.set_policy_version(entry.policy_version());
    verdict.set_epoch(entry.membership_epoch());
    verdict.set_time_us(entry.stamp_us());
  }
  return receipt;
}

v1::Envelope RecallEnvelope(const std::string& node, const std::string& org, const std::string& account, const std::string& object_id,
                            const std::string& version, int64_t accepted_us) {
  v1::OriginHeader origin;
  origin.set_object_id(object_id);
  origin.set_version(version);
  origin.set_origin_org(org);
  origin.set_origin_node(node);
  origin.set_accepted_us(accepted_us);
  v1::RelayHeader relay;
  relay.set_account(account);
  v1::Envelope envelope;
  envelope.set_kind(v1::RECORD_RECALL);
  envelope.set_origin_header(origin.SerializeAsString());
  envelope.set_relay_header(relay.SerializeAsString());
  return envelope;
}

void NumberOnLink(const Context& context, uint64_t link_sequence, Outgoing& record, uint64_t link_epoch) {
  v1::LayerHeader layer;
  layer.set_nonce(context.signer->random().Bytes(16));
  layer.set_link_sequence(link_sequence);
  layer.set_link_epoch(link_epoch);
  record.envelope.set_layer_header(layer.SerializeAsString());
}

std::vector<std::vector<std::string>> InAppends(std::vector<std::string> records) {
  std::vector<std::vector<std::string>> appends;
  size_t bytes = 0;
  for (std::string& record : records) {
    bytes += record.size();
    if (appends.empty() || appends.back().size() == limits::kAppendRecordsMax || bytes > limits::kAppendBytesMax) {
      appends.emplace_back();
      bytes = record.size();
    }
    appends.back().push_back(std::move(record));
  }
  return appends;
}

std::vector<std::string> Sealed(const Context& context, std::vector<Outgoing> records) {
  std::vector<v1::Envelope*> all, origins;
  std::vector<v1::Attestation> hops;
  all.reserve(records.size());
  hops.reserve(records.size());
  for (Outgoing& record : records) {
    all.push_back(&record.envelope);
    if (record.sign_origin) origins.push_back(&record.envelope);
    hops.push_back(std::move(record.hop));
  }
  trust::SignOrigins(*context.signer, origins);
  trust::SignHops(*context.signer, all, std::move(hops));
  std::vector<std::string> sealed;
  sealed.reserve(records.size());
  for (const Outgoing& record : records) sealed.push_back(record.envelope.SerializeAsString());
  return sealed;
}

}  // namespace noroshi::relay
