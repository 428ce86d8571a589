#include "common/policy/coverage.h"

#include <algorithm>

namespace noroshi::policy {

int BoundaryTable::Number(const Boundary& boundary) {
  const auto [it, fresh] = numbers_.emplace(boundary, static_cast<int>(rows_.size()));
  if (fresh) rows_.push_back({&it->first, false, {}});
  return it->second;
}

const std::vector<int>& BoundaryTable::Readers(int number) {
  Row& row = rows_[number];
  if (!row.known_readers) {
    for (const std::string& org : ReadersOf(membership_, relay_.layer, *row.boundary)) {
      row.readers.push_back(organisations_.emplace(org, static_cast<int>(organisations_.size())).first->second);
    }
    std::sort(row.readers.begin(), row.readers.end());
    row.known_readers = true;
  }
  return row.readers;
}

Kinds BoundaryTable::CommonKinds(int at, const Visibility& visibility) {
  // Readers without an account see audience `public` only.
  if (at == public_) {
    const Kinds kinds = KindsAt(visibility, public_);
    return kinds ? WithImplied(kinds | KindsAt(visibility, community_)) : 0;
  }
  // All who read `at` read these as well.
  const Kinds shared = KindsAt(visibility, at) | KindsAt(visibility, community_) | KindsAt(visibility, public_);
  if (shared & kMember) return WithImplied(shared);
  const std::vector<int>& readers = Readers(at);
  if (readers.empty()) return shared;  // nobody today; whoever joins must find it here

  std::map<int, Kinds> seen;  // organisation -> kinds, through groups and inboxes
  for (const auto& [number, kinds] : visibility) {
    if (!At(number).IsReadHere()) continue;
    for (const int org : Readers(number)) seen[org] |= kinds & (kMember | kRed);
  }
  Kinds common = kAllKinds;
  for (const int org : readers) {
    const auto it = seen.find(org);
    const Kinds kinds = WithImplied(shared | (it == seen.end() ? 0 : it->second));
    if (kinds == 0) return 0;
    common &= kinds;
  }
  return common;
}

}  // namespace noroshi::policy
