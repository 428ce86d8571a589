// What a gateway's store shows to whom, over the changes that audiences bring.
#include "common/store/object_store.h"

#include <gtest/gtest.h>

#include "common/store/format.h"

namespace noroshi::store {
namespace {

using policy::kClient;
using policy::kMember;

constexpr char kAudience[] = "community";

class ObjectStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = OpenMemoryStore();
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  Status Release(int64_t date_us, const std::string& id, int64_t version_us, policy::Kinds kinds, const std::string& grant = "alfa", const std::string& bytes = "{}") {
    Put put;
    put.entry.date_us = date_us;
    put.entry.id = id;
    put.entry.type = "indicator";
    put.entry.version = std::to_string(version_us);
    put.entry.version_us = version_us;
    put.entry.grant = grant;
    put.entry.facts.tlp = stix::Tlp::kGreen;
    put.entry.facts.reference_kinds = kinds;
    put.first_date_us = first_date_us_;
    put.payload = bytes;
    return Apply(std::move(put), date_us);
  }
  Status Apply(Change change, int64_t date_us) {
    Position position;
    position.next_offset = static_cast<uint64_t>(date_us);
    position.last_date_us = date_us;
    return store_->Apply(kAudience, {std::move(change)}, position);
  }
  // `date:version` of what a kind sees, `*` at its newest version.
  std::string Seen(policy::Kinds kind) {
    std::string out;
    auto view = store_->NewView();
    EXPECT_TRUE(view.ok());
    EXPECT_TRUE((*view)
                    ->Scan(kAudience, -1,
                           [&](const Entry& entry) {
                             if ((entry.visible & kind) == 0) return true;
                             out += fmt::format("{}{}:{}{}", out.empty() ? "" : " ", entry.date_us, entry.version, (entry.latest & kind) != 0 ? "*" : "");
                             return true;
                           })
                    .ok());
    return out;
  }

  // `date id version kinds readers` of what was lost.
  std::string Lost() {
    std::string out;
    auto view = *store_->NewView();
    EXPECT_TRUE(view->ScanLosses(kAudience, -1, [&](const Loss& loss) {
      const auto readers = view->ReadersAt(loss.readers);
      EXPECT_TRUE(readers.ok()) << readers.status();
      out += fmt::format("{}{} {} {} {} {}", out.empty() ? "" : "; ", loss.date_us, loss.id, loss.version, loss.facts.reference_kinds, fmt::join(*readers, "+"));
      return true;
    }).ok());
    return out;
  }

