// Who of an audience's readers can see something that is visible in other audiences of the same layer: the core that JudgeReference
// and Settle share. Inside common/policy only. One thread; lives for one call of either.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/policy/readers.h"
#include "common/policy/scope.h"

namespace noroshi::policy {

// A member account that is cleared for RED reads as a member too, so a set with kMember has kRed in it.
inline Kinds WithImplied(Kinds kinds) { return kinds & kMember ? kinds | kRed : kinds; }
// The shortest way to write the same set: what KindsFor gives.
inline Kinds WithoutImplied(Kinds kinds) { return kinds & kMember ? kinds & ~kRed : kinds; }

// Where something is visible and to which kinds: boundary numbers in order, each once, kinds not 0.
using Visibility = std::vector<std::pair<int, Kinds>>;

inline Kinds KindsAt(const Visibility& visibility, int boundary) {
  const auto it = std::lower_bound(visibility.begin(), visibility.end(), std::pair<int, Kinds>(boundary, 0));
  return it != visibility.end() && it->first == boundary ? it->second : 0;
}

// The boundaries met in one call, by number, with who reads them.
class BoundaryTable {
 public:
  BoundaryTable(const Membership& membership, const RelayContext& relay)
      : membership_(membership), relay_(relay), community_(Number({BoundaryKind::kCommunity, {}})), public_(Number({BoundaryKind::kPublic, {}})) {}

  int Number(const Boundary& boundary);
  const Boundary& At(int number) const { return *rows_[number].boundary; }
  const std::vector<int>& Readers(int number);  // organisation numbers, sorted

  // Kinds of account with which every reader of the audience `at` sees the thing somewhere in this layer, implied ones included; 0: some reader
  // does not see it. What is seen only through a group or an inbox counts for members alone.
  Kinds CommonKinds(int at, const Visibility& visibility);

 private:
  struct Row {
    const Boundary* boundary = nullptr;  // key in numbers_
    bool known_readers = false;
    std::vector<int> readers;
  };

  const Membership& membership_;
  const RelayContext& relay_;
  std::map<Boundary, int> numbers_;
  std::vector<Row> rows_;
  std::map<std::string, int, std::less<>> organisations_;
  const int community_, public_;
};

}  // namespace noroshi::policy
