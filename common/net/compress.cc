#include "common/net/compress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cctype>

namespace noroshi::net {
namespace {

// Fast ones: a page is made anew for each caller.
constexpr int kGzipLevel = 4;
constexpr int kZstdLevel = 3;
constexpr int kGzipWindowBits = 15 + 16;  // zlib: 16 asks for gzip's own head and end
constexpr int kGzipMemoryLevel = 8;
constexpr int kWeightOne = 1'000;

std::string Lower(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' && c != '\t') out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return out;
}

// `q=0.8` in thousandths; what is no weight counts as 0: a coding is never forced on who may not have asked for it.
int Weight(std::string_view parameter) {
  if (!parameter.starts_with("q=")) return 0;
  parameter.remove_prefix(2);
  if (parameter.empty() || parameter.size() > 5 || (parameter.size() > 1 && parameter[1] != '.')) return 0;
  int value = 0, scale = kWeightOne;
  for (char c : parameter) {
    if (c == '.') continue;
    if (c < '0' || c > '9') return 0;
    value += (c - '0') * scale;
    scale /= 10;
  }
  return value <= kWeightOne ? value : 0;
}

std::optional<std::string> Gzip(const std::string& body) {
  z_stream stream{};
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindowBits, kGzipMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (!done) return {};
  return out;
}

std::optional<std::string> Zstd(const std::string& body) {
  std::string out(ZSTD_compressBound(body.size()), '\0');
  const size_t bytes = ZSTD_compress(out.data(), out.size(), body.data(), body.size(), kZstdLevel);
  if (ZSTD_isError(bytes) != 0) return {};
  out.resize(bytes);
  return out;
}

}  // namespace

Coding ChooseCoding(std::string_view accept_encoding) {
  constexpr int kNotSaid = -1;
  int gzip = kNotSaid, zstd = kNotSaid, identity = kNotSaid, any = kNotSaid;
  while (!accept_encoding.empty()) {
    const size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string item = Lower(accept_encoding.substr(0, comma));
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view name = std::string_view(item).substr(0, semicolon);
    const int weight = semicolon == item.size() ? kWeightOne : Weight(std::string_view(item).substr(semicolon + 1));
    if (name == "gzip" || name == "x-gzip") gzip = weight;
    if (name == "zstd") zstd = weight;
    if (name == "identity") identity = weight;
    if (name == "*") any = weight;
  }
  if (gzip == kNotSaid) gzip = std::max(any, 0);
  if (zstd == kNotSaid) zstd = std::max(any, 0);
  const int best = std::max(gzip, zstd);
  if (best <= 0 || identity > best) return Coding::kIdentity;
  return zstd >= gzip ? Coding::kZstd : Coding::kGzip;
}

std::string_view CodingName(Coding coding) {
  switch (coding) {
    case Coding::kIdentity: return "identity";
    case Coding::kGzip: return "gzip";
    case Coding::kZstd: return "zstd";
  }
  return "identity";
}

std::optional<std::string> Compress(Coding coding, const std::string& body) {
  switch (coding) {
    case Coding::kIdentity: return {};
    case Coding::kGzip: return Gzip(body);
    case Coding::kZstd: return Zstd(body);
  }
  return {};
}

}  // namespace noroshi::net
