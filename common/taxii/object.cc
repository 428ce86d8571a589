// GET /{root}/collections/{id}/objects/{object}/ (taxii 74).
#include "common/taxii/reading.h"

namespace noroshi::taxii {

net::Response GetObject(const Call& call, const Collection& collection, const std::string& object) {
  Reading reading = Read(call, collection, FilterSet::kObject, object, false);
  if (reading.refusal) return *std::move(reading.refusal);
  return AnswerEnvelope(reading);
}

}  // namespace noroshi::taxii
