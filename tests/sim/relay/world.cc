#include "tests/sim/relay/world.h"

#include <map>

namespace noroshi::test {
namespace {

using stix::Tlp;

const std::vector<std::string> kPublishers = {"alfa", "bravo", "delta", "echo", "foxtrot", "energy-isac", "finance-isac", "cert"};

const std::vector<std::string> kEnergy = {"delta", "echo", "foxtrot", "energy-isac"};
const std::vector<std::string> kFinance = {"alfa", "bravo", "finance-isac"};

std::string AnyScope(Dice& dice, const std::string& org) {
  static const std::vector<std::string> kAny = {"org",      "orgs:alfa,echo", "orgs:foxtrot", "orgs:cert",        "orgs:energy-isac", "sectors:finance",
                                                "national", "national",       "national",     "sectors:energy,finance"};
  const bool in_group = org == "alfa" || org == "delta" || org == "echo" || org == "foxtrot";
  if (in_group && dice.Chance(15)) return "group:solar-watch";
  if (org != "cert" && dice.Chance(40)) return "sector";
  return dice.Pick(kAny);
}

Tlp AnyTlp(Dice& dice) {
  return dice.Pick<Tlp>({Tlp::kAmber, Tlp::kAmber, Tlp::kGreen, Tlp::kGreen, Tlp::kClear, Tlp::kAmberStrict});
}

// Of one version, at home or at a gateway that takes publications of the organisation: before, between or behind what it publishes, all the same.
void AddRecall(Dice& dice, const Publication& publication, World& world) {
  if (publication.json.find("\"modified\"") == std::string::npos) return;  // known by the stamp of its first acceptance only
  Publication recall = publication;
  recall.recall = true;
  const bool company = publication.org != "cert" && !publication.org.ends_with("-isac");
  if (company && dice.Chance(50)) recall.at = publication.org < "delta" ? "finance" : "energy";
  world.steps.push_back({recall, world.steps.size()});
}

void AddVersions(Dice& dice, const std::string& org, const ObjectSpec& spec, World& world) {
  const size_t versions = spec.nickname.starts_with("report") || spec.nickname.starts_with("indicator") ? 1 + dice.Below(5) / 3 + dice.Below(5) / 4 : 1;
  for (size_t version = 1; version <= versions; ++version) {
    ObjectSpec at = spec;
    at.version = static_cast<int>(version);
    // Of variants with different readers the first to come keeps its own from the next (sharing.md section 6: an exception by nature).
    const Tlp tlp = spec.nickname.starts_with("address") ? Tlp::kGreen : AnyTlp(dice);
    const Publication publication{org, MakeObject(at), AnyScope(dice, org), tlp};
    const size_t stream = world.steps.size();
    world.steps.push_back({publication, stream});
    if (dice.Chance(12)) {
      Publication again = publication;
      again.scope = AnyScope(dice, org);
      world.steps.push_back({again, stream});
    }
    if (dice.Chance(14)) AddRecall(dice, publication, world);
  }
}

}  // namespace

World AnyWorld(Dice& dice, size_t objects) {
  std::vector<std::string> names;
  for (size_t i = 0; i < objects; ++i) {
    static const std::vector<std::string> kKinds = {"report", "report", "report", "indicator", "indicator", "address", "marking"};
    names.push_back(fmt::format("{}-{}", dice.Pick(kKinds), i));
  }
  World world;
  for (const std::string& name : names) {
    const std::string org = dice.Pick(kPublishers);
    ObjectSpec spec{.nickname = name};
    const bool shared = dice.Chance(12);
    if (!shared) spec.creator = org;
    if (name.starts_with("report")) {
      for (size_t refs = 1 + dice.Below(3); refs > 0; --refs) {
        const std::string target = dice.Chance(6) ? "indicator-missing" : dice.Pick(names);
        if (target != name && !target.starts_with("marking")) spec.refs.push_back(target);
      }
      if (spec.refs.empty()) spec.refs.push_back("indicator-missing");
    }
    if (dice.Chance(15)) {
      const std::string& marking = dice.Pick(names);
      if (marking.starts_with("marking") && marking != name) spec.markings.push_back(marking);
    }
    if (!shared) {
      AddVersions(dice, org, spec, world);
      const std::string other = dice.Pick(kPublishers);
      if (!name.starts_with("address") || other == org || !dice.Chance(50)) continue;
      spec.text = "a variant";
      AddVersions(dice, other, spec, world);
      continue;
    }
    // To two sectors, neither of which is given it by the other: `rescope_denied` depends on the order (sharing.md section 6).
    for (const std::vector<std::string>& sector : {kEnergy, kFinance}) {
      world.steps.push_back({{dice.Pick(sector), MakeObject(spec), "sector", Tlp::kGreen}, world.steps.size()});
    }
  }
  return world;
}

std::vector<Publication> Shuffled(const World& world, Dice& dice) {
  std::map<size_t, std::vector<Publication>> streams;
  std::vector<size_t> order;
  for (const World::Step& step : world.steps) {
    streams[step.stream].push_back(step.publication);
    order.push_back(step.stream);
  }
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[dice.Below(i)]);
  std::map<size_t, size_t> next;
  std::vector<Publication> publications;
  for (const size_t stream : order) publications.push_back(streams[stream][next[stream]++]);
  return publications;
}

std::string Play(SimFederation& federation, const std::vector<Publication>& publications, Dice& dice, const Chaos& chaos) {
  if (chaos.faults > 0) {
    federation.SetFaults([&dice, &chaos](std::string_view) {
      if (!dice.Chance(chaos.faults)) return Fault::kNone;
      return dice.Pick<Fault>({Fault::kLost, Fault::kPrefixLanded, Fault::kLanded, Fault::kTwice});
    });
  }
  const std::vector<std::string> layers = federation.layers();
  bool waited = !chaos.late;
  for (size_t published = 0, idle = 0; published < publications.size() || idle < 60; ++idle) {
    if (published < publications.size() && dice.Chance(15)) {
      federation.Publish(publications[published++]);
      idle = 0;
    }
    if (!waited && published > publications.size() / 2 && dice.Chance(5)) {
      federation.Advance(std::chrono::seconds(61));
      waited = true;
    }
    if (dice.Chance(chaos.crashes)) federation.Crash(dice.Pick(layers), chaos.lose_catalogs && dice.Chance(50));
    federation.Do(dice.Pick(federation.moves()), 1 + dice.Below(6));
  }
  federation.SetFaults({});
  federation.RunUntilQuiet();
  federation.Advance(std::chrono::seconds(61));
  federation.RunUntilQuiet();
  return federation.FindBreach();
}

void PlayPlainly(SimFederation& federation, const World& world) {
  for (const World::Step& step : world.steps) federation.Publish(step.publication);
  federation.RunUntilQuiet();
  federation.Advance(std::chrono::seconds(61));
  federation.RunUntilQuiet();
}

}  // namespace noroshi::test
