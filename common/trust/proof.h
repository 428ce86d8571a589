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

// Fills salt (where empty) and relay_commitment from relay_header.
void Commit(v1::Envelope& envelope, Random& random);

// salt || SHA-256(origin_header) || relay_commitment || content hash of the payload.
Hash OriginLeaf(const v1::Envelope& envelope);
// Of everything before hop `index` (0: the record itself with kind, origin leaf, change and receipt).
Hash PreviousHash(const v1::Envelope& envelope, int index);
// Of one attestation, without its proof.
Hash HopLeaf(const v1::Attestation& hop);

// Origin proofs for all (Commit has been called on each).
void SignOrigins(const BatchSigner& signer, const std::vector<v1::Envelope*>& envelopes);

// Appends to each envelope the hop prepared for it: from_node, previous, salt, layer_commitment (of envelope.layer_header) and proof are filled here.
void SignHops(const BatchSigner& signer, const std::vector<v1::Envelope*>& envelopes, std::vector<v1::Attestation> prepared);

struct Expected {
  std::string from_node;    // authenticated writer; empty: any node of the directory
  std::string destination;  // topic it was read from; empty: not checked
  bool publication = false; // no origin proof needed: a gateway's publication, which has exactly one hop
};
// The whole chain: content hash, commitments (relay header only where present), origin proof by origin_header.origin_node, every hop. Errors as Verifier::Verify, first word = reason code.
// Entitlement of the signers to speak for the origin is the relay's question (relay/admit).
Status VerifyEnvelope(const Verifier& verifier, const v1::Envelope& envelope, const Expected& expected);

// The same envelope as a member may have it: relay_header, layer_header and relay-only parts of change and receipt gone.
void StripForMember(v1::Envelope& envelope);
// As it may cross an uplink or a transit audience: layer_header, submission and account gone (they are cleared before the origin proof is made).
void StripForNextLayer(v1::Envelope& envelope);

}  // namespace noroshi::trust
