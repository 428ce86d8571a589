// noroshi status: what became of a submission, object by object and layer by layer.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "services/cli/exit_codes.h"
#include "services/cli/federation.h"
#include "services/cli/results.h"
#include "services/cli/submission.h"
#include "services/cli/verbs.h"

namespace noroshi::cli {
namespace {

struct StatusArguments {
  std::string submission, node;
};

// Asks those who accept submissions, as whoever's credentials are here, until one knows it.
StatusOr<SubmissionState> Find(const Federation& federation, const StatusArguments& arguments, const std::string& as_org) {
  if (!arguments.node.empty()) NOROSHI_TRY(federation.Node(arguments.node).status());
  Status unreachable = OkStatus();
  for (const NodeRecord& node : federation.state().nodes) {
    const bool asked = arguments.node.empty() ? node.role == "edge" || node.role == "gateway" : node.name == arguments.node;
    const std::string org = as_org.empty() ? node.org : as_org;
    if (!asked || (as_org.empty() && !federation.CheckCredentials(org).ok())) continue;
    const auto stub = federation.Admin(node, org);
    if (!stub.ok()) {
      if (stub.status().code() != StatusCode::kUnavailable) return stub.status();
      unreachable = stub.status();
      continue;
    }
    StatusOr<SubmissionState> state = AskStatus(**stub, node, arguments.submission);
    if (state.ok()) return state;
    if (state.status().code() == StatusCode::kUnavailable) unreachable = state.status();
  }
  if (!unreachable.ok()) return unreachable;
  return NotFound("no node that could be asked knows submission `{}`", arguments.submission);
}

void PrintForPeople(const SubmissionState& state) {
  Table table({"object", "version", "status", "where"});
  for (const v1::ObjectResult& object : state.objects) {
    const std::string name = object.id().empty() ? fmt::format("object {}", object.number()) : object.id();
    const std::string status = StatusWord(object) + (object.reason().empty() ? "" : " (" + object.reason() + ")");
    bool first = true;
    for (const v1::Verdict& verdict : object.verdicts()) {
      table.Add({first ? name : "", first ? object.version() : "", first ? status : "", VerdictText(verdict)});
      first = false;
    }
    if (first) table.Add({name, object.version(), status, object.message()});
  }
  Print(table.ToString());
  Print(fmt::format("{} objects, {} decided by the first relay, {} by every relay on the way", state.total, state.decided, state.settled));
  for (const std::string& waiting : state.waiting) Print("waiting: " + Visible(waiting));
}

Status ShowStatus(const StatusArguments& arguments, const Invocation& invocation) {
  NOROSHI_ASSIGN(const Federation federation, Federation::Open(invocation.directory));
  NOROSHI_ASSIGN(const SubmissionState state, Find(federation, arguments, invocation.as_org));
  if (!invocation.json) {
    PrintForPeople(state);
    return OkStatus();
  }
  for (const v1::ObjectResult& object : state.objects) {
    Answer answer{object.id(), object.version(), {object.verdicts().begin(), object.verdicts().end()}, StatusWord(object), object.reason(),
                  object.message(), "", {}};
    if (!state.IsSettled()) answer.waiting = state.waiting;
    Print(AnswerLine(answer));
  }
  return OkStatus();
}

}  // namespace

void AddStatus(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<StatusArguments>();  // shared: the parser's callbacks outlive this call
  CLI::App* verb = app.add_subcommand("status", "what became of a submission");
  verb->add_option("ID", arguments->submission, "submission, as `noroshi publish` printed it")->required();
  verb->add_option("--node", arguments->node, "ask only this node");
  verb->callback([arguments, &invocation] {
    const Status status = ShowStatus(*arguments, invocation);
    if (!status.ok()) SayError(Message(status));
    invocation.exit_code = ExitCodeOf(status);
  });
}

}  // namespace noroshi::cli
