#include "common/store/hints.h"

#include <algorithm>

namespace noroshi::store {
namespace {

void SetHintsOf(policy::Kinds kind, std::vector<Entry>& entries, const std::vector<Tombstone>& tombstones) {
  Entry* newest = nullptr;
  Entry* oldest = nullptr;
  // Ascending by version, then date: the first entry of a version that the kind reads shows it.
  for (Entry& entry : entries) {
    if ((entry.facts.reference_kinds & kind) == 0) continue;
    if (newest != nullptr && newest->version_us == entry.version_us) continue;
    entry.visible |= kind;
    if (oldest == nullptr) oldest = &entry;
    newest = &entry;
  }
  if (newest == nullptr) return;
  oldest->first |= kind;
  if (!newest->versioned) {  // a variant that is gone makes room for another one, whichever was published first
    newest->latest |= kind;
    return;
  }
  // A newer version that this kind had and lost keeps its place (taxii 68).
  for (const Tombstone& tombstone : tombstones) {
    if ((tombstone.kinds & kind) != 0 && tombstone.version_us > newest->version_us) return;
  }
  for (const Entry& entry : entries) {
    if ((entry.lost & kind) != 0 && entry.version_us > newest->version_us) return;
  }
  newest->latest |= kind;
}

}  // namespace

void SetHints(std::vector<Entry>& entries, const std::vector<Tombstone>& tombstones) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.version_us != b.version_us ? a.version_us < b.version_us : a.date_us < b.date_us;
  });
  for (Entry& entry : entries) entry.visible = entry.latest = entry.first = 0;
  for (policy::Kinds kind = 1; kind <= policy::kAllKinds; kind <<= 1) SetHintsOf(kind, entries, tombstones);
}

}  // namespace noroshi::store
