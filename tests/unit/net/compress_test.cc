// Which content coding a client gets (RFC 9110 section 12.5.3), and that it reads what it gets.
#include "common/net/compress.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace noroshi::net {
namespace {

struct CodingCase {
  const char* accept;
  Coding want;
};

TEST(ChooseCoding, FollowsTheClientsWeights) {
  using enum Coding;
  for (const CodingCase& one : {CodingCase{"", kIdentity}, {"gzip", kGzip}, {"x-gzip", kGzip}, {"zstd", kZstd}, {"gzip, deflate, br, zstd", kZstd}, {"gzip, deflate", kGzip},
                                {"deflate, br", kIdentity}, {"GZIP ; Q=0.5", kGzip}, {"gzip;q=0", kIdentity}, {"gzip;q=0.000", kIdentity}, {"zstd;q=0.2, gzip;q=0.8", kGzip},
                                {"gzip;q=0.5, identity;q=0.6", kIdentity}, {"gzip;q=0.5, identity;q=0.5", kGzip}, {"*", kZstd}, {"*;q=0", kIdentity},
                                {"zstd;q=0, *", kGzip}, {"identity;q=0", kIdentity}, {"gzip;q=2", kIdentity}, {"gzip;q=x", kIdentity}, {"gzip;q=", kIdentity},
                                {"gzip;level=9", kIdentity}, {",,gzip,,", kGzip}, {"gzipped", kIdentity}}) {
    EXPECT_EQ(ChooseCoding(one.accept), one.want) << one.accept;
  }
}

TEST(Compress, GivesBackWhatWentIn) {
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += "indicator--" + std::to_string(i * 7919);
  const std::optional<std::string> gzip = Compress(Coding::kGzip, body), zstd = Compress(Coding::kZstd, body);
  ASSERT_TRUE(gzip && zstd);
  EXPECT_LT(gzip->size(), body.size() / 2);
  EXPECT_LT(zstd->size(), body.size() / 2);
  std::string out(body.size(), '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip->data()));
  stream.avail_in = static_cast<uInt>(gzip->size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  EXPECT_EQ(out, body);
  out.assign(body.size(), '\0');
  EXPECT_EQ(ZSTD_decompress(out.data(), out.size(), zstd->data(), zstd->size()), body.size());
  EXPECT_EQ(out, body);
  EXPECT_FALSE(Compress(Coding::kIdentity, body));
}

}  // namespace
}  // namespace noroshi::net
