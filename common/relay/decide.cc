#include "common/relay/decide.h"

#include <algorithm>
#include <unordered_map>

#include "common/relay/codec.h"
#include "common/relay/reconcile.h"

namespace noroshi::relay {
namespace {

constexpr size_t kHoldsPerStep = 10'000;

// Sorts a batch into what becomes part of the working set and what is answered at once.
class Intake {
 public:
  Intake(const Context& context, Catalog& catalog, WorkingSet& work, Step& step) : context_(context), catalog_(catalog), work_(work), step_(step) {}

  void Take(Admitted admitted) {
    v1::IngressState& state = StateOf(admitted.source->topic);
    if (admitted.offset < state.next_offset()) return;  // decided before a restart
    state.set_next_offset(admitted.offset + 1);
    if (admitted.kind == Admitted::Kind::kUnreadable) ++step_.unreadable;
    if (Unproved(admitted)) {
      if (catalog_.Decided(admitted.source->topic, admitted.offset)) return;
      Refuse(admitted);  // and its link number is nobody's
      return;
    }
    if (!IsNew(admitted, state)) return;
    if (catalog_.Decided(admitted.source->topic, admitted.offset)) {
      if (!admitted.facts.object_id().empty()) work_.Redo(admitted.facts.object_id());
      return;
    }
    if (admitted.fault && admitted.facts.object_id().empty()) {
      Refuse(admitted);
      return;
    }
    switch (admitted.kind) {
      case Admitted::Kind::kObject: TakeObject(std::move(admitted)); break;
      case Admitted::Kind::kWithdrawal: TakeWithdrawal(admitted); break;
      case Admitted::Kind::kRecall: TakeRecall(admitted); break;
      case Admitted::Kind::kReceipts: TakeReceipts(admitted); break;
      default: break;
    }
  }

  std::vector<v1::LedgerEntry> TakeRefused() { return std::move(refused_); }

 private:
  v1::IngressState& StateOf(const std::string& topic) {
    const auto [it, fresh] = step_.ingress.try_emplace(topic);
    if (fresh) it->second = catalog_.Ingress(topic);
    return it->second;
  }

  static bool Unproved(const Admitted& admitted) {
    if (admitted.kind == Admitted::Kind::kUnreadable) return true;
    return admitted.fault && (admitted.fault->reason == policy::Reason::kBadSignature || admitted.fault->reason == policy::Reason::kUnknownOrigin);
  }

  // Repeats, deposed senders and loops (delivery.md section 6).
  bool IsNew(const Admitted& admitted, v1::IngressState& state) {
    switch (admitted.source->kind) {
      case Source::Kind::kOwn: return true;
      case Source::Kind::kGateway:
      case Source::Kind::kMember:
        if (admitted.link_epoch < state.link_epoch()) return ++step_.stale, false;
        if (admitted.link_epoch > state.link_epoch()) {
          state.set_link_epoch(admitted.link_epoch);
          state.set_link_sequence(0);
        }
        if (admitted.link_sequence <= state.link_sequence()) return ++step_.repeats, false;
        if (admitted.link_sequence != state.link_sequence() + 1) ++step_.gaps;
        state.set_link_sequence(admitted.link_sequence);
        // Sent again under new numbers: taken once, or what was withdrawn since would be back for a moment.
        if (admitted.source->kind == Source::Kind::kMember && admitted.kind != Admitted::Kind::kReceipts) {
          if (admitted.date_us <= state.link_stamp_us()) return ++step_.repeats, false;
          state.set_link_stamp_us(admitted.date_us);
        }
        break;
      case Source::Kind::kUplink: {
        int64_t& last = (*state.mutable_audience_dates())[admitted.audience_topic];
        if (admitted.date_us <= last) return ++step_.repeats, false;
        last = admitted.date_us;
        break;
      }
      case Source::Kind::kReceipts: break;
    }
    for (const v1::Attestation& hop : admitted.envelope->hops()) {
      if (hop.from_node() == context_.node) return ++step_.loops, false;
    }
    return true;
  }

  void Refuse(const Admitted& admitted) {
    v1::LedgerEntry entry;
    entry.set_kind(v1::ENTRY_DECISION);
    entry.mutable_input()->set_topic(admitted.source->topic);
    entry.mutable_input()->set_offset(admitted.offset);
    *entry.mutable_grant() = admitted.grant;
    entry.mutable_grant()->set_from_node(admitted.source->node);
    entry.set_link_sequence(admitted.link_sequence);
    const bool quarantined = admitted.fault->verdict == policy::Verdict::kQuarantine && !admitted.grant.first_relay();
    entry.set_status(quarantined ? "quarantined" : "refused");
    entry.set_reason(std::string(policy::ReasonName(admitted.fault->reason)));
    entry.set_detail(admitted.fault->message);
    v1::LedgerVerdict& verdict = *entry.add_verdicts();
    verdict.set_verdict(std::string(policy::VerdictName(admitted.fault->verdict)));
    verdict.set_reason(entry.reason());
    refused_.push_back(std::move(entry));
  }

  static std::string TripleOf(const std::string& node, uint64_t epoch, uint64_t sequence) {
    return fmt::format("{}/{}/{}", node, epoch, sequence);
  }

  std::optional<Publication> Known(const std::string& node, uint64_t epoch, uint64_t sequence) const {
    if (node.empty() || sequence == 0) return std::nullopt;
    if (const auto it = in_step_.find(TripleOf(node, epoch, sequence)); it != in_step_.end()) return it->second;
    return catalog_.FindPublication(node, epoch, sequence);
  }

