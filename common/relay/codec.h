// Between wire messages and the engine's values. Pure; any thread. A message that holds what the engine does not know becomes
// the strictest reading (unknown TLP: RED; unknown scope: unspecified, which reaches nobody).
#pragma once

#include <string>

#include "common/policy/evaluate.h"
#include "common/policy/scope.h"
#include "common/stix/object.h"
#include "noroshi/v1/catalog.pb.h"
#include "noroshi/v1/envelope.pb.h"
#include "noroshi/v1/ledger.pb.h"

namespace noroshi::relay {

policy::Scope FromProto(const v1::Scope& scope);
v1::Scope ToProto(const policy::Scope& scope);
stix::Tlp FromProto(v1::Tlp tlp);                    // unspecified or unknown: RED
std::optional<stix::Tlp> OptionalTlp(v1::Tlp tlp);   // unspecified: nothing
v1::Tlp ToProto(stix::Tlp tlp);
policy::Attribution FromProto(v1::Attribution attribution);  // unspecified: named
v1::Attribution ToProto(policy::Attribution attribution);

v1::ObjectFacts FactsOf(const stix::Object& object);
policy::GrantView ViewOf(const v1::Grant& grant);

// Stamp as the version of an object that has neither `modified` nor `created` (taxii 67).
std::string StampVersion(int64_t accepted_us);

// `<layer>.ingress.<node>` and the other topics of a layer (architecture.md section 1).
std::string IngressTopic(std::string_view layer, std::string_view node);
std::string UplinkIngressTopic(std::string_view layer, std::string_view uplink);
std::string UplinkReceiptsTopic(std::string_view layer, std::string_view uplink);
std::string LedgerTopic(std::string_view layer);
std::string ControlTopic(std::string_view layer);
std::string ReceiptsTopic(std::string_view layer, std::string_view node);
// The audience in `<layer>.audience.<audience>`; nothing for any other topic.
std::optional<policy::Boundary> AudienceOfTopic(std::string_view layer, std::string_view topic);

v1::Verdict VerdictFor(std::string_view layer, const v1::Placement& placement);

}  // namespace noroshi::relay
