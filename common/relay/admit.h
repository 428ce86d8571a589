// admit: an ingress record becomes a judged input of the relay: proof chain, directory, sequence, limits and STIX (checks 1 and 2 of
// sharing.md section 4) and, at a first relay, the publisher's own wishes (check 5). No state of the relay is read: any number of threads may admit at
// once; what depends on earlier records (repeats, owners, references) is decide's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/log/log.h"
#include "common/policy/evaluate.h"
#include "common/policy/membership.h"
#include "common/relay/context.h"
#include "noroshi/v1/envelope.pb.h"
#include "noroshi/v1/ledger.pb.h"

namespace noroshi::relay {

// Where an ingress topic's records come from. Derived from the directory and the configuration, never from a record.
struct Source {
  enum class Kind : uint8_t {
    kOwn,       // this node's own acceptor: no proofs, the log is ours
    kGateway,   // a gateway of this layer: publications with one hop
    kMember,    // the relay of a member: forwarded objects, withdrawals, receipts
    kUplink,    // an audience of an uplink layer, copied here by follow
    kReceipts,  // this node's receipts topic at an uplink layer, copied here by follow
  };
  Kind kind = Kind::kOwn;
  std::string topic;
  std::string node;   // who writes it; kUplink, kReceipts: relay of that layer
  std::string layer;  // from_layer of its objects; empty for kOwn and kGateway
};

struct Admitted {
  enum class Kind : uint8_t { kObject, kWithdrawal, kRecall, kReceipts, kMarker, kUnreadable };
  Kind kind = Kind::kUnreadable;
  const Source* source = nullptr;
  log::Offset offset = 0;
  std::shared_ptr<v1::Envelope> envelope;  // body and proofs, kept for release; null when unreadable
  uint64_t link_sequence = 0;
  uint64_t link_epoch = 0;
  uint64_t sender_epoch = 0;
  std::string audience_topic;              // kUplink: topic in the other layer
  int64_t date_us = 0;                     // stamp of the sender's ledger entry; kUplink: its date_added there
  // kObject; kRecall: object, version (empty: all), organisation, account and time of acceptance
  v1::ObjectFacts facts;
  v1::Grant grant;
  std::optional<policy::Decision> fault;   // checks 1, 2 and 5: refused or quarantined on its own facts
};

// Never fails: what cannot be read or proved is an Admitted with a fault.
Admitted Admit(const Context& context, const Source& source, log::Offset offset, std::string_view record, WallTime now);

}  // namespace noroshi::relay
