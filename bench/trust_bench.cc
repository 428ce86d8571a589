// What signing and verifying cost: a batch of 1,000, one record of a batch already seen, one signature of its own.
#include <benchmark/benchmark.h>

#include "common/base/random.h"
#include "common/trust/proof.h"

namespace noroshi::trust {
namespace {

constexpr size_t kBatch = 1000;

std::vector<Hash> Leaves() {
  std::vector<Hash> leaves(kBatch);
  SecureRandom().Fill(leaves.data(), kBatch * sizeof(Hash));
  return leaves;
}

struct Signers {
  SigningKey key = SigningKey::Generate();
  Directory directory = *Directory::Create("demo", 1, {{"n", "o", NodeRole::kEdge, "l", {key.public_key()}}});
  Verifier verifier{directory};
  BatchSigner signer{"demo", "n", 1, std::move(key), SecureRandom()};
};

void SignBatch(benchmark::State& state) {
  const Signers signers;
  const std::vector<Hash> leaves = Leaves();
  for (auto _ : state) benchmark::DoNotOptimize(signers.signer.Sign(Use::kOrigin, leaves));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatch));
}
BENCHMARK(SignBatch)->Unit(benchmark::kMillisecond);

// The reference: what every record would cost with a signature of its own.
void VerifyFirstOfBatch(benchmark::State& state) {
  const Signers signers;
  const std::vector<Hash> leaves = Leaves();
  const std::vector<v1::BatchProof> proofs = signers.signer.Sign(Use::kOrigin, leaves);
  for (auto _ : state) {
    const Verifier fresh(signers.directory);
    benchmark::DoNotOptimize(fresh.Verify(Use::kOrigin, leaves[0], proofs[0]));
  }
}
BENCHMARK(VerifyFirstOfBatch)->Unit(benchmark::kMicrosecond);

void VerifyRecordOfSeenBatch(benchmark::State& state) {
  const Signers signers;
  const std::vector<Hash> leaves = Leaves();
  const std::vector<v1::BatchProof> proofs = signers.signer.Sign(Use::kOrigin, leaves);
  size_t i = 0;
  for (auto _ : state) {
    i = (i + 1) % kBatch;
    const Status status = signers.verifier.Verify(Use::kOrigin, leaves[i], proofs[i]);
    if (!status.ok()) state.SkipWithError("a good proof was refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VerifyRecordOfSeenBatch)->Unit(benchmark::kMicrosecond);

// Origin proof, one hop, a payload of 600 bytes: what a relay does with each record it admits.
void VerifyEnvelopeOnIngress(benchmark::State& state) {
  const Signers signers;
  std::vector<v1::Envelope> envelopes(kBatch);
  std::vector<v1::Envelope*> pointers;
  for (v1::Envelope& envelope : envelopes) {
    envelope.set_kind(v1::RECORD_OBJECT);
    envelope.set_payload(SecureRandom().Bytes(600));
    v1::OriginHeader origin;
    origin.set_content_hash(AsBytes(Sha256(envelope.payload())));
    origin.set_origin_node("n");
    envelope.set_origin_header(origin.SerializeAsString());
    v1::RelayHeader relay;
    relay.set_origin_sequence(1);
    envelope.set_relay_header(relay.SerializeAsString());
    Commit(envelope, SecureRandom());
    pointers.push_back(&envelope);
  }
  SignOrigins(signers.signer, pointers);
  SignHops(signers.signer, pointers, std::vector<v1::Attestation>(kBatch));
  size_t i = 0;
  for (auto _ : state) {
    i = (i + 1) % kBatch;
    const Status status = VerifyEnvelope(signers.verifier, envelopes[i], {});
    if (!status.ok()) state.SkipWithError("a good envelope was refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VerifyEnvelopeOnIngress)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace noroshi::trust

BENCHMARK_MAIN();
