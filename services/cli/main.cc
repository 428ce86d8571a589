// `noroshi`: the command line of a federation. `noroshi --help` shows what it can do.
#include "services/cli/verbs.h"

int main(int argc, char** argv) { return noroshi::cli::Run(argc, argv); }
