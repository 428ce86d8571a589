// What a member gets of a layer's audiences through Subscribe, and what it must not get or learn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>

#include "common/base/check.h"
#include "noroshi/v1/envelope.pb.h"
#include "tests/integration/log/served_log.h"

namespace noroshi::log {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
constexpr std::chrono::seconds kLong{30};

// Audiences `community` for all and `inbox/<org>` for one; a record `secret...` is for nobody; what follows `|` is stripped.
class TestAccess final : public AccessPolicy {
 public:
  bool MayAppend(const Peer& peer, std::string_view topic) const override { return topic == "l.ingress." + peer.org; }
  bool MayReadRaw(const Peer& peer, std::string_view topic) const override {
    return peer.org == "org-gateway" && topic != "l.hidden";
  }
  std::vector<AudienceTopic> Subscribable(const Peer& peer) const override {
    if (removed) return {};
    std::vector<AudienceTopic> topics{{"l.audience.community", "community"}};
    if (peer.org == "org-delta") topics.push_back({"l.audience.inbox.delta", "inbox/delta"});
    return topics;
  }
  std::optional<std::string> ForMember(const Peer&, std::string_view, std::string_view record) const override {
    if (record.starts_with("secret")) return std::nullopt;
    return std::string(record.substr(0, record.find('|')));
  }
  Status CheckAppend(const Peer&, std::string_view, const std::vector<std::string>& records) const override {
    for (const std::string& record : records) {
      if (record == "forged") return PermissionDenied("record is not signed by its sender");
    }
    return OkStatus();
  }
  std::atomic<bool> removed = false;
};

class MemberTest : public testing::Test {
 protected:
  MemberTest() {
    for (const char* topic : {"l.audience.community", "l.audience.inbox.delta", "l.ingress.org-delta", "l.hidden"}) {
      NOROSHI_CHECK(log_->EnsureTopic(topic).ok());
    }
    Serve(0);
  }
  void Serve(int port) {
    server_.reset();
    server_.emplace(*log_, access_, pki_.Issue("energy-isac", "broker"), std::string(32, 'k'), port);
  }
  RemoteOptions OptionsOf(const std::string& node) {
    return RemoteOptionsFor(pki_, server_->address(), node, "energy-isac", "broker");
  }
  void Append(const std::string& topic, std::vector<std::string> records) {
    const auto appended = AppendAndWait(*log_, topic, std::move(records));
    ASSERT_TRUE(appended.ok()) << appended.status();
  }
  std::unique_ptr<MemberReader> Subscribe(const std::string& node, std::vector<std::string> audiences = {},
                                          std::string position = "", int64_t from_time_us = 0, bool follow = true) {
    auto reader = SubscribeRemote(OptionsOf(node), std::move(audiences), std::move(position), from_time_us, follow);
    NOROSHI_CHECK(reader.ok());
    return *std::move(reader);
  }
  // `audience:record` until `count` came, or the end; keeps the last position. Goes on when the layer cannot be reached.
  std::vector<std::string> Take(MemberReader& reader, size_t count) {
    std::vector<std::string> got;
    const MonotonicTime give_up = SystemClock().Monotonic() + kLong;
    while (got.size() < count && SystemClock().Monotonic() < give_up) {
      const auto batch = reader.Poll(std::chrono::seconds(1));
      if (!batch.ok()) {
        EXPECT_EQ(batch.status().code(), StatusCode::kUnavailable) << batch.status();
        continue;
      }
      for (const MemberDelivery& one : batch->deliveries) got.push_back(one.audience + ":" + one.record);
      if (!batch->position.empty()) position_ = batch->position;
    }
    return got;
  }
  // Everything there is now.
  std::vector<std::string> All(const std::string& node, std::vector<std::string> audiences = {},
                               std::string position = "", int64_t from_time_us = 0) {
    const auto reader = Subscribe(node, std::move(audiences), std::move(position), from_time_us, false);
    std::vector<std::string> got;
    while (true) {
      const auto batch = reader->Poll(kLong);
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok() || (batch->deliveries.empty() && batch->caught_up)) return got;
      for (const MemberDelivery& one : batch->deliveries) got.push_back(one.audience + ":" + one.record);
      position_ = batch->position;
    }
  }

  test::TestPki pki_;
  TestAccess access_;
  const std::unique_ptr<Log> log_ = CreateMemoryLog();
  std::optional<ServedLog> server_;
  std::string position_;
};

