#include "services/cli/submission.h"

#include <grpcpp/grpcpp.h>

#include <thread>

#include "common/base/clock.h"
#include "services/cli/federation.h"

namespace noroshi::cli {
namespace {

constexpr size_t kBatchObjects = 512;
constexpr size_t kBatchBytes = 2u << 20;
constexpr uint32_t kPageObjects = 500;
constexpr std::chrono::seconds kAnswerWithin{30};

StatusOr<v1::StatusReply> AskPage(v1::AdminService::Stub& stub, const NodeRecord& node, const v1::StatusRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::time_point(SystemClock().Now() + kAnswerWithin));
  v1::StatusReply reply;
  NOROSHI_TRY(FromGrpc(stub.Status(&context, request, &reply), node));
  return reply;
}

void Note(const v1::StatusReply& reply, SubmissionState& state) {
  state.submission = reply.submission();
  state.total = reply.total();
  state.decided = reply.decided();
  state.settled = reply.settled();
  state.waiting.assign(reply.waiting().begin(), reply.waiting().end());
}

}  // namespace

StatusOr<SubmissionState> AskStatus(v1::AdminService::Stub& stub, const NodeRecord& node, const std::string& submission) {
  SubmissionState state;
  v1::StatusRequest request;
  request.set_submission(submission);
  request.set_limit(kPageObjects);
  while (true) {
    NOROSHI_ASSIGN(v1::StatusReply reply, AskPage(stub, node, request));
    Note(reply, state);
    for (v1::ObjectResult& object : *reply.mutable_objects()) state.objects.push_back(std::move(object));
    if (!reply.more() || reply.objects().empty()) return state;
    request.set_after(state.objects.back().number());
  }
}

StatusOr<SubmissionState> AskProgress(v1::AdminService::Stub& stub, const NodeRecord& node, const std::string& submission) {
  SubmissionState state;
  v1::StatusRequest request;
  request.set_submission(submission);
  request.set_limit(1);
  NOROSHI_ASSIGN(const v1::StatusReply reply, AskPage(stub, node, request));
  Note(reply, state);
  return state;
}

std::vector<Batch> CutIntoBatches(const std::vector<NumberedObject>& objects) {
  std::vector<Batch> out;
  size_t bytes = 0;
  for (const NumberedObject& object : objects) {
    const bool fits = !out.empty() && out.back().objects.size() < kBatchObjects && bytes + object.bytes.size() <= kBatchBytes &&
                      out.back().first_number + out.back().objects.size() == object.number;
    if (!fits) {
      out.push_back({{}, object.number});
      bytes = 0;
    }
    out.back().objects.push_back(object.bytes);
    bytes += object.bytes.size();
  }
  return out;
}

StatusOr<Published> SendBatches(v1::AdminService::Stub& stub, const NodeRecord& node, const v1::PublishOptions& options,
                                const std::vector<Batch>& batches, const std::function<void(uint64_t)>& progress) {
  grpc::ClientContext context;
  const auto stream = stub.Publish(&context);
  std::thread writer([&] {
    v1::PublishRequest request;
    *request.mutable_options() = options;
    for (const Batch& batch : batches) {
      for (const std::string_view object : batch.objects) request.add_objects(object.data(), object.size());
      request.set_first_number(batch.first_number);
      if (!stream->Write(request)) break;  // the reader learns why
      request.Clear();
    }
    stream->WritesDone();
  });
  Published out;
  v1::PublishReply reply;
  while (stream->Read(&reply)) {
    if (!reply.submission().empty()) out.submission = reply.submission();
    for (v1::ObjectResult& result : *reply.mutable_results()) out.results.push_back(std::move(result));
    progress(out.results.size());
    reply.Clear();
  }
  writer.join();
  const Status finished = FromGrpc(stream->Finish(), node);
  if (finished.ok()) return out;
  if (out.results.empty()) return finished;
  // What was acknowledged is durable: its publisher must learn of it even when the rest failed.
  return MakeStatus(finished.code(), fmt::format("{}\nbefore that, {} objects were accepted as submission `{}`", Message(finished),
                                                 out.results.size(), out.submission));
}

}  // namespace noroshi::cli
