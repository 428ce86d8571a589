#include "common/config/suggest.h"

#include <algorithm>
#include <numeric>

namespace noroshi::config {
namespace {

constexpr size_t kWordBytesMax = 64;  // longer ones are no typing mistakes

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> rows(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
  std::iota(rows[0].begin(), rows[0].end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({replaced, rows[i - 1][j] + 1, rows[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kWordBytesMax) return "";
  const std::string* best = nullptr;
  size_t least = 0;
  for (const std::string& candidate : candidates) {
    const size_t distance = Distance(word, candidate);
    const size_t allowed = std::max<size_t>(1, candidate.size() / 3);
    if (distance <= allowed && (best == nullptr || distance < least)) {
      best = &candidate;
      least = distance;
    }
  }
  return best == nullptr ? "" : ", did you mean `" + *best + "`";
}

}  // namespace noroshi::config
