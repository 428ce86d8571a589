// The range that an uplink plans: saved before it is sent, sent whole and under the same numbers after a crash.
#include "common/relay/forward.h"

#include <gtest/gtest.h>

#include "common/log/backends.h"
#include "common/relay/codec.h"
#include "tests/support/sim/objects.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/relay/layers.h"

namespace noroshi::relay {
namespace {

constexpr std::chrono::milliseconds kNoWait{0};
const std::string kUpperIngress = "energy.ingress.delta-edge", kOwnIngress = "delta.ingress.delta-edge";

// An upper layer's log that can be out of reach, or break behind an append whose answer is lost.
class Shared final : public log::Log {
 public:
  explicit Shared(log::Log& log, bool& lose_answers) : log_(log), lose_answers_(lose_answers) {}
  Status EnsureTopic(std::string_view topic) override { return log_.EnsureTopic(topic); }
  void Append(std::string_view topic, std::vector<std::string> records, log::AppendDone done) override {
    log_.Append(topic, std::move(records), [this, done = std::move(done)](StatusOr<log::Appended> result) {
      lose_answers_ ? done(Unavailable("the answer was lost")) : done(std::move(result));
    });
  }
  Status Recover(std::string_view topic) override { return log_.Recover(topic); }
  StatusOr<log::Bounds> GetBounds(std::string_view topic) override { return log_.GetBounds(topic); }
  StatusOr<std::unique_ptr<log::Reader>> Read(std::vector<log::ReadFrom> from) override { return log_.Read(std::move(from)); }
  Status Trim(std::string_view topic, log::Offset before) override { return log_.Trim(topic, before); }
  StatusOr<std::vector<std::string>> ListTopics(std::string_view prefix) override { return log_.ListTopics(prefix); }

 private:
  log::Log& log_;
  bool& lose_answers_;
};

class ForwardTest : public testing::Test {
 protected:
  ForwardTest() : own_(log::CreateMemoryLog()), upper_(log::CreateMemoryLog()), bodies_(*own_) {
    for (const std::string& topic : {kOwnIngress, LedgerTopic("delta")}) EXPECT_EQ(own_->EnsureTopic(topic), OkStatus());
    EXPECT_EQ(upper_->EnsureTopic(kUpperIngress), OkStatus());
    OpenCatalog("catalog");
  }
  void OpenCatalog(const std::string& name) {
    forwarder_.reset();
    catalog_.reset();
    catalog_ = *Catalog::Open(directory_.path() + "/" + name);
    Restart();
  }
  void Restart() {
    forwarder_ = std::make_unique<Forwarder>(
        "energy", [this] { return layers_.SharedOf("delta-edge"); }, *own_, *catalog_, bodies_, [this]() -> StatusOr<std::unique_ptr<log::Log>> {
          if (unreachable_) return Unavailable("out of reach");
          return std::make_unique<Shared>(*upper_, lose_answers_);
        });
  }
  // Ledger entries for objects that go up, or for none of its business.
  void Decide(size_t count, const std::string& boundary = "uplink/energy") {
    for (size_t i = 0; i < count; ++i) {
      const uint64_t sequence = ++sequence_;
      const v1::Envelope publication =
          layers_.Publication("delta-edge", {"delta", test::MakeObject({.nickname = fmt::format("indicator-{}", sequence)}), "sector"});
      v1::LedgerEntry entry = test::Released(publication, sequence, {boundary});
      entry.mutable_input()->set_topic(kOwnIngress);
      entry.mutable_input()->set_offset(log::AppendAndWait(*own_, kOwnIngress, {publication.SerializeAsString()})->first);
      ASSERT_TRUE(log::AppendAndWait(*own_, LedgerTopic("delta"), {entry.SerializeAsString()}).ok());
    }
  }
  // `epoch:number id` of each record that the upper layer has.
  std::vector<std::string> Arrived() const {
    std::vector<std::string> out;
    const log::Bounds bounds = *upper_->GetBounds(kUpperIngress);
    if (bounds.end == bounds.first) return out;
    const auto reader = *upper_->Read({{kUpperIngress, 0}});
    while (out.size() < bounds.end) {
      const auto batch = reader->Poll(kNoWait);
      for (const std::string& record : batch->records) {
        v1::Envelope envelope;
        v1::LayerHeader link;
        v1::OriginHeader origin;
        EXPECT_TRUE(envelope.ParseFromString(record) && link.ParseFromString(envelope.layer_header()) && origin.ParseFromString(envelope.origin_header()));
        out.push_back(fmt::format("{}:{} {}", link.link_epoch(), link.link_sequence(), origin.object_id()));
      }
    }
    return out;
  }
  v1::UplinkCursor Cursor() const { return catalog_->Cursor("forward/energy"); }

