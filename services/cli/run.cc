#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>

#include "services/cli/exit_codes.h"
#include "services/cli/names.h"
#include "services/cli/verbs.h"

namespace noroshi::cli {
namespace {

// `admin account list`: the words that lead to a verb; of the program itself its name.
std::string PathOf(const CLI::App* app) {
  std::string path = app->get_name();
  for (const CLI::App* above = app->get_parent(); above != nullptr && above->get_parent() != nullptr; above = above->get_parent()) {
    path = above->get_name() + " " + path;
  }
  return path;
}

// Options of a level may stand behind the verbs below it.
void LetFallThrough(CLI::App* app) {
  app->fallthrough();
  for (CLI::App* verb : app->get_subcommands([](const CLI::App*) { return true; })) LetFallThrough(verb);
}

// Help starts with examples: what most people look for.
class ExamplesFirst final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    static const std::map<std::string, std::string, std::less<>> kExamples = {
        {"noroshi",
         "  noroshi up --topology deploy/topologies/demo.yaml --dir demo --detach\n"
         "  noroshi publish incident.json --dir demo --node delta-edge --scope sector --wait\n"
         "  noroshi explain indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --dir demo\n"
         "  noroshi down --dir demo\n"},
        {"up",
         "  noroshi up --topology deploy/topologies/demo.yaml --dir demo\n"
         "  noroshi up --topology T.yaml --dir demo --prepare\n"
         "  noroshi up --topology T.yaml --dir demo --log kafka=127.0.0.1:9093,tls --ready-file ready.json --detach\n"},
        {"down", "  noroshi down --dir demo\n"},
        {"publish",
         "  noroshi publish incident.json --node delta-edge --scope sector --wait\n"
         "  noroshi publish notes.ndjson --node delta-edge --scope group:solar-watch --tlp amber --dry-run\n"
         "  cat bundle.json | noroshi publish - --node alfa-edge --scope orgs:delta,echo --json\n"},
        {"status", "  noroshi status 0b9f6f0e-6a3c-4b65-9d8f-0d1c2f3a4b5c --json\n"},
        {"explain",
         "  noroshi explain indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\n"
         "  noroshi explain indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --for bravo --json\n"},
        {"tail",
         "  noroshi tail community --node energy-broker --as echo\n"
         "  noroshi tail group/5b1c... --node energy-broker --as echo --from 2026-01-31T12:00:00Z --no-follow\n"},
        {"admin", "  noroshi admin account list --node energy-gateway\n"},
        {"admin account",
         "  noroshi admin account create echo-siem --node energy-gateway --org echo --role reader --no-password\n"
         "  noroshi admin account token create echo-siem --node energy-gateway --expires 90d --network 192.0.2.0/24\n"
         "  noroshi admin account show echo-siem --node energy-gateway\n"
         "  noroshi admin account disable echo-siem --config /etc/noroshi/gateway.yaml\n"},
        {"admin account list", "  noroshi admin account list --node energy-gateway --org echo --json\n"},
        {"admin account show", "  noroshi admin account show echo-analyst --node energy-gateway\n"},
        {"admin account create",
         "  noroshi admin account create dora --node delta-edge --org delta --role reader,publisher --expires 2027-12-31\n"
         "  pass show noroshi/dora | noroshi admin account create dora --node delta-edge --org delta --role reader --password-from -\n"
         "  noroshi admin account create vendor --node energy-gateway --org echo --kind client --role reader --network 192.0.2.0/24\n"},
        {"admin account disable", "  noroshi admin account disable dora --node delta-edge\n"},
        {"admin account enable", "  noroshi admin account enable dora --node delta-edge\n"},
        {"admin account expires", "  noroshi admin account expires dora 2027-12-31 --node delta-edge\n"},
        {"admin account delete", "  noroshi admin account delete dora --node delta-edge --yes\n"},
        {"admin account roles", "  noroshi admin account roles dora --node delta-edge --add red --remove publisher\n"},
        {"admin account networks",
         "  noroshi admin account networks dora --node delta-edge --set 192.0.2.0/24,2001:db8::/32\n"
         "  noroshi admin account networks dora --node delta-edge --any\n"},
        {"admin account password",
         "  noroshi admin account password dora --node delta-edge\n"
         "  noroshi admin account password dora --node delta-edge --from new-password.txt\n"},
        {"admin account certificate", "  noroshi admin account certificate dora --node delta-edge --add spiffe://demo/org/delta/node/delta-cli\n"},
        {"admin account subject", "  noroshi admin account subject dora --node delta-edge --add 248289761001\n"},
        {"admin account token", "  noroshi admin account token create dora --node delta-edge --expires 90d --description SIEM\n"},
        {"admin account token create", "  noroshi admin account token create dora --node delta-edge --expires 90d --network 192.0.2.7 --description SIEM\n"},
        {"admin account token revoke", "  noroshi admin account token revoke dora 0123456789abcdef --node delta-edge\n"},
        {"admin account token list", "  noroshi admin account token list dora --node delta-edge --json\n"},
    };
    const auto found = kExamples.find(PathOf(app));
    const std::string help = CLI::Formatter::make_help(app, std::move(name), mode);
    if (mode == CLI::AppFormatMode::Sub || found == kExamples.end()) return help;
    return "Examples:\n" + found->second + "\n" + help;
  }
};

void AddShared(CLI::App& app, Invocation& invocation) {
  app.add_option("--dir", invocation.directory, "directory of `noroshi up` (else NOROSHI_DIR, else ~/.config/noroshi)");
  app.add_option("--as", invocation.as_org, "act for this organisation (its credentials must be there)");
  app.add_flag("--json", invocation.json, "one JSON object a line on stdout");
  app.add_flag("--no-color,--no-colour", invocation.no_color, "no colours (also NO_COLOR)");
}

int UsageError(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) verbs.push_back(verb->get_name());
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.empty() || word.starts_with('-') || std::find(verbs.begin(), verbs.end(), word) != verbs.end()) {
    SayError(error.what());
  } else {
    SayError("no verb `" + word + "`" + DidYouMean(word, verbs));
  }
  Say("`noroshi --help` and `noroshi VERB --help` say how");
  return kUsage;
}

}  // namespace

int Run(int argc, char** argv) {
  Invocation invocation;
  CLI::App app("Relays threat intelligence between organisations: federation, publishing, answers.", "noroshi");
  app.formatter(std::make_shared<ExamplesFirst>());
  app.set_version_flag("--version", std::string("noroshi ") + NOROSHI_VERSION);
  app.require_subcommand(1);
  AddUp(app, invocation);
  AddDown(app, invocation);
  AddPublish(app, invocation);
  AddStatus(app, invocation);
  AddExplain(app, invocation);
  AddTail(app, invocation);
  AddAdmin(app, invocation);
  AddShared(app, invocation);
  LetFallThrough(&app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return UsageError(app, error, argc, argv);
  }
  return invocation.exit_code;
}

}  // namespace noroshi::cli
