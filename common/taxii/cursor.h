// `next`: a sealed, stateless position (taxii 103-109). Any replica with the same key opens it, at any later time; nobody else can read or make one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace noroshi::taxii {

inline constexpr size_t kCursorKeyBytes = 32;

struct Cursor {
  int64_t after_us = 0;
  std::map<std::string, std::string> filters;  // Filters::given
};

// `context`: whatever the cursor is bound to (principal, collection, endpoint). Characters A-Za-z0-9-_ only.
std::string SealCursor(std::string_view key, std::string_view context, const Cursor& cursor);
// Error: not made with this key for this context.
StatusOr<Cursor> OpenCursor(std::string_view key, std::string_view context, std::string_view token);

// 64 hex digits in a file of mode 0600, created with chance where absent; shared by the replicas of a layer's gateway.
StatusOr<std::string> LoadCursorKey(const std::string& file);

// A version-4 UUID that stays the same and cannot be guessed (taxii 52).
std::string StableId(std::string_view key, std::string_view what);

}  // namespace noroshi::taxii
