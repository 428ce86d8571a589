// Who belongs where, at one membership epoch: organisations, layers, groups. A value: decisions take it as an argument, and
// a change is a new value with a greater epoch (sharing.md section 10).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace noroshi::policy {

enum class LayerKind : uint8_t { kOrganisation, kSector, kNational };

struct Organisation {
  std::string name;      // [a-z0-9-]{1,32}
  std::string identity;  // STIX identity id
};

struct Layer {
  std::string name;
  LayerKind kind = LayerKind::kOrganisation;
  std::string operator_org;       // company, ISAC or CERT; always a member
  std::set<std::string> members;  // organisations, operator included
};

// An empty group means nobody.
struct Group {
  std::string id;    // UUID
  std::string name;
  std::string owner;
  std::set<std::string> members;
};

class Membership {
 public:
  Membership() = default;
  // Error: a duplicate or malformed name, a member that is no organisation, a layer without operator, an organisation layer whose name is not its operator's.
  static StatusOr<Membership> Create(uint64_t epoch, std::vector<Organisation> organisations, std::vector<Layer> layers,
                                     std::vector<Group> groups, std::vector<std::string> reference_sets = {});

  uint64_t epoch() const { return epoch_; }
  const Organisation* FindOrganisation(std::string_view name) const;
  // Of a STIX identity id; null for an identity that is nobody's.
  const Organisation* FindByIdentity(std::string_view identity) const;
  const Layer* FindLayer(std::string_view name) const;
  // By UUID, or by name among the groups that `asker` belongs to or owns; null otherwise: a group he may not know is like none.
  const Group* FindGroup(std::string_view id) const;
  const Group* FindGroupFor(std::string_view id_or_name, std::string_view asker) const;
  // Sector layers that the organisation is a member of (an ISAC: its own), sorted.
  std::vector<std::string> SectorsOf(std::string_view org) const;
  // A member of a sector layer, an ISAC in another sector's layer included.
  bool IsInSomeSector(std::string_view org) const { return sectors_of_.find(org) != sectors_of_.end(); }
  // The one national layer; null where there is none.
  const Layer* National() const;
  const std::map<std::string, Layer, std::less<>>& layers() const { return layers_; }
  const std::map<std::string, Group, std::less<>>& groups() const { return groups_; }
  const std::map<std::string, Organisation, std::less<>>& organisations() const { return organisations_; }
  // Identities whose objects are public reference data here (ATT&CK, CAPEC ...), by created_by_ref.
  bool IsReferenceSet(std::string_view created_by) const;
  const std::set<std::string, std::less<>>& reference_sets() const { return reference_sets_; }

 private:
  uint64_t epoch_ = 0;
  std::map<std::string, Organisation, std::less<>> organisations_;
  std::map<std::string, std::string, std::less<>> by_identity_;
  std::map<std::string, Layer, std::less<>> layers_;
  std::map<std::string, Group, std::less<>> groups_;
  // Read off layers_ once: what SectorsOf and National answer.
  std::map<std::string, std::vector<std::string>, std::less<>> sectors_of_;
  std::string national_;
  std::set<std::string, std::less<>> reference_sets_;
};

}  // namespace noroshi::policy
