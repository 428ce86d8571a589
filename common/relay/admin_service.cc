#include "common/relay/admin_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <optional>

#include "common/base/limits.h"
#include "common/net/tls.h"
#include "common/relay/codec.h"
#include "common/relay/explain.h"
#include "noroshi/v1/admin.grpc.pb.h"

namespace noroshi::relay {
namespace {

constexpr size_t kPage = 512;
constexpr uint32_t kStatusPageMax = 5'000;

grpc::Status ToGrpc(const Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(Message(status))};
}

v1::ObjectResult ToProto(const ItemResult& item) {
  v1::ObjectResult result;
  result.set_number(item.number);
  result.set_id(item.id);
  result.set_version(item.version);
  result.set_status(std::string(ItemStateName(item.state)));
  result.set_reason(item.reason);
  result.set_message(item.message);
  for (const LayerVerdict& verdict : item.verdicts) {
    v1::Verdict& out = *result.add_verdicts();
    out.set_layer(verdict.layer);
    out.set_audience(verdict.audience);
    out.set_verdict(verdict.verdict);
    out.set_reason(verdict.reason);
    out.set_rule(verdict.rule);
    out.set_policy_version(verdict.policy_version);
    out.set_epoch(verdict.epoch);
    out.set_time_us(verdict.time_us);
  }
  return result;
}

class AdminServerImpl final : public AdminServer, public v1::AdminService::Service {
 public:
  explicit AdminServerImpl(AdminParts parts) : parts_(std::move(parts)) {}
  grpc::Service* service() override { return this; }

  grpc::Status Publish(grpc::ServerContext* call, grpc::ServerReaderWriter<v1::PublishReply, v1::PublishRequest>* stream) override {
    const std::optional<std::string> org = CallerOrg(*call);
    if (!org) return {grpc::StatusCode::PERMISSION_DENIED, "the certificate's node is not in the directory"};
    if (parts_.acceptor == nullptr) return {grpc::StatusCode::UNIMPLEMENTED, "this node accepts no publications; use an edge or a gateway"};
    if (!MayPublishHere(*org)) return {grpc::StatusCode::PERMISSION_DENIED, "only members of this layer publish here"};
    v1::PublishRequest request;
    PublishOptions options;
    options.org = *org;
    bool dry_run = false, first = true;
    const std::string submission = parts_.acceptor->NewSubmission();
    Sent sent;
    uint64_t taken = 0;
    while (stream->Read(&request)) {
      if (first) {
        options.scope = FromProto(request.options().scope());
        options.tlp = OptionalTlp(request.options().tlp());
        if (request.options().attribution() != v1::ATTRIBUTION_UNSPECIFIED) options.attribution = FromProto(request.options().attribution());
        options.declassify = request.options().declassify();
        dry_run = request.options().dry_run();
        first = false;
      }
      const std::vector<stix::InputItem> items = ItemsOf(request);
      if (items.empty()) continue;
      if (dry_run) {
        if (const grpc::Status s = ReplyDryRun(*stream, options, items); !s.ok()) return s;
        continue;
      }
      const auto accepted = parts_.acceptor->Accept(submission, options, items);
      if (!accepted.ok()) return ToGrpc(accepted.status());
      taken += items.size();
      if (const grpc::Status s = ReplyDecided(*stream, submission, *org, false, sent); !s.ok()) return s;
    }
    if (dry_run || taken == 0) return grpc::Status::OK;
    const MonotonicTime deadline = parts_.clock->Monotonic() + parts_.context()->settings.receipt_wait;
    while (sent.count < taken && parts_.clock->Monotonic() < deadline && !call->IsCancelled()) {
      parts_.acceptor->Wait(submission, false, std::chrono::milliseconds(250));
      if (const grpc::Status s = ReplyDecided(*stream, submission, *org, false, sent); !s.ok()) return s;
    }
    return ReplyDecided(*stream, submission, *org, true, sent);
  }

  grpc::Status Status(grpc::ServerContext* call, const v1::StatusRequest* request, v1::StatusReply* reply) override {
    const std::optional<std::string> org = CallerOrg(*call);
    if (!org) return {grpc::StatusCode::PERMISSION_DENIED, "the certificate's node is not in the directory"};
    if (parts_.acceptor == nullptr) return {grpc::StatusCode::UNIMPLEMENTED, "this node accepts no publications; use an edge or a gateway"};
    const size_t limit = request->limit() == 0 ? kPage : std::min(request->limit(), kStatusPageMax);
    const auto state = parts_.acceptor->Find(request->submission(), *org, request->after(), limit);
    if (!state.ok()) return ToGrpc(state.status());
    reply->set_submission(state->id);
    reply->set_total(state->total);
    reply->set_decided(state->decided);
    reply->set_settled(state->settled);
    reply->set_more(state->more);
    for (const ItemResult& item : state->items) *reply->add_objects() = ToProto(item);
    if (state->settled < state->total) AddWaiting(*reply);
    return grpc::Status::OK;
  }

