// The catalog is a fold of the ledger: applied live, after a rollback, or rebuilt from nothing, it says the same.
#include "common/relay/catalog.h"

#include <gtest/gtest.h>

#include "tests/support/sim/objects.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/relay/layers.h"

namespace noroshi::relay {
namespace {

using test::IdOf;
using test::MakeObject;

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() : catalog_(Open("live")) {}
  std::unique_ptr<Catalog> Open(const std::string& name) const {
    auto opened = Catalog::Open(directory_.path() + "/" + name);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  // A DECISION that released it in the community; offsets of input and ledger follow the sequence.
  v1::LedgerEntry Decision(uint64_t sequence, const test::ObjectSpec& spec) const {
    v1::LedgerEntry entry = test::Released(layers_.Publication("delta-edge", {"delta", MakeObject(spec), "sector"}), sequence, {"community"});
    entry.mutable_input()->set_topic("delta.ingress.delta-edge");
    entry.mutable_input()->set_offset(sequence - 1);
    return entry;
  }
  static v1::LedgerEntry Revision(uint64_t sequence, const v1::LedgerEntry& of, const std::string& verdict, int64_t hold_until_us = 0) {
    v1::LedgerEntry entry = of;
    entry.set_kind(v1::ENTRY_REVISION);
    entry.set_sequence(sequence);
    entry.set_stamp_us(ToMicros(test::kNow) + static_cast<int64_t>(sequence));
    entry.clear_status();
    entry.clear_input();
    entry.mutable_verdicts(0)->set_verdict(verdict);
    entry.set_hold_until_us(hold_until_us);
    return entry;
  }
  std::vector<v1::LedgerEntry> Ledger() const {
    const v1::LedgerEntry report = Decision(1, {.nickname = "report-a", .refs = {"indicator-1", "indicator-2"}, .creator = "delta"});
    const v1::LedgerEntry first = Decision(2, {.nickname = "indicator-1"});
    const v1::LedgerEntry held = Revision(3, report, "hold", 5'000);
    const v1::LedgerEntry second = Decision(4, {.nickname = "indicator-1", .version = 2});
    const v1::LedgerEntry ended = Revision(5, report, "release");
    return {report, first, held, second, ended};
  }
  static std::string Text(Catalog& catalog) {
    std::string text = catalog.meta().ShortDebugString();
    for (const char* name : {"report-a", "indicator-1", "indicator-2"}) {
      const v1::CatalogObject* object = catalog.Find(IdOf(name));
      text += fmt::format("\n{}: {} wanted {} referrers {}", name, object == nullptr ? "-" : object->ShortDebugString(), catalog.Wanted(IdOf(name)),
                          fmt::join(catalog.ReferrersOf(IdOf(name), 10), " "));
    }
    return text + fmt::format("\nholds {}", catalog.NextHoldEnd().value_or(0));
  }
  static void ApplyAll(Catalog& catalog, const std::vector<v1::LedgerEntry>& entries, size_t from = 0) {
    for (size_t i = from; i < entries.size(); ++i) catalog.Apply(entries[i], entries[i].sequence());
  }

  const test::TempDirectory directory_;
  const test::Layers layers_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogTest, KnowsWhatWasDecidedWhereItIsAndWhoRefersToIt) {
  ApplyAll(*catalog_, Ledger());
  ASSERT_EQ(catalog_->Commit(), OkStatus());
  const v1::CatalogObject* object = catalog_->Find(IdOf("indicator-1"));
  ASSERT_NE(object, nullptr);
  ASSERT_EQ(object->grants_size(), 2) << "one a version";
  const v1::CatalogGrant* grant = FindGrant(*object, 4);
  ASSERT_NE(grant, nullptr);
  const v1::Placement* placement = FindPlacement(*grant, "community");
  ASSERT_NE(placement, nullptr);
  EXPECT_TRUE(placement->released());
  EXPECT_EQ(FindPlacement(*grant, "public"), nullptr);
  EXPECT_EQ(catalog_->ReferrersOf(IdOf("indicator-2"), 10), std::vector<std::string>{IdOf("report-a")});
  EXPECT_EQ(catalog_->Find(IdOf("indicator-2")), nullptr);
  EXPECT_EQ(catalog_->meta().ledger_sequence(), 5u);
}

TEST_F(CatalogTest, ComesBackEqualWhenItIsRebuiltFromTheLedger) {
  const std::vector<v1::LedgerEntry> ledger = Ledger();
  for (size_t i = 0; i < ledger.size(); ++i) {
    ApplyAll(*catalog_, {ledger[i]});
    ASSERT_EQ(catalog_->Commit(), OkStatus());
  }
  const std::unique_ptr<Catalog> rebuilt = Open("rebuilt");
  ApplyAll(*rebuilt, ledger);
  ASSERT_EQ(rebuilt->Commit(), OkStatus());
  EXPECT_EQ(Text(*rebuilt), Text(*catalog_));
}

TEST_F(CatalogTest, ARollbackForgetsTheStepAndItsReplayGivesTheSame) {
  const std::vector<v1::LedgerEntry> ledger = Ledger();
  for (size_t kept = 0; kept <= ledger.size(); ++kept) {
    const std::unique_ptr<Catalog> steady = Open(fmt::format("steady-{}", kept)), shaken = Open(fmt::format("shaken-{}", kept));
    ApplyAll(*steady, ledger);
    ASSERT_EQ(steady->Commit(), OkStatus());
    ApplyAll(*shaken, {ledger.begin(), ledger.begin() + static_cast<long>(kept)});
    ASSERT_EQ(shaken->Commit(), OkStatus());
    const std::string before = Text(*shaken);
    ApplyAll(*shaken, ledger, kept);
    shaken->Rollback();
    EXPECT_EQ(Text(*shaken), before) << kept;
    ApplyAll(*shaken, ledger, kept);
    ASSERT_EQ(shaken->Commit(), OkStatus());
    EXPECT_EQ(Text(*shaken), Text(*steady)) << kept;
  }
}

TEST_F(CatalogTest, LosesWhatWasNotCommittedAndKeepsWhatWas) {
  const std::vector<v1::LedgerEntry> ledger = Ledger();
  ApplyAll(*catalog_, {ledger[0], ledger[1]});
  ASSERT_EQ(catalog_->Commit(), OkStatus());
  const std::string committed = Text(*catalog_);
  ApplyAll(*catalog_, ledger, 2);
  catalog_.reset();  // a crash
  catalog_ = Open("live");
  EXPECT_EQ(Text(*catalog_), committed);
  EXPECT_EQ(catalog_->meta().ledger_offset(), 2u) << "from here the ledger is read again";
}

TEST_F(CatalogTest, HoldsEndInTheOrderOfTheirTimes) {
  const std::vector<v1::LedgerEntry> ledger = Ledger();
  ApplyAll(*catalog_, {ledger[0], ledger[1], ledger[2]});
  ASSERT_EQ(catalog_->Commit(), OkStatus());
  EXPECT_EQ(catalog_->NextHoldEnd(), 5'000);
  EXPECT_TRUE(catalog_->HoldsEndingBy(4'999, 10).empty());
  const auto ended = catalog_->HoldsEndingBy(5'000, 10);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].object_id, IdOf("report-a"));
  EXPECT_EQ(ended[0].number, 1u);
  ApplyAll(*catalog_, ledger, 3);
  ASSERT_EQ(catalog_->Commit(), OkStatus());
  EXPECT_EQ(catalog_->NextHoldEnd(), std::nullopt);
}

TEST_F(CatalogTest, AnInputThatIsInTheLedgerIsKnownUntilTheIngressIsBehindIt) {
  const std::string topic = "delta.ingress.delta-edge";
  ApplyAll(*catalog_, Ledger());
  ASSERT_EQ(catalog_->Commit(), OkStatus());
  catalog_ = nullptr;
  catalog_ = Open("live");
  for (const auto& [offset, decided] : std::map<log::Offset, bool>{{0, true}, {1, true}, {2, false}, {3, true}, {4, false}}) {
    EXPECT_EQ(catalog_->Decided(topic, offset), decided) << offset;
  }
  v1::IngressState state;
  state.set_next_offset(4);
  catalog_->SetIngress(topic, state);
  EXPECT_FALSE(catalog_->Decided(topic, 3)) << "nothing is asked about what the position is behind";
  EXPECT_FALSE(catalog_->Decided("other", 0));
}

TEST_F(CatalogTest, AnotherProcessIsKeptOut) {
  EXPECT_EQ(Catalog::Open(directory_.path() + "/live").status().code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace noroshi::relay
