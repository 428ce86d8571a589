// noroshi tail: follows an audience as a member of the layer does; one JSON object a line.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/log/service.h"
#include "common/policy/scope.h"
#include "common/stix/tlp.h"
#include "noroshi/v1/envelope.pb.h"
#include "services/cli/exit_codes.h"
#include "services/cli/federation.h"
#include "services/cli/tail_line.h"
#include "services/cli/verbs.h"

namespace noroshi::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kPollWait{500};
constexpr int kFailuresMax = 20;  // in a row, a few seconds each; the reader reconnects by itself in between

struct TailArguments {
  std::string audience, node, from;
  bool no_follow = false;
};

Status Tail(const TailArguments& arguments, const Invocation& invocation) {
  NOROSHI_TRY(policy::ParseBoundary(arguments.audience).status());
  int64_t from_us = 0;
  if (!arguments.from.empty()) {
    NOROSHI_ASSIGN(const WallTime from, ParseTimestamp(arguments.from, /*allow_offset=*/true));
    from_us = ToMicros(from);
  }
  NOROSHI_ASSIGN(const Federation federation, Federation::Open(invocation.directory));
  NOROSHI_ASSIGN(const NodeRecord* node, federation.Node(arguments.node));
  if (node->role == "gateway") return InvalidArgument("`{}` is a gateway: follow an audience at the relay of its layer", node->name);
  NOROSHI_ASSIGN(const log::RemoteOptions options,
                 federation.LogService(*node, invocation.as_org.empty() ? node->org : invocation.as_org));
  NOROSHI_ASSIGN(const auto reader, log::SubscribeRemote(options, {arguments.audience}, "", from_us, !arguments.no_follow));
  int failures = 0;
  while (true) {
    const StatusOr<log::MemberBatch> batch = reader->Poll(kPollWait);
    if (!batch.ok()) {
      if (batch.status().code() != StatusCode::kUnavailable) return batch.status();
      if (arguments.no_follow || ++failures == kFailuresMax) return Unavailable("`{}` cannot be followed: {}", node->name, Message(batch.status()));
      if (failures == 1) SayError(fmt::format("`{}` cannot be reached; trying again", node->name));
      continue;
    }
    if (batch->caught_up || !batch->deliveries.empty()) failures = 0;  // a poll that only found nothing yet says nothing of the other side
    for (const log::MemberDelivery& delivery : batch->deliveries) {
      if (const std::string line = TailLine(delivery.audience, delivery.record); !line.empty()) Print(line);
    }
    if (arguments.no_follow && batch->caught_up) return OkStatus();
  }
}

}  // namespace

std::string TailLine(const std::string& audience, const std::string& record) {
  v1::Envelope envelope;
  v1::OriginHeader header;
  if (!envelope.ParseFromString(record) || !header.ParseFromString(envelope.origin_header())) return "";
  const bool withdrawn = envelope.kind() == v1::RECORD_WITHDRAWAL;
  if (envelope.kind() != v1::RECORD_OBJECT && !withdrawn) return "";
  const int64_t added = envelope.hops().empty() ? 0 : envelope.hops(envelope.hops_size() - 1).date_added_us();
  Json line = {{"audience", audience},
               {"date_added", added == 0 ? "" : FormatTimestamp(FromMicros(added))},
               {"id", header.object_id()},
               {"type", header.object_type()},
               {"version", withdrawn && !envelope.change().version().empty() ? envelope.change().version() : header.version()},
               {"tlp", header.tlp() == v1::TLP_UNSPECIFIED ? "" : std::string(stix::TlpName(static_cast<stix::Tlp>(header.tlp())))},
               {"origin", header.origin_org()}};
  if (withdrawn) line["withdrawn"] = true;
  std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!withdrawn) {
    text.pop_back();  // the object goes in as it was published, not as a parser would write it again
    text += fmt::format(",\"object\":{}}}", CompactJson(envelope.payload()));
  }
  return VisibleJson(text);
}

void AddTail(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<TailArguments>();  // shared: the parser's callbacks outlive this call
  CLI::App* verb = app.add_subcommand("tail", "follow an audience; one JSON object a line");
  verb->add_option("AUDIENCE", arguments->audience, "community, group/<uuid>, inbox/<org> or public")->required();
  verb->add_option("--node", arguments->node, "broker, hub or edge whose layer it is")->required();
  verb->add_option("--from", arguments->from, "only what was added from this time on (RFC 3339)");
  verb->add_flag("--no-follow", arguments->no_follow, "end at the present end");
  verb->callback([arguments, &invocation] {
    const Status status = Tail(*arguments, invocation);
    if (!status.ok()) SayError(Message(status));
    invocation.exit_code = ExitCodeOf(status);
  });
}

}  // namespace noroshi::cli
