// Laws of the relay over random incidents. NOROSHI_SIM_SEED runs one seed, NOROSHI_SIM_RUNS more of them.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/sim/relay/world.h"

namespace noroshi::test {
namespace {

constexpr uint64_t kFirstSeed = 1;
constexpr int kRuns = 8;

struct Seeds {
  uint64_t first = kFirstSeed;
  int count = kRuns;
};
Seeds SeedsToRun() {
  if (const char* seed = std::getenv("NOROSHI_SIM_SEED")) return {std::stoull(seed), 1};
  if (const char* runs = std::getenv("NOROSHI_SIM_RUNS")) return {kFirstSeed, std::stoi(runs)};
  return {};
}

size_t ObjectsIn(uint64_t seed) { return 8 + seed * 7 % 25; }

// Two end states as text: only what differs.
std::string Difference(const std::map<std::string, ShownSet>& want, const std::map<std::string, ShownSet>& have) {
  std::map<std::string, ShownSet> missing, added;
  const auto minus = [](const auto& a, const auto& b, auto& out) {
    for (const auto& [where, set] : a) {
      for (const Shown& shown : set) {
        if (!b.contains(where) || !b.at(where).contains(shown)) out[where].insert(shown);
      }
    }
  };
  minus(want, have, missing);
  minus(have, want, added);
  if (missing.empty() && added.empty()) return "";
  return "missing:\n" + ToString(missing) + "added:\n" + ToString(added);
}

std::string Story(const std::vector<Publication>& publications) {
  std::string text;
  for (const Publication& publication : publications) {
    if (publication.recall) text += fmt::format("recall at {}: ", publication.at.empty() ? "home" : publication.at);
    text += fmt::format("{} {} {} {}\n", publication.org, publication.scope, stix::TlpName(publication.tlp.value_or(stix::Tlp::kAmber)), publication.json);
  }
  return text;
}

// What the ledgers say of the objects named in a difference: the offending chain.
std::string Chain(const SimFederation& federation, const std::string& difference) {
  std::string text;
  for (const std::string& layer : federation.layers()) {
    for (const v1::LedgerEntry& entry : federation.Ledger(layer)) {
      const std::string& id = entry.facts().object_id();
      if (id.empty() || difference.find(id) == std::string::npos) continue;
      text += fmt::format("{} {} kind {} of {} {} by {} {} {} {} {}/{}:", layer, entry.sequence(), static_cast<int>(entry.kind()), entry.publication(), id,
                          entry.grant().origin_org(), entry.facts().version(), entry.status(), entry.reason(), entry.input().topic(), entry.input().offset());
      for (const v1::LedgerVerdict& verdict : entry.verdicts()) {
        text += fmt::format(" {}={}{} {}", verdict.boundary(), verdict.verdict(), verdict.withdraw() ? "(withdraw)" : "", verdict.reason());
      }
      text += "\n";
    }
  }
  return text;
}

struct Law {
  const char* name;
  Chaos chaos;
};
void PrintTo(const Law& law, std::ostream* out) { *out << law.name; }
class EndState : public testing::TestWithParam<Law> {};

TEST_P(EndState, IsTheSameHoweverItCameAbout) {
  const Seeds seeds = SeedsToRun();
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    Dice dice(seed);
    const World world = AnyWorld(dice, ObjectsIn(seed));
    SimFederation plain;
    PlayPlainly(plain, world);
    ASSERT_EQ(plain.FindBreach(), "") << "seed " << seed;
    SimFederation other;
    const std::vector<Publication> publications = Shuffled(world, dice);
    ASSERT_EQ(Play(other, publications, dice, GetParam().chaos), "") << "seed " << seed;
    const std::string difference = Difference(plain.VisibleEverywhere(), other.VisibleEverywhere());
    ASSERT_EQ(difference, "") << "seed " << seed << "\n" << Story(publications) << Chain(other, difference);
  }
}

INSTANTIATE_TEST_SUITE_P(Laws, EndState,
                         testing::Values(Law{"AnyOrder", {}}, Law{"AnyOrderAndHoldsThatEnd", {.late = true}},
                                         Law{"AppendsThatFail", {.faults = 12}}, Law{"Crashes", {.crashes = 8}},
                                         Law{"CrashesAndAppendsThatFail", {.crashes = 8, .faults = 12}},
                                         Law{"LostCatalogs", {.crashes = 6, .lose_catalogs = true, .faults = 6}}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace noroshi::test
