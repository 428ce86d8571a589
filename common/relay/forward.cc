#include "common/relay/forward.h"

#include "common/base/limits.h"
#include "common/obs/log.h"
#include "common/relay/codec.h"
#include "common/relay/record.h"
#include "common/trust/proof.h"

namespace noroshi::relay {
namespace {

constexpr size_t kRangeEntriesMax = 2'048;

}  // namespace

Forwarder::Forwarder(std::string layer, GetContext context, log::Log& own_log, Catalog& catalog, Bodies& bodies, OpenLog open)
    : layer_(std::move(layer)), cursor_name_("forward/" + layer_), context_(std::move(context)), own_log_(own_log), catalog_(catalog), bodies_(bodies),
      open_(std::move(open)) {}

Forwarder::~Forwarder() { Stop(); }

void Forwarder::Start() {
  worker_.Start([this] { return Turn(std::chrono::milliseconds(500)); },
                [this](const Status& status) {
                  if (status.ok()) {
                    obs::Info("uplink_connected", "an uplink takes records again");
                  } else {
                    obs::Warn("uplink_unreachable", "an uplink does not take records; they wait in the ledger", {{"error", Message(status)}});
                  }
                });
}

void Forwarder::Stop() {
  worker_.Stop([this] {
    MutexLock lock(reader_mutex_);
    if (reader_) reader_->Cancel();
  });
}

Status Forwarder::Connect() {
  if (upper_) return OkStatus();
  NOROSHI_ASSIGN(upper_, open_());
  return OkStatus();
}

// The range that a crash interrupted, or else what the ledger has now; planned before it is returned.
StatusOr<std::vector<v1::LedgerEntry>> Forwarder::NextRange(v1::UplinkCursor& cursor, std::chrono::milliseconds wait) {
  if (reader_ == nullptr || reader_at_ != cursor.offset()) {
    NOROSHI_ASSIGN(std::unique_ptr<log::Reader> reader, own_log_.Read({{LedgerTopic(context_()->relay.layer), cursor.offset()}}));
    MutexLock lock(reader_mutex_);
    reader_ = std::move(reader);
    reader_at_ = cursor.offset();
  }
  // A cursor lost with the catalog begins anew: the receiver must not take its numbers for those of before. Each start appends to the ledger first, so
  // its end is greater than at any beginning before.
  if (cursor.link_epoch() == 0 && cursor.planned_end() == 0) {
    NOROSHI_ASSIGN(const log::Bounds bounds, own_log_.GetBounds(LedgerTopic(context_()->relay.layer)));
    cursor.set_link_epoch(bounds.end + 1);
  }
  std::vector<v1::LedgerEntry> entries;
  const log::Offset stop = cursor.planned_end() > cursor.offset() ? cursor.planned_end() : 0;
  do {
    NOROSHI_ASSIGN(const log::Batch batch, reader_->Poll(stop != 0 ? std::chrono::milliseconds(1'000) : wait));
    if (batch.records.empty() && entries.empty() && stop == 0) return entries;
    if (worker_.stopping()) return std::vector<v1::LedgerEntry>{};  // never a part of a planned range: it would pass for the whole
    size_t taken = 0;
    for (; taken < batch.records.size(); ++taken) {
      if (stop != 0 && batch.offsets[taken] >= stop) {
        reader_at_ = stop;
        break;
      }
      if (stop == 0 && entries.size() == kRangeEntriesMax) break;
      v1::LedgerEntry entry;
      if (!entry.ParseFromString(batch.records[taken])) return DataLoss("ledger entry at offset {} cannot be read", batch.offsets[taken]);
      entries.push_back(std::move(entry));
      reader_at_ = batch.offsets[taken] + 1;
    }
    if (taken < batch.records.size()) {  // the reader is past what was taken: the next range needs one that begins there
      MutexLock lock(reader_mutex_);
      reader_.reset();
    }
  } while (stop != 0 && reader_at_ < stop);
  if (stop == 0) {
    cursor.set_planned_end(reader_at_);
    NOROSHI_TRY(catalog_.SaveCursor(cursor_name_, cursor, true));
  }
  return entries;
}

Status Forwarder::Send(const Context& context, const std::vector<v1::LedgerEntry>& entries, v1::UplinkCursor& cursor) {
  const std::string boundary = policy::FormatBoundary({policy::BoundaryKind::kUplink, layer_});
  const std::string destination = IngressTopic(layer_, context.node);
  std::vector<Outgoing> records;
  std::vector<v1::Receipt> receipts;
  const auto flush = [&](const v1::LedgerEntry& last) {
    if (receipts.empty()) return;
    records.push_back(ReceiptRecord(context, std::move(receipts), last.stamp_us(), last.relay_epoch(), destination));
    receipts.clear();
  };
  for (const v1::LedgerEntry& entry : entries) {
    if (entry.kind() != v1::ENTRY_DECISION && entry.kind() != v1::ENTRY_REVISION) continue;
    const Hash leaf = Sha256(entry.SerializeAsString());
    for (const v1::LedgerVerdict& verdict : entry.verdicts()) {
      if (verdict.boundary() != boundary) continue;
      if (verdict.verdict() == "release" && !verdict.restrict()) {
        NOROSHI_ASSIGN(const std::shared_ptr<const v1::Envelope> body, bodies_.Get(entry.input()));
        records.push_back(ObjectRecord(context, entry, verdict, leaf, *body, destination));
      } else if (verdict.withdraw()) {
        records.push_back(ChangeRecord(context, entry, verdict, leaf, destination));
      }
    }
    if (entry.grant().from_layer() == layer_ && entry.grant().origin_sequence() != 0) {
      receipts.push_back(ReceiptOf(context, entry, true));
      if (receipts.size() == kReceiptsPerRecord) flush(entry);
    }
  }
  if (!entries.empty()) flush(entries.back());
  uint64_t link_sequence = cursor.link_sequence();
  for (Outgoing& record : records) {
    trust::StripForNextLayer(record.envelope);
    NumberOnLink(context, ++link_sequence, record, cursor.link_epoch());
  }
  for (std::vector<std::string>& part : InAppends(Sealed(context, std::move(records)))) {
    NOROSHI_TRY(log::AppendAndWait(*upper_, destination, std::move(part)).status());
  }
  cursor.set_link_sequence(link_sequence);
  return OkStatus();
}

Status Forwarder::Turn(std::chrono::milliseconds wait) {
  const std::shared_ptr<const Context> context = context_();
  v1::UplinkCursor cursor = catalog_.Cursor(cursor_name_);
  StatusOr<std::vector<v1::LedgerEntry>> range = NextRange(cursor, wait);
  if (!range.ok()) {
    MutexLock lock(reader_mutex_);
    reader_.reset();  // read again from the cursor, or what was already taken would be passed over
    return range.status();
  }
  const std::vector<v1::LedgerEntry>& entries = *range;
  if (const auto bounds = own_log_.GetBounds(LedgerTopic(context->relay.layer)); bounds.ok()) backlog_ = bounds->end - cursor.offset();
  if (entries.empty()) {
    // Nothing to send: still find out whether the layer can be reached, so that status can say so.
    const Status reached = Connect();
    connected_ = reached.ok();
    return reached;
  }
  Status sent = Connect();
  if (sent.ok()) sent = Send(*context, entries, cursor);
  connected_ = sent.ok();
  if (!sent.ok()) {
    upper_.reset();  // the next turn opens it anew and sends the planned range again
    MutexLock lock(reader_mutex_);
    reader_.reset();
    return sent;
  }
  cursor.set_offset(cursor.planned_end());
  backlog_ = 0;
  return catalog_.SaveCursor(cursor_name_, cursor);
}

}  // namespace noroshi::relay
