// noroshi publish: hands objects to an edge or a gateway and says what became of each.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <poll.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/policy/evaluate.h"
#include "common/policy/scope.h"
#include "common/stix/input.h"
#include "services/cli/exit_codes.h"
#include "services/cli/federation.h"
#include "services/cli/files.h"
#include "services/cli/results.h"
#include "services/cli/submission.h"
#include "services/cli/verbs.h"

namespace noroshi::cli {
namespace {

constexpr int kAskAgainMs = 200;
constexpr size_t kProblemsShown = 20;

struct PublishArguments {
  std::vector<std::string> files;
  std::string node, scope, tlp, attribution;
  bool declassify = false, wait = false, dry_run = false;
  int timeout_s = 300;
};

// The words of the command line as the message wants them. InvalidArgument says what is allowed.
StatusOr<v1::PublishOptions> ParseOptions(const PublishArguments& arguments) {
  v1::PublishOptions out;
  NOROSHI_ASSIGN(const policy::Scope scope, policy::ParseScope(arguments.scope));
  out.mutable_scope()->set_kind(static_cast<v1::ScopeKind>(scope.kind));
  for (const std::string& name : scope.names) out.mutable_scope()->add_names(name);
  if (!arguments.tlp.empty()) {
    const std::optional<stix::Tlp> tlp = stix::ParseTlp(arguments.tlp);
    if (!tlp) return InvalidArgument("`{}` is no TLP: clear, green, amber, amber+strict or red", arguments.tlp);
    out.set_tlp(static_cast<v1::Tlp>(*tlp));
  }
  if (!arguments.attribution.empty()) {
    NOROSHI_ASSIGN(const policy::Attribution attribution, policy::ParseAttribution(arguments.attribution));
    out.set_attribution(static_cast<v1::Attribution>(attribution));
  }
  out.set_declassify(arguments.declassify);
  out.set_dry_run(arguments.dry_run);
  return out;
}

class Publish {
 public:
  Publish(const PublishArguments& arguments, const Invocation& invocation)
      : arguments_(arguments), invocation_(invocation), terminal_(invocation.terminal()) {}

  int Run() {
    const Status done = Work();
    Report();  // also after an error: what was accepted is accepted
    if (!done.ok()) {
      SayError(Message(done));
      return ExitCodeOf(done);
    }
    return summary_.AllWell() ? kOk : kRefused;
  }

 private:
  Status Work() {
    NOROSHI_ASSIGN(const v1::PublishOptions options, ParseOptions(arguments_));
    NOROSHI_ASSIGN(const Federation federation, Federation::Open(invocation_.directory));
    NOROSHI_ASSIGN(const NodeRecord* node, federation.Node(arguments_.node));
    if (node->role != "edge" && node->role != "gateway") {
      return InvalidArgument("`{}` is a {}: publish at an edge or a gateway", node->name, node->role);
    }
    NOROSHI_TRY(ReadInputs());
    if (objects_.empty()) return OkStatus();
    NOROSHI_ASSIGN(const auto stub, federation.Admin(*node, invocation_.as_org.empty() ? node->org : invocation_.as_org));
    NOROSHI_TRY(Send(*stub, *node, options));
    if (arguments_.wait && !arguments_.dry_run && !submission_.empty()) return Wait(*stub, *node);
    return OkStatus();
  }

  Status ReadInputs() {
    for (const std::string& file : arguments_.files) {
      std::string bytes;
      if (file == "-") {
        bytes.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
      } else {
        NOROSHI_ASSIGN(bytes, ReadFile(file));
      }
      inputs_.push_back(std::make_unique<const std::string>(std::move(bytes)));
      Split(file, *inputs_.back());
    }
    return OkStatus();
  }

  // Numbers go on from file to file. A fault costs its own object only.
  void Split(const std::string& file, const std::string& text) {
    const std::string prefix = arguments_.files.size() > 1 ? fmt::format("{}: ", file) : "";
    const StatusOr<stix::Input> input = stix::SplitInput(text);
    if (!input.ok()) {
      AddFault(++numbers_, prefix + std::string(Message(input.status())));
      return;
    }
    for (const stix::InputItem& item : input->items) {
      const uint64_t number = ++numbers_;
      if (!item.fault.ok()) {
        AddFault(number, prefix + std::string(Message(item.fault)));
      } else if (item.bytes.size() > limits::kObjectBytesMax) {
        AddFault(number, fmt::format("{}object {} has {} bytes, limit is {}", prefix, item.number, item.bytes.size(), limits::kObjectBytesMax));
      } else {
        objects_.push_back({number, item.bytes});
      }
    }
  }

  void AddFault(uint64_t number, const std::string& message) {
    v1::ObjectResult result;
    result.set_number(number);
    result.set_status("refused");
    result.set_reason("invalid_object");
    result.set_message(message);
    results_[number] = std::move(result);
  }

  Status Send(v1::AdminService::Stub& stub, const NodeRecord& node, const v1::PublishOptions& options) {
    Progress progress(terminal_, "publishing");
    NOROSHI_ASSIGN(Published published, SendBatches(stub, node, options, CutIntoBatches(objects_), [&](uint64_t done) {
                     progress.Update(done, objects_.size());
                   }));
    submission_ = published.submission;
    for (v1::ObjectResult& result : published.results) results_[result.number()] = std::move(result);
    if (published.results.size() == objects_.size()) return OkStatus();
    return Internal("{} of {} objects were answered for", published.results.size(), objects_.size());
  }

