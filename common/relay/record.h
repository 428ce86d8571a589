// The records a relay hands on, made from a ledger entry and the ingress body behind it. The same for the live path, for resume and
// for uplinks, so that what a crash cut off can be made again. Any thread.
#pragma once

#include <string>
#include <vector>

#include "common/relay/context.h"
#include "noroshi/v1/envelope.pb.h"
#include "noroshi/v1/ledger.pb.h"

namespace noroshi::relay {

// One record for one boundary, before its hop is signed.
struct Outgoing {
  v1::Envelope envelope;
  v1::Attestation hop;     // destination, stamp, epochs, ledger leaf
  bool sign_origin = false;
};

// Of a releasing verdict: the object. `body` is the ingress envelope; `destination` the topic it goes to.
Outgoing ObjectRecord(const Context& context, const v1::LedgerEntry& entry, const v1::LedgerVerdict& verdict, const Hash& leaf,
                      const v1::Envelope& body, std::string destination);
// Of a withdrawing or restricting verdict.
Outgoing ChangeRecord(const Context& context, const v1::LedgerEntry& entry, const v1::LedgerVerdict& verdict, const Hash& leaf, std::string destination);
// Of receipts, towards a member, a gateway or an uplink.
Outgoing ReceiptRecord(const Context& context, std::vector<v1::Receipt> receipts, int64_t now_us, uint64_t relay_epoch, std::string destination);
Outgoing MarkerRecord(const Context& context, const v1::LedgerEntry& entry, std::string destination);

// A recall on its way to the layer's relay: the grant that `org` gave of a version (empty: of all so far) ends.
v1::Envelope RecallEnvelope(const std::string& node, const std::string& org, const std::string& account, const std::string& object_id,
                            const std::string& version, int64_t accepted_us);

// Towards an uplink or a relay: replaces the layer header, which never leaves the layer, by the number on this link.
void NumberOnLink(const Context& context, uint64_t link_sequence, Outgoing& record, uint64_t link_epoch = 0);

// The receipt of an entry. `abroad`: it leaves the layer, so rules are not named.
v1::Receipt ReceiptOf(const Context& context, const v1::LedgerEntry& entry, bool abroad);

// What the publisher of a grant is told of the verdicts on it, by receipts and by explain. `concealed`: of none, but what it would read had the object been alone.
std::vector<v1::LedgerVerdict> ToldVerdicts(const Context& context, const v1::Grant& grant, bool concealed,
                                            const google::protobuf::RepeatedPtrField<v1::LedgerVerdict>& verdicts);

// Receipts in one record at most.
inline constexpr size_t kReceiptsPerRecord = 256;

// Records in order, cut into appends within kAppendRecordsMax and kAppendBytesMax.
std::vector<std::vector<std::string>> InAppends(std::vector<std::string> records);

// Signs origins where asked and all hops, and serializes, in order.
std::vector<std::string> Sealed(const Context& context, std::vector<Outgoing> records);

}  // namespace noroshi::relay
