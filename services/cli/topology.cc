#include "services/cli/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "common/stix/ids.h"
#include "services/cli/names.h"

namespace noroshi::cli {
namespace {

using config::Fault;
using config::Yaml;

constexpr int kGatewaysMax = 8;

// Walks the tree once; whatever is wrong is noted with its place and the walk goes on.
class TopologyReader {
 public:
  explicit TopologyReader(std::string file) : file_(std::move(file)) {}

  Topology Read(const Yaml& root) {
    Topology out;
    if (!IsMap(root, "", {"federation", "national", "sectors", "groups", "gateways", "accounts", "organisations", "settings"})) return out;
    out.federation = RequiredName(root, "", "federation");
    ReadNational(root, out);
    ReadSectors(root, out);
    if (const Yaml* gateways = root.Find("gateways")) out.gateways = Number(*gateways, "gateways", 1, kGatewaysMax, 1);
    ReadAccounts(root, out);
    ReadOrganisations(root, out);
    ReadSettings(root, out);
    ReadGroups(root, out);
    return out;
  }

  std::vector<Fault> TakeFaults() { return std::move(faults_); }

 private:
  template <class... Args>
  void Add(const Yaml& at, const std::string& path, fmt::format_string<Args...> text, Args&&... args) {
    faults_.push_back({file_, at.line, at.column, path, fmt::format(text, std::forward<Args>(args)...)});
  }
  static std::string Join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }

  bool IsMap(const Yaml& yaml, const std::string& path, const std::vector<std::string>& allowed) {
    if (yaml.kind != Yaml::Kind::kMap) {
      Add(yaml, path, "a map is needed here");
      return false;
    }
    for (const auto& [key, value] : yaml.map) {
      if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
        Add(value, Join(path, key), "unknown key `{}`{}", key, DidYouMean(key, allowed));
      }
    }
    return true;
  }

  // Null where the key is absent (or empty in the file), or is no list (a fault).
  const Yaml* FindList(const Yaml& map, const std::string& path, std::string_view key) {
    const Yaml* found = map.Find(key);
    if (found == nullptr || found->kind == Yaml::Kind::kNull) return nullptr;
    if (found->kind == Yaml::Kind::kList) return found;
    Add(*found, Join(path, key), "a list is needed here");
    return nullptr;
  }

  std::string Text(const Yaml& yaml, const std::string& path) {
    if (yaml.kind == Yaml::Kind::kScalar) return yaml.scalar;
    Add(yaml, path, "a text is needed here");
    return "";
  }

  std::string NameOf(const Yaml& yaml, const std::string& path) {
    std::string name = Text(yaml, path);
    if (yaml.kind == Yaml::Kind::kScalar && !IsName(name)) {
      Add(yaml, path, "`{}` is no name: 1 to 32 of a-z, 0-9 and `-`", name);
      return "";
    }
    return name;
  }

  std::string RequiredName(const Yaml& map, const std::string& path, std::string_view key) {
    const Yaml* found = map.Find(key);
    if (found != nullptr && found->kind != Yaml::Kind::kNull) return NameOf(*found, Join(path, key));
    Add(map, Join(path, key), "is missing");
    return "";
  }

  // Everything that becomes the name of a layer, and everything that becomes an organisation's, must be unlike the others:
  // a company's layer is called as the company.
  void Claim(const Yaml& at, const std::string& path, const std::string& name, const std::string& what) {
    if (name.empty()) return;
    const auto [first, fresh] = claimed_.emplace(name, what);
    if (!fresh) Add(at, path, "`{}` is already the name of {}", name, first->second);
  }

  std::vector<std::string> Names(const Yaml& map, const std::string& path, std::string_view key) {
    std::vector<std::string> out;
    const Yaml* list = FindList(map, path, key);
    for (size_t i = 0; list != nullptr && i < list->list.size(); ++i) {
      const std::string at = fmt::format("{}[{}]", Join(path, key), i);
      const std::string name = NameOf(list->list[i], at);
      if (name.empty()) continue;
      if (std::find(out.begin(), out.end(), name) != out.end()) {
        Add(list->list[i], at, "`{}` stands here twice", name);
      } else {
        out.push_back(name);
      }
    }
    return out;
  }

  // Members of layers are companies; one company may be in several layers.
  std::vector<std::string> Companies(const Yaml& map, const std::string& path) {
    std::vector<std::string> names = Names(map, path, "members");
    for (const std::string& name : names) {
      if (const auto found = claimed_.find(name); found == claimed_.end()) {
        claimed_.emplace(name, "a company");
      } else if (found->second != "a company") {
        Add(*map.Find("members"), Join(path, "members"), "`{}` is already the name of {}, it cannot be a company as well", name,
            found->second);
      }
    }
    return names;
  }

