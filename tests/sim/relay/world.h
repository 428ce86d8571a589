// Random incidents for the laws of the relay: what many publishers say of objects that refer to each other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/support/sim/federation.h"

namespace noroshi::test {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  size_t Below(size_t n) { return random_.Next() % n; }
  bool Chance(size_t percent) { return Below(100) < percent; }
  template <class T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

 private:
  SeededRandom random_;
};

// Publications whose end state does not depend on their order, save that those of one stream stay in theirs: no two contents under one version, nothing
// given a wider scope by who was given it (the exceptions of sharing.md section 6).
struct World {
  struct Step {
    Publication publication;
    size_t stream = 0;
  };
  std::vector<Step> steps;
};
World AnyWorld(Dice& dice, size_t objects);

// Another order of the same, streams kept.
std::vector<Publication> Shuffled(const World& world, Dice& dice);

struct Chaos {
  bool late = false;        // a minute may pass in the middle: what was held is released dangling before its target comes
  size_t crashes = 0;       // percent of moves
  bool lose_catalogs = false;
  size_t faults = 0;        // percent of appends
};
// Publishes and moves in an order of the dice's, comes to rest with all faults healed and all holds ended. The place of the first breach, or empty.
std::string Play(SimFederation& federation, const std::vector<Publication>& publications, Dice& dice, const Chaos& chaos);

// Everything at once, in order.
void PlayPlainly(SimFederation& federation, const World& world);

}  // namespace noroshi::test