  grpc::Status Explain(grpc::ServerContext* call, const v1::ExplainRequest* request, v1::ExplainReply* reply) override {
    const std::optional<std::string> org = CallerOrg(*call);
    if (!org) return {grpc::StatusCode::PERMISSION_DENIED, "the certificate's node is not in the directory"};
    if (parts_.relay == nullptr) return {grpc::StatusCode::UNIMPLEMENTED, "this node keeps no ledger; ask its layer's relay"};
    const auto object = parts_.relay->catalog().Read(request->object_id());
    if (!object.ok()) return ToGrpc(object.status());
    *reply = ExplainObject(*parts_.context(), *object, *org, request->for_org());
    if (reply->entries().empty()) return {grpc::StatusCode::NOT_FOUND, "no object with this id is known here"};
    return grpc::Status::OK;
  }

  grpc::Status NodeInfo(grpc::ServerContext* call, const v1::NodeInfoRequest*, v1::NodeInfoReply* reply) override {
    const std::optional<std::string> caller = CallerOrg(*call);
    if (!caller) return {grpc::StatusCode::PERMISSION_DENIED, "the certificate's node is not in the directory"};
    const std::shared_ptr<const Context> context = parts_.context();
    reply->set_node(context->node);
    reply->set_layer(context->relay.layer);
    reply->set_version(NOROSHI_VERSION);
    const trust::Node* self = context->directory.Find(context->node);
    if (self != nullptr) reply->set_role(std::string(trust::NodeRoleName(self->role)));
    // How much is queued counts what others may not know of (sharing.md section 4): for those who run the node.
    if (parts_.relay == nullptr || self == nullptr || self->org != *caller) return grpc::Status::OK;
    for (const UplinkState& uplink : parts_.relay->uplinks()) {
      reply->add_uplinks(fmt::format("{} {} backlog={}", uplink.layer, uplink.writing ? "connected" : "unreachable", uplink.backlog));
    }
    return grpc::Status::OK;
  }

 private:
  struct Sent {
    uint64_t count = 0, last_number = 0;
  };

  // The organisation of a caller whose certificate names a node of the directory.
  std::optional<std::string> CallerOrg(const grpc::ServerContext& call) const {
    const StatusOr<net::SpiffeId> peer = net::PeerIdentity(call);
    const std::shared_ptr<const Context> context = parts_.context();
    if (!peer.ok() || peer->federation != context->directory.federation()) return std::nullopt;
    if (context->directory.FindPeer(peer->org, peer->node) == nullptr) return std::nullopt;
    return peer->org;
  }

  bool MayPublishHere(const std::string& org) const {
    const std::shared_ptr<const Context> context = parts_.context();
    const policy::Layer* layer = context->membership.FindLayer(context->relay.layer);
    return layer != nullptr && layer->members.contains(org);
  }

  static std::vector<stix::InputItem> ItemsOf(const v1::PublishRequest& request) {
    std::vector<stix::InputItem> items;
    uint64_t number = request.first_number();
    for (const std::string& object : request.objects()) {
      stix::InputItem item;
      item.number = number++;
      item.bytes = object;
      items.push_back(std::move(item));
    }
    return items;
  }

  grpc::Status ReplyDryRun(grpc::ServerReaderWriter<v1::PublishReply, v1::PublishRequest>& stream, const PublishOptions& options,
                           const std::vector<stix::InputItem>& items) const {
    const auto results = parts_.acceptor->DryRun(options, items);
    if (!results.ok()) return ToGrpc(results.status());
    v1::PublishReply reply;
    for (const ItemResult& result : *results) *reply.add_results() = ToProto(result);
    return stream.Write(reply) ? grpc::Status::OK : grpc::Status::CANCELLED;
  }

  // Sends results in input order as far as they are decided (`all`: as they are).
  grpc::Status ReplyDecided(grpc::ServerReaderWriter<v1::PublishReply, v1::PublishRequest>& stream, const std::string& submission, const std::string& org,
                            bool all, Sent& sent) const {
    for (;;) {
      const auto state = parts_.acceptor->Find(submission, org, sent.last_number, kPage);
      if (!state.ok()) return ToGrpc(state.status());
      v1::PublishReply reply;
      reply.set_submission(submission);
      for (const ItemResult& item : state->items) {
        if (!all && item.state == ItemState::kPending) break;
        *reply.add_results() = ToProto(item);
        sent.last_number = item.number;
        ++sent.count;
      }
      const bool whole_page = static_cast<size_t>(reply.results_size()) == state->items.size();
      if (reply.results_size() > 0 && !stream.Write(reply)) return grpc::Status::CANCELLED;
      if (!whole_page || !state->more) return grpc::Status::OK;
    }
  }

  void AddWaiting(v1::StatusReply& reply) const {
    if (parts_.relay == nullptr) {
      reply.add_waiting("the layer's relay has not decided all yet, or a layer further on has not answered");
      return;
    }
    for (const UplinkState& uplink : parts_.relay->uplinks()) {
      if (!uplink.writing) reply.add_waiting(fmt::format("uplink {} unreachable: {} ledger entries queued", uplink.layer, uplink.backlog));
    }
    if (reply.waiting().empty()) reply.add_waiting("answers of layers further on");
  }

  const AdminParts parts_;
};

}  // namespace

std::unique_ptr<AdminServer> AdminServer::Create(AdminParts parts) { return std::make_unique<AdminServerImpl>(std::move(parts)); }

}  // namespace noroshi::relay
