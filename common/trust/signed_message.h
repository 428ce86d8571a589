// What signer and verifier of a batch must agree on (FORMAT.md). Only for the files of this folder and its tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/hash.h"
#include "common/base/limits.h"
#include "common/trust/signing.h"

namespace noroshi::trust {

// Leaves of a batch, padding included: few sizes, so that a size tells little.
inline constexpr size_t kTreeSizes[] = {16, 64, 256, limits::kBatchLeavesMax};

// The bytes that Ed25519 signs: tag of the use, federation, node, key id, epoch, tree size, root.
std::string SignedMessage(Use use, std::string_view federation, std::string_view node, std::string_view key_id,
                          uint64_t epoch, uint64_t tree_size, const Hash& root);

}  // namespace noroshi::trust
