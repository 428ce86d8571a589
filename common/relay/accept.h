// accept: the first step of an object's way. Bytes -> limits -> STIX check -> a publication in an Envelope, durable in this node's
// ingress topic. Nothing is decided here: the layer's relay decides, and its receipts come back to the submission.
// Used by an edge (ingress in its own log) and by gateways (ingress at their layer's relay). Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/policy/evaluate.h"
#include "common/policy/scope.h"
#include "common/stix/input.h"
#include "common/stix/object.h"

namespace noroshi::relay {

// What an account or tool says of its publication. Fields left unset take the node's defaults.
struct PublishOptions {
  std::string org;      // origin organisation: of the authenticated account, never from a message
  std::string account;  // who, for the ledger; may be empty
  policy::Scope scope;  // kUnspecified: the node's default
  std::optional<stix::Tlp> tlp;
  std::optional<policy::Attribution> attribution;
  bool declassify = false;
};

enum class ItemState : uint8_t { kPending, kAccepted, kDuplicate, kRefused, kQuarantined };
std::string_view ItemStateName(ItemState state);

// One verdict at one layer, as the publisher may know it.
struct LayerVerdict {
  std::string layer, audience, verdict, reason, rule;
  uint64_t policy_version = 0, epoch = 0;
  int64_t time_us = 0;
};

struct ItemResult {
  uint64_t number = 0;   // of the input, from 1
  std::string id;        // empty where the bytes had none
  std::string version;   // taxii 66, 67; provisional for an unversioned object until decided
  ItemState state = ItemState::kPending;
  std::string reason;    // sharing.md section 4 code
  std::string message;
  std::vector<LayerVerdict> verdicts;  // of every layer that answered so far
  bool settled = false;  // every relay on the way has decided
};

struct SubmissionState {
  std::string id;
  std::string org, account;
  int64_t received_us = 0;
  uint64_t total = 0, decided = 0, settled = 0, accepted = 0, refused = 0;  // refused: with quarantined
  std::vector<ItemResult> items;  // the page asked for
  bool more = false;
};

// The grant that an organisation gave of an object is to end.
struct RecallRequest {
  std::string org;      // of the authenticated account
  std::string account;
  std::string object_id;
  std::vector<std::string> versions;  // empty: all so far
};

class Acceptor {
 public:
  virtual ~Acceptor() = default;

  // A new submission: a random version-4 UUID.
  virtual std::string NewSubmission() = 0;

  // Takes one part of a submission. On return every item is durable in the ingress (kPending), or was refused on its own (`invalid_object`). Results in
  // input order. May be called repeatedly for one submission, with growing item numbers. Error (nothing of this call is promised, it may be sent again):
  // Unavailable (the log cannot be reached in time), ResourceExhausted (disk floor, queue full), InvalidArgument (options contradict each other).
  virtual StatusOr<std::vector<ItemResult>> Accept(const std::string& submission, const PublishOptions& options,
                                                   const std::vector<stix::InputItem>& items) = 0;

  // Ends a grant in this layer and wherever its relay handed it on. On return the recall is durable in the ingress; the relay withdraws by
  // itself, and what is published again stays recalled. Errors as Accept; asked again, nothing changes.
  virtual Status Recall(const RecallRequest& request) = 0;

  // Pages of a submission's state, items with number > after. NotFound: unknown, of another organisation, or forgotten (kept >= 24 h after completion).
  virtual StatusOr<SubmissionState> Find(const std::string& submission, std::string_view org, uint64_t after, size_t limit) = 0;

  // Waits until all items are decided by the first relay (or settled everywhere), or the time is over. Not an error either way.
  virtual void Wait(const std::string& submission, bool settled, std::chrono::milliseconds at_most) = 0;

  // Who would get what, without publishing: one decision per boundary of this layer's relay as far as this node can tell.
  virtual StatusOr<std::vector<ItemResult>> DryRun(const PublishOptions& options, const std::vector<stix::InputItem>& items) = 0;
};

}  // namespace noroshi::relay