TEST_F(MemberTest, GetsRecordsStrippedAndFiltered) {
  Append("l.audience.community", {"a|relay only", "secret", "b|relay only"});
  EXPECT_THAT(All("delta"), ElementsAre("community:a", "community:b"));
}

TEST_F(MemberTest, GetsOnlyTheAudiencesItIsEntitledTo) {
  Append("l.audience.community", {"c"});
  Append("l.audience.inbox.delta", {"i"});
  EXPECT_THAT(All("delta"), testing::UnorderedElementsAre("community:c", "inbox/delta:i"));
  EXPECT_THAT(All("echo"), ElementsAre("community:c"));
}

TEST_F(MemberTest, CannotTellAForeignAudienceFromAnAbsentOne) {
  Append("l.audience.inbox.delta", {"i"});
  EXPECT_THAT(All("echo", {"inbox/delta"}), IsEmpty());
  EXPECT_THAT(All("echo", {"inbox/nobody"}), IsEmpty());
}

TEST_F(MemberTest, ResumesBehindItsPosition) {
  Append("l.audience.community", {"a", "b"});
  EXPECT_THAT(All("delta"), ElementsAre("community:a", "community:b"));
  Append("l.audience.community", {"secret", "c"});
  EXPECT_THAT(All("delta", {}, position_), ElementsAre("community:c"));
  EXPECT_THAT(All("delta", {}, position_), IsEmpty());
}

