#include "common/run/probe.h"

#include <algorithm>

namespace noroshi::run {
namespace {

Answer AnswerChecks(const std::vector<HealthCheck>& checks, std::string_view good, std::string_view bad, bool verbose) {
  const bool ok = std::all_of(checks.begin(), checks.end(), [](const HealthCheck& check) { return check.ok; });
  Answer answer;
  answer.status = ok ? 200 : 503;
  answer.body = fmt::format("{}\n", ok ? good : bad);
  if (!verbose) return answer;
  for (const HealthCheck& check : checks) {
    answer.body += fmt::format("{} {}{}{}\n", check.ok ? "ok " : "bad", check.name, check.detail.empty() ? "" : ": ", check.detail);
  }
  return answer;
}

}  // namespace

Answer AnswerProbe(const std::string& method, const std::string& path, const std::string& query, Phase phase,
                   const std::function<Health()>& check_health, const std::function<std::string()>& scrape) {
  const bool known = path == "/metrics" || path == "/healthz/startup" || path == "/healthz/ready" || path == "/healthz/live";
  if (!known) return {404, "text/plain; charset=utf-8", "not found\n"};
  if (method != "GET" && method != "HEAD") return {405, "text/plain; charset=utf-8", "method not allowed\n"};
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", scrape()};
  const bool verbose = query == "verbose" || query.starts_with("verbose=");
  if (phase == Phase::kStarting) {
    const std::vector<HealthCheck> starting = {{"started", false, "the node is starting"}};
    return path == "/healthz/live" ? AnswerChecks({}, "alive", "stuck", verbose) : AnswerChecks(starting, "ok", "starting", verbose);
  }
  const Health health = check_health();
  if (path == "/healthz/live") return AnswerChecks(health.live, "alive", "stuck", verbose);
  if (path == "/healthz/startup") return AnswerChecks(health.startup, "started", "starting", verbose);
  std::vector<HealthCheck> ready = health.ready;
  if (phase == Phase::kDraining) ready.push_back({"draining", false, "the node is stopping"});
  return AnswerChecks(ready, "ready", phase == Phase::kDraining ? "draining" : "unready", verbose);
}

}  // namespace noroshi::run
