// The verbs of `noroshi`, one file each. AddX puts the verb's options into the parser; parsing runs it and leaves its exit code.
#pragma once

#include <string>

#include "services/cli/output.h"

namespace CLI {
class App;
}

namespace noroshi::cli {

// What all verbs share. Filled by the parser before a verb runs.
struct Invocation {
  std::string directory;  // --dir
  std::string as_org;     // --as
  bool json = false;
  bool no_color = false;
  int exit_code = 0;      // left by the verb

  Terminal terminal() const { return DetectTerminal(no_color); }
};

void AddUp(CLI::App& app, Invocation& invocation);
void AddDown(CLI::App& app, Invocation& invocation);
void AddPublish(CLI::App& app, Invocation& invocation);
void AddStatus(CLI::App& app, Invocation& invocation);
void AddExplain(CLI::App& app, Invocation& invocation);
void AddTail(CLI::App& app, Invocation& invocation);
void AddAdmin(CLI::App& app, Invocation& invocation);

// Parses and runs; returns the exit code (contract.md).
int Run(int argc, char** argv);

}  // namespace noroshi::cli
