// The federation that `noroshi up` is asked for: a YAML file as deploy/topologies/demo.yaml shows. Values; the file is the only
// thing that is read. All faults come at once, with their places.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/node_config.h"

namespace noroshi::cli {

struct Sector {
  std::string name;
  std::string isac;                  // organisation that operates the broker
  std::vector<std::string> members;  // companies
};

struct GroupWanted {
  std::string name;
  std::string owner;
  std::vector<std::string> members;
};

// What names an organisation (sharing.md section 7).
struct OrganisationWanted {
  std::string name;
  std::string identity;  // STIX identity id; empty: one is made and kept
  std::vector<std::string> dictionary;
};

struct Topology {
  std::string federation;
  std::string national;                       // layer name
  std::string cert;                           // organisation that operates the hub
  std::vector<std::string> national_members;  // organisations that the CERT admits directly
  std::vector<Sector> sectors;
  std::vector<GroupWanted> groups;
  int gateways = 1;        // replicas of each sector's and the national gateway
  bool partner = false;    // a partner account at every sector and national gateway
  bool anonymous = false;  // audience `public` readable without an account
  std::vector<OrganisationWanted> organisations;
  config::Settings settings;
  std::vector<std::string> reference_sets;    // identities whose objects are public reference data

  // Companies, in file order; each once, also when it is a member of several layers.
  std::vector<std::string> Companies() const;
  // Companies, ISACs, then the CERT.
  std::vector<std::string> AllOrganisations() const;
};

config::Loaded<Topology> LoadTopology(const std::string& file);
config::Loaded<Topology> ParseTopology(const std::string& text, const std::string& file_name);

}  // namespace noroshi::cli
