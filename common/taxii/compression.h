// Compresses the answers that may be: stored objects and manifests that were read (AC-81). Nothing else ever, since beside a secret a caller's own input
// would tell it by the size. Any thread; runs where the answer was made. Bound: kHttpCompressionsAtOnceMax at once, beyond it an answer goes as it is.
#pragma once

#include "common/net/http.h"

namespace noroshi::taxii {

void CompressAnswer(const net::Request& request, net::Response& response);

}  // namespace noroshi::taxii
