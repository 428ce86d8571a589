// The common half of the four reading endpoints: query, cursor, page, date headers.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/taxii/call.h"
#include "common/taxii/page.h"

namespace noroshi::taxii {

struct Reading {
  std::optional<net::Response> refusal;  // then nothing else is set
  std::unique_ptr<store::View> view;
  Page page;
  Filters filters;
  std::string next;                      // empty on the last page
};

// `object`: its endpoint and the versions endpoint name one; empty otherwise.
Reading Read(const Call& call, const Collection& collection, FilterSet set, const std::string& object, bool details);

// 200 with the X-TAXII-Date-Added headers (taxii 61-63).
net::Response Answer(const Reading& reading, std::string body);

// Envelope of the page's objects: the stored bytes, one behind the other.
net::Response AnswerEnvelope(Reading& reading);

}  // namespace noroshi::taxii
