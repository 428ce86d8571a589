#include "common/policy/components.h"

#include <algorithm>
#include <cstddef>

namespace noroshi::policy {

std::vector<std::vector<int>> Components(const std::vector<std::vector<int>>& edges) {
  struct Frame {
    int node;
    size_t next_edge;
  };
  const size_t count = edges.size();
  std::vector<int> index(count, -1), low(count, 0), open;
  std::vector<char> is_open(count, 0);
  std::vector<Frame> calls;
  std::vector<std::vector<int>> components;
  int next_index = 0;

  const auto enter = [&](int node) {
    index[node] = low[node] = next_index++;
    open.push_back(node);
    is_open[node] = 1;
    calls.push_back({node, 0});
  };
  for (size_t root = 0; root < count; ++root) {
    if (index[root] < 0) enter(static_cast<int>(root));
    while (!calls.empty()) {
      Frame& frame = calls.back();
      const int node = frame.node;
      if (frame.next_edge < edges[node].size()) {
        const int to = edges[node][frame.next_edge++];
        if (index[to] < 0) {
          enter(to);
        } else if (is_open[to]) {
          low[node] = std::min(low[node], index[to]);
        }
        continue;
      }
      calls.pop_back();
      if (!calls.empty()) low[calls.back().node] = std::min(low[calls.back().node], low[node]);
      if (low[node] != index[node]) continue;
      std::vector<int>& component = components.emplace_back();
      do {
        component.push_back(open.back());
        is_open[open.back()] = 0;
        open.pop_back();
      } while (component.back() != node);
    }
  }
  return components;
}

}  // namespace noroshi::policy
