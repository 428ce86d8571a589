#include "common/relay/accept.h"

#include "common/base/limits.h"
#include "common/base/random.h"
#include "common/obs/log.h"
#include "common/relay/codec.h"
#include "common/relay/dry_run.h"
#include "common/relay/node_acceptor.h"
#include "common/relay/record.h"
#include "common/relay/remote.h"
#include "common/stix/ids.h"
#include "common/trust/proof.h"

namespace noroshi::relay {

namespace {

constexpr std::chrono::seconds kAgainWithin{5};  // who waited longer for an error is told it

// A fault begins with the object's id where it has a usable one: `indicator--…: property …`.
std::string IdInFault(std::string_view fault) {
  const std::string_view id = fault.substr(0, fault.find(": "));
  return id.size() <= limits::kStixIdBytesMax && stix::CheckId(id).ok() ? std::string(id) : std::string();
}

}  // namespace

struct NodeAcceptor::Parsed {
  std::vector<ItemResult> results;
  std::vector<v1::Envelope> envelopes;      // of those that are objects
  std::vector<v1::SubmissionItem> rows;     // of all
};

NodeAcceptor::NodeAcceptor(Options options, GetContext context, log::Log& log, Clock& clock)
    : options_(std::move(options)), context_(std::move(context)), log_(log), clock_(clock) {
  for (const stix::Warning::Kind kind : stix::kWarningKinds) {
    warnings_[static_cast<size_t>(kind)] = obs::ProcessMetrics().AddCounter(
        "noroshi_publish_warnings_total", "what is odd in accepted objects, by kind", {{"kind", std::string(stix::WarningName(kind))}});
  }
}

NodeAcceptor::~NodeAcceptor() {
  worker_.Stop([this] {
    MutexLock lock(reader_mutex_);
    if (reader_) reader_->Cancel();
  });
}

StatusOr<std::unique_ptr<NodeAcceptor>> NodeAcceptor::Create(Options options, GetContext context, log::Log& log, Clock& clock) {
  std::unique_ptr<NodeAcceptor> acceptor(new NodeAcceptor(std::move(options), std::move(context), log, clock));
  NOROSHI_ASSIGN(acceptor->submissions_, Submissions::Open(acceptor->options_.directory, acceptor->options_.layer));
  acceptor->worker_.Start([self = acceptor.get()] { return self->FollowReceipts(); });
  return acceptor;
}

std::string NodeAcceptor::NewSubmission() { return SecureRandom().Uuid(); }

// Strictly increasing, so that two objects without a version of their own never share one.
int64_t NodeAcceptor::NextStamp() {
  MutexLock lock(stamp_mutex_);
  last_stamp_us_ = std::max(last_stamp_us_ + 1, ToMicros(clock_.Now()));
  return last_stamp_us_;
}

NodeAcceptor::Parsed NodeAcceptor::ParseAll(const std::string& submission, const PublishOptions& options, const std::vector<stix::InputItem>& items) {
  const std::shared_ptr<const Context> context = context_();
  stix::ParseOptions parse;
  parse.newest_allowed = clock_.Now() + std::chrono::microseconds(limits::kFutureSkewUsMax);
  parse.warn = true;
  Parsed parsed;
  for (const stix::InputItem& item : items) {
    ItemResult result;
    result.number = item.number;
    StatusOr<stix::Object> object = item.fault.ok() ? stix::Parse(item.bytes, parse) : StatusOr<stix::Object>(item.fault);
    v1::SubmissionItem row;
    row.set_number(item.number);
    if (object.ok()) {
      v1::Envelope& envelope = parsed.envelopes.emplace_back();
      envelope.set_kind(v1::RECORD_OBJECT);
      v1::OriginHeader origin;
      origin.set_object_id(object->id);
      origin.set_object_type(object->type);
      origin.set_accepted_us(NextStamp());
      origin.set_version(object->version.empty() ? StampVersion(origin.accepted_us()) : object->version);
      origin.set_content_hash(AsBytes(object->content_hash));
      origin.set_origin_org(options.org);
      origin.set_origin_node(options_.node);
      v1::RelayHeader relay;
      *relay.mutable_scope() = ToProto(options.scope.kind == policy::ScopeKind::kUnspecified ? context->settings.default_scope : options.scope);
      if (options.tlp) relay.set_envelope_tlp(ToProto(*options.tlp));
      relay.set_attribution(ToProto(options.attribution.value_or(context->settings.default_attribution)));
      relay.set_declassify(options.declassify);
      relay.set_submission(submission);
      relay.set_account(options.account);
      relay.set_number(item.number);
      relay.set_nonce(SecureRandom().Bytes(16));
      envelope.set_origin_header(origin.SerializeAsString());
      envelope.set_relay_header(relay.SerializeAsString());
      envelope.set_payload(std::string(item.bytes));
      result.id = object->id;
      result.version = origin.version();
      result.message = stix::JoinWarnings(object->warnings);
      row.set_warning(result.message);
      for (const stix::Warning& warning : object->warnings) warnings_[static_cast<size_t>(warning.kind)].Add();
    } else {
      result.state = ItemState::kRefused;
      result.reason = policy::ReasonName(policy::Reason::kInvalidObject);
      result.message = Message(object.status());
      result.id = IdInFault(result.message);
      result.settled = true;
      row.set_status("refused");
      row.set_reason(result.reason);
      row.set_message(result.message);
      row.set_settled(true);
    }
    row.set_object_id(result.id);
    row.set_version(result.version);
    parsed.rows.push_back(std::move(row));
    parsed.results.push_back(std::move(result));
  }
  return parsed;
}

StatusOr<std::vector<ItemResult>> NodeAcceptor::Accept(const std::string& submission, const PublishOptions& options,
                                                       const std::vector<stix::InputItem>& items) {
  if (items.size() > limits::kObjectsPerRequestMax) {
    return InvalidArgument("{} objects in one request, limit is {}", items.size(), limits::kObjectsPerRequestMax);
  }
  Parsed parsed = ParseAll(submission, options, items);
  v1::SubmissionMeta meta;
  meta.set_org(options.org);
  meta.set_account(options.account);
  meta.set_received_us(ToMicros(clock_.Now()));
  NOROSHI_TRY(submissions_->Add(submission, meta, parsed.rows));
  NOROSHI_TRY(AppendAll(std::move(parsed.envelopes)));
  return std::move(parsed.results);
}

Status NodeAcceptor::Recall(const RecallRequest& request) {
  std::vector<v1::Envelope> envelopes;
  const auto add = [&](const std::string& version) {
    envelopes.push_back(RecallEnvelope(options_.node, request.org, request.account, request.object_id, version, NextStamp()));
  };
  if (request.versions.empty()) add("");
  for (const std::string& version : request.versions) add(version);
  return AppendAll(std::move(envelopes));
}

// A gateway finds its last number at the end of its own ingress topic, so a restart goes on without a hole.
Status NodeAcceptor::FindLinkSequence() {
  const std::string topic = IngressTopic(options_.layer, options_.node);
  NOROSHI_ASSIGN(const log::Bounds bounds, log_.GetBounds(topic));
  link_sequence_ = 0;
  if (bounds.end > bounds.first) {
    NOROSHI_ASSIGN(std::unique_ptr<log::Reader> reader, log_.Read({{topic, bounds.end - 1}}));
    NOROSHI_ASSIGN(const log::Batch batch, reader->Poll(std::chrono::seconds(10)));
    v1::Envelope last;
    v1::LayerHeader link;
    if (batch.records.empty() || !last.ParseFromString(batch.records.back()) || !link.ParseFromString(last.layer_header())) {
      return Unavailable("the end of the ingress topic cannot be read");
    }
    link_sequence_ = link.link_sequence();
  }
  return OkStatus();
}

// A gateway's records carry the numbers of its link: those that landed are seen at the topic's end, and what lands twice counts once. So it asks a second time
// where the first fails soon, as it does behind a restart of the layer's relay.
Status NodeAcceptor::AppendPart(const std::string& topic, std::vector<std::string> part) {
  if (!options_.sign) return log::AppendAndWait(log_, topic, std::move(part)).status();
  const uint64_t last = link_sequence_, before = last - part.size();
  const MonotonicTime begin = clock_.Monotonic();
  const Status failed = log::AppendAndWait(log_, topic, part).status();
  if (failed.ok() || clock_.Monotonic() - begin > kAgainWithin) return failed;
  if (!log_.Recover(topic).ok() || !FindLinkSequence().ok()) return failed;
  if (link_sequence_ < before || link_sequence_ > last) return failed;  // something else is wrong
  part.erase(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(link_sequence_ - before));
  link_sequence_ = last;
  return part.empty() ? OkStatus() : log::AppendAndWait(log_, topic, std::move(part)).status();
}

Status NodeAcceptor::AppendAll(std::vector<v1::Envelope> envelopes) {
  const std::string topic = IngressTopic(options_.layer, options_.node);
  const std::shared_ptr<const Context> context = context_();
  MutexLock lock(append_mutex_);
  if (!link_known_) {
    NOROSHI_TRY(log_.Recover(topic));  // behind an error it takes nothing until then
    if (options_.sign) NOROSHI_TRY(FindLinkSequence());
    link_known_ = true;
  }
  for (size_t at = 0; at < envelopes.size();) {
    std::vector<std::string> part;
    std::vector<Outgoing> outgoing;
    for (size_t bytes = 0; at < envelopes.size() && part.size() + outgoing.size() < limits::kStepObjectsMax; ++at) {
      bytes += envelopes[at].payload().size() + 1'024;
      if (bytes > limits::kAppendBytesMax && part.size() + outgoing.size() > 0) break;
      if (!options_.sign) {
        part.push_back(envelopes[at].SerializeAsString());
        continue;
      }
      Outgoing& record = outgoing.emplace_back();
      record.envelope = std::move(envelopes[at]);
      trust::Commit(record.envelope, context->signer->random());
      NumberOnLink(*context, ++link_sequence_, record);
      record.hop.set_destination(topic);
    }
    if (options_.sign) part = Sealed(*context, std::move(outgoing));
    if (const Status appended = AppendPart(topic, std::move(part)); !appended.ok()) {
      link_known_ = false;
      return Unavailable("the objects could not be made durable: {}", Message(appended));
    }
  }
  return OkStatus();
}

Status NodeAcceptor::FollowReceipts() {
  if (reader_ == nullptr) {
    NOROSHI_ASSIGN(std::unique_ptr<log::Reader> reader, log_.Read({{ReceiptsTopic(options_.layer, options_.node), submissions_->folded_to()}}));
    MutexLock lock(reader_mutex_);
    reader_ = std::move(reader);
  }
  StatusOr<log::Batch> batch = reader_->Poll(std::chrono::milliseconds(1'000));
  if (!batch.ok()) {
    MutexLock lock(reader_mutex_);
    reader_.reset();
    return batch.status();
  }
  if (const WallTime now = clock_.Now(); now - last_forget_ > std::chrono::hours(1)) {
    last_forget_ = now;
    NOROSHI_TRY(submissions_->Forget(now));
  }
  if (batch->records.empty()) return OkStatus();
  std::vector<v1::Receipt> receipts;
  for (const std::string& record : batch->records) {
    v1::Envelope envelope;
    if (!envelope.ParseFromString(record)) continue;
    for (v1::Receipt& receipt : *envelope.mutable_receipts()) receipts.push_back(std::move(receipt));
  }
  return submissions_->Fold(receipts, batch->offsets.back() + 1);
}

StatusOr<SubmissionState> NodeAcceptor::Find(const std::string& submission, std::string_view org, uint64_t after, size_t limit) {
  return submissions_->Find(submission, org, after, limit);
}

void NodeAcceptor::Wait(const std::string& submission, bool settled, std::chrono::milliseconds at_most) {
  submissions_->Wait(submission, settled, at_most);
}

StatusOr<std::vector<ItemResult>> NodeAcceptor::DryRun(const PublishOptions& options, const std::vector<stix::InputItem>& items) {
  std::vector<ItemResult> results;
  const std::shared_ptr<const Context> context = context_();
  for (const stix::InputItem& item : items) results.push_back(relay::DryRun(*context, options, item, clock_.Now()));
  return results;
}

StatusOr<std::shared_ptr<const Context>> MakeGatewayContext(const config::NodeConfig& config, const config::DirectoryFile& directory) {
  NOROSHI_ASSIGN(std::shared_ptr<const trust::BatchSigner> signer, LoadSigner(config, directory.directory.federation()));
  return MakeContext(config, directory, std::move(signer));
}

}  // namespace noroshi::relay
