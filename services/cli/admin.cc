// noroshi admin: the parser's side of `admin account`; what the verbs do stands in admin_*.cc.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "services/cli/admin_account.h"
#include "services/cli/exit_codes.h"
#include "services/cli/output.h"
#include "services/cli/verbs.h"

namespace noroshi::cli {
namespace {

// What all account verbs share; the parser fills it.
struct Shared {
  std::string node, config_file, user;
  NewAccount create;
  ListChange list;
  WantedToken token;
  std::string org, token_id, expires, file;
  std::vector<std::string> networks;
  bool sure = false, any = false, remove = false;
};
using SharedPointer = std::shared_ptr<Shared>;  // shared: the parser's callbacks outlive AddAdmin

class AccountVerbs {
 public:
  AccountVerbs(CLI::App& group, Invocation& invocation) : group_(group), invocation_(invocation), shared_(std::make_shared<Shared>()) {
    group.add_option("--node", shared_->node, "the gateway or edge whose accounts they are, in --dir");
    group.add_option("--config", shared_->config_file, "its configuration file, where there is no --dir");
  }

  void Add() {
    AddReading();
    AddLife();
    AddRights();
    AddCredentials();
  }

 private:
  using Change = std::function<StatusOr<AccountChange>(AccountsEditor&, Shared&)>;
  using Show = std::function<StatusOr<std::string>(const AccountsEditor&, const Shared&, bool json)>;

  static StatusOr<std::unique_ptr<AccountsEditor>> Open(const Shared& shared, const Invocation& invocation) {
    const char* from_environment = std::getenv("NOROSHI_DIR");
    const std::string directory = !invocation.directory.empty() ? invocation.directory : from_environment == nullptr ? "" : from_environment;
    return AccountsEditor::Open({directory, shared.node, shared.config_file, invocation.as_org});
  }

  static int Leave(const Status& status) {
    if (!status.ok()) SayError(Message(status));
    return ExitCodeOf(status);
  }

  CLI::App* Verb(CLI::App& parent, const char* name, const char* help, bool user) {
    CLI::App* verb = parent.add_subcommand(name, help);
    if (user) verb->add_option("USER", shared_->user, "the account")->required();
    return verb;
  }

  void OnChange(CLI::App* verb, Change change) {
    verb->callback([shared = shared_, &invocation = invocation_, change = std::move(change)] {
      const Status status = [&]() -> Status {
        NOROSHI_ASSIGN(const auto editor, Open(*shared, invocation));
        NOROSHI_ASSIGN(const AccountChange done, change(*editor, *shared));
        if (!done.secret.empty() && !invocation.json) Say(fmt::format("{}: {}; its {} is shown this once:", done.user, done.what, done.secret_name));
        Print(ChangeText(done, invocation.json));
        return OkStatus();
      }();
      invocation.exit_code = Leave(status);
    });
  }

  void OnShow(CLI::App* verb, Show show) {
    verb->callback([shared = shared_, &invocation = invocation_, show = std::move(show)] {
      const Status status = [&]() -> Status {
        NOROSHI_ASSIGN(const auto editor, Open(*shared, invocation));
        NOROSHI_ASSIGN(const std::string text, show(*editor, *shared, invocation.json));
        if (!text.empty()) Print(text);
        return OkStatus();
      }();
      invocation.exit_code = Leave(status);
    });
  }

  void AddReading() {
    CLI::App* list = Verb(group_, "list", "all accounts of the node", false);
    list->add_option("--org", shared_->org, "of this organisation only");
    OnShow(list, [](const AccountsEditor& editor, const Shared& s, bool json) -> StatusOr<std::string> {
      return ListText(editor, s.org, json, SystemClock().Now());
    });
    OnShow(Verb(group_, "show", "one account: rights, credentials, when each was last used", true),
           [](const AccountsEditor& editor, const Shared& s, bool json) { return ShowText(editor, s.user, json, SystemClock().Now()); });
  }

