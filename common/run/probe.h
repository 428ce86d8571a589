// What the admin listener answers. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/run/service.h"

namespace noroshi::run {

enum class Phase { kStarting, kServing, kDraining };

struct Answer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// `/metrics`, `/healthz/{startup,ready,live}`: one word, with query `verbose` each check on a line. The service is asked while it serves only;
// before, it is alive and not ready. Anything else: 404; another method: 405.
Answer AnswerProbe(const std::string& method, const std::string& path, const std::string& query, Phase phase,
                   const std::function<Health()>& check_health, const std::function<std::string()>& scrape);

}  // namespace noroshi::run
