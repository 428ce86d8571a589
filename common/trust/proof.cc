#include "common/trust/proof.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/trust/fields.h"

namespace noroshi::trust {
namespace {

constexpr size_t kSaltBytes = 16;

Hash RelayCommitment(const v1::Envelope& envelope) {
  return Fields("noroshi/relay-header/v1").Add(envelope.salt()).Add(envelope.relay_header()).Digest();
}

Hash LayerCommitment(const v1::Attestation& hop, std::string_view layer_header) {
  return Fields("noroshi/layer-header/v1").Add(hop.salt()).Add(layer_header).Digest();
}

// The fields of change and receipts that a member does not get; StripForMember clears the same ones.
Hash PrivateCommitment(const v1::Envelope& envelope) {
  const v1::Change& change = envelope.change();
  Fields fields("noroshi/private-parts/v1");
  fields.Add(envelope.private_salt())
      .Add(change.grant())
      .AddNumber(change.kinds())
      .AddNumber(change.origin_epoch())
      .AddNumber(change.origin_sequence())
      .Add(change.origin_node())
      .AddNumber(change.trimmed_before());
  for (const v1::Receipt& receipt : envelope.receipts()) fields.Add(receipt.submission()).AddNumber(receipt.number());
  return fields.Digest();
}

bool HasPrivateParts(const v1::Envelope& envelope) {
  const v1::Change& change = envelope.change();
  return !change.grant().empty() || change.kinds() != 0 || change.origin_epoch() != 0 || change.origin_sequence() != 0 ||
         !change.origin_node().empty() || change.trimmed_before() != 0 ||
         std::any_of(envelope.receipts().begin(), envelope.receipts().end(), [](const v1::Receipt& receipt) {
           return !receipt.submission().empty() || receipt.number() != 0;
         });
}

void ClearSubmissions(v1::Envelope& envelope) {
  if (envelope.receipts().empty()) return;
  for (v1::Receipt& receipt : *envelope.mutable_receipts()) {
    receipt.clear_submission();
    receipt.clear_number();
  }
  envelope.clear_private_salt();
}

void ClearPrivateParts(v1::Envelope& envelope) {
  if (envelope.has_change()) {
    v1::Change& change = *envelope.mutable_change();
    change.clear_grant();
    change.clear_kinds();
    change.clear_origin_epoch();
    change.clear_origin_sequence();
    change.clear_origin_node();
    change.clear_trimmed_before();
  }
  ClearSubmissions(envelope);
  envelope.clear_private_salt();
}

Hash ChangeHash(const v1::Change& change) {
  return Fields("noroshi/change/v1").Add(change.version()).AddNumber(change.relay_epoch()).Digest();
}

Hash ReceiptHash(const v1::Receipt& receipt) {
  Fields fields("noroshi/receipt/v1");
  fields.Add(receipt.origin_node())
      .AddNumber(receipt.origin_epoch())
      .AddNumber(receipt.origin_sequence())
      .Add(receipt.object_id())
      .Add(receipt.version())
      .Add(receipt.layer())
      .Add(receipt.status())
      .Add(receipt.reason())
      .Add(receipt.message())
      .AddNumber(receipt.final())
      .AddNumber(static_cast<uint64_t>(receipt.time_us()))
      .AddNumber(static_cast<uint64_t>(receipt.verdicts_size()));
  for (const v1::Verdict& verdict : receipt.verdicts()) {
    fields.Add(verdict.layer())
        .Add(verdict.audience())
        .Add(verdict.verdict())
        .Add(verdict.reason())
        .Add(verdict.rule())
        .AddNumber(verdict.policy_version())
        .AddNumber(verdict.epoch())
        .AddNumber(static_cast<uint64_t>(verdict.time_us()));
  }
  return fields.Digest();
}

Hash ReceiptsHash(const v1::Envelope& envelope) {
  Fields fields("noroshi/receipts/v1");
  for (const v1::Receipt& receipt : envelope.receipts()) fields.Add(ReceiptHash(receipt));
  return fields.Digest();
}

Hash OriginLeafOf(const v1::Envelope& envelope, const Hash& content) {
  return Fields("noroshi/origin/v1")
      .Add(envelope.salt())
      .Add(Sha256(envelope.origin_header()))
      .Add(envelope.relay_commitment())
      .Add(content)
      .Digest();
}

// What hop 0 covers.
Hash RecordHash(const v1::Envelope& envelope, const Hash& origin_leaf) {
  return Fields("noroshi/record/v1")
      .AddNumber(static_cast<uint64_t>(envelope.kind()))
      .Add(origin_leaf)
      .Add(envelope.private_commitment())
      .AddNumber(envelope.has_change())
      .Add(ChangeHash(envelope.change()))
      .Add(ReceiptsHash(envelope))
      .Digest();
}

Hash AfterHop(const v1::Attestation& hop) { return Fields("noroshi/after-hop/v1").Add(HopLeaf(hop)).Digest(); }

template <class... Args>
Status Bad(fmt::format_string<Args...> text, Args&&... args) {
  return PermissionDenied("bad_signature {}", fmt::format(text, std::forward<Args>(args)...));
}

// Sizes first: nothing is hashed before these hold.
Status CheckShape(const v1::Envelope& envelope, const Expected& expected) {
  if (envelope.salt().size() != kSaltBytes) return Bad("salt has {} bytes, expected {}", envelope.salt().size(), kSaltBytes);
  if (envelope.relay_commitment().size() != sizeof(Hash)) return Bad("relay header without commitment");
  if (envelope.payload().size() > limits::kObjectBytesMax) {
    return Bad("payload has {} bytes, limit is {}", envelope.payload().size(), limits::kObjectBytesMax);
  }
  const bool is_object = envelope.kind() == v1::RECORD_OBJECT;
  if (!is_object && !envelope.payload().empty()) return Bad("only an object record carries a payload");
  if (is_object && !expected.publication && !envelope.has_origin_proof()) return Bad("no origin proof");
  const size_t hops = static_cast<size_t>(envelope.hops_size());
  if (hops == 0) return Bad("no hop attests the record");
  if (hops > limits::kHopsMax) return Bad("{} hops, limit is {}", hops, limits::kHopsMax);
  if (expected.publication && hops != 1) return Bad("a publication has 1 hop, not {}", hops);
  return OkStatus();
}

// Where a hidden part is there, it is the one committed to; where its salt is gone, so must it be.
Status CheckCommitments(const v1::Envelope& envelope) {
  if (!envelope.relay_header().empty() && envelope.relay_commitment() != AsView(RelayCommitment(envelope))) {
    return Bad("relay header does not match its commitment");
  }
  if (!envelope.private_salt().empty()) {
    if (envelope.private_salt().size() != kSaltBytes || envelope.private_commitment() != AsView(PrivateCommitment(envelope))) {
      return Bad("relay-only parts do not match their commitment");
    }
  } else if (HasPrivateParts(envelope)) {
    return Bad("relay-only parts without their salt");
  }
  const int last = envelope.hops_size() - 1;
  for (int i = 0; i <= last; ++i) {
    const v1::Attestation& hop = envelope.hops(i);
    const std::string_view layer_header = i == last ? std::string_view(envelope.layer_header()) : std::string_view();
    if (i == last && !hop.salt().empty()) {
      if (hop.salt().size() != kSaltBytes || hop.layer_commitment() != AsView(LayerCommitment(hop, layer_header))) {
        return Bad("layer header does not match its commitment");
      }
    } else if (!hop.salt().empty() || !layer_header.empty()) {
      return Bad("hop {} carries what belongs to another layer", i);
    }
  }
  return OkStatus();
}

Status VerifyOrigin(const Verifier& verifier, const v1::Envelope& envelope, const Hash& content, const Hash& origin_leaf) {
  v1::OriginHeader header;
  if (!header.ParseFromString(envelope.origin_header())) return Bad("origin header does not parse");
  if (envelope.kind() == v1::RECORD_OBJECT && header.content_hash() != AsView(content)) {
    return Bad("payload does not match its content hash");
  }
  if (!envelope.has_origin_proof()) return OkStatus();
  if (envelope.origin_proof().node() != header.origin_node()) return Bad("origin proof is not by the origin node");
  return verifier.Verify(Use::kOrigin, origin_leaf, envelope.origin_proof());
}

}  // namespace

void Commit(v1::Envelope& envelope, Random& random) {
  if (envelope.salt().empty()) envelope.set_salt(random.Bytes(kSaltBytes));
  if (!envelope.relay_header().empty()) {
    v1::RelayHeader header;
    NOROSHI_CHECK(header.ParseFromString(envelope.relay_header()));  // our own writing
    if (header.nonce().empty()) {
      // Salt and commitment travel to members: without a nonce they could guess the header and compare.
      header.set_nonce(random.Bytes(kSaltBytes));
      envelope.set_relay_header(header.SerializeAsString());
    }
  }
  envelope.set_relay_commitment(AsBytes(RelayCommitment(envelope)));
  envelope.clear_private_salt();
  envelope.clear_private_commitment();
  if (HasPrivateParts(envelope)) {
    envelope.set_private_salt(random.Bytes(kSaltBytes));
    envelope.set_private_commitment(AsBytes(PrivateCommitment(envelope)));
  }
}

Hash OriginLeaf(const v1::Envelope& envelope) { return OriginLeafOf(envelope, Sha256(envelope.payload())); }

Hash PreviousHash(const v1::Envelope& envelope, int index) {
  NOROSHI_CHECK(index >= 0 && index <= envelope.hops_size());
  return index == 0 ? RecordHash(envelope, OriginLeaf(envelope)) : AfterHop(envelope.hops(index - 1));
}

Hash HopLeaf(const v1::Attestation& hop) {
  return Fields("noroshi/hop/v1")
      .Add(hop.from_node())
      .Add(hop.destination())
      .AddNumber(static_cast<uint64_t>(hop.date_added_us()))
      .AddNumber(hop.relay_epoch())
      .AddNumber(hop.policy_version())
      .Add(hop.ledger_leaf())
      .Add(hop.previous())
      .Add(hop.layer_commitment())
      .Digest();
}

void SignOrigins(const BatchSigner& signer, const std::vector<v1::Envelope*>& envelopes) {
  std::vector<Hash> leaves;
  leaves.reserve(envelopes.size());
  for (const v1::Envelope* envelope : envelopes) {
    NOROSHI_CHECK(envelope->salt().size() == kSaltBytes && envelope->relay_commitment() == AsView(RelayCommitment(*envelope)));
    v1::RelayHeader header;
    NOROSHI_CHECK(header.ParseFromString(envelope->relay_header()));
    NOROSHI_CHECK(header.submission().empty() && header.account().empty() && header.number() == 0);  // they must not leave the layer
    leaves.push_back(OriginLeaf(*envelope));
  }
  std::vector<v1::BatchProof> proofs = signer.Sign(Use::kOrigin, leaves);
  for (size_t i = 0; i < envelopes.size(); ++i) *envelopes[i]->mutable_origin_proof() = std::move(proofs[i]);
}

void SignHops(const BatchSigner& signer, const std::vector<v1::Envelope*>& envelopes, std::vector<v1::Attestation> prepared) {
  NOROSHI_CHECK(envelopes.size() == prepared.size());
  std::vector<Hash> leaves;
  leaves.reserve(envelopes.size());
  for (size_t i = 0; i < envelopes.size(); ++i) {
    v1::Envelope& envelope = *envelopes[i];
    v1::Attestation& hop = prepared[i];
    if (envelope.hops_size() == 0) Commit(envelope, signer.random());
    for (v1::Attestation& before : *envelope.mutable_hops()) before.clear_salt();
    hop.set_from_node(signer.node());
    hop.set_previous(AsBytes(PreviousHash(envelope, envelope.hops_size())));
    hop.set_salt(signer.random().Bytes(kSaltBytes));
    hop.set_layer_commitment(AsBytes(LayerCommitment(hop, envelope.layer_header())));
    leaves.push_back(HopLeaf(hop));
  }
  std::vector<v1::BatchProof> proofs = signer.Sign(Use::kHop, leaves);
  for (size_t i = 0; i < envelopes.size(); ++i) {
    *prepared[i].mutable_proof() = std::move(proofs[i]);
    *envelopes[i]->add_hops() = std::move(prepared[i]);
  }
}

Status VerifyEnvelope(const Verifier& verifier, const v1::Envelope& envelope, const Expected& expected) {
  NOROSHI_TRY(CheckShape(envelope, expected));
  const v1::Attestation& last = envelope.hops(envelope.hops_size() - 1);
  if (!expected.from_node.empty() && last.from_node() != expected.from_node) return Bad("the writer is not the node of the last hop");
  if (!expected.destination.empty() && last.destination() != expected.destination) return Bad("the last hop names another topic");
  NOROSHI_TRY(CheckCommitments(envelope));
  const Hash content = Sha256(envelope.payload());
  const Hash origin_leaf = OriginLeafOf(envelope, content);
  NOROSHI_TRY(VerifyOrigin(verifier, envelope, content, origin_leaf));
  Hash previous = RecordHash(envelope, origin_leaf);
  for (const v1::Attestation& hop : envelope.hops()) {
    if (hop.previous() != AsView(previous)) return Bad("a hop does not continue the chain before it");
    if (hop.proof().node() != hop.from_node()) return Bad("a hop is not signed by its own node");
    NOROSHI_TRY(verifier.Verify(Use::kHop, HopLeaf(hop), hop.proof()));
    previous = AfterHop(hop);
  }
  return OkStatus();
}

void StripForMember(v1::Envelope& envelope) {
  envelope.clear_relay_header();
  StripForNextLayer(envelope);
  ClearPrivateParts(envelope);
}

void StripForNextLayer(v1::Envelope& envelope) {
  envelope.clear_layer_header();
  for (v1::Attestation& hop : *envelope.mutable_hops()) hop.clear_salt();
  ClearSubmissions(envelope);
}

}  // namespace noroshi::trust
