// Which entry of an object each kind of account sees, and which is its newest and oldest version. Pure.
#pragma once

#include <vector>

#include "common/store/format.h"
#include "common/store/object_store.h"

namespace noroshi::store {

// Sets visible, latest and first of all entries of one object in one audience (any order), given the versions withdrawn there.
void SetHints(std::vector<Entry>& entries, const std::vector<Tombstone>& tombstones);

}  // namespace noroshi::store
