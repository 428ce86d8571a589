// The status resource of a submission (taxii 113-117).
#pragma once

#include "common/net/http.h"
#include "common/relay/accept.h"

namespace noroshi::taxii {

// success + failure + pending = total in every answer; a list is there only if it is as long as its count.
net::Response AnswerStatus(int http_status, const relay::SubmissionState& state);

}  // namespace noroshi::taxii
