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
  int64_t after_us = -1;                 // the page begins behind it
  std::string context;                   // what its cursor is bound to
};

// Refused where this gateway cannot say what is there: not caught up, stopped, or with a directory too old to judge.
std::optional<net::Response> RefuseUnready(const Call& call, const Collection& collection);

// `object`: its endpoint and the versions endpoint name one; empty otherwise.
Reading Read(const Call& call, const Collection& collection, FilterSet set, const std::string& object, bool details);

// The two ends of Read, for a resource that finds its page in another way: query, cursor and view; page and next cursor.
Reading OpenReading(const Call& call, const Collection& collection, FilterSet set, const std::string& object);
void CloseReading(const Call& call, StatusOr<Page> page, Reading& reading);

// 200 with the X-TAXII-Date-Added headers (taxii 61-63).
net::Response Answer(const Reading& reading, std::string body);

// Envelope of the page's objects: the stored bytes, one behind the other.
net::Response AnswerEnvelope(Reading& reading);

}  // namespace noroshi::taxii
