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
};

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
  PutNumber(out, static_cast<uint64_t>(entry.facts.tlp), 1);
  PutNumber(out, static_cast<uint64_t>(entry.facts.scope.kind), 1);
  PutNumber(out, static_cast<uint64_t>(entry.facts.via), 1);
  out.append(AsView(entry.payload.content));
  for (const std::string* text : {&entry.id, &entry.type, &entry.version, &entry.grant, &entry.facts.origin_org}) PutText(out, *text);
  PutNumber(out, entry.facts.scope.names.size(), 4);
  for (const std::string& name : entry.facts.scope.names) PutText(out, name);
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
  const uint64_t tlp = source.Number(1), scope = source.Number(1), via = source.Number(1);
  // A value that nobody wrote is an unreadable entry, never a lenient one.
  if (tlp < 1 || tlp > 5 || scope > 7 || via > 5) return false;
  entry.facts.tlp = static_cast<stix::Tlp>(tlp);
  entry.facts.scope.kind = static_cast<policy::ScopeKind>(scope);
  entry.facts.via = static_cast<policy::BoundaryKind>(via);
  const std::string_view content = source.Bytes(entry.payload.content.size());
  if (source.good) std::memcpy(entry.payload.content.data(), content.data(), content.size());
  for (std::string* text : {&entry.id, &entry.type, &entry.version, &entry.grant, &entry.facts.origin_org}) text->assign(source.Text());
  const uint64_t names = source.Number(4);
  if (names > value.size()) return false;
  entry.facts.scope.names.resize(names);
  for (std::string& name : entry.facts.scope.names) name.assign(source.Text());
  return source.good && source.rest.empty();
}

}  // namespace noroshi::store
