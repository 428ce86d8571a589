// Laws of custody (sharing.md section 8): as a naive model has it; no kind loses the object; what a publisher cannot see makes nobody else its custodian.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/policy/custody.h"

namespace noroshi::policy {
namespace {

const std::vector<Kinds> kKinds = {kMember, kClient, kPartner, kAnonymous, kRed};

struct Incident {
  std::vector<CustodyClaim> claims;
  std::set<std::pair<std::string, size_t>> seen;  // by an origin: claims of others

  bool Sees(size_t claim, size_t other) const {
    return claims[claim].origin == claims[other].origin || seen.contains({claims[claim].origin, other});
  }
  std::vector<CustodyShare> Shares() const {
    return ShareByCustody(claims, [this](const std::string& org, size_t other) { return seen.contains({org, other}); });
  }
};

Incident AnyIncident() {
  Incident incident;
  incident.claims.resize(*rc::gen::inRange<size_t>(0, 7));
  for (size_t i = 0; i < incident.claims.size(); ++i) {
    CustodyClaim& claim = incident.claims[i];
    claim.origin = *rc::gen::elementOf(std::vector<std::string>{"a", "b", "c"});
    claim.version_us = *rc::gen::inRange(1, 4);
    claim.content[0] = static_cast<uint8_t>(*rc::gen::inRange(0, 2));
    claim.kinds = *rc::gen::elementOf(std::vector<Kinds>{kMember, kMember | kClient, kMember | kClient | kPartner, kRed, 0});
    claim.shown = *rc::gen::elementOf(std::vector<Kinds>{0, 0, kMember, claim.kinds});
    claim.order = i + 1;
    claim.approved = *rc::gen::inRange(0, 10) == 0;
    for (const char* origin : {"a", "b", "c"}) {
      if (*rc::gen::inRange(0, 3) > 0) incident.seen.insert({origin, i});
    }
  }
  return incident;
}

// Told once more, in words, for one kind of account. Claims are numbered in the order in which it gets to see them.
std::vector<bool> Naive(const Incident& incident, Kinds kind) {
  const std::vector<CustodyClaim>& all = incident.claims;
  std::vector<size_t> queue;
  for (const bool shown : {true, false}) {
    for (size_t i = 0; i < all.size(); ++i) {
      if ((all[i].kinds & kind) && ((all[i].shown & kind) != 0) == shown) queue.push_back(i);
    }
  }
  std::vector<bool> stands(all.size(), false);
  std::vector<std::string> custodian(all.size());
  for (const size_t i : queue) {
    custodian[i] = all[i].origin;
    for (auto before = std::find(queue.begin(), queue.end(), i); before != queue.begin();) {
      --before;  // the earliest that stands and is seen is what counts: it is looked at last
      if (stands[*before] && incident.Sees(i, *before)) custodian[i] = all[*before].origin;
    }
    const bool contradicts = std::any_of(queue.begin(), queue.end(), [&](size_t other) {
      return stands[other] && all[other].version_us == all[i].version_us && all[other].content != all[i].content;
    });
    stands[i] = (all[i].approved || custodian[i] == all[i].origin) && !contradicts;
  }
  std::vector<bool> kept = stands;
  for (const size_t i : queue) {
    if (custodian[i] == all[i].origin) continue;
    for (const size_t said : queue) {
      const bool may_be_repeated = stands[said] && (all[said].approved || all[said].origin == custodian[i]) && incident.Sees(i, said);
      if (may_be_repeated && all[said].version_us == all[i].version_us && all[said].content == all[i].content) kept[i] = true;
    }
  }
  return kept;
}

RC_GTEST_PROP(Custody, AgreesWithTheNaiveModel, ()) {
  const Incident incident = AnyIncident();
  const std::vector<CustodyShare> shares = incident.Shares();
  for (const Kinds kind : kKinds) {
    const std::vector<bool> want = Naive(incident, kind);
    for (size_t i = 0; i < want.size(); ++i) RC_ASSERT(((shares[i].kinds & kind) != 0) == want[i]);
  }
}

RC_GTEST_PROP(Custody, TakesTheObjectFromNobodyAndShowsOneContentOfAVersion, ()) {
  const Incident incident = AnyIncident();
  const std::vector<CustodyShare> shares = incident.Shares();
  for (const Kinds kind : kKinds) {
    bool may = false, has = false;
    std::map<int64_t, Hash> contents;
    for (size_t i = 0; i < shares.size(); ++i) {
      RC_ASSERT((shares[i].kinds & ~incident.claims[i].kinds) == 0u);
      may |= (incident.claims[i].kinds & kind) != 0;
      if (!(shares[i].kinds & kind)) continue;
      has = true;
      RC_ASSERT(contents.emplace(incident.claims[i].version_us, incident.claims[i].content).first->second == incident.claims[i].content);
    }
    RC_ASSERT(may == has);
  }
}

RC_GTEST_PROP(Custody, IsNeverOfWhatThePublisherCannotSee, ()) {
  const Incident incident = AnyIncident();
  const std::vector<CustodyShare> shares = incident.Shares();
  for (size_t i = 0; i < shares.size(); ++i) {
    if (shares[i].reason != Reason::kNotCustodian) continue;
    bool told = false;
    for (size_t other = 0; other < shares.size(); ++other) {
      told |= incident.claims[other].origin != incident.claims[i].origin && incident.Sees(i, other) && (incident.claims[other].kinds & incident.claims[i].kinds);
    }
    RC_ASSERT(told);
  }
}

RC_GTEST_PROP(Custody, StaysAsItIsShown, ()) {
  Incident incident = AnyIncident();
  for (CustodyClaim& claim : incident.claims) claim.shown = 0;
  const std::vector<CustodyShare> shares = incident.Shares();
  for (size_t i = 0; i < shares.size(); ++i) incident.claims[i].shown = shares[i].kinds;
  const std::vector<CustodyShare> again = incident.Shares();
  for (size_t i = 0; i < shares.size(); ++i) RC_ASSERT(again[i].kinds == shares[i].kinds);
}

}  // namespace
}  // namespace noroshi::policy
