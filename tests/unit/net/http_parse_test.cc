// What the reader of request heads and chunked bodies takes and refuses (AC-49, AC-51).
#include "common/net/http_parse.h"

#include <gtest/gtest.h>

namespace noroshi::net {
namespace {

// As the server does: scan, then parse. The status to refuse with; 0: taken.
int Refusal(std::string_view text, Head* out = nullptr) {
  const HeadLimits limits;
  const HeadScan scan = ScanHead(text, 0, limits);
  if (scan.fault_status != 0) return scan.fault_status;
  if (scan.head_bytes == 0) return -1;
  Head head;
  const int status = ParseHead(text.substr(0, scan.head_bytes), limits, head);
  if (out != nullptr) *out = head;
  return status != 0 ? status : head.refuse_with;
}

struct HeadCase {
  const char* name;
  std::string text;
  int want;
};

class RequestHead : public testing::TestWithParam<HeadCase> {};

TEST_P(RequestHead, IsTakenOrRefused) { EXPECT_EQ(Refusal(GetParam().text), GetParam().want); }

std::string Get(const std::string& fields) { return "GET /a/ HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; }
std::string Post(const std::string& fields) { return "POST /a/ HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; }
std::string Target(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n"; }

INSTANTIATE_TEST_SUITE_P(
    Table, RequestHead,
    testing::Values(
        HeadCase{"Plain", Get(""), 0}, HeadCase{"LengthTaken", Post("Content-Length: 5\r\n"), 0},
        HeadCase{"ChunkedTaken", Post("Transfer-Encoding: Chunked\r\n"), 0},
        HeadCase{"LengthThenEncoding", Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        HeadCase{"EncodingThenLength", Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        HeadCase{"GzipWithLength", Post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 400},
        HeadCase{"GzipAlone", Post("Transfer-Encoding: gzip\r\n"), 400},
        HeadCase{"GzipChunked", Post("Transfer-Encoding: gzip, chunked\r\n"), 400},
        HeadCase{"ChunkedIdentity", Post("Transfer-Encoding: chunked, identity\r\n"), 400},
        HeadCase{"EncodingTwice", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        HeadCase{"EmptyEncoding", Post("Transfer-Encoding:\r\n"), 400},
        HeadCase{"LengthTwice", Post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        HeadCase{"LengthList", Post("Content-Length: 5, 5\r\n"), 400}, HeadCase{"LengthPlus", Post("Content-Length: +5\r\n"), 400},
        HeadCase{"LengthMinus", Post("Content-Length: -1\r\n"), 400}, HeadCase{"LengthEmpty", Post("Content-Length:\r\n"), 400},
        HeadCase{"LengthHex", Post("Content-Length: 0x5\r\n"), 400},
        HeadCase{"LengthHuge", Post("Content-Length: 99999999999999999999\r\n"), 400},
        HeadCase{"SpaceBeforeColon", Post("Transfer-Encoding : chunked\r\n"), 400},
        HeadCase{"FoldedField", Get("X-A: 1\r\n folded\r\n"), 400}, HeadCase{"FoldedFirst", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
        HeadCase{"BareLineFeed", "GET / HTTP/1.1\nHost: h\n\n", 400}, HeadCase{"BareReturn", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400},
        HeadCase{"Nul", std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 36), 400},
        HeadCase{"EmptyName", Get(": x\r\n"), 400}, HeadCase{"NoColon", Get("abc\r\n"), 400},
        HeadCase{"ControlInValue", Get("X: a\x01\r\n"), 400}, HeadCase{"Http09", "GET /\r\n\r\n", 400},
        HeadCase{"Http2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505}, HeadCase{"NoVersion", "GET / FTP/1.1\r\nHost: h\r\n\r\n", 400},
        HeadCase{"Http10WithEncoding", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        HeadCase{"Http10", "GET / HTTP/1.0\r\n\r\n", 0}, HeadCase{"HostMissing", "GET / HTTP/1.1\r\n\r\n", 400},
        HeadCase{"HostTwice", Get("Host: h\r\n"), 400}, HeadCase{"HostWithPath", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400},
        HeadCase{"HostWithUser", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400}, HeadCase{"HostEmpty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        HeadCase{"LowerMethod", "get / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        HeadCase{"NulMethod", std::string("G\0T / HTTP/1.1\r\nHost: h\r\n\r\n", 29), 400},
        HeadCase{"LeadingEmptyLine", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        HeadCase{"SpaceInTarget", Target("/a b"), 400}, HeadCase{"Fragment", Target("/a#b"), 400}, HeadCase{"Utf8Raw", Target("/\xC3\xA9"), 400},
        HeadCase{"AbsoluteSame", Target("https://h/a/"), 0}, HeadCase{"AbsoluteOther", Target("https://other/a/"), 421},
        HeadCase{"Authority", Target("h:443"), 400}, HeadCase{"DotDot", Target("/a/../b/"), 404},
        HeadCase{"EscapedDots", Target("/a/%2e%2e/b/"), 404}, HeadCase{"DoubleSlash", Target("//a/"), 404},
        HeadCase{"EscapedSlash", Target("/a%2Fb/"), 404}, HeadCase{"EscapedNul", Target("/a%00/"), 404},
        HeadCase{"BadEscape", Target("/a%zz/"), 404}, HeadCase{"BadUtf8", Target("/a%ff/"), 404}, HeadCase{"CutEscape", Target("/a%4"), 404},
        HeadCase{"GoodEscape", Target("/%61/?match%5Bid%5D=x"), 0}, HeadCase{"LongTarget", Target("/" + std::string(64 << 10, 'a')), 414},
        HeadCase{"LongHead", Get("X: " + std::string(17 << 10, 'a') + "\r\n"), 431},
        HeadCase{"Expectation", Post("Expect: tea\r\n"), 417}, HeadCase{"Unfinished", "GET / HTTP/1.1\r\nHost: h\r\n", -1}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(RequestHeadFields, AreCountedAndNamedInLowerCase) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "A: b\r\n";
  EXPECT_EQ(Refusal(Get(many)), 431);
  Head head;
  ASSERT_EQ(Refusal("GET /a%20b/?x=%41 HTTP/1.1\r\nHOST: h\r\nX-Thing: \t v \t\r\nConnection: foo, Close\r\n\r\n", &head), 0);
  EXPECT_EQ(head.request.path, "/a b/");
  EXPECT_EQ(head.request.query, "x=%41");
  EXPECT_EQ(head.request.Header("x-thing"), "v");
  EXPECT_FALSE(head.keep_alive);
}

TEST(ScanHead, GivesTheSameAnswerHoweverTheBytesArrive) {
  const HeadLimits limits;
  for (const std::string& text : {Get("X: y\r\n"), std::string("GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n")}) {
    const HeadScan whole = ScanHead(text, 0, limits);
    HeadScan piecewise;
    for (size_t end = 1; end <= text.size() && piecewise.fault_status == 0 && piecewise.head_bytes == 0; ++end) {
      piecewise = ScanHead(std::string_view(text).substr(0, end), end - 1, limits);
    }
    EXPECT_EQ(piecewise.fault_status, whole.fault_status);
    EXPECT_EQ(piecewise.head_bytes, whole.head_bytes);
  }
}

struct ChunkCase {
  const char* name;
  std::string text;
  ChunkDecoder::Result want;
  std::string body;
};

class ChunkedBody : public testing::TestWithParam<ChunkCase> {};

TEST_P(ChunkedBody, IsDecodedByteByByte) {
  const auto& [name, text, want, want_body] = GetParam();
  ChunkDecoder decoder(16);
  std::string body;
  auto result = ChunkDecoder::Result::kNeedMore;
  for (size_t i = 0; i < text.size() && result == ChunkDecoder::Result::kNeedMore; ++i) {
    std::string_view one = std::string_view(text).substr(i, 1);
    result = decoder.Feed(one, body);
  }
  EXPECT_EQ(result, want);
  if (want == ChunkDecoder::Result::kDone) {
    EXPECT_EQ(body, want_body);
  }
}

using enum ChunkDecoder::Result;
INSTANTIATE_TEST_SUITE_P(Table, ChunkedBody,
                         testing::Values(ChunkCase{"Two", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", kDone, "abc0123456789"},
                                         ChunkCase{"Empty", "0\r\n\r\n", kDone, ""}, ChunkCase{"Cut", "3\r\nab", kNeedMore, ""},
                                         ChunkCase{"HugeSize", "FFFFFFFFFFFFFFFF\r\n", kMalformed, ""},
                                         ChunkCase{"TooLarge", "11\r\n", kTooLarge, ""}, ChunkCase{"SumTooLarge", "8\r\n01234567\r\n9\r\n", kTooLarge, ""},
                                         ChunkCase{"Extension", "3;x=y\r\nabc\r\n0\r\n\r\n", kMalformed, ""},
                                         ChunkCase{"Trailer", "0\r\nAuthorization: x\r\n\r\n", kMalformed, ""},
                                         ChunkCase{"BareLineFeed", "3\nabc\n0\n\n", kMalformed, ""},
                                         ChunkCase{"NoSize", "\r\n", kMalformed, ""}, ChunkCase{"DataTooLong", "3\r\nabcd\r\n", kMalformed, ""},
                                         ChunkCase{"Sign", "+3\r\nabc\r\n", kMalformed, ""}, ChunkCase{"Space", "3 \r\nabc\r\n", kMalformed, ""}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace noroshi::net