TEST_F(MemberTest, IsRefusedAPositionOfAnotherNodeOrAForgedOne) {
  Append("l.audience.community", {"a"});
  EXPECT_THAT(All("delta"), ElementsAre("community:a"));
  std::string forged = position_;
  forged.back() = char(forged.back() ^ 1);
  EXPECT_EQ(Subscribe("echo", {}, position_)->Poll(kLong).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Subscribe("delta", {}, forged)->Poll(kLong).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Subscribe("delta", {}, "x")->Poll(kLong).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(MemberTest, IsToldOnlyOfTopicsThatItMayReadRaw) {
  for (const char* topic : {"l.ledger", "other.ledger"}) ASSERT_EQ(log_->EnsureTopic(topic), OkStatus());
  struct ListCase {
    const char* node;
    const char* prefix;
    std::vector<std::string> want;
  };
  const std::vector<ListCase> cases = {
      {"gateway", "l.audience.", {"l.audience.community", "l.audience.inbox.delta"}},
      {"gateway", "l.", {"l.audience.community", "l.audience.inbox.delta", "l.ingress.org-delta", "l.ledger"}},
      {"gateway", "l.hidden", {}},
      {"gateway", "absent.", {}},
      {"delta", "l.", {}},  // also not its own ingress and inbox: these it reaches by other calls
      {"stranger", "", {}},
  };
  for (const ListCase& one : cases) {
    const auto remote = CreateRemoteLog(OptionsOf(one.node));
    ASSERT_TRUE(remote.ok()) << remote.status();
    const auto names = (*remote)->ListTopics(one.prefix);
    ASSERT_TRUE(names.ok()) << names.status();
    EXPECT_EQ(*names, one.want) << one.node << " lists `" << one.prefix << "`";
  }
}

TEST_F(MemberTest, FollowsTheTail) {
  const auto reader = Subscribe("delta");
  Append("l.audience.community", {"a"});
  EXPECT_THAT(Take(*reader, 1), ElementsAre("community:a"));
  Append("l.audience.inbox.delta", {"b"});
  EXPECT_THAT(Take(*reader, 1), ElementsAre("inbox/delta:b"));
}

TEST_F(MemberTest, GetsNothingMissingAndNothingTwiceAcrossServerRestarts) {
  const auto reader = Subscribe("delta");
  std::vector<std::string> want, got;
  int port = server_->port();
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string> records;
    for (int i = 0; i < 2000; ++i) {
      records.push_back(fmt::format("{}/{}/{}", round, i, std::string(1000, 'x')));
      want.push_back("community:" + records.back());
    }
    Append("l.audience.community", std::move(records));
    const size_t some = size_t(round) * 2000 + 700;  // in the middle of what the stream has sent
    for (std::string& one : Take(*reader, some - got.size())) got.push_back(std::move(one));
    Serve(port);
  }
  for (std::string& one : Take(*reader, want.size() - got.size())) got.push_back(std::move(one));
  EXPECT_TRUE(got == want) << "got " << got.size() << " of " << want.size();
}

TEST_F(MemberTest, GetsNothingMoreOnceRemoved) {
  const auto reader = Subscribe("delta");
  Append("l.audience.community", {"a"});
  EXPECT_THAT(Take(*reader, 1), ElementsAre("community:a"));
  access_.removed = true;
  EXPECT_THAT(All("delta", {}, position_), IsEmpty());
}

TEST_F(MemberTest, BeginsAtATime) {
  std::vector<std::string> records;
  for (int i = 1; i <= 100; ++i) {
    v1::Envelope envelope;
    envelope.add_hops()->set_date_added_us(i * 10);
    envelope.set_payload("p" + std::to_string(i));
    records.push_back(envelope.SerializeAsString());
  }
  Append("l.audience.community", std::move(records));
  const auto got = All("delta", {}, "", 981);
  ASSERT_EQ(got.size(), 2u);
  v1::Envelope first;
  ASSERT_TRUE(first.ParseFromString(got[0].substr(got[0].find(':') + 1)));
  EXPECT_EQ(first.payload(), "p99");
}

TEST_F(MemberTest, SplitsManyDeliveriesIntoBoundedReplies) {
  for (int i = 0; i < 4; ++i) Append("l.audience.community", std::vector<std::string>(1500, std::string(900, 'x')));
  const auto reader = Subscribe("delta", {}, "", 0, false);
  size_t total = 0;
  while (total < 6000) {
    const auto batch = reader->Poll(kLong);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_LE(batch->deliveries.size(), 1024u);
    total += batch->deliveries.size();
  }
}

TEST_F(MemberTest, AppendsToItsOwnIngressOnly) {
  const auto remote = CreateRemoteLog(OptionsOf("delta"));
  ASSERT_TRUE(remote.ok());
  EXPECT_TRUE(AppendAndWait(**remote, "l.ingress.org-delta", {"x"}).ok());
  const Status denied = AppendAndWait(**remote, "l.hidden", {"x"}).status();
  const Status absent = AppendAndWait(**remote, "l.absent", {"x"}).status();
  EXPECT_EQ(denied, NotFound("no topic `l.hidden`"));
  EXPECT_EQ(absent, NotFound("no topic `l.absent`"));
  EXPECT_EQ((*remote)->GetBounds("l.hidden").status(), denied);
  EXPECT_EQ((*remote)->Read({{"l.audience.community", 0}}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ((*remote)->EnsureTopic("l.new").code(), StatusCode::kNotFound);
  EXPECT_EQ((*remote)->Trim("l.ingress.org-delta", 1).code(), StatusCode::kPermissionDenied);
}

TEST_F(MemberTest, IsToldWhyItsRecordsAreRefused) {
  const auto remote = CreateRemoteLog(OptionsOf("delta"));
  ASSERT_TRUE(remote.ok());
  const char* topic = "l.ingress.org-delta";
  EXPECT_EQ(AppendAndWait(**remote, topic, {"good", "forged"}).status().code(), StatusCode::kPermissionDenied);
  EXPECT_FALSE(AppendAndWait(**remote, topic, {"later"}).ok()) << "the order behind a failed append must not break";
  EXPECT_EQ((*remote)->Recover(topic), OkStatus());
  EXPECT_TRUE(AppendAndWait(**remote, topic, {"again"}).ok());
  EXPECT_EQ(log_->GetBounds(topic)->end, 1u);
}

TEST_F(MemberTest, LearnsThatTheServerIsGoneAndGoesOnAfterRecover) {
  const auto remote = CreateRemoteLog(OptionsOf("delta"));
  ASSERT_TRUE(remote.ok());
  const char* topic = "l.ingress.org-delta";
  EXPECT_TRUE(AppendAndWait(**remote, topic, {"x"}).ok());
  const int port = server_->port();
  server_.reset();
  EXPECT_EQ(AppendAndWait(**remote, topic, {"y"}).status().code(), StatusCode::kUnavailable);
  Serve(port);
  Status status;
  const MonotonicTime give_up = SystemClock().Monotonic() + kLong;
  do {
    EXPECT_EQ((*remote)->Recover(topic), OkStatus());
    status = AppendAndWait(**remote, topic, {"z"}).status();
  } while (!status.ok() && SystemClock().Monotonic() < give_up);
  EXPECT_EQ(status, OkStatus());
}

}  // namespace
}  // namespace noroshi::log
