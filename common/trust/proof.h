// What the proofs of an Envelope cover, and how they are made and checked. The one definition for all relays.
// An envelope's chain: the origin proof of the node where the object was first accepted (the first relay), then one attestation a hop, each covering the hash of what was
// before it, its destination topic and the layer's own header. A publication that a gateway appends to its layer's ingress has no
// origin proof yet: the first relay makes it when it releases or forwards.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/trust/signing.h"
#include "noroshi/v1/envelope.pb.h"

namespace noroshi::trust {

// Fills salt (where empty), the nonce of relay_header (where empty), relay_commitment from relay_header, and the private salt and
// commitment from change and receipts. Again on every change of these.
void Commit(v1::Envelope& envelope, Random& random);

// Of salt, SHA-256 of origin_header, relay_commitment and SHA-256 of the payload.
Hash OriginLeaf(const v1::Envelope& envelope);
// Of everything before hop `index` (0: the record itself with kind, origin leaf, change and receipts).
Hash PreviousHash(const v1::Envelope& envelope, int index);
// Of one attestation, without its proof; the salt counts by layer_commitment, so that a member who is not given it can check it.
Hash HopLeaf(const v1::Attestation& hop);

// Origin proofs for all. INVARIANT: Commit has been called on each, with submission, account and number cleared.
void SignOrigins(const BatchSigner& signer, const std::vector<v1::Envelope*>& envelopes);

// Appends to each envelope the hop prepared for it: from_node, previous, salt, layer_commitment (of envelope.layer_header) and
// proof are filled here. The salts of the hops before go: they were for this node. On the first hop Commit is called.
void SignHops(const BatchSigner& signer, const std::vector<v1::Envelope*>& envelopes, std::vector<v1::Attestation> prepared);

struct Expected {
  std::string from_node;    // authenticated writer; empty: any node of the directory
  std::string destination;  // topic it was read from; empty: not checked
  bool publication = false; // no origin proof needed: a gateway's publication, which has exactly one hop
};
// The whole chain: content hash, commitments (what they hide only where present), origin proof by origin_header.origin_node, every hop, at least one. Objects need an
// origin proof; other kinds are the last hop's own word. Errors as Verifier::Verify, first word = reason code.
// Entitlement of the signers to speak for the origin is the relay's question (relay/admit).
Status VerifyEnvelope(const Verifier& verifier, const v1::Envelope& envelope, const Expected& expected);

// The same envelope as a member may have it: relay_header, layer_header, hop salts and relay-only parts of change and receipts gone.
// Of a change a member gets version and relay_epoch; of receipts all but the submission. The proofs still verify.
void StripForMember(v1::Envelope& envelope);
// As it may cross an uplink or a transit audience: layer_header, hop salts and receipts' submissions gone (submission, account and number of relay_header
// are cleared before the origin proof is made).
void StripForNextLayer(v1::Envelope& envelope);

}  // namespace noroshi::trust
