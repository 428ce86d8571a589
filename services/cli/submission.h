// A submission as the node that accepted it knows it. One thread, except where said.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "noroshi/v1/admin.grpc.pb.h"
#include "services/cli/state.h"

namespace noroshi::cli {

struct SubmissionState {
  std::string submission;
  uint64_t total = 0, decided = 0, settled = 0;
  std::vector<v1::ObjectResult> objects;  // input order
  std::vector<std::string> waiting;
  bool IsSettled() const { return settled >= total; }
};

// All pages. NotFound where the node does not know it.
StatusOr<SubmissionState> AskStatus(v1::AdminService::Stub& stub, const NodeRecord& node, const std::string& submission);

// Counts only, one small page: for waiting.
StatusOr<SubmissionState> AskProgress(v1::AdminService::Stub& stub, const NodeRecord& node, const std::string& submission);

struct Batch {
  std::vector<std::string_view> objects;  // into the input
  uint64_t first_number = 0;
};
// Objects in input order, cut into messages of at most 512 objects and 2 MB (a larger object is a message of its own). Numbers in a batch are consecutive.
struct NumberedObject {
  uint64_t number = 0;
  std::string_view bytes;
};
std::vector<Batch> CutIntoBatches(const std::vector<NumberedObject>& objects);

// Streams the batches and collects the results; writes and reads at the same time (a thread of its own writes). `progress` gets the number of results so far.
struct Published {
  std::string submission;
  std::vector<v1::ObjectResult> results;
};
StatusOr<Published> SendBatches(v1::AdminService::Stub& stub, const NodeRecord& node, const v1::PublishOptions& options,
                                const std::vector<Batch>& batches, const std::function<void(uint64_t)>& progress);

}  // namespace noroshi::cli
