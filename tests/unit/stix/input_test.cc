// What publishers hand in, taken apart; one bad piece costs itself only.
#include "common/stix/input.h"

#include <gtest/gtest.h>

#include "common/base/limits.h"

namespace noroshi::stix {
namespace {

// The items as text: an object's bytes, or `!` and the fault.
std::vector<std::string> Items(const StatusOr<Input>& input) {
  std::vector<std::string> texts;
  if (!input.ok()) return {"error: " + std::string(Message(input.status()))};
  for (const InputItem& item : input->items) {
    EXPECT_EQ(item.number, texts.size() + 1);
    EXPECT_EQ(item.fault.ok(), !item.bytes.empty());
    texts.push_back(item.fault.ok() ? std::string(item.bytes) : "!" + std::string(Message(item.fault)));
  }
  return texts;
}

struct SplitCase {
  const char* name;
  std::string text;
  const char* form;
  std::vector<std::string> want;
};
class Split : public testing::TestWithParam<SplitCase> {};
TEST_P(Split, GivesTheItems) {
  const StatusOr<Input> input = SplitInput(GetParam().text);
  EXPECT_EQ(Items(input), GetParam().want);
  EXPECT_EQ(input.ok() ? input->form : "", GetParam().form);
}

using S = std::vector<std::string>;

INSTANTIATE_TEST_SUITE_P(
    Forms, Split,
    testing::Values(
        SplitCase{"Bundle", R"({"type":"bundle","id":"b","objects":[ {"a":1} ,{"b":"}],\"{"}]})", "bundle",
                  S{R"({"a":1})", R"({"b":"}],\"{"})"}},
        SplitCase{"BundleTypeLast",
                  "{\"objects\":[{\"a\":1}],\n\"spec_version\":\"2.0\",\"type\" : \"bundle\" }\n", "bundle",
                  S{R"({"a":1})"}},
        SplitCase{"BundleByEscape", R"({"type":"b\u0075ndle","\u006fbjects":[{"a":1}]})", "bundle",
                  S{R"({"a":1})"}},
        SplitCase{"BundlePretty",
                  "{\n \"type\": \"bundle\",\n \"objects\": [\n  {\n   \"a\": 1\n  },\n  {\"b\": 2}\n ]\n}\n",
                  "bundle", S{"{\n   \"a\": 1\n  }", R"({"b": 2})"}},
        SplitCase{"BundleOneObjectALine", "{\"type\":\"bundle\",\"objects\":[\n{\"a\":1},\n{\"b\":2}\n]}",
                  "bundle", S{R"({"a":1})", R"({"b":2})"}},
        SplitCase{"Envelope", R"({"more":true,"next":"x","objects":[{"a":1}]})", "envelope", S{R"({"a":1})"}},
        SplitCase{"Object", " {\"type\":\"tool\",\"x\":{\"objects\":[]}}\n", "object",
                  S{R"({"type":"tool","x":{"objects":[]}})"}},
        SplitCase{"ObjectWithObjects", R"({"type":"x-own","objects":[{"a":1}]})", "object",
                  S{R"({"type":"x-own","objects":[{"a":1}]})"}},
        SplitCase{"List", "[{\"a\":1},\n{\"b\":[1,{}]}]", "list", S{R"({"a":1})", R"({"b":[1,{}]})"}},
        SplitCase{"Ndjson",
                  "{\"a\":1}\n\n{\"b\":2}\r\n{\"type\":\"bundle\",\"objects\":[{\"c\":3}]}\n[{\"d\":4}]\n",
                  "ndjson", S{R"({"a":1})", R"({"b":2})", R"({"c":3})", R"({"d":4})"}},
        SplitCase{"ConcatenatedPretty", "{\n\"a\":1\n}\n{\n\"b\":2\n}\n", "ndjson",
                  S{"{\n\"a\":1\n}", "{\n\"b\":2\n}"}}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Faults, Split,
    testing::Values(
        SplitCase{"BadInside", R"({"type":"bundle","objects":[{"a":1},{"b" 2 2},{"c":3}]})", "bundle",
                  S{R"({"a":1})", R"({"b" 2 2})", R"({"c":3})"}},
        SplitCase{"Scalars", R"([{"a":1},5,"x",null])", "list",
                  S{R"({"a":1})", "!object 2 is not a JSON object", "!object 3 is not a JSON object",
                    "!object 4 is not a JSON object"}},
        SplitCase{"CommaTooMany", R"([{"a":1},,{"b":2},])", "list",
                  S{R"({"a":1})", "!object 2 is empty: a comma too many", R"({"b":2})",
                    "!object 4 is empty: a comma too many"}},
        SplitCase{"BundleInside",
                  R"({"objects":[{"id":"x","type": "bundle","objects":[{}]},{"x":{"type":"bundle"}}]})",
                  "envelope",
                  S{"!object 1 is a bundle, which is not a STIX object (STIX 2.1 §8)",
                    R"({"x":{"type":"bundle"}})"}},
        SplitCase{"Truncated", R"({"type":"bundle","objects":[{"a":1},{"b":")", "bundle",
                  S{R"({"a":1})", "!object 2 is truncated at byte 42"}},
        SplitCase{"TruncatedBetween", R"({"type":"bundle","objects":[{"a":1})", "bundle",
                  S{R"({"a":1})", "!the input is truncated at byte 35"}},
        SplitCase{"TruncatedBehindList", R"({"type":"bundle","objects":[{"a":1}])", "bundle",
                  S{R"({"a":1})", "!the input is truncated at byte 36"}},
        SplitCase{"TruncatedObject", R"({"type":"tool","name":"x)", "object",
                  S{"!object 1 is truncated at byte 24"}},
        SplitCase{"Mismatched", R"([{"a":1},{"b":[}],{"c":3}])", "list",
                  S{R"({"a":1})", "!object 2 is not JSON at byte 15: brackets or quotes do not match"}},
        SplitCase{"TooDeep",
                  R"([{"a":1},{"b":)" + std::string(100, '[') + std::string(100, ']') + R"(},{"c":3}])",
                  "list", S{R"({"a":1})", "!object 2 is nested deeper than 64 levels", R"({"c":3})"}},
        SplitCase{"BadLine", "{\"a\":1}\n{\"b\":\n{\"c\":3}\n{\"d\":4}\n", "ndjson",
                  S{R"({"a":1})", "!object 2 is not JSON at byte 22: brackets or quotes do not match",
                    R"({"c":3})", R"({"d":4})"}},
        SplitCase{"FirstLineOpenString", "{\"a\":\"x}\n{\"b\":2}\n{\"c\":3}", "ndjson",
                  S{"!object 1 is not JSON at byte 8: brackets or quotes do not match", R"({"b":2})",
                    R"({"c":3})"}},
        SplitCase{"FirstLineNoJson", "name,value\n{\"b\":2}\n", "ndjson",
                  S{"!object 1 is not JSON at byte 0: brackets or quotes do not match", R"({"b":2})"}},
        SplitCase{"FirstLineTooDeep", std::string(100'000, '[') + "\n{\"b\":2}\n", "ndjson",
                  S{"!object 1 is nested deeper than 64 levels", R"({"b":2})"}},
        SplitCase{"LineWithRest", "{\"a\":1} rest\n{\"b\":2}", "ndjson",
                  S{R"({"a":1})", "!object 2 is not JSON at byte 8: brackets or quotes do not match",
                    R"({"b":2})"}},
        SplitCase{"LastLineTruncated", "{\"a\":1}\n{\"b\":2", "ndjson",
                  S{R"({"a":1})", "!object 2 is truncated at byte 14"}},
        SplitCase{"EmptyEnvelopeLine", "{\"a\":1}\n{\"objects\":[]}\n", "ndjson",
                  S{R"({"a":1})", "!`objects` of the envelope is empty"}}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Nothing, Split,
    testing::Values(
        SplitCase{"Empty", "", "", S{"error: input is empty"}},
        SplitCase{"Blank", " \n\t", "", S{"error: input is empty"}},
        SplitCase{"Text", "hello", "", S{"error: input is not JSON: it begins with neither `{` nor `[`"}},
        SplitCase{"ByteOrderMark", "\xef\xbb\xbf{}", "",
                  S{"error: input begins with a byte order mark (I-JSON)"}},
        SplitCase{"NoObjects", "{}", "", S{"error: the envelope has no `objects`"}},
        SplitCase{"OnlyMore", R"({"more":false})", "", S{"error: the envelope has no `objects`"}},
        SplitCase{"BundleWithout", R"({"type":"bundle","id":"x"})", "",
                  S{"error: the bundle has no `objects`"}},
        SplitCase{"EmptyObjects", R"({"objects":[]})", "", S{"error: `objects` of the envelope is empty"}},
        SplitCase{"EmptyList", "[ ]", "", S{"error: the list of objects is empty"}},
        SplitCase{"NoList", R"({"objects":{"a":1}})", "",
                  S{"error: `objects` of the envelope is not a list"}},
        SplitCase{"ObjectsTwice", R"({"objects":[{"a":1}],"objects":[{"b":2}]})", "",
                  S{"error: the envelope has a member twice (I-JSON)"}},
        SplitCase{"TypeTwice", R"({"type":"tool","objects":[{"a":1}],"type":"bundle"})", "",
                  S{"error: the bundle has a member twice (I-JSON)"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(SplitInput, KnowsWhetherTheTextIsWhole) {
  EXPECT_TRUE(SplitInput(R"({"objects":[{"a":1},{"b" 2}]})")->whole) << "a bad object inside is that object's own fault";
  for (const char* cut : {R"({"objects":[{"a":1})", R"({"objects":[{"a":1}])", R"({"objects":[{"a":1]})", R"({"objects":[{"a":"})", R"({"type":"x")"}) {
    EXPECT_FALSE(SplitInput(cut)->whole) << cut;
  }
}

TEST(SplitInput, RefusesMoreObjectsThanTheLimit) {
  std::string list, lines;
  for (size_t i = 0; i <= limits::kObjectsPerRequestMax; ++i) {
    list += i == 0 ? "[{}" : ",{}";
    lines += "{}\n";
  }
  for (const std::string& text : {list + "]", lines}) {
    EXPECT_EQ(SplitInput(text).status().code(), StatusCode::kResourceExhausted);
  }
  EXPECT_EQ(SplitInput(list.substr(0, list.size() - 3) + "]")->items.size(), limits::kObjectsPerRequestMax);
}

TEST(SplitInput, EveryCutOfABundleKeepsTheWholeObjects) {
  const std::string objects[] = {R"({"a":"x\"y"})", R"({"b":[{},{"c":null}]})", R"({"d":3})"};
  const std::string text =
      R"({"type":"bundle","objects":[)" + objects[0] + "," + objects[1] + "," + objects[2] + "]}";
  for (size_t size = 1; size < text.size(); ++size) {
    const StatusOr<Input> input = SplitInput(std::string_view(text).substr(0, size));
    ASSERT_TRUE(input.ok()) << size << input.status();
    std::vector<std::string> want;
    for (const std::string& object : objects) {
      if (text.find(object) + object.size() <= size) want.push_back(object);
    }
    std::vector<std::string> got = Items(input);
    ASSERT_FALSE(got.empty());
    EXPECT_NE(got.back().find("is truncated at byte " + std::to_string(size)), std::string::npos)
        << got.back();
    got.pop_back();
    EXPECT_EQ(got, want) << size;
  }
}

TEST(SplitInput, HundredMegabytesAreViewsIntoTheInput) {
  const std::string object = R"({"type":"tool","name":")" + std::string(1'400, 'n') + R"("})";
  std::string text = R"({"type":"bundle","objects":[)";
  while (text.size() < 100'000'000) text += object + ",";
  text.back() = ']';
  text += '}';
  const StatusOr<Input> input = SplitInput(text);
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->items.size(), (text.size() - 29) / (object.size() + 1));
  for (const InputItem& item : input->items) {
    ASSERT_EQ(item.bytes.size(), object.size());
    ASSERT_TRUE(item.bytes.data() > text.data() && item.bytes.data() < text.data() + text.size());
  }
}

}  // namespace
}  // namespace noroshi::stix
