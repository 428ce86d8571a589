// Holds common/trust/FORMAT.md to the code: the worked example there is what this test computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/trust/merkle.h"
#include "common/trust/proof.h"
#include "common/trust/signed_message.h"
#include "tests/unit/trust/world.h"

namespace noroshi::trust {
namespace {

std::string Line(std::string_view name, std::string_view bytes) { return fmt::format("{:<18}{}\n", name, Hex(bytes)); }

// Key seed 01 32 times, federation `demo`, node `delta-edge`, origin epoch 5, SeededRandom(7).
std::string Example() {
  World world;
  v1::Envelope envelope;
  envelope.set_kind(v1::RECORD_OBJECT);
  envelope.set_payload("{}");
  v1::OriginHeader origin;
  origin.set_content_hash(AsBytes(Sha256("{}")));
  origin.set_origin_node("delta-edge");
  envelope.set_origin_header(origin.SerializeAsString());
  v1::RelayHeader relay;
  relay.mutable_scope()->set_kind(v1::SCOPE_SECTOR);
  relay.set_nonce(std::string(16, 'n'));
  envelope.set_relay_header(relay.SerializeAsString());
  envelope.set_salt(std::string(16, 's'));
  Commit(envelope, world.random);
  SignOrigins(world.edge, {&envelope});
  const v1::BatchProof& proof = envelope.origin_proof();
  const Hash leaf = OriginLeaf(envelope);
  const Hash root = *MerkleRootFrom(MerkleLeaf(AsView(leaf)), proof.index(), proof.size(), proof.path());
  std::string text;
  text += Line("payload", envelope.payload());
  text += Line("origin_header", envelope.origin_header());
  text += Line("relay_header", envelope.relay_header());
  text += Line("salt", envelope.salt());
  text += Line("relay_commitment", envelope.relay_commitment());
  text += Line("origin leaf", AsView(leaf));
  text += fmt::format("{:<18}{} of {}\n", "index", proof.index(), proof.size());
  for (size_t i = 0; i < proof.path().size(); i += 32) text += Line(fmt::format("path[{}]", i / 32), proof.path().substr(i, 32));
  text += Line("root", AsView(root));
  text += Line("signed message", SignedMessage(Use::kOrigin, "demo", "delta-edge", proof.key_id(), 5, proof.size(), root));
  text += Line("signature", proof.signature());
  SignHops(world.edge, {&envelope}, {[] {
             v1::Attestation hop;
             hop.set_destination("energy.ingress.delta");
             return hop;
           }()});
  const v1::Attestation& hop = envelope.hops(0);
  text += Line("hop.previous", hop.previous());
  text += Line("hop.salt", hop.salt());
  text += Line("layer_commitment", hop.layer_commitment());
  text += Line("hop leaf", AsView(HopLeaf(hop)));
  return text;
}

TEST(Format, ExampleOnThePageIsWhatTheCodeMakes) {
  const char* source = std::getenv("NOROSHI_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  std::ifstream file(std::string(source) + "/common/trust/FORMAT.md");
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(Example()), std::string::npos) << "common/trust/FORMAT.md needs this example:\n" << Example();
}

}  // namespace
}  // namespace noroshi::trust