  void TakeObject(Admitted admitted) {
    const v1::Grant& grant = admitted.grant;
    if (const auto known = Known(grant.origin_node(), grant.origin_epoch(), grant.origin_sequence())) {
      // The same publication by another path; or what the same link withdrew and hands in again.
      const v1::CatalogGrant* before = work_.FindGrantBy(known->object_id, known->number);
      if (before == nullptr || before->status() != "withdrawn" || before->grant().from_node() != grant.from_node()) {
        ++step_.repeats;
        return;
      }
    }
    const uint64_t arrival = catalog_.meta().ledger_sequence() + ++arrivals_;
    if (grant.origin_sequence() != 0) {
      in_step_[TripleOf(grant.origin_node(), grant.origin_epoch(), grant.origin_sequence())] = {admitted.facts.object_id(), arrival};
    }
    work_.Add(std::move(admitted), arrival);
  }

  void TakeWithdrawal(const Admitted& admitted) {
    const v1::Change& change = admitted.envelope->change();
    if (const auto known = Known(change.origin_node(), change.origin_epoch(), change.origin_sequence())) {
      const v1::CatalogGrant* grant = work_.FindGrantBy(known->object_id, known->number);
      // Only the link that brought a grant takes it away.
      if (grant != nullptr && grant->grant().from_node() == admitted.source->node) work_.Withdraw(known->object_id, known->number, "");
      return;
    }
    if (admitted.source->kind != Source::Kind::kUplink) return;
    v1::OriginHeader origin;
    if (!origin.ParseFromString(admitted.envelope->origin_header()) || origin.object_id().empty()) return;
    const std::optional<policy::Boundary> via = AudienceOfTopic(admitted.source->layer, admitted.audience_topic);
    if (!via) return;
    for (const v1::CatalogGrant* grant : work_.GrantsOf(origin.object_id())) {
      if (grant->grant().from_layer() != admitted.source->layer) continue;
      if (!change.version().empty() && grant->facts().version() != change.version()) continue;
      if (grant->grant().origin_org() != origin.origin_org()) continue;
      work_.Withdraw(origin.object_id(), grant->publication(), policy::FormatBoundary(*via));
    }
  }

  void TakeRecall(Admitted& admitted) {
    if (work_.Recall(admitted)) return;
    admitted.fault = policy::Decision::Withhold(policy::Reason::kRateLimited);
    admitted.fault->message = "the object has too many recalls";
    Refuse(admitted);
  }

  void TakeReceipts(const Admitted& admitted) {
    for (const v1::Receipt& receipt : admitted.envelope->receipts()) {
      const bool own = receipt.origin_node() == context_.node;
      std::optional<Publication> known = Known(receipt.origin_node(), receipt.origin_epoch(), receipt.origin_sequence());
      const v1::CatalogObject* object = nullptr;
      if (own) {
        object = catalog_.Find(receipt.object_id());
        known = Publication{receipt.object_id(), receipt.origin_sequence()};
      } else if (known) {
        object = catalog_.Find(known->object_id);
      }
      const v1::CatalogGrant* grant = object == nullptr ? nullptr : FindGrant(*object, known->number);
      if (grant == nullptr) continue;
      // Results travel towards the origin only: never to a relay that is not on the way there.
      const bool towards_origin = grant->grant().first_relay() || admitted.source->kind == Source::Kind::kReceipts ||
                                  grant->grant().from_layer() != admitted.source->layer;
      if (!towards_origin || IsUplink(grant->grant().from_layer())) continue;
      Step::PassedOn passed{grant->grant().from_node(), receipt};
      passed.receipt.set_submission(grant->grant().submission());
      passed.receipt.set_number(grant->grant().number());
      step_.passed_on.push_back(std::move(passed));
    }
  }

  bool IsUplink(const std::string& layer) const {
    const std::vector<std::string>& uplinks = context_.relay.uplinks;
    return std::find(uplinks.begin(), uplinks.end(), layer) != uplinks.end();
  }

  const Context& context_;
  Catalog& catalog_;
  WorkingSet& work_;
  Step& step_;
  uint64_t arrivals_ = 0;
  std::unordered_map<std::string, Publication> in_step_;
  std::vector<v1::LedgerEntry> refused_;
};

}  // namespace

Step Decide(const Context& context, Catalog& catalog, Bodies& bodies, std::vector<Admitted> admitted, int64_t now_us, uint64_t relay_epoch) {
  Step step;
  WorkingSet work(context, catalog, bodies, now_us);
  Intake intake(context, catalog, work, step);
  for (Admitted& record : admitted) intake.Take(std::move(record));
  for (const Publication& ended : catalog.HoldsEndingBy(now_us, kHoldsPerStep)) work.Touch(ended.object_id);
  work.Reconcile();
  step.entries = intake.TakeRefused();
  for (v1::LedgerEntry& entry : work.TakeEntries()) step.entries.push_back(std::move(entry));
  uint64_t sequence = catalog.meta().ledger_sequence();
  int64_t stamp_us = std::max(now_us, catalog.meta().stamp_us() + 1);
  std::unordered_map<uint64_t, uint64_t> numbered;  // arrival in this step -> sequence
  for (v1::LedgerEntry& entry : step.entries) {
    entry.set_sequence(++sequence);
    entry.set_stamp_us(stamp_us++);
    entry.set_relay_epoch(relay_epoch);
    entry.set_policy_version(context.policy.version);
    entry.set_membership_epoch(context.membership.epoch());
    if (entry.status() == "duplicate") {
      if (const auto it = numbered.find(entry.publication()); it != numbered.end()) entry.set_publication(it->second);
    } else if (entry.kind() == v1::ENTRY_DECISION) {
      if (entry.publication() != 0) numbered[entry.publication()] = sequence;
      entry.set_publication(sequence);
    }
  }
  return step;
}

}  // namespace noroshi::relay