  void ReadNational(const Yaml& root, Topology& out) {
    const Yaml* national = root.Find("national");
    if (national == nullptr) {
      Add(root, "national", "is missing");
      return;
    }
    if (!IsMap(*national, "national", {"name", "org", "members"})) return;
    out.national = RequiredName(*national, "national", "name");
    out.cert = RequiredName(*national, "national", "org");
    Claim(*national, "national.name", out.national, "the national layer");
    Claim(*national, "national.org", out.cert, "the organisation that operates the hub");
    // Members are read after the sectors' own names are claimed.
  }

  void ReadSectors(const Yaml& root, Topology& out) {
    const Yaml* sectors = FindList(root, "", "sectors");
    std::vector<std::pair<const Yaml*, std::string>> readable;
    for (size_t i = 0; sectors != nullptr && i < sectors->list.size(); ++i) {
      const Yaml& yaml = sectors->list[i];
      const std::string path = fmt::format("sectors[{}]", i);
      if (!IsMap(yaml, path, {"name", "isac", "members"})) continue;
      Sector sector;
      sector.name = RequiredName(yaml, path, "name");
      sector.isac = RequiredName(yaml, path, "isac");
      Claim(yaml, path + ".name", sector.name, "a sector");
      Claim(yaml, path + ".isac", sector.isac, "an organisation that operates a broker");
      if (sector.name == "national") Add(yaml, path + ".name", "`national-gateway` is the hub's own gateway: call the sector otherwise");
      out.sectors.push_back(std::move(sector));
      readable.emplace_back(&yaml, path);
    }
    for (size_t i = 0; i < readable.size(); ++i) out.sectors[i].members = Companies(*readable[i].first, readable[i].second);
    const Yaml* national = root.Find("national");
    if (national != nullptr && national->kind == Yaml::Kind::kMap) out.national_members = Companies(*national, "national");
  }

  bool Boolean(const Yaml& map, const std::string& path, std::string_view key) {
    const Yaml* found = map.Find(key);
    if (found == nullptr) return false;
    if (found->kind == Yaml::Kind::kScalar && !found->quoted && (found->scalar == "true" || found->scalar == "false")) {
      return found->scalar == "true";
    }
    Add(*found, Join(path, key), "`true` or `false` is needed here");
    return false;
  }

  void ReadAccounts(const Yaml& root, Topology& out) {
    const Yaml* accounts = root.Find("accounts");
    if (accounts == nullptr || !IsMap(*accounts, "accounts", {"partner", "anonymous"})) return;
    out.partner = Boolean(*accounts, "accounts", "partner");
    out.anonymous = Boolean(*accounts, "accounts", "anonymous");
  }

  void CheckKnown(const Yaml& at, const std::string& path, const std::string& name, const Topology& topology) {
    const std::vector<std::string> known = topology.AllOrganisations();
    if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
    Add(at, path, "`{}` is no organisation of this topology{}", name, DidYouMean(name, known));
  }

  std::string Identity(const Yaml& yaml, const std::string& path) {
    std::string id = Text(yaml, path);
    if (id.empty()) return id;
    if (const Status good = stix::CheckId(id); !good.ok() || stix::TypeOfId(id) != "identity") {
      Add(yaml, path, "`{}` is not the id of a STIX identity (`identity--<uuid>`)", id);
      return "";
    }
    return id;
  }

  std::vector<std::string> Texts(const Yaml& map, const std::string& path, std::string_view key) {
    std::vector<std::string> out;
    const Yaml* list = FindList(map, path, key);
    for (size_t i = 0; list != nullptr && i < list->list.size(); ++i) {
      out.push_back(Text(list->list[i], fmt::format("{}[{}]", Join(path, key), i)));
    }
    return out;
  }

  void ReadOrganisations(const Yaml& root, Topology& out) {
    const Yaml* list = FindList(root, "", "organisations");
    std::set<std::string> names, identities;
    for (size_t i = 0; list != nullptr && i < list->list.size(); ++i) {
      const Yaml& yaml = list->list[i];
      const std::string path = fmt::format("organisations[{}]", i);
      if (!IsMap(yaml, path, {"name", "identity", "dictionary"})) continue;
      OrganisationWanted wanted;
      wanted.name = RequiredName(yaml, path, "name");
      CheckKnown(yaml, path + ".name", wanted.name, out);
      if (const Yaml* identity = yaml.Find("identity")) wanted.identity = Identity(*identity, path + ".identity");
      wanted.dictionary = Texts(yaml, path, "dictionary");
      if (!names.insert(wanted.name).second) Add(yaml, path + ".name", "`{}` stands here twice", wanted.name);
      if (!wanted.identity.empty() && !identities.insert(wanted.identity).second) {
        Add(yaml, path + ".identity", "`{}` is already another organisation's identity", wanted.identity);
      }
      out.organisations.push_back(std::move(wanted));
    }
  }

