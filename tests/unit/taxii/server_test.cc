// The whole server over HTTPS: a sector's layer on a memory log, records signed as its relay signs them.
#include "common/taxii/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/log/backends.h"
#include "common/base/random.h"
#include "common/obs/metrics.h"
#include "common/taxii/accounts.h"
#include "common/trust/proof.h"
#include "tests/support/pki.h"
#include "tests/unit/net/wire.h"

namespace noroshi::taxii {
namespace {

using nlohmann::json;
using policy::kClient;
using policy::kMember;

constexpr char kLayer[] = "energy";
constexpr char kCommunity[] = "energy.audience.community";
constexpr char kPublic[] = "energy.audience.public";

// Takes everything; remembers what it was asked.
class FakeAcceptor final : public relay::Acceptor {
 public:
  std::string NewSubmission() override { return SecureRandom().Uuid(); }
  StatusOr<std::vector<relay::ItemResult>> Accept(const std::string& submission, const relay::PublishOptions& options,
                                                  const std::vector<stix::InputItem>& items) override {
    const std::lock_guard lock(mutex);
    last_options = options;
    state.id = submission;
    state.org = options.org;
    state.account = options.account;
    state.total = items.size();
    state.items.clear();
    for (const stix::InputItem& item : items) {
      relay::ItemResult result;
      result.number = item.number;
      result.id = "indicator--x";
      result.version = "2026-01-01T00:00:00.000Z";
      result.state = item.fault.ok() ? relay::ItemState::kPending : relay::ItemState::kRefused;
      if (!item.fault.ok()) result.reason = "invalid_object";
      state.items.push_back(result);
    }
    return state.items;
  }
  Status Recall(const relay::RecallRequest& request) override {
    const std::lock_guard lock(mutex);
    recalls.push_back(request);
    if (on_recall) on_recall(request);
    return OkStatus();
  }
  StatusOr<relay::SubmissionState> Find(const std::string& submission, std::string_view org, uint64_t, size_t) override {
    const std::lock_guard lock(mutex);
    if (submission != state.id || org != state.org) return NotFound("no such submission");
    return state;
  }
  void Wait(const std::string&, bool, std::chrono::milliseconds) override {}
  StatusOr<std::vector<relay::ItemResult>> DryRun(const relay::PublishOptions&, const std::vector<stix::InputItem>&) override { return Unimplemented("not here"); }

