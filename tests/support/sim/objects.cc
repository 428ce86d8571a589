#include "tests/support/sim/objects.h"

#include <fmt/format.h>

#include "common/base/hash.h"
#include "common/base/random.h"

namespace noroshi::test {
namespace {

std::string UuidOf(std::string_view name) {
  const Hash hash = Sha256(name);
  unsigned char bytes[16];
  std::copy(hash.begin(), hash.begin() + 16, bytes);
  return FormatUuid(bytes, 4);
}

std::string Quoted(const std::vector<std::string>& nicknames) {
  std::string text;
  for (const std::string& nickname : nicknames) {
    const bool is_id = nickname.find("--") != std::string::npos;
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ",", is_id ? nickname : IdOf(nickname));
  }
  return text;
}

}  // namespace

std::string IdentityOf(std::string_view org) { return "identity--" + UuidOf(fmt::format("organisation {}", org)); }

std::string IdOf(std::string_view nickname) {
  const std::string_view kind = nickname.substr(0, nickname.find('-'));
  const std::string_view type = kind == "marking" ? "marking-definition" : kind == "address" ? "ipv4-addr" : kind;
  return fmt::format("{}--{}", type, UuidOf(nickname));
}

std::string MakeObject(const ObjectSpec& spec) {
  const std::string kind = spec.nickname.substr(0, spec.nickname.find('-'));
  const std::string id = IdOf(spec.nickname);
  std::string json = fmt::format(R"({{"type":"{}","spec_version":"2.1","id":"{}")", id.substr(0, id.find("--")), id);
  if (!spec.creator.empty() && kind != "address") json += fmt::format(R"(,"created_by_ref":"{}")", IdentityOf(spec.creator));
  if (!spec.markings.empty()) json += fmt::format(R"(,"object_marking_refs":[{}])", Quoted(spec.markings));
  const std::string modified = fmt::format("2026-01-01T00:{:02}:{:02}.000Z", spec.version / 60, spec.version % 60);
  if (kind == "marking") {
    json += fmt::format(R"(,"created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{{"statement":"s {}"}})", spec.text);
  } else if (kind == "address") {
    json += fmt::format(R"(,"value":"198.51.100.7","x_text":"{}")", spec.text);
  } else {
    json += fmt::format(R"(,"created":"2026-01-01T00:00:00.000Z","modified":"{}","name":"{} {}")", modified, spec.nickname, spec.text);
  }
  if (kind == "report") json += fmt::format(R"(,"published":"2026-01-01T00:00:00Z","object_refs":[{}])", Quoted(spec.refs));
  if (kind == "indicator") {
    json += R"(,"pattern":"[ipv4-addr:value = '198.51.100.7']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z")";
  }
  return json + "}";
}

}  // namespace noroshi::test
