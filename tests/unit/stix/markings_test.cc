// TLP in markings, definitions and labels (sharing.md section 3; taxii.md items 155-159).
#include <gtest/gtest.h>

#include <array>

#include "common/stix/object.h"
#include "common/stix/tlp.h"

namespace noroshi::stix {
namespace {

struct OfficialCase {
  const char* uuid;
  int generation;
  const char* color;
  Tlp tlp;
};
constexpr OfficialCase kOfficial[] = {
    {"613f2e26-407d-48c7-9eca-b8e91df99dc9", 1, "white", Tlp::kClear},
    {"34098fce-860f-48ae-8e50-ebd3cc5e41da", 1, "green", Tlp::kGreen},
    {"f88d31f6-486f-44da-b317-01333bde0b82", 1, "amber", Tlp::kAmber},
    {"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", 1, "red", Tlp::kRed},
    {"94868c89-83c2-464b-929b-a1a8aa3c8487", 2, "clear", Tlp::kClear},
    {"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", 2, "green", Tlp::kGreen},
    {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", 2, "amber", Tlp::kAmber},
    {"939a9414-2ddd-4d32-a0cd-375ea402b003", 2, "amber+strict", Tlp::kAmberStrict},
    {"e828b379-4e03-4974-9ac4-e53a884c97c1", 2, "red", Tlp::kRed},
};

// The definition with this id and, between `created` and the end, these members.
std::string Definition(const std::string& uuid, const std::string& created, const std::string& members) {
  return R"({"type":"marking-definition","spec_version":"2.1","id":"marking-definition--)" + uuid +
         R"(","created":")" + created + "\"" + members + "}";
}
std::string Tlp1(const std::string& uuid, const std::string& color, const std::string& more = "") {
  return Definition(uuid, "2017-01-20T00:00:00.000Z",
                    R"(,"definition_type":"tlp","definition":{"tlp":")" + color + "\"}" + more);
}
std::string Tlp2(const std::string& uuid, const std::string& color, const std::string& more = "") {
  return Definition(
      uuid, "2022-10-01T00:00:00.000Z",
      R"(,"extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":)"
      R"("property-extension","tlp_2_0":")" +
          color + "\"}}" + more);
}

std::string Tool(const std::string& members) {
  return R"({"type":"tool","spec_version":"2.1","id":"tool--00000001-0000-4000-8000-000000000001",)"
         R"("created":"2026-03-01T08:00:00.000Z","modified":"2026-03-01T08:00:00.000Z","name":"n")" +
         members + "}";
}
std::string MarkedWith(const std::string& uuids_json) {
  return ",\"object_marking_refs\":[" + uuids_json + "]";
}
std::string MarkingId(const std::string& uuid) { return "\"marking-definition--" + uuid + "\""; }

Object Parsed(const std::string& text) {
  const StatusOr<Object> object = Parse(text);
  EXPECT_TRUE(object.ok()) << object.status() << text;
  return object.ok() ? *object : Object{};
}

TEST(Tlp, NamesReadBack) {
  for (const Tlp tlp : {Tlp::kClear, Tlp::kGreen, Tlp::kAmber, Tlp::kAmberStrict, Tlp::kRed}) {
    EXPECT_EQ(ParseTlp(TlpName(tlp)), tlp);
  }
  EXPECT_EQ(ParseTlp("WHITE"), Tlp::kClear);
  EXPECT_EQ(ParseTlp("Amber+Strict"), Tlp::kAmberStrict);
  EXPECT_FALSE(ParseTlp("amber-strict"));
  EXPECT_FALSE(ParseTlp(""));
}

TEST(Tlp, OfficialIdsOfBothGenerations) {
  for (const OfficialCase& c : kOfficial) {
    EXPECT_EQ(OfficialTlp(std::string("marking-definition--") + c.uuid), c.tlp);
    EXPECT_FALSE(OfficialTlp(c.uuid));
    EXPECT_EQ(Parsed(Tool(MarkedWith(MarkingId(c.uuid)))).tlp, c.tlp);
  }
  EXPECT_FALSE(OfficialTlp("marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"));
}

TEST(Tlp, TheStrictestMarkingWinsGranularOnesIncluded) {
  const std::string green = MarkingId(kOfficial[1].uuid), amber = MarkingId(kOfficial[2].uuid);
  EXPECT_EQ(Parsed(Tool(MarkedWith(green + "," + amber))).tlp, Tlp::kAmber);
  EXPECT_EQ(Parsed(Tool(MarkedWith(amber + "," + green))).tlp, Tlp::kAmber);
  const Object granular =
      Parsed(Tool(MarkedWith(green) + R"(,"granular_markings":[{"selectors":["name"],"marking_ref":)" +
                  MarkingId(kOfficial[8].uuid) + "}]"));
  EXPECT_EQ(granular.tlp, Tlp::kRed);
  EXPECT_EQ(granular.marking_refs.size(), 2u);
  EXPECT_FALSE(Parsed(Tool("")).tlp);
}

TEST(TlpDefinition, OfficialContentIsFine) {
  for (const OfficialCase& c : kOfficial) {
    const std::string upper = c.tlp == Tlp::kRed ? ",\"name\":\"TLP:RED\"" : "";
    const Object object =
        Parsed(c.generation == 1 ? Tlp1(c.uuid, c.color, upper) : Tlp2(c.uuid, c.color, upper));
    EXPECT_EQ(object.marking_fault, "") << c.uuid;
  }
}

