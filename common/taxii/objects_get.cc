// GET /{root}/collections/{id}/objects/ (taxii 59-73).
#include "common/taxii/reading.h"

namespace noroshi::taxii {

net::Response GetObjects(const Call& call, const Collection& collection) {
  Reading reading = Read(call, collection, FilterSet::kObjects, {}, false);
  if (reading.refusal) return *std::move(reading.refusal);
  return AnswerEnvelope(reading);
}

}  // namespace noroshi::taxii
