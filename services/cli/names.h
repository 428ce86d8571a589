// Names of organisations, sectors and nodes as people type them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace noroshi::cli {

// `[a-z0-9-]{1,32}` (sharing.md section 1).
bool IsName(std::string_view text);

// The candidate nearest to `word`, or empty where none is near (more than a third of its letters differ).
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

// `; did you mean `x`?`, or nothing.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace noroshi::cli
