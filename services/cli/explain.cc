// noroshi explain: who has an object and why others do not, from the ledgers of all relays that may be asked.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "common/base/clock.h"
#include "services/cli/exit_codes.h"
#include "services/cli/federation.h"
#include "services/cli/results.h"
#include "services/cli/verbs.h"

namespace noroshi::cli {
namespace {

constexpr std::chrono::seconds kAnswerWithin{30};

struct ExplainArguments {
  std::string object, for_org;
};

using Answers = std::map<std::pair<std::string, std::string>, Answer>;  // by object and version

bool SameEntry(const v1::Verdict& a, const v1::Verdict& b) { return a.SerializeAsString() == b.SerializeAsString(); }

void Merge(const v1::ExplainReply& reply, Answers& answers) {
  for (const v1::ExplainReply::Entry& entry : reply.entries()) {
    Answer& answer = answers[{entry.object_id(), entry.version()}];
    answer.object = entry.object_id();
    answer.version = entry.version();
    if (answer.origin.empty()) answer.origin = entry.origin();
    const auto same = [&](const v1::Verdict& known) { return SameEntry(known, entry.verdict()); };
    if (std::none_of(answer.entries.begin(), answer.entries.end(), same)) answer.entries.push_back(entry.verdict());
  }
}

// A relay that knows nothing, or may say nothing, adds nothing. Unavailable only where no relay at all answered.
StatusOr<Answers> AskAll(const Federation& federation, const ExplainArguments& arguments, const std::string& as_org) {
  Answers answers;
  v1::ExplainRequest request;
  request.set_object_id(arguments.object);
  request.set_for_org(arguments.for_org);
  Status unreachable = OkStatus();
  size_t answered = 0;
  for (const NodeRecord& node : federation.state().nodes) {
    const std::string org = as_org.empty() ? node.org : as_org;
    if (node.role == "gateway" || (as_org.empty() && !federation.CheckCredentials(org).ok())) continue;
    const auto stub = federation.Admin(node, org);
    if (!stub.ok() && stub.status().code() != StatusCode::kUnavailable) return stub.status();
    v1::ExplainReply reply;
    Status asked = stub.status();
    if (stub.ok()) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::time_point(SystemClock().Now() + kAnswerWithin));
      asked = FromGrpc((*stub)->Explain(&context, request, &reply), node);
    }
    if (asked.code() == StatusCode::kUnavailable) {
      Say(fmt::format("warning: {}", Message(asked).substr(0, Message(asked).find('\n'))));
      unreachable = asked;
      continue;
    }
    ++answered;
    if (asked.ok()) Merge(reply, answers);
  }
  if (answered == 0 && !unreachable.ok()) return unreachable;
  if (answers.empty()) return NotFound("no relay that could be asked knows `{}`", arguments.object);
  return answers;
}

Status Explain(const ExplainArguments& arguments, const Invocation& invocation) {
  NOROSHI_ASSIGN(const Federation federation, Federation::Open(invocation.directory));
  NOROSHI_ASSIGN(Answers answers, AskAll(federation, arguments, invocation.as_org));
  Table table({"version", "layer", "audience", "verdict", "reason", "rule", "time"});
  for (auto& [key, answer] : answers) {
    std::stable_sort(answer.entries.begin(), answer.entries.end(),
                     [](const v1::Verdict& a, const v1::Verdict& b) { return a.time_us() < b.time_us(); });
    if (invocation.json) Print(AnswerLine(answer));
    for (const v1::Verdict& entry : answer.entries) {
      table.Add({answer.version, entry.layer(), entry.audience(), entry.verdict(), entry.reason(), entry.rule(),
                 entry.time_us() == 0 ? "" : FormatTimestamp(FromMicros(entry.time_us()))});
    }
  }
  if (!invocation.json) Print(table.ToString());
  return OkStatus();
}

}  // namespace

void AddExplain(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<ExplainArguments>();  // shared: the parser's callbacks outlive this call
  CLI::App* verb = app.add_subcommand("explain", "who has an object, and why others do not");
  verb->add_option("OBJECT_ID", arguments->object, "STIX id")->required();
  verb->add_option("--for", arguments->for_org, "only what concerns this organisation");
  verb->callback([arguments, &invocation] {
    const Status status = Explain(*arguments, invocation);
    if (!status.ok()) SayError(Message(status));
    invocation.exit_code = ExitCodeOf(status);
  });
}

}  // namespace noroshi::cli
