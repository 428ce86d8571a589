// What a gateway serves: the versions released in each audience of a layer, in date_added order, and their bytes once. A projection: it can be
// deleted and is rebuilt by following the audiences again (architecture.md section 3). On disk: FORMAT.md beside this header.
//
// Threads: Apply and GetPosition belong to one follower thread; any number of threads may hold Views at the same time.
// A View sees one moment: what was applied whole before it was made, and nothing of what comes later.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/policy/readers.h"

namespace noroshi::store {

// Where the bytes of an entry are. The hash is part of the key: two audiences may hold different bytes under one date.
struct PayloadRef {
  int64_t key = 0;
  uint32_t bytes = 0;
  Hash content{};
};

// One release of one version in one audience, by one grant.
struct Entry {
  int64_t date_us = 0;       // date_added; unique in the audience
  std::string id;
  std::string type;
  std::string version;       // taxii 66, 67
  int64_t version_us = 0;    // the same as a time: versions are equal when their times are
  bool versioned = true;     // false: variants of it have no order among versions, none is newer than another
  std::string grant;         // origin organisation whose grant this is
  policy::ReadFacts facts;   // what the decision for each caller is made from; reference_kinds = kinds that may read it
  policy::Kinds lost = 0;    // kinds that could read it once: for them no older version becomes the newest
  PayloadRef payload;
  // Kept by Apply. Hints for speed only: whoever serves an entry asks policy::MayRead as well.
  policy::Kinds visible = 0; // kinds that read it and no earlier entry of the same version
  policy::Kinds latest = 0;  // ... for which it is the newest version
  policy::Kinds first = 0;   // ... for which it is the oldest
};

struct Put {
  Entry entry;               // payload and the hints are filled by Apply
  int64_t first_date_us = 0; // first release of the version in this audience: its bytes are shared where equal; 0: unknown
  std::string payload;
};
// The version (empty: all) of the grant (empty: all) is gone. Its newest stays the newest, without a body.
struct Withdraw {
  std::string id, version, grant;
  int64_t date_us = 0;
  std::vector<std::string> readers = {};  // organisations that read the audience now: only they are told
};
// Kinds of that grant's version become exactly these. Kinds that gain it see it under `date_us`, so that nothing appears behind a reader's position (taxii 70).
struct Restrict {
  std::string id, version, grant;
  policy::Kinds kinds = 0;
  int64_t date_us = 0;
  std::vector<std::string> readers = {};
};
// A version that some kinds of account could read in an audience and then could not: for the tombstones. It may have come back since.
struct Loss {
  int64_t date_us = 0;       // of the change that took it away; unique in the audience
  std::string id;
  std::string version;
  int64_t version_us = 0;
  policy::ReadFacts facts;   // as they were; reference_kinds = kinds that lost it
  Hash readers{};            // names the organisations that read the audience then
};
using Change = std::variant<Put, Withdraw, Restrict>;

// How far an audience was followed.
struct Position {
  uint64_t next_offset = 0;
  int64_t last_date_us = 0;
  uint64_t last_sequence = 0;
  uint64_t relay_epoch = 0;
};

class View {
 public:
  virtual ~View() = default;
  // Entries with date_added > after_us, ascending, until `visit` returns false. The entry is borrowed for the call.
  virtual Status Scan(std::string_view audience, int64_t after_us, const std::function<bool(const Entry&)>& visit) = 0;
  // The same for the entries of these objects only (any order, distinct).
  virtual Status ScanObjects(std::string_view audience, const std::vector<std::string>& ids, int64_t after_us,
                             const std::function<bool(const Entry&)>& visit) = 0;
  // Losses with a date > after_us, ascending, until `visit` returns false. The loss is borrowed for the call.
  virtual Status ScanLosses(std::string_view audience, int64_t after_us, const std::function<bool(const Loss&)>& visit) = 0;
  // The organisations that Loss::readers names, sorted. DataLoss where they are missing: then nobody is told (fail closed).
  virtual StatusOr<std::vector<std::string>> ReadersAt(const Hash& readers) = 0;
  // Appends the bytes; quick for ascending keys. DataLoss where they are missing: then nothing may be served (fail closed).
  virtual Status AppendPayload(const PayloadRef& payload, std::string& out) = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  // All changes and the position, or nothing. Not synced to disk: what a power cut takes is followed again. InvalidArgument: a
  // date at or before one already applied (late insertion).
  virtual Status Apply(std::string_view audience, const std::vector<Change>& changes, const Position& position) = 0;
  // All zero where nothing was applied yet.
  virtual StatusOr<Position> GetPosition(std::string_view audience) = 0;
  virtual StatusOr<std::unique_ptr<View>> NewView() const = 0;
};

// Created where absent. FailedPrecondition: written by another format version, or open in another process.
StatusOr<std::unique_ptr<ObjectStore>> OpenRocksStore(const std::string& directory);
// The same in memory, gone with the object (tests, simulation).
StatusOr<std::unique_ptr<ObjectStore>> OpenMemoryStore();

}  // namespace noroshi::store
