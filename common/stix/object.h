// A STIX object as the engine sees it: the exact bytes and the few facts that decide who may have it.
// Pure values; parsing state never outlives Parse (architecture.md section 6, invariant 11).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/stix/tlp.h"

namespace noroshi::stix {

// What is legal to pass on, and worth telling its publisher: it never refuses. The kinds are a metric's label.
struct Warning {
  enum class Kind : uint8_t {
    kScoId,           // a UUIDv5 that is not the one of the id-contributing properties (taxii 151)
    kScoIdNotRandom,  // a UUIDv5 where nothing contributes to one (taxii 152)
    kUuidVersion1,    // tells a machine and a time (AC-62)
    kPropertyName,    // custom, of other characters than a-z, 0-9 and `_` (taxii 162)
    kReservedName,    // taxii 163
    kPatternStix20,   // a pattern of STIX 2.0 that 2.1 spells otherwise (taxii 168)
    kPatternRegex,    // a regular expression that was not checked to its end (AC-65)
  };
  Kind kind;
  std::string text;  // names the property and the rule, no content
};
inline constexpr Warning::Kind kWarningKinds[] = {
    Warning::Kind::kScoId,        Warning::Kind::kScoIdNotRandom, Warning::Kind::kUuidVersion1, Warning::Kind::kPropertyName,
    Warning::Kind::kReservedName, Warning::Kind::kPatternStix20,  Warning::Kind::kPatternRegex,
};
// `sco_id`, `uuid_version_1`, …
std::string_view WarningName(Warning::Kind kind);
// `warning: property `id` …; property …`, empty for none.
std::string JoinWarnings(const std::vector<Warning>& warnings);

struct Object {
  std::string id;
  std::string type;
  std::string version;       // `modified` as written, else `created`, else empty (SCO): taxii 66, 67
  int64_t version_us = 0;    // the same as a time; 0 where empty
  bool versioned = false;    // has `modified`
  bool revoked = false;
  std::string created_by;    // created_by_ref; empty where absent
  std::vector<std::string> refs;          // distinct ids in every other *_ref and *_refs, created_by_ref included, itself excluded
  std::vector<std::string> marking_refs;  // distinct, object_marking_refs and granular marking_ref; official TLP included
  std::optional<Tlp> tlp;    // strictest official TLP among marking_refs
  // A marking-definition that looks like TLP without being an official one, an official id with other content, or a
  // label stricter than the markings (sharing.md section 3): what was seen, without content. Empty: nothing wrong.
  std::string marking_fault;
  std::optional<Tlp> label_tlp;  // strictest TLP named by a label (`tlp:red`, any case); never relaxes anything
  std::vector<std::string> labels;
  std::optional<int> confidence;
  std::string pattern_type;
  std::string lang;
  Hash content_hash{};       // SHA-256 of the bytes
  std::vector<Warning> warnings;  // only where they were asked for; at most limits::kWarningsPerObjectMax
};

struct ParseOptions {
  // `modified` and `created` beyond this are refused (taxii 145, AC-64); no limit when absent.
  std::optional<WallTime> newest_allowed;
  // Fill Object::warnings. A relay behind the first does without: it costs SCOs a second canonical form.
  bool warn = false;
};

// One object from its exact bytes: limits (limits.h) before work, whole-document UTF-8 and I-JSON checks, then the
// MUSTs of STIX 2.1 (taxii.md items 140-150, 154-158, 160, 161, 167-170) and per-type required properties. Unknown types,
// properties and extensions pass. Error: InvalidArgument whose text names the property (by path) and the rule, and never
// holds a value longer than an id. Threads: any, each call on its own parser.
StatusOr<Object> Parse(std::string_view bytes, const ParseOptions& options = {});

// Facts only, for bytes that a relay before us has validated and a proof covers: the same result as Parse for every
// input that Parse accepts, and an error for most that it refuses (size, JSON, UTF-8, id, references and markings are
// always checked; per-type rules are not).
StatusOr<Object> ParseTrusted(std::string_view bytes);

// The same JSON value (order of members and spelling apart). False if either is not JSON.
bool SameValue(std::string_view a, std::string_view b);

}  // namespace noroshi::stix
