// STIX objects by nickname for simulations: `report-a`, `indicator-1`, `marking-x`, `address-y`. What stands before the dash is the type, and the same
// nickname is always the same id. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace noroshi::test {

// report (needs references), indicator, marking (a statement), address (an SCO: not versioned).
std::string IdOf(std::string_view nickname);
// `identity--<uuid>` of an organisation.
std::string IdentityOf(std::string_view org);

struct ObjectSpec {
  std::string nickname = {};
  std::vector<std::string> refs = {};      // nicknames
  std::vector<std::string> markings = {};  // nicknames of markings, or ids
  std::string creator = {};                // organisation; empty: names nobody
  int version = 1;                    // `modified` grows with it
  std::string text = {};                   // other text, other content
};
std::string MakeObject(const ObjectSpec& spec);

}  // namespace noroshi::test
