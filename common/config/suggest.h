// `did you mean`: the known word nearest to a mistyped one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace noroshi::config {

// `, did you mean \`x\`` for the nearest candidate at most a third of its length (at least one edit) away; else empty.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace noroshi::config
