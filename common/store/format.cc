#include "common/store/format.h"

#include <cstring>

namespace noroshi::store {
namespace {

void PutNumber(std::string& out, uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
}
void PutText(std::string& out, std::string_view text) {
  PutNumber(out, text.size(), 4);
  out.append(text);
}

// Reads from the front; once something is missing, `good` stays false.
struct Source {
  std::string_view rest;
  bool good = true;

  uint64_t Number(size_t bytes) {
    if (!good || rest.size() < bytes) {
      good = false;
      return 0;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; ++i) number |= uint64_t{static_cast<unsigned char>(rest[i])} << (8 * i);
    rest.remove_prefix(bytes);
    return number;
  }
  std::string_view Bytes(size_t count) {
    if (!good || rest.size() < count) {
      good = false;
      return {};
    }
    const std::string_view bytes = rest.substr(0, count);
    rest.remove_prefix(count);
    return bytes;
  }
  std::string_view Text() { return Bytes(Number(4)); }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const uint64_t count = Number(4);
    if (count > rest.size()) good = false;  // each takes four bytes at least
    for (uint64_t i = 0; good && i < count; ++i) names.emplace_back(Text());
    return names;
  }
  void ReadHash(Hash& hash) {
    const std::string_view bytes = Bytes(hash.size());
    if (good) std::memcpy(hash.data(), bytes.data(), bytes.size());
  }
  // A value that nobody wrote is an unreadable one, never a lenient one.
  void Facts(policy::ReadFacts& facts) {
    const uint64_t tlp = Number(1), scope = Number(1), via = Number(1);
    if (tlp < 1 || tlp > 5 || scope > 7 || via > 5) {
      good = false;
      return;
    }
    facts.tlp = static_cast<stix::Tlp>(tlp);
    facts.scope.kind = static_cast<policy::ScopeKind>(scope);
    facts.via = static_cast<policy::BoundaryKind>(via);
  }
};

void PutNames(std::string& out, const std::vector<std::string>& names) {
  PutNumber(out, names.size(), 4);
  for (const std::string& name : names) PutText(out, name);
}
void PutFacts(std::string& out, const policy::ReadFacts& facts) {
  PutNumber(out, static_cast<uint64_t>(facts.tlp), 1);
  PutNumber(out, static_cast<uint64_t>(facts.scope.kind), 1);
  PutNumber(out, static_cast<uint64_t>(facts.via), 1);
}

}  // namespace

std::string BigEndian(int64_t number) {
  std::string out(8, '\0');
  for (int i = 0; i < 8; ++i) out[static_cast<size_t>(i)] = static_cast<char>(static_cast<uint64_t>(number) >> (56 - 8 * i));
  return out;
}

int64_t FromBigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8 && i < bytes.size(); ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<int64_t>(number);
}

std::string PositionKey(std::string_view audience) { return "position/" + std::string(audience); }

std::string EntryPrefix(std::string_view audience) {
  std::string key(audience);
  key.push_back('\0');
  return key;
}

std::string EntryKey(std::string_view audience, int64_t date_us) { return EntryPrefix(audience) + BigEndian(date_us); }

std::string ObjectPrefix(std::string_view audience, std::string_view id) {
  std::string key = EntryPrefix(audience);
  key.append(id);
  key.push_back('\0');
  return key;
}

std::string PayloadKey(const PayloadRef& payload) { return BigEndian(payload.key).append(AsView(payload.content).substr(0, 8)); }

std::string UseKey(const PayloadRef& payload, std::string_view audience, int64_t date_us) { return PayloadKey(payload) + EntryKey(audience, date_us); }

std::string EncodeTombstone(const Tombstone& tombstone) {
  std::string out;
  PutNumber(out, static_cast<uint64_t>(tombstone.version_us), 8);
  PutNumber(out, tombstone.kinds, 4);
  return out;
}

std::optional<Tombstone> DecodeTombstone(std::string_view value) {
  Source source{value};
  Tombstone tombstone;
  tombstone.version_us = static_cast<int64_t>(source.Number(8));
  tombstone.kinds = static_cast<policy::Kinds>(source.Number(4));
  if (!source.good || !source.rest.empty()) return {};
  return tombstone;
}