  std::mutex mutex;
  relay::PublishOptions last_options;
  std::vector<relay::RecallRequest> recalls;
  std::function<void(const relay::RecallRequest&)> on_recall;  // the relay's part
  relay::SubmissionState state;
};

class StoppedClock final : public Clock {
 public:
  WallTime Now() const override { return SystemClock().Now(); }
  MonotonicTime Monotonic() const override { return MonotonicTime(std::chrono::hours(1)); }
};

class TaxiiServerTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = pki_.directory() + "/data";
    trust::SigningKey key = trust::SigningKey::Generate();
    trust::Node broker;
    broker.name = "energy-broker";
    broker.org = "isac";
    broker.role = trust::NodeRole::kBroker;
    broker.layer = kLayer;
    broker.keys = {key.public_key()};
    signer_ = std::make_unique<trust::BatchSigner>("test", "energy-broker", 1, std::move(key), SecureRandom());
    auto file = std::make_shared<config::DirectoryFile>();
    file->directory = *trust::Directory::Create("test", 1, {broker});
    file->membership = *policy::Membership::Create(
        1, {{"isac", "identity--1"}, {"alfa", "identity--2"}, {"bravo", "identity--3"}},
        {{kLayer, policy::LayerKind::kSector, "isac", {"isac", "alfa", "bravo"}}}, {{"8c0a1e3c-1111-4222-8333-444455556666", "solar", "alfa", {"alfa"}}});
    std::ofstream(pki_.directory() + "/accounts.yaml")
        << "accounts:\n"
        << Line("ann", "alfa", "member", "reader, publisher") << Line("cleo", "alfa", "client", "reader") << Line("bob", "bravo", "member", "reader")
        << Line("bea", "bravo", "member", "reader, publisher")
        << Line("olga", "isac", "member", "operator");
    ASSERT_TRUE(log_->EnsureTopic(kCommunity).ok());
    ASSERT_TRUE(log_->EnsureTopic(kPublic).ok());
    options_.listen = "127.0.0.1:0";
    options_.tls = pki_.Issue("isac", "energy-gateway");
    options_.layer = kLayer;
    options_.relay_node = "energy-broker";
    options_.directory = file;
    options_.accounts_file = pki_.directory() + "/accounts.yaml";
    options_.anonymous_public = true;
    options_.title = "Energy";
    options_.data_dir = directory_;
    options_.store_in_memory = true;
    Start();
  }
  // Again with other options: the old server goes first.
  void Start() {
    server_.reset();
    auto server = Server::Start(options_, *log_, acceptor_, *clock_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  static std::string Line(const std::string& user, const std::string& org, const std::string& kind, const std::string& roles) {
    return fmt::format("  - {{user: {}, org: {}, kind: {}, roles: [{}], token_hash: \"{}\"}}\n", user, org, kind, roles, HashToken(user + "-token"));
  }

  v1::Envelope Record(const std::string& topic, int64_t date_us, const std::string& id, const std::string& version, policy::Kinds kinds, v1::Tlp tlp) {
    v1::OriginHeader origin;
    origin.set_object_id(id);
    origin.set_object_type(id.substr(0, id.find("--")));
    origin.set_version(version);
    origin.set_tlp(tlp);
    origin.set_origin_org("alfa");
    origin.set_origin_node("energy-broker");
    v1::RelayHeader relay;
    relay.mutable_scope()->set_kind(topic == kPublic ? v1::SCOPE_PUBLIC : v1::SCOPE_SECTOR);
    if (topic != kPublic) relay.mutable_scope()->add_names(kLayer);
    v1::LayerHeader here;
    here.set_ledger_sequence(static_cast<uint64_t>(date_us));
    here.set_kinds(kinds);
    here.set_grant("alfa");
    v1::Envelope envelope;
    envelope.set_kind(v1::RECORD_OBJECT);
    // Spacing and order are the publisher's own: they must come back.
    envelope.set_payload(fmt::format("{{ \"id\":\"{}\",\"modified\": \"{}\", \"x_z\":1.0}}", id, version));
    origin.set_content_hash(AsBytes(Sha256(envelope.payload())));
    envelope.set_origin_header(origin.SerializeAsString());
    envelope.set_relay_header(relay.SerializeAsString());
    envelope.set_layer_header(here.SerializeAsString());
    return envelope;
  }

  std::string Sign(v1::Envelope envelope, const std::string& topic, int64_t date_us) {
    trust::Commit(envelope, SecureRandom());
    trust::SignOrigins(*signer_, {&envelope});
    v1::Attestation hop;
    hop.set_destination(topic);
    hop.set_date_added_us(date_us);
    trust::SignHops(*signer_, {&envelope}, {hop});
    return envelope.SerializeAsString();
  }

  void Release(const std::string& topic, int64_t date_us, const std::string& id, const std::string& version = "2026-01-01T00:00:00.000Z",
               policy::Kinds kinds = policy::kAllKinds, v1::Tlp tlp = v1::TLP_GREEN) {
    Append(topic, Sign(Record(topic, date_us, id, version, kinds, tlp), topic, date_us));
  }
  void Withdraw(int64_t date_us, const std::string& id, const std::string& version) {
    v1::Envelope envelope = Record(kCommunity, date_us, id, version, 0, v1::TLP_GREEN);
    envelope.set_kind(v1::RECORD_WITHDRAWAL);
    envelope.clear_payload();
    envelope.mutable_change()->set_version(version);
    Append(kCommunity, Sign(std::move(envelope), kCommunity, date_us));
  }
  void Append(const std::string& topic, std::string record) { ASSERT_TRUE(log::AppendAndWait(*log_, topic, {std::move(record)}).ok()); }

  net::Response Call(const std::string& method, const std::string& path, const std::string& user, const std::string& body = {},
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
    if (!user.empty()) headers.emplace_back("Authorization", "Bearer " + user + "-token");
    const auto answer = net::Fetch({pki_.ca_file()}, method, fmt::format("https://127.0.0.1:{}{}", server_->port(), path), headers, body);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : net::Response{0, {}, "", false};
  }
  net::Response Get(const std::string& path, const std::string& user = "ann") { return Call("GET", path, user); }
  // With its head, as it comes: Fetch takes no coded answer.
  std::string Raw(const std::string& path, const std::string& accept_encoding) {
    const net::WireTls tls;
    net::Wire wire(server_->port(), tls.get());
    wire.Send(fmt::format("GET {} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ann-token\r\nAccept-Encoding: {}\r\nConnection: close\r\n\r\n", path, accept_encoding));
    return wire.ReadAll();
  }
  static std::string Header(const net::Response& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  static std::string Objects(const std::string& alias, const std::string& query = {}) { return fmt::format("/energy/collections/{}/objects/{}", alias, query); }

  // Asks until the page's ids are these; the follower runs on its own thread. 20 s at most.
  bool Shows(const std::string& path, const std::vector<std::string>& ids, const std::string& user = "ann") {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::vector<std::string> seen;
    do {
      const net::Response response = Get(path, user);
      if (response.status != 200) continue;
      seen.clear();
      const json page = json::parse(response.body);
      for (const json& object : page.value("objects", json::array())) seen.push_back(object["id"]);
      if (seen == ids) return true;
    } while (std::chrono::steady_clock::now() < until);
    ADD_FAILURE() << path << " shows " << testing::PrintToString(seen);
    return false;
  }

  test::TestPki pki_;
  std::string directory_;
  std::unique_ptr<trust::BatchSigner> signer_;
  std::unique_ptr<log::Log> log_ = log::CreateMemoryLog();
  FakeAcceptor acceptor_;
  ServerOptions options_;
  StoppedClock stopped_clock_;
  Clock* clock_ = &SystemClock();
  std::unique_ptr<Server> server_;
};

TEST_F(TaxiiServerTest, DescribesItselfToAccounts) {
  EXPECT_EQ(json::parse(Get("/taxii2/").body)["default"], "/energy/");
  EXPECT_EQ(json::parse(Get("/energy").body)["versions"][0], "application/taxii+json;version=2.1");
  const json collections = json::parse(Get("/energy/collections/").body)["collections"];
  std::vector<std::string> aliases;
  for (const json& collection : collections) aliases.push_back(collection["alias"]);
  EXPECT_THAT(aliases, testing::UnorderedElementsAre("publish", "community", "public", "group-solar", "inbox"));
  for (const json& collection : collections) {
    EXPECT_EQ(json::parse(Get("/energy/collections/" + collection["id"].get<std::string>() + "/").body), collection);
  }
  EXPECT_EQ(Get("/energy/collections/", "olga").body, "{}") << "an operator alone reads nothing";
}

TEST_F(TaxiiServerTest, ServesTheStoredBytesInOrderPageByPage) {
  for (int i = 1; i <= 5; ++i) Release(kCommunity, i, fmt::format("indicator--{}", i));
  ASSERT_TRUE(Shows(Objects("community"), {"indicator--1", "indicator--2", "indicator--3", "indicator--4", "indicator--5"}));
  const net::Response first = Get(Objects("community", "?limit=2"));
  EXPECT_NE(first.body.find("\"objects\":[{ \"id\":\"indicator--1\",\"modified\": \"2026-01-01T00:00:00.000Z\", \"x_z\":1.0},"), std::string::npos);
  EXPECT_EQ(Header(first, "x-taxii-date-added-first"), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(Header(first, "x-taxii-date-added-last"), "1970-01-01T00:00:00.000002Z");
  const std::string next = json::parse(first.body)["next"];
  const net::Response second = Get(Objects("community", "?limit=2&next=" + next));
  EXPECT_EQ(json::parse(second.body)["objects"][0]["id"], "indicator--3");
  EXPECT_EQ(json::parse(Get(Objects("community", "?limit=2&next=" + next)).body)["objects"], json::parse(second.body)["objects"]);
  EXPECT_EQ(Get(Objects("community", "?next=" + next), "bob").status, 400) << "bound to the principal";
  EXPECT_EQ(Get(Objects("community", "?match[type]=malware&next=" + next)).status, 400) << "bound to the filters";
  EXPECT_TRUE(Shows(Objects("community", "?added_after=1970-01-01T00:00:00.000004Z"), {"indicator--5"}));
  const net::Response empty = Get(Objects("community", "?added_after=2030-01-01T00:00:00Z"));
  EXPECT_EQ(empty.body, "{\"more\":false}");
  EXPECT_EQ(Header(empty, "x-taxii-date-added-last"), "2030-01-01T00:00:00.000000Z");
}

TEST_F(TaxiiServerTest, ShowsEachCallerWhatHeMayRead) {
  Release(kCommunity, 1, "indicator--amber", "2026-01-01T00:00:00.000Z", kMember | kClient, v1::TLP_AMBER);
  Release(kCommunity, 2, "indicator--strict", "2026-01-01T00:00:00.000Z", policy::kAllKinds, v1::TLP_AMBER_STRICT);
  Release(kCommunity, 3, "indicator--red", "2026-01-01T00:00:00.000Z", policy::kAllKinds, v1::TLP_RED);
  Release(kPublic, 4, "indicator--clear", "2026-01-01T00:00:00.000Z", policy::kAllKinds, v1::TLP_CLEAR);
  ASSERT_TRUE(Shows(Objects("public"), {"indicator--clear"}, ""));
  EXPECT_TRUE(Shows(Objects("community"), {"indicator--amber", "indicator--strict"}));
  EXPECT_TRUE(Shows(Objects("community"), {"indicator--amber"}, "cleo"));
  EXPECT_EQ(Get("/energy/collections/community/objects/indicator--strict/", "cleo").body, Get("/energy/collections/community/objects/indicator--no/", "cleo").body);
  EXPECT_EQ(Get(Objects("community"), "").status, 401);
  EXPECT_EQ(Get(Objects("nonsense"), "").status, 401);
  EXPECT_EQ(Get(Objects("group-solar"), "bob").status, 404);
  EXPECT_EQ(Get(Objects("publish")).status, 403);
  EXPECT_EQ(Get(Objects("nonsense")).status, 404);
}

TEST_F(TaxiiServerTest, ShowsTheNewestVersionAndNoOlderOneAfterARecall) {
  Release(kCommunity, 1, "malware--1", "2026-01-02T00:00:00.000Z");
  Release(kCommunity, 2, "malware--1", "2026-01-01T00:00:00.000Z");
  Release(kCommunity, 3, "malware--2");
  ASSERT_TRUE(Shows(Objects("community"), {"malware--1", "malware--2"}));
  EXPECT_TRUE(Shows(Objects("community", "?match[version]=all"), {"malware--1", "malware--1", "malware--2"}));
  EXPECT_TRUE(Shows(Objects("community", "?match[version]=2026-01-01T00:00:00Z"), {"malware--1", "malware--2"}));
  EXPECT_EQ(json::parse(Get("/energy/collections/community/objects/malware--1/versions/").body)["versions"].size(), 2u);
  Withdraw(4, "malware--1", "2026-01-02T00:00:00.000Z");
  ASSERT_TRUE(Shows(Objects("community"), {"malware--2"}));
  EXPECT_TRUE(Shows(Objects("community", "?match[version]=all"), {"malware--1", "malware--2"}));
  EXPECT_EQ(Get("/energy/collections/community/objects/malware--1/").body, "{\"more\":false}");
}

TEST_F(TaxiiServerTest, StopsAnAudienceAtARecordThatIsNotTheRelays) {
  Release(kCommunity, 1, "indicator--1");
  ASSERT_TRUE(Shows(Objects("community"), {"indicator--1"}));
  v1::Envelope forged;
  ASSERT_TRUE(forged.ParseFromString(Sign(Record(kCommunity, 2, "indicator--2", "2026-01-01T00:00:00.000Z", policy::kAllKinds, v1::TLP_GREEN), kCommunity, 2)));
  forged.set_payload("{\"id\":\"indicator--3\"}");
  Append(kCommunity, forged.SerializeAsString());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server_->stopped_audiences() == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(server_->stopped_audiences(), 1u);
  EXPECT_EQ(Get(Objects("community")).status, 503) << "fail closed";
}

TEST_F(TaxiiServerTest, TakesPublications) {
  const std::vector<std::pair<std::string, std::string>> type = {{"Content-Type", "application/taxii+json;version=2.1"}};
  const net::Response posted = Call("POST", Objects("community"), "ann", R"({"objects":[{"type":"indicator"},{"type":"malware"}]})", type);
  ASSERT_EQ(posted.status, 202) << posted.body;
  const json status = json::parse(posted.body);
  EXPECT_EQ(status["total_count"], 2);
  EXPECT_EQ(status["pending_count"], 2);
  EXPECT_EQ(acceptor_.last_options.scope.kind, policy::ScopeKind::kSector);
  EXPECT_EQ(acceptor_.last_options.org, "alfa");
  const std::string path = "/energy/status/" + status["id"].get<std::string>() + "/";
  EXPECT_EQ(Get(path).status, 200);
  EXPECT_EQ(Get(path, "cleo").status, 404);
  EXPECT_EQ(Get(path, "bob").body, Get("/energy/status/00000000-0000-4000-8000-000000000000/", "bob").body);
  auto scoped = type;
  scoped.emplace_back("X-Noroshi-Scope", "national");
  EXPECT_EQ(Call("POST", Objects("community"), "ann", R"({"objects":[{}]})", scoped).status, 422) << "contradiction";
  EXPECT_EQ(Call("POST", Objects("publish"), "ann", R"({"objects":[{}]})", scoped).status, 202);
  EXPECT_EQ(acceptor_.last_options.scope.kind, policy::ScopeKind::kNational);
}

// taxii 130-133: what is gone is gone from every endpoint, and the answer waits for it.
TEST_F(TaxiiServerTest, DeletesTheGrantOfTheCallersOrganisation) {
  const std::string old_version = "2026-01-01T00:00:00.000Z", new_version = "2026-01-02T00:00:00.000Z";
  Release(kCommunity, 1, "malware--1", old_version);
  Release(kCommunity, 2, "malware--1", new_version);
  Release(kCommunity, 3, "malware--2");
  ASSERT_TRUE(Shows(Objects("community"), {"malware--1", "malware--2"}));
  int64_t date_us = 10;
  acceptor_.on_recall = [&](const relay::RecallRequest& request) {
    for (const std::string& version : request.versions.empty() ? std::vector{old_version, new_version} : request.versions) {
      Withdraw(date_us++, request.object_id, version);
    }
  };
  const std::string path = "/energy/collections/community/objects/malware--1/";
  const net::Response one = Call("DELETE", path + "?match[version]=2026-01-02T00:00:00Z", "ann");
  EXPECT_EQ(one.status, 200) << one.body;
  EXPECT_EQ(Header(one, "content-type"), "application/taxii+json;version=2.1");
  EXPECT_EQ(acceptor_.recalls.back().versions, std::vector{new_version});
  EXPECT_EQ(json::parse(Get(path + "versions/").body)["versions"], json::array({old_version})) << "the rest stay (133)";
  EXPECT_EQ(Get(path).body, "{\"more\":false}") << "and none of them becomes the newest (68)";
  EXPECT_EQ(Call("DELETE", path + "?match[version]=2026-01-02T00:00:00Z", "ann").status, 404) << "already deleted (132)";
  EXPECT_EQ(Call("DELETE", path + "?match[spec_version]=2.0", "ann").status, 404);
  EXPECT_EQ(Call("DELETE", path, "ann").status, 200);
  EXPECT_TRUE(acceptor_.recalls.back().versions.empty()) << "no filter: all versions (0.4)";
  EXPECT_EQ(acceptor_.recalls.back().org, "alfa");
  EXPECT_EQ(acceptor_.recalls.back().account, "ann");
  EXPECT_EQ(Get(path).status, 404);
  EXPECT_EQ(Get(path + "versions/").status, 404);
  EXPECT_EQ(Get(Objects("community", "?match[id]=malware--1&match[version]=all")).body, "{\"more\":false}");
  EXPECT_EQ(Call("DELETE", path, "ann").status, 404);
  EXPECT_EQ(acceptor_.recalls.size(), 2u);
}

// An extension: told to those who had it, paged like the manifest.
TEST_F(TaxiiServerTest, TellsWhatIsGoneToThoseWhoHadIt) {
  const std::string version = "2026-01-01T00:00:00.000Z";
  Release(kCommunity, 1, "malware--1", version, kMember | kClient);
  Release(kCommunity, 2, "malware--2", version, kMember);
  Release(kCommunity, 3, "indicator--3", version, kMember);
  Withdraw(4, "malware--1", version);
  Withdraw(5, "malware--2", version);
  Withdraw(6, "indicator--3", version);
  Release(kCommunity, 7, "indicator--3", version, kMember);
  Release(kCommunity, 8, "indicator--9", version, kMember | kClient);
  ASSERT_TRUE(Shows(Objects("community"), {"indicator--3", "indicator--9"}));
  const std::string path = "/energy/collections/community/tombstones/";
  const auto ids = [&](const std::string& query, const std::string& user) {
    std::vector<std::string> found;
    const json page = json::parse(Get(path + query, user).body);
    for (const json& item : page.value("tombstones", json::array())) found.push_back(item["id"]);
    return found;
  };
  const net::Response all = Get(path);
  EXPECT_EQ(all.body, R"({"more":false,"tombstones":[{"id":"malware--1","version":"2026-01-01T00:00:00.000Z","date":"1970-01-01T00:00:00.000004Z"},)"
                      R"({"id":"malware--2","version":"2026-01-01T00:00:00.000Z","date":"1970-01-01T00:00:00.000005Z"}]})") << "what came back is not gone";
  EXPECT_EQ(Header(all, "x-taxii-date-added-last"), "1970-01-01T00:00:00.000005Z");
  EXPECT_EQ(ids("", "cleo"), std::vector<std::string>{"malware--1"}) << "a client never had the other one";
  EXPECT_EQ(ids("?added_after=1970-01-01T00:00:00.000004Z", "ann"), std::vector<std::string>{"malware--2"});
  EXPECT_EQ(ids("?match[id]=malware--2", "ann"), std::vector<std::string>{"malware--2"});
  EXPECT_EQ(ids("?match[type]=indicator", "ann"), std::vector<std::string>{});
  const json first = json::parse(Get(path + "?limit=1").body);
  EXPECT_TRUE(first["more"]);
  const std::string next = first["next"];
  EXPECT_EQ(ids("?limit=1&next=" + next, "ann"), std::vector<std::string>{"malware--2"});
  EXPECT_EQ(Get(path + "?next=" + next, "bob").status, 400) << "bound to the principal";
  EXPECT_EQ(Get("/energy/collections/community/manifest/?next=" + next).status, 400) << "and to the resource";
  EXPECT_EQ(Get("/energy/collections/public/tombstones/").body, "{\"more\":false}");
  EXPECT_EQ(Get("/energy/collections/publish/tombstones/").status, 403);
  EXPECT_EQ(Get(path, "olga").status, 404);
  EXPECT_EQ(Get(path, "").status, 401);
}

// taxii 15, 130, 132; AC-33, AC-38: the answer depends on rights first, so nobody learns of an object by asking to delete it.
TEST_F(TaxiiServerTest, RefusesADeleteByRightsBeforeItLooksAtTheObject) {
  Release(kCommunity, 1, "malware--1");
  ASSERT_TRUE(Shows(Objects("community"), {"malware--1"}));
  for (const char* id : {"malware--1", "malware--no"}) {
    const std::string path = fmt::format("/energy/collections/community/objects/{}/", id);
    EXPECT_EQ(Call("DELETE", path, "bob").status, 403) << "(yes,no) " << id;
    EXPECT_EQ(Call("DELETE", path, "cleo").status, 403) << "(yes,no) " << id;
    EXPECT_EQ(Call("DELETE", path, "olga").status, 404) << "(no,no) " << id;
    EXPECT_EQ(Call("DELETE", path, "").status, 401) << id;
    EXPECT_EQ(Call("DELETE", fmt::format("/energy/collections/publish/objects/{}/", id), "ann").status, 403) << "(no,yes) " << id;
    EXPECT_EQ(Call("DELETE", fmt::format("/energy/collections/publish/objects/{}/", id), "bob").status, 404) << id;
    EXPECT_EQ(Call("DELETE", fmt::format("/energy/collections/group-solar/objects/{}/", id), "bea").status, 404) << id;
  }
  EXPECT_EQ(Call("DELETE", "/energy/collections/community/objects/malware--1/", "bea").status, 403) << "visible, and another's (130)";
  EXPECT_EQ(Call("DELETE", "/energy/collections/community/objects/malware--no/", "bea").status, 404);
  EXPECT_EQ(Call("DELETE", "/energy/collections/community/objects/malware--1/?match[version]=never", "ann").status, 400);
  EXPECT_EQ(Call("DELETE", "/energy/collections/community/objects/", "ann").status, 405);
  const net::Response put = Call("PUT", "/energy/collections/community/objects/malware--1/", "ann");
  EXPECT_EQ(Header(put, "allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_TRUE(acceptor_.recalls.empty()) << "nothing was asked of the relay";
  EXPECT_TRUE(Shows(Objects("community"), {"malware--1"}));
}

TEST_F(TaxiiServerTest, RefusesWhatItCannotRead) {
  const std::vector<std::pair<std::string, std::string>> type = {{"Content-Type", "application/taxii+json;version=2.1"}};
  for (const char* body : {"not json", "{", R"({"objects":[{"type":"indicator"})", R"({"objects":[{"type":"indicator"}])", R"({"objects":[{"type":"indic)"}) {
    EXPECT_EQ(Call("POST", Objects("publish"), "ann", body, type).status, 400) << body;
  }
  EXPECT_EQ(acceptor_.state.total, 0u) << "the whole objects of a body that was cut are not taken";
  for (const char* body : {"[]", "{}", R"({"objects":[]})", R"({"objects":"x"})", R"([{"type":"indicator"}])"}) {
    EXPECT_EQ(Call("POST", Objects("publish"), "ann", body, type).status, 422) << body;
  }
  EXPECT_EQ(Call("POST", Objects("publish"), "ann", "{}", {{"Content-Type", "text/xml"}}).status, 415);
  EXPECT_EQ(Call("POST", Objects("publish"), "bob", "{}", type).status, 404);
  EXPECT_EQ(Call("POST", Objects("community"), "bob", "{}", type).status, 403);
  const net::Response put = Call("PUT", Objects("community"), "ann", "{}", type);
  EXPECT_EQ(put.status, 405);
  EXPECT_EQ(Header(put, "allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(Header(put, "content-type"), "application/taxii+json;version=2.1");
  EXPECT_EQ(Call("GET", "/taxii2/", "ann", "", {{"Accept", "application/vnd.oasis.taxii+json; version=2.0"}}).status, 406);
  EXPECT_EQ(json::parse(Get("/energy//x").body)["http_status"], "404");
}

// Every endpoint without its last slash.
const std::vector<std::string> kPaths = {"/taxii2",
                                         "/energy",
                                         "/energy/collections",
                                         "/energy/collections/community",
                                         "/energy/collections/community/objects",
                                         "/energy/collections/community/manifest",
                                         "/energy/collections/community/objects/indicator--1",
                                         "/energy/collections/community/objects/indicator--1/versions"};

// Both forms are served where they are asked for (taxii 12), HEAD as GET without a body (135), with a date (6), whatever the User-Agent (18).
TEST_F(TaxiiServerTest, ServesBothSlashFormsAndHead) {
  Release(kCommunity, 1, "indicator--1");
  ASSERT_TRUE(Shows(Objects("community"), {"indicator--1"}));
  for (const std::string& path : kPaths) {
    const net::Response plain = Get(path), slash = Get(path + "/"), head = Call("HEAD", path + "/", "ann");
    EXPECT_EQ(plain.status, 200) << path;
    EXPECT_EQ(slash.body, plain.body) << path;
    EXPECT_EQ(head.status, 200) << path;
    EXPECT_EQ(head.body, "") << path;
    EXPECT_EQ(Header(head, "content-length"), Header(slash, "content-length")) << path;
    EXPECT_TRUE(Header(slash, "date").ends_with(" GMT")) << path;
  }
}

// AC-04, taxii 136: methods that an endpoint does not take, whatever a header says that the method was.
TEST_F(TaxiiServerTest, RefusesOtherMethodsWithAllowAndIgnoresOverrides) {
  for (const std::string& path : kPaths) {
    for (const char* method : {"PUT", "PATCH", "TRACE", "PROPFIND"}) {
      const net::Response response = Call(method, path + "/", "ann", "", {{"X-HTTP-Method-Override", "GET"}, {"X-Method-Override", "GET"}});
      EXPECT_EQ(response.status, 405) << method << " " << path;
      EXPECT_TRUE(Header(response, "allow").starts_with("GET, HEAD")) << method << " " << path;
    }
  }
  EXPECT_EQ(Call("GET", "/taxii2/", "ann", "", {{"X-HTTP-Method-Override", "DELETE"}}).status, 200);
}

// Taxii 137: what may be asked for depends on the shape of the path only, and needs no credentials.
TEST_F(TaxiiServerTest, AnswersOptionsWithoutTellingWhatIsThere) {
  for (const std::string& path : kPaths) {
    const net::Response response = Call("OPTIONS", path + "/", "");
    EXPECT_EQ(response.status, 204) << path;
    EXPECT_EQ(response.body, "") << path;
    EXPECT_TRUE(Header(response, "allow").starts_with("GET, HEAD")) << path;
  }
  EXPECT_EQ(Call("OPTIONS", Objects("community"), "").headers.size(), Call("OPTIONS", Objects("nonsense"), "").headers.size());
  EXPECT_EQ(Header(Call("OPTIONS", Objects("nonsense"), ""), "allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(Call("OPTIONS", "/nowhere/", "").status, 404);
}

// AC-21, AC-40: who calls is said by credentials and the connection, never by what a proxy might have written.
TEST_F(TaxiiServerTest, IgnoresHeadersOfIntermediaries) {
  for (const char* name : {"X-Forwarded-User", "X-Remote-User", "X-Client-Cert", "X-Ssl-Client-S-Dn", "X-Noroshi-Org", "X-Sync"}) {
    EXPECT_EQ(Call("GET", Objects("community"), "", "", {{name, "ann"}}).status, 401) << name;
  }
}

// Whose bucket is empty stays refused: time stands still.
TEST_F(TaxiiServerTest, LimitsTheRateOfAnAccountAndNotOfOthers) {
  options_.limits.requests_per_second_per_account = 2;
  clock_ = &stopped_clock_;
  Start();
  net::Response last;
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(last.status, 429) << i;
    last = Call("GET", "/taxii2/", "ann", "", {{"X-Forwarded-For", fmt::format("192.0.2.{}", i)}});
  }
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(Header(last, "retry-after"), "1");
  EXPECT_EQ(json::parse(last.body)["error_code"], "too_many_requests");
  EXPECT_EQ(Get("/taxii2/", "bob").status, 200);
}

// AC-81: off unless asked for by the operator, and then for what was stored only.
TEST_F(TaxiiServerTest, CompressesStoredObjectsOnlyWhereTheOperatorWantsIt) {
  std::vector<std::string> ids;
  for (int i = 1; i <= 40; ++i) {
    ids.push_back(fmt::format("indicator--{:02}", i));
    Release(kCommunity, i, ids.back());
  }
  const std::string manifest = "/energy/collections/community/manifest/";
  const auto coding = [this](const std::string& path, const std::string& accepted) {
    const std::string answer = Raw(path, accepted);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer.substr(0, 200);
    const std::string head = answer.substr(0, answer.find("\r\n\r\n"));
    const size_t at = head.find("\r\nContent-Encoding: ");
    return at == std::string::npos ? std::string() : head.substr(at + 20, head.find("\r\n", at + 20) - at - 20);
  };
  ASSERT_TRUE(Shows(Objects("community"), ids));
  EXPECT_EQ(coding(Objects("community"), "gzip"), "");
  EXPECT_EQ(Raw(Objects("community"), "gzip").find("\r\nVary:"), std::string::npos);
  options_.compression = true;
  Start();
  ASSERT_TRUE(Shows(Objects("community"), ids));
  EXPECT_EQ(coding(Objects("community"), "identity"), "");
  EXPECT_EQ(coding(Objects("community"), "gzip"), "gzip");
  EXPECT_EQ(coding(manifest, "gzip;q=0.1, zstd"), "zstd");
  for (const char* accepted : {"gzip", "identity"}) EXPECT_NE(Raw(Objects("community"), accepted).find("\r\nVary: Accept-Encoding\r\n"), std::string::npos);
  EXPECT_LT(Raw(Objects("community"), "gzip").size(), Raw(Objects("community"), "identity").size() / 2);
  EXPECT_EQ(coding("/energy/collections/", "gzip"), "") << "no stored object";
  EXPECT_EQ(coding("/energy/collections/community/objects/indicator--01/", "gzip"), "") << "too short";
}

TEST_F(TaxiiServerTest, CountsRequestsAndFailuresUnderNamesThatTellNothing) {
  ASSERT_TRUE(Shows(Objects("community"), {}));
  const auto metric = [](const std::string& series) {
    const std::string text = obs::ProcessMetrics().Scrape();
    const size_t at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1.0 : std::strtod(text.c_str() + at + series.size() + 2, nullptr);
  };
  const std::string objects = "noroshi_http_requests_total{code_class=\"2xx\",endpoint=\"/{api-root}/collections/{id}/objects/\"}";
  const std::string missing = "noroshi_auth_failures_total{reason=\"missing\"}", refused = "noroshi_auth_failures_total{reason=\"refused\"}";
  const double objects_before = metric(objects), missing_before = metric(missing), refused_before = metric(refused);
  EXPECT_GE(objects_before, 0) << "there from the start";
  EXPECT_GE(metric("noroshi_http_rejected_total{limit=\"rate_per_account\"}"), 0);
  Get(Objects("community"));
  Get(Objects("community"), "");
  Get(Objects("community"), "eve");
  // An answer is counted once it is written, which its reader may see first.
  const auto rises_by_one = [&metric](const std::string& series, double before) {
    for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10); metric(series) == before && std::chrono::steady_clock::now() < until;) {
      std::this_thread::yield();
    }
    return metric(series) == before + 1;
  };
  EXPECT_TRUE(rises_by_one(objects, objects_before));
  EXPECT_TRUE(rises_by_one(missing, missing_before));
  EXPECT_TRUE(rises_by_one(refused, refused_before));
  EXPECT_EQ(obs::ProcessMetrics().Scrape().find("community"), std::string::npos);
}

}  // namespace
}  // namespace noroshi::taxii
