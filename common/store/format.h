// Keys and values of FORMAT.md. Reader and writer share this one header.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/store/object_store.h"

namespace noroshi::store {

inline constexpr char kFormatKey[] = "format";
inline constexpr char kFormatVersion[] = "2";

std::string BigEndian(int64_t number);
int64_t FromBigEndian(std::string_view bytes);  // exactly 8

std::string PositionKey(std::string_view audience);
std::string EntryPrefix(std::string_view audience);
std::string EntryKey(std::string_view audience, int64_t date_us);
std::string ObjectPrefix(std::string_view audience, std::string_view id);
std::string PayloadKey(const PayloadRef& payload);
std::string UseKey(const PayloadRef& payload, std::string_view audience, int64_t date_us);

struct Tombstone {
  int64_t version_us = 0;
  policy::Kinds kinds = 0;
};
std::string EncodeTombstone(const Tombstone& tombstone);
std::optional<Tombstone> DecodeTombstone(std::string_view value);

std::string EncodeLoss(const Loss& loss);
// Fills all but the date. False: not a loss.
bool DecodeLoss(std::string_view value, Loss& loss);

std::string EncodeNames(const std::vector<std::string>& names);
std::optional<std::vector<std::string>> DecodeNames(std::string_view value);

std::string EncodePosition(const Position& position);
std::optional<Position> DecodePosition(std::string_view value);

std::string EncodeEntry(const Entry& entry);
// Fills all but the date, reusing what `entry` has allocated. False: not an entry.
bool DecodeEntry(std::string_view value, Entry& entry);

}  // namespace noroshi::store