  Status Wait(v1::AdminService::Stub& stub, const NodeRecord& node) {
    Progress progress(terminal_, "waiting for every relay");
    const MonotonicTime deadline = SystemClock().Monotonic() + std::chrono::seconds(arguments_.timeout_s);
    while (true) {
      NOROSHI_ASSIGN(const SubmissionState state, AskProgress(stub, node, submission_));
      progress.Update(state.settled, state.total, state.waiting.empty() ? "" : state.waiting.front());
      const bool late = SystemClock().Monotonic() >= deadline;
      if (state.IsSettled() || late) {
        NOROSHI_TRY(TakeFinalResults(stub, node));
        if (state.IsSettled()) return OkStatus();
        return Internal("accepted, and not settled after {} s: {} of {}; waiting for: {}\n`noroshi status {}` shows how it goes on",
                        arguments_.timeout_s, state.settled, state.total,
                        state.waiting.empty() ? "the relays' verdicts" : fmt::format("{}", fmt::join(state.waiting, "; ")), submission_);
      }
      poll(nullptr, 0, kAskAgainMs);
    }
  }

  Status TakeFinalResults(v1::AdminService::Stub& stub, const NodeRecord& node) {
    NOROSHI_ASSIGN(SubmissionState state, AskStatus(stub, node, submission_));
    for (v1::ObjectResult& object : state.objects) results_[object.number()] = std::move(object);
    return OkStatus();
  }

  void Report() {
    for (const auto& [number, result] : results_) summary_.Count(result);
    if (invocation_.json) {
      const bool with_layers = arguments_.wait || arguments_.dry_run;
      for (const auto& [number, result] : results_) Print(PublishLine(result, submission_, with_layers));
      if (!results_.empty()) Print(summary_.ToJson());
    } else if (!results_.empty()) {
      PrintProblems();
      if (arguments_.wait || arguments_.dry_run) PrintVerdicts();
      Print(fmt::format("{}{}", arguments_.dry_run ? "dry run, nothing was published: " : "", summary_.ToText()));
      if (!submission_.empty() && !arguments_.dry_run) Print("submission " + Visible(submission_));
    }
  }

  void PrintProblems() const {
    size_t shown = 0, all = 0;
    for (const auto& [number, result] : results_) {
      const std::string status = StatusWord(result);
      if (status == "accepted" || status == "duplicate") continue;
      if (++all > kProblemsShown) continue;
      ++shown;
      const std::string name = result.id().empty() ? fmt::format("object {}", number) : result.id();
      Print(Visible(fmt::format("{} {}: {}{}{}", name, status, result.reason(), result.message().empty() ? "" : ": ", result.message())));
    }
    if (all > shown) Print(fmt::format("... and {} more (--json shows all)", all - shown));
  }

  // One row for each verdict with the number of objects it stands for.
  void PrintVerdicts() const {
    std::map<std::vector<std::string>, uint64_t> counts;
    for (const auto& [number, result] : results_) {
      for (const v1::Verdict& verdict : result.verdicts()) {
        ++counts[{verdict.layer(), verdict.audience(), verdict.verdict(), verdict.reason()}];
      }
    }
    Table table({"layer", "audience", "verdict", "reason", "objects"});
    for (const auto& [words, count] : counts) {
      std::vector<std::string> row = words;
      row.push_back(std::to_string(count));
      table.Add(std::move(row));
    }
    if (!table.empty()) Print(table.ToString());
  }

  const PublishArguments& arguments_;
  const Invocation& invocation_;
  const Terminal terminal_;
  std::vector<std::unique_ptr<const std::string>> inputs_;  // objects_ points into them
  std::vector<NumberedObject> objects_;
  uint64_t numbers_ = 0;
  std::map<uint64_t, v1::ObjectResult> results_;            // by number: input order
  std::string submission_;
  Summary summary_;
};

}  // namespace

void AddPublish(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<PublishArguments>();  // shared: the parser's callbacks outlive this call
  CLI::App* verb = app.add_subcommand("publish", "hand objects to an edge or a gateway");
  verb->add_option("FILE", arguments->files, "bundle, TAXII envelope, object or NDJSON; - is stdin")->required();
  verb->add_option("--node", arguments->node, "edge or gateway that accepts them")->required();
  verb->add_option("--scope", arguments->scope, "org, orgs:a,b, group:name, sector, sectors:a,b, national or public")->required();
  verb->add_option("--tlp", arguments->tlp, "clear, green, amber, amber+strict or red; only tightens a marked object");
  verb->add_option("--attribution", arguments->attribution, "named, sector or anonymous");
  verb->add_flag("--declassify", arguments->declassify, "a lower TLP than before is meant");
  verb->add_flag("--wait", arguments->wait, "until every relay on the way decided");
  verb->add_flag("--dry-run", arguments->dry_run, "say who would get what; publish nothing");
  verb->add_option("--timeout", arguments->timeout_s, "seconds for --wait")->check(CLI::Range(1, 86'400));
  verb->callback([arguments, &invocation] { invocation.exit_code = Publish(*arguments, invocation).Run(); });
}

}  // namespace noroshi::cli
