// Strongly connected components of a directed graph. Inside common/policy only. Pure.
#pragma once

#include <vector>

namespace noroshi::policy {

// `edges[n]`: the nodes that n points at. Components in an order in which each comes behind all that it points at; nodes inside one are
// unordered. No recursion, so a chain of any length is safe (Tarjan, with the call stack as a vector). O(nodes + edges).
std::vector<std::vector<int>> Components(const std::vector<std::vector<int>>& edges);

}  // namespace noroshi::policy
