#include "common/stix/ids.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/hash.h"
#include "common/base/limits.h"
#include "common/base/random.h"
#include "common/stix/document.h"

namespace noroshi::stix {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kTypeBytesMin = 3;
constexpr size_t kTypeBytesMax = 250;
constexpr size_t kUuidBytes = 36;
static_assert(limits::kStixIdBytesMax == kTypeBytesMax + 2 + kUuidBytes);

// 00abedb4-aa42-466c-9c01-fed23315a9b7: the namespace of SCO ids.
constexpr std::string_view kScoNamespace("\x00\xab\xed\xb4\xaa\x42\x46\x6c\x9c\x01\xfe\xd2\x33\x15\xa9\xb7",
                                         16);

struct Contributing {
  std::string_view type;
  std::array<std::string_view, 8> properties;  // unused ones are empty
};

constexpr Contributing kContributing[] = {
    {"artifact", {"hashes", "payload_bin"}},
    {"autonomous-system", {"number"}},
    {"directory", {"path"}},
    {"domain-name", {"value"}},
    {"email-addr", {"value"}},
    {"email-message", {"from_ref", "subject", "body"}},
    {"file", {"hashes", "name", "extensions", "parent_directory_ref"}},
    {"ipv4-addr", {"value"}},
    {"ipv6-addr", {"value"}},
    {"mac-addr", {"value"}},
    {"mutex", {"name"}},
    {"network-traffic",
     {"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"}},
    {"software", {"name", "cpe", "swid", "vendor", "version"}},
    {"url", {"value"}},
    {"user-account", {"account_type", "user_id", "account_login"}},
    {"windows-registry-key", {"key", "values"}},
    {"x509-certificate", {"hashes", "serial_number"}},
};

bool IsTypeChar(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

// What is wrong with it, or nullptr. Version 1 to 8 and the RFC 4122 variant: the nil UUID is neither.
const char* UuidFault(std::string_view uuid) {
  if (uuid.size() != kUuidBytes) return "the part after `--` is not a UUID of 36 characters";
  for (size_t i = 0; i < kUuidBytes; ++i) {
    const char c = uuid[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return "the part after `--` is not a UUID";
    } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      return "the UUID is not in lower-case hex digits";
    }
  }
  if (uuid[14] < '1' || uuid[14] > '8') return "the UUID has no RFC 4122 version";
  if (std::string_view("89ab").find(uuid[19]) == std::string_view::npos)
    return "the UUID has not the RFC 4122 variant";
  return nullptr;
}

const char* TypeFault(std::string_view type) {
  if (type.size() < kTypeBytesMin || type.size() > kTypeBytesMax)
    return "the type has not 3 to 250 characters";
  if (!std::all_of(type.begin(), type.end(), IsTypeChar))
    return "the type has characters other than a-z, 0-9 and `-`";
  return nullptr;
}

const char* IdFault(std::string_view id) {
  const size_t dashes = id.find("--");
  if (dashes == std::string_view::npos) return "is not of the form `type--UUID`";
  if (const char* fault = TypeFault(id.substr(0, dashes))) return fault;
  return UuidFault(id.substr(dashes + 2));
}

// Of several hashes one contributes, the best known first; of others the first as written.
void AppendOneHash(const dom::object& hashes, std::string& out) {
  std::string_view chosen;
  for (const std::string_view name : {"MD5", "SHA-1", "SHA-256", "SHA-512"}) {
    if (hashes.at_key(name).error() == simdjson::SUCCESS) {
      chosen = name;
      break;
    }
  }
  out += '{';
  for (const dom::key_value_pair member : hashes) {
    if (!chosen.empty() && member.key != chosen) continue;
    AppendCanonicalString(member.key, out);
    out += ':';
    AppendCanonical(member.value, out);
    break;
  }
  out += '}';
}

}  // namespace

bool IsId(std::string_view id) { return IdFault(id) == nullptr; }

Status CheckId(std::string_view id) {
  if (const char* fault = IdFault(id)) return InvalidArgument("{} (STIX 2.1 §2.9)", fault);
  return OkStatus();
}

std::string_view TypeOfId(std::string_view id) {
  const size_t dashes = id.find("--");
  return dashes == std::string_view::npos ? std::string_view() : id.substr(0, dashes);
}

std::string DeterministicIdOf(const dom::object& object, std::string_view type) {
  const auto entry = std::find_if(std::begin(kContributing), std::end(kContributing),
                                  [&](const Contributing& c) { return c.type == type; });
  if (entry == std::end(kContributing)) return {};
  std::array<std::string_view, 8> names = entry->properties;
  std::sort(names.begin(), names.end());  // canonical order; unused ones come first
  std::string canonical = "{";
  for (const std::string_view name : names) {
    dom::element value;
    if (name.empty() || object.at_key(name).get(value)) continue;
    if (canonical.size() > 1) canonical += ',';
    AppendCanonicalString(name, canonical);
    canonical += ':';
    dom::object hashes;
    if (name == "hashes" && !value.get_object().get(hashes)) {
      AppendOneHash(hashes, canonical);
    } else {
      AppendCanonical(value, canonical);
    }
  }
  if (canonical.size() == 1) return {};
  canonical += '}';
  const std::array<uint8_t, 20> digest = Sha1({kScoNamespace, canonical});
  unsigned char uuid[16];
  std::memcpy(uuid, digest.data(), sizeof uuid);
  return std::string(type) + "--" + FormatUuid(uuid, 5);
}

StatusOr<std::string> DeterministicId(std::string_view object) {
  NOROSHI_ASSIGN(const dom::element root, ParseDocument(object));
  References ignored;
  NOROSHI_TRY(CheckTree(root, ignored));
  dom::object members;
  std::string_view type;
  if (root.get_object().get(members) || members["type"].get_string().get(type)) {
    return InvalidArgument("not a JSON object with a `type`");
  }
  return DeterministicIdOf(members, type);
}

}  // namespace noroshi::stix