TEST(TlpDefinition, OfficialIdWithOtherContentIsAFault) {
  const std::string own = ",\"x_rank\":1";
  const std::string official[] = {
      Tlp1(kOfficial[3].uuid, "white"),
      Tlp1(kOfficial[3].uuid, "red", own),
      Tlp1(kOfficial[3].uuid, "red", ",\"name\":\"TLP:GREEN\""),
      Tlp1(kOfficial[8].uuid, "red"),
      Tlp1(kOfficial[0].uuid, "clear"),
      Tlp2(kOfficial[3].uuid, "red"),
      Tlp2(kOfficial[8].uuid, "clear"),
      Tlp2(kOfficial[8].uuid, "red", own),
      Tlp2(kOfficial[8].uuid, "red", R"(,"definition_type":"tlp","definition":{"tlp":"red"})"),
      Definition(kOfficial[3].uuid, "2017-01-20T00:00:00.000Z",
                 R"(,"definition_type":"statement","definition":{"statement":"s"})"),
      Definition(kOfficial[3].uuid, "2017-01-21T00:00:00.000Z",
                 R"(,"definition_type":"tlp","definition":{"tlp":"red"})"),
      Definition(kOfficial[8].uuid, "2022-10-01T00:00:00.000Z", R"(,"extensions":{"x-ext":{"a":1}})"),
  };
  for (const std::string& text : official) {
    EXPECT_EQ(Parsed(text).marking_fault, "an official TLP id with other content") << text;
    EXPECT_EQ(ParseTrusted(text)->marking_fault, "an official TLP id with other content");
  }
}

TEST(TlpDefinition, WhatLooksLikeTlpUnderAnotherIdIsAFault) {
  const std::string uuid = "826578e1-40ad-459f-bc73-ede076f81f37", created = "2026-01-01T00:00:00.000Z";
  const std::string looks[] = {
      Tlp1(uuid, "amber"),
      Tlp2(uuid, "amber+strict"),
      Definition(uuid, created,
                 R"(,"definition_type":"TLP","name":"TLP:AMBER+STRICT","definition":{"TLP":"x"})"),
      Definition(uuid, created, R"(,"definition_type":"statement","definition":{"statement":" tlp red"})"),
      Definition(uuid, created, R"(,"definition_type":"statement","definition":{"statement":"\tTLP:RED"})"),
      Definition(uuid, created, R"(,"definition_type":"statement","definition":{"statement":"Marked TLP:RED, do not share"})"),
      Definition(uuid, created,
                 R"(,"definition_type":"statement","name":"Tlp:Red","definition":{"statement":"s"})"),
      Definition(uuid, created, R"(,"definition_type":"x-own","definition":{"tlp_2_0":"red"})"),
      Definition(uuid, created, R"(,"extensions":{"x-own":{"tlp":"red"}})"),
  };
  for (const std::string& text : looks) {
    EXPECT_EQ(Parsed(text).marking_fault, "looks like a TLP marking and is not an official one") << text;
  }
  EXPECT_EQ(
      Parsed(Definition(uuid, created, R"(,"definition_type":"statement","definition":{"statement":"tlpx"})"))
          .marking_fault,
      "");
}

struct LabelCase {
  const char* label;
  std::optional<Tlp> tlp;
};
TEST(TlpLabel, IsKnownByItsLetters) {
  const LabelCase cases[] = {
      {"tlp:red", Tlp::kRed},
      {"TLP:AMBER+STRICT", Tlp::kAmberStrict},
      {"tlp-amber-strict", Tlp::kAmberStrict},
      {"Tlp White", Tlp::kClear},
      {"tlp:clear", Tlp::kClear},
      {"tlp=\"green\"", Tlp::kGreen},
      {"tlp:purple", std::nullopt},
      {"red", std::nullopt},
      {"not tlp:red", std::nullopt},
  };
  for (const LabelCase& c : cases) {
    std::string escaped;
    for (const char* p = c.label; *p != 0; ++p)
      escaped += *p == '"' ? std::string("\\\"") : std::string(1, *p);
    const Object object = Parsed(Tool(",\"labels\":[\"a\",\"" + escaped + "\"]"));
    EXPECT_EQ(object.label_tlp, c.tlp) << c.label;
    EXPECT_FALSE(object.tlp);
    EXPECT_EQ(object.marking_fault, "") << "without a marking the policy compares";
  }
}

TEST(TlpLabel, StricterThanTheMarkingsIsAFaultAndNeverRelaxes) {
  const std::string amber = MarkedWith(MarkingId(kOfficial[2].uuid));
  const Object stricter = Parsed(Tool(amber + R"(,"labels":["tlp:green","tlp:red"])"));
  EXPECT_EQ(stricter.label_tlp, Tlp::kRed);
  EXPECT_EQ(stricter.marking_fault, "a label says TLP red, the markings say amber");
  const Object laxer = Parsed(Tool(amber + R"(,"labels":["tlp:clear"])"));
  EXPECT_EQ(laxer.tlp, Tlp::kAmber);
  EXPECT_EQ(laxer.marking_fault, "");
}

}  // namespace
}  // namespace noroshi::stix
