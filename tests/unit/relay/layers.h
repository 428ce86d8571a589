// Two sectors and their nation for the steps of a relay, as values: contexts of any node, and the records that these nodes write. One clock
// that stands still; nothing runs.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/config/node_config.h"
#include "common/relay/admit.h"
#include "common/relay/context.h"
#include "noroshi/v1/envelope.pb.h"
#include "noroshi/v1/ledger.pb.h"

namespace noroshi::test {

inline const std::string kSolar = "11111111-1111-4111-8111-111111111111";     // owner delta; delta, echo, alfa
inline const std::string kTraders = "22222222-2222-4222-8222-222222222222";   // owner alfa; alfa
inline const WallTime kNow = FromMicros(1'770'000'000'000'000);               // 2026-02-02

struct Wish {
  std::string org, json;
  std::string scope = "national";
  v1::Tlp tlp = v1::TLP_UNSPECIFIED;
  v1::Attribution attribution = v1::ATTRIBUTION_NAMED;
};

// national: cert, energy-isac, finance-isac; energy: energy-isac, delta, echo, foxtrot; finance: finance-isac, alfa. Each layer has
// `<layer>-gateway`; relays are hub, energy-broker, finance-broker and `<company>-edge`. Every organisation has `<org>-tool`.
class Layers {
 public:
  // `expires`: of the directory.
  explicit Layers(std::optional<WallTime> expires = {});
  const relay::Context& Of(const std::string& node) const { return *contexts_.at(node); }
  std::shared_ptr<const relay::Context> SharedOf(const std::string& node) const { return contexts_.at(node); }

  // As an acceptor writes it: unsigned at an edge, with one hop at a gateway.
  v1::Envelope Publication(const std::string& node, const Wish& wish) const;
  std::string AtGateway(const std::string& gateway, v1::Envelope publication, const std::string& signer = "") const;
  // As the edge of `wish.org` hands it to its sector; or as the edge `by` does in that organisation's name.
  std::string Forwarded(const Wish& wish, const std::string& by = "") const;

 private:
  SeededRandom& random() const { return *random_; }
  std::unique_ptr<SeededRandom> random_;  // shared by signers, which keep a reference
  std::map<std::string, std::shared_ptr<const relay::Context>> contexts_;  // by node
};

// The ledger entry of a first relay that released this publication at these boundaries; scope `sector` means energy.
v1::LedgerEntry Released(const v1::Envelope& publication, uint64_t sequence, const std::vector<std::string>& boundaries);

relay::Source SourceOf(relay::Source::Kind kind, const std::string& layer, const std::string& node);

}  // namespace noroshi::test