  int Number(const Yaml& yaml, const std::string& path, int least, int most, int otherwise) {
    int value = 0;
    const char* end = yaml.scalar.data() + yaml.scalar.size();
    const auto parsed = std::from_chars(yaml.scalar.data(), end, value);
    if (yaml.kind == Yaml::Kind::kScalar && parsed.ec == std::errc() && parsed.ptr == end && value >= least && value <= most) return value;
    Add(yaml, path, "a number from {} to {} is needed here", least, most);
    return otherwise;
  }

  void ReadSettings(const Yaml& root, Topology& out) {
    constexpr int kHoldSecondsMax = 86'400, kAnonymityMax = 1'000;
    const Yaml* settings = root.Find("settings");
    if (settings == nullptr || !IsMap(*settings, "settings", {"hold_s", "k", "default_tlp", "default_scope", "reference_sets"})) return;
    if (const Yaml* hold = settings->Find("hold_s")) {
      out.settings.hold = std::chrono::seconds(Number(*hold, "settings.hold_s", 0, kHoldSecondsMax, 60));
    }
    if (const Yaml* k = settings->Find("k")) out.settings.k = Number(*k, "settings.k", 1, kAnonymityMax, 3);
    if (const Yaml* tlp = settings->Find("default_tlp")) {
      const auto parsed = stix::ParseTlp(Text(*tlp, "settings.default_tlp"));
      if (!parsed || *parsed == stix::Tlp::kClear) {
        Add(*tlp, "settings.default_tlp", "one of green, amber, amber+strict, red is needed here (clear cannot be a default)");
      } else {
        out.settings.default_tlp = *parsed;
      }
    }
    if (const Yaml* scope = settings->Find("default_scope")) {
      const auto parsed = policy::ParseScope(Text(*scope, "settings.default_scope"));
      if (parsed.ok()) {
        out.settings.default_scope = *parsed;
      } else {
        Add(*scope, "settings.default_scope", "{}", Message(parsed.status()));
      }
    }
    if (const Yaml* sets = FindList(*settings, "settings", "reference_sets")) {
      for (size_t i = 0; i < sets->list.size(); ++i) {
        const std::string id = Identity(sets->list[i], fmt::format("settings.reference_sets[{}]", i));
        if (!id.empty()) out.reference_sets.push_back(id);
      }
    }
  }

  void ReadGroups(const Yaml& root, Topology& out) {
    const Yaml* groups = FindList(root, "", "groups");
    std::set<std::string> names;
    for (size_t i = 0; groups != nullptr && i < groups->list.size(); ++i) {
      const Yaml& yaml = groups->list[i];
      const std::string path = fmt::format("groups[{}]", i);
      if (!IsMap(yaml, path, {"name", "owner", "members"})) continue;
      GroupWanted group;
      group.name = RequiredName(yaml, path, "name");
      group.owner = RequiredName(yaml, path, "owner");
      group.members = Names(yaml, path, "members");
      CheckKnown(yaml, path + ".owner", group.owner, out);
      for (size_t m = 0; m < group.members.size(); ++m) {
        CheckKnown(*yaml.Find("members"), fmt::format("{}.members[{}]", path, m), group.members[m], out);
      }
      if (!group.name.empty() && !names.insert(group.name).second) Add(yaml, path + ".name", "`{}` is already the name of a group", group.name);
      out.groups.push_back(std::move(group));
    }
  }

  const std::string file_;
  std::vector<Fault> faults_;
  std::map<std::string, std::string> claimed_;  // name -> what bears it
};

config::Loaded<Topology> ReadTree(config::Loaded<Yaml> tree, const std::string& file) {
  config::Loaded<Topology> out;
  out.faults = std::move(tree.faults);
  out.warnings = std::move(tree.warnings);
  if (!tree.value) return out;
  TopologyReader reader(file);
  Topology topology = reader.Read(*tree.value);
  for (Fault& fault : reader.TakeFaults()) out.faults.push_back(std::move(fault));
  if (out.faults.empty()) out.value = std::move(topology);
  return out;
}

}  // namespace

std::vector<std::string> Topology::Companies() const {
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    }
  };
  for (const Sector& sector : sectors) add(sector.members);
  add(national_members);
  return out;
}

std::vector<std::string> Topology::AllOrganisations() const {
  std::vector<std::string> out = Companies();
  for (const Sector& sector : sectors) out.push_back(sector.isac);
  out.push_back(cert);
  return out;
}

config::Loaded<Topology> LoadTopology(const std::string& file) { return ReadTree(config::LoadYaml(file), file); }

config::Loaded<Topology> ParseTopology(const std::string& text, const std::string& file_name) {
  return ReadTree(config::ParseYaml(text, file_name), file_name);
}

}  // namespace noroshi::cli