  const test::TempDirectory directory_;
  const test::Layers layers_;
  const std::unique_ptr<log::Log> own_, upper_;
  Bodies bodies_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Forwarder> forwarder_;
  uint64_t sequence_ = 0;
  bool unreachable_ = false, lose_answers_ = false;
};

TEST_F(ForwardTest, SendsInOrderWithNumbersWithoutHoles) {
  Decide(2);
  Decide(3, "community");
  Decide(1);
  ASSERT_EQ(forwarder_->Turn(kNoWait), OkStatus());
  const std::vector<std::string> arrived = Arrived();
  ASSERT_EQ(arrived.size(), 3u) << "what stays in the layer is not counted";
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(arrived[i].substr(arrived[i].find(':') + 1, 2), fmt::format("{} ", i + 1));
  EXPECT_EQ(Cursor().offset(), 6u);
  EXPECT_TRUE(forwarder_->connected());
}

TEST_F(ForwardTest, KeepsItsPlaceWhileTheLayerIsOutOfReach) {
  unreachable_ = true;
  Decide(2);
  EXPECT_EQ(forwarder_->Turn(kNoWait).code(), StatusCode::kUnavailable);
  EXPECT_FALSE(forwarder_->connected());
  EXPECT_EQ(forwarder_->backlog(), 2u);
  EXPECT_EQ(Cursor().offset(), 0u);
  unreachable_ = false;
  ASSERT_EQ(forwarder_->Turn(kNoWait), OkStatus());
  EXPECT_EQ(Arrived().size(), 2u);
  EXPECT_EQ(forwarder_->backlog(), 0u);
}

TEST_F(ForwardTest, RepeatsAPlannedRangeWholeUnderTheSameNumbersAlthoughTheLedgerGrew) {
  lose_answers_ = true;
  Decide(3);
  EXPECT_FALSE(forwarder_->Turn(kNoWait).ok());
  EXPECT_EQ(Cursor().planned_end(), 3u) << "planned before it was sent";
  EXPECT_EQ(Cursor().offset(), 0u);
  const std::vector<std::string> first = Arrived();
  ASSERT_EQ(first.size(), 3u);
  Decide(2);
  lose_answers_ = false;
  Restart();  // the process died in between
  ASSERT_EQ(forwarder_->Turn(kNoWait), OkStatus());
  EXPECT_EQ(Cursor().offset(), 3u);
  ASSERT_EQ(forwarder_->Turn(kNoWait), OkStatus());
  const std::vector<std::string> all = Arrived();
  ASSERT_EQ(all.size(), 8u);
  EXPECT_EQ(std::vector<std::string>(all.begin() + 3, all.begin() + 6), first) << "the receiver drops them as repeats";
  EXPECT_EQ(all[6].substr(0, all[6].find(' ')), first[0].substr(0, first[0].find(':')) + ":4");
}

TEST_F(ForwardTest, ACursorThatWasLostBeginsANewNumberingUnderAGreaterEpoch) {
  Decide(1);
  ASSERT_EQ(forwarder_->Turn(kNoWait), OkStatus());
  const uint64_t before = Cursor().link_epoch();
  Decide(1);
  OpenCatalog("another");
  ASSERT_EQ(forwarder_->Turn(kNoWait), OkStatus());
  EXPECT_GT(Cursor().link_epoch(), before);
  EXPECT_EQ(Cursor().link_sequence(), 2u) << "from the ledger's beginning: what repeats is known by its stamps";
}

TEST_F(ForwardTest, FindsOutWhetherTheLayerIsThereAlthoughNothingIsToBeSent) {
  unreachable_ = true;
  EXPECT_EQ(forwarder_->Turn(kNoWait).code(), StatusCode::kUnavailable);
  EXPECT_FALSE(forwarder_->connected());
  unreachable_ = false;
  EXPECT_EQ(forwarder_->Turn(kNoWait), OkStatus());
  EXPECT_TRUE(forwarder_->connected());
}

}  // namespace
}  // namespace noroshi::relay