  int64_t first_date_us_ = 0;
  std::unique_ptr<ObjectStore> store_;
};

TEST_F(ObjectStoreTest, CallsTheGreatestVersionTheNewestInAnyOrder) {
  ASSERT_TRUE(Release(1, "a", 20, kMember).ok());
  ASSERT_TRUE(Release(2, "a", 10, kMember).ok());
  ASSERT_TRUE(Release(3, "a", 30, kMember).ok());
  EXPECT_EQ(Seen(kMember), "1:20 2:10 3:30*");
}

TEST_F(ObjectStoreTest, ShowsAnotherGrantOnlyToThoseWhomItAloneReaches) {
  ASSERT_TRUE(Release(1, "a", 10, kMember).ok());
  ASSERT_TRUE(Release(2, "a", 10, kMember | kClient, "bravo").ok());
  EXPECT_EQ(Seen(kMember), "1:10*");
  EXPECT_EQ(Seen(kClient), "2:10*");
  ASSERT_TRUE(Apply(Withdraw{"a", "10", "alfa", 3}, 3).ok());
  EXPECT_EQ(Seen(kMember), "2:10*");
}

TEST_F(ObjectStoreTest, BringsNoOlderVersionBackWhenTheNewestIsWithdrawn) {
  ASSERT_TRUE(Release(1, "a", 10, kMember | kClient).ok());
  ASSERT_TRUE(Release(2, "a", 20, kMember).ok());
  ASSERT_TRUE(Apply(Withdraw{"a", "20", "", 3}, 3).ok());
  EXPECT_EQ(Seen(kMember), "1:10");
  EXPECT_EQ(Seen(kClient), "1:10*") << "who never had the newer one loses nothing";
  ASSERT_TRUE(Release(4, "a", 20, kMember).ok());
  EXPECT_EQ(Seen(kMember), "1:10 4:20*") << "released again: with a new date";
}

TEST_F(ObjectStoreTest, GivesAKindThatGainsAVersionTheDateOfTheChange) {
  ASSERT_TRUE(Release(1, "a", 10, kMember | kClient).ok());
  ASSERT_TRUE(Apply(Restrict{"a", "10", "alfa", kMember, 2}, 2).ok());
  EXPECT_EQ(Seen(kMember), "1:10*");
  EXPECT_EQ(Seen(kClient), "");
  ASSERT_TRUE(Apply(Restrict{"a", "10", "alfa", kMember | kClient, 5}, 5).ok());
  EXPECT_EQ(Seen(kMember), "1:10*");
  EXPECT_EQ(Seen(kClient), "5:10*");
}

TEST_F(ObjectStoreTest, NotesWhoLostAVersionAltogether) {
  ASSERT_TRUE(Release(1, "a", 10, kMember | kClient).ok());
  ASSERT_TRUE(Release(2, "a", 10, kMember, "bravo").ok());
  ASSERT_TRUE(Apply(Withdraw{"a", "10", "alfa", 3, {"alfa", "bravo"}}, 3).ok());
  EXPECT_EQ(Lost(), "3 a 10 2 alfa+bravo") << "members still have it by another grant";
  ASSERT_TRUE(Apply(Withdraw{"a", "10", "bravo", 4, {"alfa"}}, 4).ok());
  EXPECT_EQ(Lost(), "3 a 10 2 alfa+bravo; 4 a 10 1 alfa");
  ASSERT_TRUE(Release(5, "b", 10, kMember | kClient).ok());
  ASSERT_TRUE(Apply(Restrict{"b", "10", "alfa", kMember, 6, {"alfa"}}, 6).ok());
  EXPECT_EQ(Lost(), "3 a 10 2 alfa+bravo; 4 a 10 1 alfa; 6 b 10 2 alfa") << "a stricter TLP, say";
  ASSERT_TRUE(Apply(Withdraw{"c", "10", "alfa", 7, {"alfa"}}, 7).ok());
  EXPECT_EQ(Lost(), "3 a 10 2 alfa+bravo; 4 a 10 1 alfa; 6 b 10 2 alfa") << "what nobody had, nobody lost";
}

TEST_F(ObjectStoreTest, LetsAnotherVariantTakeThePlaceOfOneThatIsGone) {
  Put put;
  put.entry.id = "a";
  put.entry.versioned = false;
  put.entry.facts.reference_kinds = kMember;
  put.payload = "{}";
  for (const auto& [date_us, version_us] : std::vector<std::pair<int64_t, int64_t>>{{1, 20}, {3, 10}}) {
    put.entry.date_us = date_us;
    put.entry.version_us = version_us;
    put.entry.version = std::to_string(version_us);
    ASSERT_TRUE(Apply(put, date_us).ok());
    if (date_us == 1) ASSERT_TRUE(Apply(Withdraw{"a", "20", "", 2}, 2).ok());
  }
  EXPECT_EQ(Seen(kMember), "3:10*") << "stamps of first acceptance are no order of versions";
}

TEST_F(ObjectStoreTest, RefusesADateBehindTheLast) {
  ASSERT_TRUE(Release(5, "a", 10, kMember).ok());
  EXPECT_EQ(Release(5, "b", 10, kMember).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Release(4, "b", 10, kMember).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->GetPosition(kAudience)->next_offset, 5u);
}

TEST_F(ObjectStoreTest, KeepsBytesAsLongAsOneEntryUsesThem) {
  ASSERT_TRUE(Release(1, "a", 10, kMember, "alfa", "{\"x\":1}").ok());
  first_date_us_ = 1;
  ASSERT_TRUE(Release(2, "a", 10, kClient, "bravo", "{\"x\":1}").ok());
  std::vector<PayloadRef> payloads;
  auto view = *store_->NewView();
  ASSERT_TRUE(view->Scan(kAudience, -1, [&](const Entry& entry) { payloads.push_back(entry.payload); return true; }).ok());
  ASSERT_EQ(payloads.size(), 2u);
  EXPECT_EQ(payloads[0].key, payloads[1].key);
  ASSERT_TRUE(Apply(Withdraw{"a", "10", "alfa", 3}, 3).ok());
  std::string bytes;
  EXPECT_TRUE((*store_->NewView())->AppendPayload(payloads[1], bytes).ok());
  EXPECT_EQ(bytes, "{\"x\":1}");
  ASSERT_TRUE(Apply(Withdraw{"a", "", "", 4}, 4).ok());
  EXPECT_EQ((*store_->NewView())->AppendPayload(payloads[1], bytes).code(), StatusCode::kDataLoss);
  EXPECT_TRUE(view->AppendPayload(payloads[0], bytes).ok()) << "a view sees its moment";
}

TEST_F(ObjectStoreTest, FindsObjectsByIdInOrderOfDates) {
  ASSERT_TRUE(Release(1, "b", 10, kMember).ok());
  ASSERT_TRUE(Release(2, "a", 10, kMember).ok());
  ASSERT_TRUE(Release(3, "b", 20, kMember).ok());
  ASSERT_TRUE(Release(4, "bb", 20, kMember).ok());
  std::vector<int64_t> dates;
  auto view = *store_->NewView();
  ASSERT_TRUE(view->ScanObjects(kAudience, {"b", "a", "c"}, 1, [&](const Entry& entry) { dates.push_back(entry.date_us); return true; }).ok());
  EXPECT_EQ(dates, (std::vector<int64_t>{2, 3}));
}

TEST(StoreFormat, ReadsWhatItWroteAndRefusesWhatItDidNot) {
  Entry entry;
  entry.id = "a--1";
  entry.version = "v";
  entry.version_us = -5;
  entry.facts.tlp = stix::Tlp::kAmberStrict;
  entry.facts.scope = {policy::ScopeKind::kOrgs, {"alfa", "delta"}};
  entry.payload.bytes = 77;
  const std::string bytes = EncodeEntry(entry);
  Entry back;
  ASSERT_TRUE(DecodeEntry(bytes, back));
  EXPECT_EQ(EncodeEntry(back), bytes);
  for (size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(DecodeEntry(std::string_view(bytes).substr(0, cut), back)) << cut;
  Loss loss{3, "a--1", "v", -5, entry.facts, Sha256("x")};
  const std::string lost = EncodeLoss(loss);
  ASSERT_TRUE(DecodeLoss(lost, loss));
  EXPECT_EQ(EncodeLoss(loss), lost);
  for (size_t cut = 0; cut < lost.size(); ++cut) EXPECT_FALSE(DecodeLoss(std::string_view(lost).substr(0, cut), loss)) << cut;
  EXPECT_EQ(Hex(EncodePosition({7, 1, 9, 2})), "0700000000000000010000000000000009000000000000000200000000000000");
}

}  // namespace
}  // namespace noroshi::store
