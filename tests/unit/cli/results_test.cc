#include "services/cli/results.h"

#include <gtest/gtest.h>

#include "services/cli/submission.h"
#include "services/cli/tail_line.h"

namespace noroshi::cli {
namespace {

v1::ObjectResult Result(const std::string& id, const std::string& status, const std::string& reason = "", const std::string& message = "") {
  v1::ObjectResult out;
  out.set_id(id);
  out.set_version("2025-06-13T02:00:00.000Z");
  out.set_status(status);
  out.set_reason(reason);
  out.set_message(message);
  out.set_number(17);
  return out;
}

TEST(PublishLine, HasTheShapeOfTheContract) {
  v1::ObjectResult result = Result("indicator--1", "accepted");
  v1::Verdict& verdict = *result.add_verdicts();
  verdict.set_layer("energy");
  verdict.set_audience("community");
  verdict.set_verdict("release");
  EXPECT_EQ(PublishLine(result, "s1", true),
            R"({"id":"indicator--1","version":"2025-06-13T02:00:00.000Z","status":"accepted","submission":"s1",)"
            R"("layers":[{"layer":"energy","audience":"community","verdict":"release","reason":""}]})");
  EXPECT_EQ(PublishLine(Result("indicator--1", "refused", "scope_exceeds_tlp", "TLP RED"), "", false),
            R"({"id":"indicator--1","version":"2025-06-13T02:00:00.000Z","status":"refused","reason":"scope_exceeds_tlp","message":"TLP RED"})");
}

TEST(PublishLine, NumbersWhatHasNoId) {
  EXPECT_EQ(PublishLine(Result("", "refused"), "", false), R"({"id":"","version":"2025-06-13T02:00:00.000Z","status":"refused","number":17})");
}

TEST(PublishLine, EscapesForeignText) {
  const std::string line = PublishLine(Result("x", "refused", "invalid_object", "\x1b[2J\xe2\x80\xae\xff"), "", false);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find("\xe2\x80\xae"), std::string::npos);
}

TEST(Summary, CountsPendingAsAcceptedAndUnknownWordsAsRefused) {
  Summary summary;
  for (const char* status : {"accepted", "pending", "duplicate"}) summary.Count(Result("a", status));
  EXPECT_TRUE(summary.AllWell());
  EXPECT_EQ(summary.ToJson(), R"({"summary":{"accepted":2,"refused":0,"duplicate":1}})");
  summary.Count(Result("a", "strange"));
  EXPECT_FALSE(summary.AllWell());
  summary.Count(Result("a", "quarantined"));
  EXPECT_EQ(summary.ToJson(), R"({"summary":{"accepted":2,"refused":1,"duplicate":1,"quarantined":1}})");
}

TEST(AnswerLine, HasTheShapeOfTheContract) {
  Answer answer;
  answer.object = "indicator--1";
  answer.version = "v";
  v1::Verdict verdict;
  verdict.set_layer("energy");
  verdict.set_audience("group/x");
  verdict.set_verdict("withhold");
  verdict.set_reason("hidden_reference");
  verdict.set_policy_version(2);
  verdict.set_epoch(3);
  verdict.set_time_us(1);
  answer.entries.push_back(verdict);
  EXPECT_EQ(AnswerLine(answer),
            R"({"object":"indicator--1","version":"v","entries":[{"layer":"energy","audience":"group/x","verdict":"withhold",)"
            R"("reason":"hidden_reference","rule":"","policy_version":2,"epoch":3,"time":"1970-01-01T00:00:00.000001Z"}]})");
}

TEST(CutIntoBatches, KeepsOrderAndBounds) {
  const std::string large(1u << 20, 'x'), small = "{}";
  std::vector<NumberedObject> objects;
  for (uint64_t n = 1; n <= 600; ++n) objects.push_back({n, small});
  objects.push_back({700, large});  // faults in between were numbered too
  objects.push_back({701, large});
  objects.push_back({702, large});
  const std::vector<Batch> batches = CutIntoBatches(objects);
  std::vector<std::pair<uint64_t, size_t>> shape;
  for (const Batch& batch : batches) shape.emplace_back(batch.first_number, batch.objects.size());
  EXPECT_EQ(shape, (std::vector<std::pair<uint64_t, size_t>>{{1, 512}, {513, 88}, {700, 2}, {702, 1}}));
  EXPECT_TRUE(CutIntoBatches({}).empty());
}

v1::Envelope ObjectRecord(const std::string& payload) {
  v1::OriginHeader header;
  header.set_object_id("indicator--1");
  header.set_object_type("indicator");
  header.set_version("v");
  header.set_tlp(v1::TLP_AMBER);
  header.set_origin_org("delta");
  v1::Envelope envelope;
  envelope.set_kind(v1::RECORD_OBJECT);
  envelope.set_origin_header(header.SerializeAsString());
  envelope.set_payload(payload);
  envelope.add_hops()->set_date_added_us(1);
  return envelope;
}

TEST(TailLine, CarriesTheObjectAsItWasPublished) {
  EXPECT_EQ(TailLine("community", ObjectRecord("{\n \"n\": 1.50,\n \"s\": \"a  b\"\n}").SerializeAsString()),
            R"({"audience":"community","date_added":"1970-01-01T00:00:00.000001Z","id":"indicator--1","type":"indicator","version":"v",)"
            R"("tlp":"amber","origin":"delta","object":{"n":1.50,"s":"a  b"}})");
}

TEST(TailLine, SaysWithdrawnAndLeavesMarkersOut) {
  v1::Envelope envelope = ObjectRecord("");
  envelope.set_kind(v1::RECORD_WITHDRAWAL);
  envelope.mutable_change()->set_version("w");
  EXPECT_NE(TailLine("public", envelope.SerializeAsString()).find(R"("version":"w","tlp":"amber","origin":"delta","withdrawn":true})"), std::string::npos);
  envelope.set_kind(v1::RECORD_MARKER);
  EXPECT_EQ(TailLine("public", envelope.SerializeAsString()), "");
  EXPECT_EQ(TailLine("public", "\xff no envelope"), "");
}

}  // namespace
}  // namespace noroshi::cli