std::string EncodePosition(const Position& position) {
  std::string out;
  for (uint64_t number : {position.next_offset, static_cast<uint64_t>(position.last_date_us), position.last_sequence, position.relay_epoch}) {
    PutNumber(out, number, 8);
  }
  return out;
}

std::optional<Position> DecodePosition(std::string_view value) {
  Source source{value};
  Position position;
  position.next_offset = source.Number(8);
  position.last_date_us = static_cast<int64_t>(source.Number(8));
  position.last_sequence = source.Number(8);
  position.relay_epoch = source.Number(8);
  if (!source.good || !source.rest.empty()) return {};
  return position;
}

std::string EncodeEntry(const Entry& entry) {
  std::string out;
  out.reserve(256);
  PutNumber(out, static_cast<uint64_t>(entry.version_us), 8);
  PutNumber(out, static_cast<uint64_t>(entry.payload.key), 8);
  PutNumber(out, entry.payload.bytes, 4);
  for (policy::Kinds kinds : {entry.visible, entry.latest, entry.first, entry.lost, entry.facts.reference_kinds}) PutNumber(out, kinds, 4);
  PutFacts(out, entry.facts);
  PutNumber(out, entry.versioned ? 1 : 0, 1);
  out.append(AsView(entry.payload.content));
  for (const std::string* text : {&entry.id, &entry.type, &entry.version, &entry.grant, &entry.facts.origin_org}) PutText(out, *text);
  PutNames(out, entry.facts.scope.names);
  return out;
}

bool DecodeEntry(std::string_view value, Entry& entry) {
  Source source{value};
  entry.version_us = static_cast<int64_t>(source.Number(8));
  entry.payload.key = static_cast<int64_t>(source.Number(8));
  entry.payload.bytes = static_cast<uint32_t>(source.Number(4));
  for (policy::Kinds* kinds : {&entry.visible, &entry.latest, &entry.first, &entry.lost, &entry.facts.reference_kinds}) {
    *kinds = static_cast<policy::Kinds>(source.Number(4));
  }
  source.Facts(entry.facts);
  const uint64_t versioned = source.Number(1);
  if (versioned > 1) return false;
  entry.versioned = versioned == 1;
  source.ReadHash(entry.payload.content);
  for (std::string* text : {&entry.id, &entry.type, &entry.version, &entry.grant, &entry.facts.origin_org}) text->assign(source.Text());
  entry.facts.scope.names = source.Names();
  return source.good && source.rest.empty();
}

std::string EncodeLoss(const Loss& loss) {
  std::string out;
  PutNumber(out, static_cast<uint64_t>(loss.version_us), 8);
  PutNumber(out, loss.facts.reference_kinds, 4);
  PutFacts(out, loss.facts);
  out.append(AsView(loss.readers));
  for (const std::string* text : {&loss.id, &loss.version, &loss.facts.origin_org}) PutText(out, *text);
  PutNames(out, loss.facts.scope.names);
  return out;
}

bool DecodeLoss(std::string_view value, Loss& loss) {
  Source source{value};
  loss.version_us = static_cast<int64_t>(source.Number(8));
  loss.facts.reference_kinds = static_cast<policy::Kinds>(source.Number(4));
  source.Facts(loss.facts);
  source.ReadHash(loss.readers);
  for (std::string* text : {&loss.id, &loss.version, &loss.facts.origin_org}) text->assign(source.Text());
  loss.facts.scope.names = source.Names();
  return source.good && source.rest.empty();
}

std::string EncodeNames(const std::vector<std::string>& names) {
  std::string out;
  PutNames(out, names);
  return out;
}

std::optional<std::vector<std::string>> DecodeNames(std::string_view value) {
  Source source{value};
  std::vector<std::string> names = source.Names();
  if (!source.good || !source.rest.empty()) return {};
  return names;
}

}  // namespace noroshi::store