  void AddLife() {
    CLI::App* create = Verb(group_, "create", "a new account; its password is made and shown once", true);
    NewAccount& wanted = shared_->create;
    create->add_option("--org", wanted.org, "its organisation")->required();
    create->add_option("--kind", wanted.kind, "member, client (of that organisation) or partner")->capture_default_str();
    create->add_option("--role", wanted.roles, "reader, red, publisher, operator, auditor")->delimiter(',');
    create->add_option("--expires", wanted.expires, "2027-01-31, 90d, never");
    create->add_option("--network", wanted.networks, "may be used from here only (CIDR)")->delimiter(',');
    create->add_option("--granted", wanted.granted, "a group or inbox that a client or partner may see")->delimiter(',');
    create->add_option("--password-from", wanted.password_file, "take the password from this file, - for standard input");
    create->add_flag("--no-password", wanted.no_password, "tokens, certificates or subjects only");
    OnChange(create, [](AccountsEditor& editor, Shared& s) {
      s.create.user = s.user;
      return CreateAccount(editor, s.create, SecureRandom(), SystemClock().Now());
    });
    OnChange(Verb(group_, "disable", "no credential of it counts, from now on", true),
             [](AccountsEditor& editor, Shared& s) { return SetEnabled(editor, s.user, false); });
    OnChange(Verb(group_, "enable", "undo `disable`", true), [](AccountsEditor& editor, Shared& s) { return SetEnabled(editor, s.user, true); });
    CLI::App* expires = Verb(group_, "expires", "until when it may be used", true);
    expires->add_option("WHEN", shared_->expires, "2027-01-31, 90d, never")->required();
    OnChange(expires, [](AccountsEditor& editor, Shared& s) { return SetExpiry(editor, s.user, s.expires, SystemClock().Now()); });
    CLI::App* remove = Verb(group_, "delete", "it and its credentials, for good", true);
    remove->add_flag("--yes", shared_->sure, "really");
    OnChange(remove, [](AccountsEditor& editor, Shared& s) { return DeleteAccount(editor, s.user, s.sure); });
  }

  void AddListOptions(CLI::App* verb, bool can_set) {
    if (can_set) verb->add_option("--set", shared_->list.set, "these and no others")->delimiter(',');
    verb->add_option("--add", shared_->list.add, "these too")->delimiter(',');
    verb->add_option("--remove", shared_->list.remove, "these no more")->delimiter(',');
  }

  void AddRights() {
    CLI::App* roles = Verb(group_, "roles", "what it may do", true);
    AddListOptions(roles, true);
    OnChange(roles, [](AccountsEditor& editor, Shared& s) { return ChangeRoles(editor, s.user, s.list); });
    CLI::App* networks = Verb(group_, "networks", "from where it may be used", true);
    networks->add_option("--set", shared_->networks, "from here only (CIDR)")->delimiter(',');
    networks->add_flag("--any", shared_->any, "from anywhere");
    OnChange(networks, [](AccountsEditor& editor, Shared& s) -> StatusOr<AccountChange> {
      if (s.any != s.networks.empty()) return InvalidArgument("say either --set NETWORKS or --any");
      return SetNetworks(editor, s.user, s.networks);
    });
  }

  void AddCredentials() {
    CLI::App* password = Verb(group_, "password", "a new password, made and shown once", true);
    password->add_option("--from", shared_->file, "take it from this file, - for standard input");
    password->add_flag("--remove", shared_->remove, "none counts from now on");
    OnChange(password, [](AccountsEditor& editor, Shared& s) { return SetPassword(editor, s.user, s.file, s.remove, SecureRandom()); });
    AddTokens();
    CLI::App* certificate = Verb(group_, "certificate", "client certificates, by their exact SPIFFE name", true);
    AddListOptions(certificate, false);
    OnChange(certificate, [](AccountsEditor& editor, Shared& s) { return ChangeCertificates(editor, s.user, s.list); });
    CLI::App* subject = Verb(group_, "subject", "what the OIDC issuer calls this account", true);
    AddListOptions(subject, false);
    OnChange(subject, [](AccountsEditor& editor, Shared& s) { return ChangeSubjects(editor, s.user, s.list); });
  }

  void AddTokens() {
    CLI::App& token = *group_.add_subcommand("token", "tokens: many for one account, each with its own end");
    token.require_subcommand(1);
    CLI::App* create = Verb(token, "create", "a new token, shown once", true);
    create->add_option("--expires", shared_->token.expires, "2027-01-31, 90d, never");
    create->add_option("--network", shared_->token.networks, "may be used from here only (CIDR)")->delimiter(',');
    create->add_option("--description", shared_->token.description, "what it is for");
    OnChange(create, [](AccountsEditor& editor, Shared& s) { return CreateToken(editor, s.user, s.token, SecureRandom(), SystemClock().Now()); });
    CLI::App* revoke = Verb(token, "revoke", "it counts no more", true);
    revoke->add_option("ID", shared_->token_id, "as `token list` names it")->required();
    OnChange(revoke, [](AccountsEditor& editor, Shared& s) { return RevokeToken(editor, s.user, s.token_id); });
    OnShow(Verb(token, "list", "its tokens, without their secrets", true),
           [](const AccountsEditor& editor, const Shared& s, bool json) { return TokensText(editor, s.user, json, SystemClock().Now()); });
  }

  CLI::App& group_;
  Invocation& invocation_;
  const SharedPointer shared_;
};

}  // namespace

void AddAdmin(CLI::App& app, Invocation& invocation) {
  CLI::App* admin = app.add_subcommand("admin", "who may do what: accounts");
  admin->require_subcommand(1);
  CLI::App* account = admin->add_subcommand("account", "accounts of a gateway or edge; a running node notices within a second");
  account->require_subcommand(1);
  AccountVerbs(*account, invocation).Add();
}

}  // namespace noroshi::cli
