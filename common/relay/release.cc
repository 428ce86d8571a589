#include "common/relay/release.h"

#include <algorithm>
#include <condition_variable>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/relay/codec.h"
#include "common/relay/record.h"

namespace noroshi::relay {
namespace {

std::vector<policy::Boundary> AudiencesOf(const Context& context) {
  using policy::BoundaryKind;
  std::vector<policy::Boundary> audiences{{BoundaryKind::kCommunity, ""}};
  const policy::Layer* layer = context.membership.FindLayer(context.relay.layer);
  if (context.relay.kind == policy::LayerKind::kOrganisation) {
    audiences.push_back({BoundaryKind::kInbox, context.relay.org});
    return audiences;
  }
  audiences.push_back({BoundaryKind::kPublic, ""});
  for (const std::string& org : layer->members) audiences.push_back({BoundaryKind::kInbox, org});
  for (const auto& [id, group] : context.membership.groups()) audiences.push_back({BoundaryKind::kGroup, id});
  if (context.relay.kind == policy::LayerKind::kNational) {
    for (const auto& [name, other] : context.membership.layers()) {
      if (other.kind == policy::LayerKind::kSector) audiences.push_back({BoundaryKind::kTransit, name});
    }
  }
  return audiences;
}

}  // namespace

Status Releaser::EnsureAudiences(const Context& context) {
  for (const policy::Boundary& audience : AudiencesOf(context)) {
    const std::string topic = policy::AudienceTopic(context.relay.layer, audience);
    if (ensured_[topic]) continue;
    NOROSHI_TRY(log_.EnsureTopic(topic));
    ensured_[topic] = true;
  }
  return OkStatus();
}

Status Releaser::FindEnds(const Context& context) {
  for (const auto& [topic, ensured] : ensured_) {
    NOROSHI_TRY(log_.Recover(topic));  // behind an error it takes nothing until then
    if (!AudienceOfTopic(context.relay.layer, topic)) continue;
    ends_[topic] = 0;
    NOROSHI_ASSIGN(const log::Bounds bounds, log_.GetBounds(topic));
    // The last record tells; a log with holes may need a look further back.
    for (uint64_t back = 1; bounds.end > bounds.first && ends_[topic] == 0; back *= 16) {
      const log::Offset from = bounds.end - std::min<uint64_t>(back, bounds.end - bounds.first);
      NOROSHI_ASSIGN(std::unique_ptr<log::Reader> reader, log_.Read({{topic, from}}));
      for (log::Offset at = from; at < bounds.end;) {
        NOROSHI_ASSIGN(const log::Batch batch, reader->Poll(std::chrono::milliseconds(2'000)));
        if (batch.records.empty()) break;
        for (const std::string& record : batch.records) {
          v1::Envelope envelope;
          v1::LayerHeader layer;
          if (envelope.ParseFromString(record) && layer.ParseFromString(envelope.layer_header())) {
            ends_[topic] = std::max(ends_[topic], layer.ledger_sequence());
          }
        }
        at = batch.offsets.back() + 1;
      }
      if (from == bounds.first) break;
    }
  }
  return OkStatus();
}

Status Releaser::AppendAll(std::map<std::string, std::vector<std::string>> by_topic) {
  Mutex mutex;
  CondVar done;
  size_t open = 0;
  Status first_error = OkStatus();
  std::string failed_topic;
  for (auto& [topic, records] : by_topic) {
    for (std::vector<std::string>& part : InAppends(std::move(records))) {
      {
        MutexLock lock(mutex);
        ++open;
      }
      log_.Append(topic, std::move(part), [&mutex, &done, &open, &first_error, &failed_topic, name = topic](StatusOr<log::Appended> result) {
        MutexLock lock(mutex);
        if (!result.ok() && first_error.ok()) {
          first_error = result.status();
          failed_topic = name;
        }
        if (--open == 0) done.notify_all();
      });
    }
  }
  mutex.Lock();
  done.wait(mutex, [&open] { return open == 0; });
  mutex.Unlock();
  return first_error;
}

Status Releaser::Release(const Context& context, const std::vector<v1::LedgerEntry>& entries, const std::vector<Hash>& leaves) {
  std::map<std::string, std::vector<Outgoing>> outgoing;
  std::map<std::string, uint64_t> ends;
  for (size_t i = 0; i < entries.size(); ++i) {
    const v1::LedgerEntry& entry = entries[i];
    std::shared_ptr<const v1::Envelope> body;
    for (const v1::LedgerVerdict& verdict : entry.verdicts()) {
      const bool releases = verdict.verdict() == "release";
      if (!releases && !verdict.withdraw()) continue;
      const StatusOr<policy::Boundary> boundary = policy::ParseBoundary(verdict.boundary());
      if (!boundary.ok() || !boundary->IsAudience()) continue;
      std::string topic = policy::AudienceTopic(context.relay.layer, *boundary);
      if (entry.sequence() <= ends_[topic]) continue;  // there since before the crash
      if (releases && !verdict.restrict()) {
        if (body == nullptr) {
          NOROSHI_ASSIGN(body, bodies_.Get(entry.input()));
        }
        outgoing[topic].push_back(ObjectRecord(context, entry, verdict, leaves[i], *body, topic));
      } else {
        outgoing[topic].push_back(ChangeRecord(context, entry, verdict, leaves[i], topic));
      }
      ends[topic] = entry.sequence();
    }
  }
  std::map<std::string, std::vector<std::string>> sealed;
  for (auto& [topic, records] : outgoing) {
    if (!ensured_[topic]) {
      NOROSHI_TRY(log_.EnsureTopic(topic));
      ensured_[topic] = true;
    }
    sealed[topic] = Sealed(context, std::move(records));
  }
  if (sealed.empty()) return OkStatus();
  NOROSHI_TRY(AppendAll(std::move(sealed)));
  for (const auto& [topic, sequence] : ends) ends_[topic] = sequence;
  return OkStatus();
}

Status Releaser::SendReceipts(const Context& context, const std::vector<v1::LedgerEntry>& entries, std::vector<Step::PassedOn> passed_on,
                              int64_t now_us, uint64_t relay_epoch) {
  std::map<std::string, std::vector<v1::Receipt>> by_node;
  for (const v1::LedgerEntry& entry : entries) {
    if (entry.kind() != v1::ENTRY_DECISION && entry.kind() != v1::ENTRY_REVISION) continue;
    const std::string& node = entry.grant().from_node();
    const std::vector<std::string>& uplinks = context.relay.uplinks;
    if (node.empty() || std::find(uplinks.begin(), uplinks.end(), entry.grant().from_layer()) != uplinks.end()) continue;
    by_node[node].push_back(ReceiptOf(context, entry, !entry.grant().first_relay()));
  }
  for (Step::PassedOn& passed : passed_on) by_node[passed.node].push_back(std::move(passed.receipt));
  std::map<std::string, std::vector<std::string>> sealed;
  for (auto& [node, receipts] : by_node) {
    const std::string topic = ReceiptsTopic(context.relay.layer, node);
    if (!ensured_[topic]) {
      NOROSHI_TRY(log_.EnsureTopic(topic));
      ensured_[topic] = true;
    }
    std::vector<Outgoing> records;
    for (size_t at = 0; at < receipts.size(); at += kReceiptsPerRecord) {
      const size_t end = std::min(receipts.size(), at + kReceiptsPerRecord);
      std::vector<v1::Receipt> part(std::make_move_iterator(receipts.begin() + at), std::make_move_iterator(receipts.begin() + end));
      records.push_back(ReceiptRecord(context, std::move(part), now_us, relay_epoch, topic));
    }
    sealed[topic] = Sealed(context, std::move(records));
  }
  return sealed.empty() ? OkStatus() : AppendAll(std::move(sealed));
}

Status Releaser::Mark(const Context& context, const v1::LedgerEntry& marker) {
  std::map<std::string, std::vector<std::string>> sealed;
  for (const policy::Boundary& audience : AudiencesOf(context)) {
    const std::string topic = policy::AudienceTopic(context.relay.layer, audience);
    std::vector<Outgoing> records;
    records.push_back(MarkerRecord(context, marker, topic));
    sealed[topic] = Sealed(context, std::move(records));
    ends_[topic] = marker.sequence();
  }
  return AppendAll(std::move(sealed));
}

}  // namespace noroshi::relay
