// The collections of a layer: one per audience that is read here, and the write-only `publish` (taxii 50-58). A value, made anew when the membership changes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/policy/membership.h"
#include "common/policy/readers.h"
#include "common/taxii/accounts.h"

namespace noroshi::taxii {

struct Collection {
  std::string id;
  std::string alias;           // `inbox` for every inbox: a caller sees one
  std::string title;
  bool publish = false;        // the write-only one: no audience
  policy::Boundary audience;
  std::string audience_name;   // FormatBoundary
};

struct Rights {
  bool can_read = false, can_write = false;
  bool listed() const { return can_read || can_write; }
};

class Collections {
 public:
  // `key` makes the ids stable and unguessable.
  Collections(const policy::Membership& membership, const policy::Layer& layer, std::string_view federation, std::string_view key);
  const std::vector<Collection>& all() const { return all_; }  // by id
  // By id, or by alias among those listed for the caller.
  const Collection* Find(std::string_view id_or_alias, const policy::Membership& membership, const policy::Layer& layer, const Account& account) const;

 private:
  std::vector<Collection> all_;
};

// Of an account without name: the caller without credentials, where that is allowed.
Rights RightsOf(const Collection& collection, const policy::Membership& membership, const policy::Layer& layer, const Account& account);

}  // namespace noroshi::taxii
