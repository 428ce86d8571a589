// STIX on the hot path: one ATT&CK-like object of about 1.4 KB through Parse and ParseTrusted, and a bundle
// through SplitInput. Targets on the reference machine: Parse <= 8 us, ParseTrusted <= 5 us, SHA-256
// included. BM_RealData* tell objects a second over the real data beside the checkout, where it is there, and
// how many times longer than simdjson's bare parse of the same objects in the same run that is.
#include <benchmark/benchmark.h>
#include <simdjson.h>
#include <zstd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "common/stix/input.h"
#include "common/stix/object.h"
#include "common/stix/pattern.h"

namespace noroshi::stix {
namespace {

// An own sample in the shape of a technique: the usual common properties, references, custom lists, free
// text.
const std::string& Sample() {
  static const std::string sample =
      R"({"type":"attack-pattern","id":"attack-pattern--00000001-0000-4000-8000-000000000001",)"
      R"("created":"2026-01-14T17:15:05.640Z","modified":"2026-02-24T16:01:49.152Z","spec_version":"2.1",)"
      R"("created_by_ref":"identity--00000002-0000-4000-8000-000000000002","revoked":false,)"
      R"("external_references":[{"source_name":"noroshi","url":"https://techniques.example/N1001/001","external_id":"N1001.001"},)"
      R"({"source_name":"Report of the week","description":"Shift report on relay loss.","url":"https://reports.example/9"}],)"
      R"("object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"],"name":"Relay setting change",)"
      R"("description":")" +
      std::string(430, 'd') +
      R"(","kill_chain_phases":[{"kill_chain_name":"noroshi","phase_name":"impact"}],"x_noroshi_version":"1.1",)"
      R"("x_noroshi_platforms":["Windows","Linux","Control server"],"x_noroshi_domains":["grid"],"x_noroshi_detection":"",)"
      R"("x_noroshi_is_part":true,"x_noroshi_deprecated":false,"x_noroshi_contributors":[],)"
      R"("x_noroshi_modified_by_ref":"identity--00000002-0000-4000-8000-000000000002"})";
  return sample;
}

void BM_Parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Parse(Sample()));
  state.SetBytesProcessed(state.iterations() * Sample().size());
  state.counters["object_bytes"] = static_cast<double>(Sample().size());
}
BENCHMARK(BM_Parse);

void BM_ParseTrusted(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseTrusted(Sample()));
  state.SetBytesProcessed(state.iterations() * Sample().size());
}
BENCHMARK(BM_ParseTrusted);

void BM_ContentHashAlone(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Sha256(Sample()));
}
BENCHMARK(BM_ContentHashAlone);

void BM_SplitInput(benchmark::State& state) {
  std::string bundle = R"({"type":"bundle","objects":[)";
  while (bundle.size() < 16'000'000) bundle += Sample() + ",";
  bundle.back() = ']';
  bundle += '}';
  for (auto _ : state) benchmark::DoNotOptimize(SplitInput(bundle));
  state.SetBytesProcessed(state.iterations() * bundle.size());
}
BENCHMARK(BM_SplitInput);

void BM_Pattern(benchmark::State& state) {
  constexpr std::string_view kPattern = "[file:hashes.'SHA-256' = 'ea2a01cae57c00df01bff6bb8a72585fdc0abb7a26a869dc1a0131bdff50b400']";
  for (auto _ : state) benchmark::DoNotOptimize(ParsePattern(kPattern));
  state.SetBytesProcessed(state.iterations() * kPattern.size());
}
BENCHMARK(BM_Pattern);

// Empty where the file is not there.
std::string RealData(const std::string& file) {
  const char* source = std::getenv("NOROSHI_SOURCE_DIR");
  std::ifstream in(std::string(source == nullptr ? "." : source) + "/../shared/data/" + file, std::ios::binary);
  std::ostringstream packed;
  packed << in.rdbuf();
  const std::string bytes = packed.str();
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (bytes.empty() || size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) return {};
  std::string text(size, '\0');
  text.resize(ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size()));
  return text;
}

void BM_RealData(benchmark::State& state, const char* file) {
  const std::string text = RealData(file);
  const StatusOr<Input> input = SplitInput(text);
  if (!input.ok()) return state.SkipWithError("the data set is not beside this checkout");
  simdjson::dom::parser parser;
  std::chrono::nanoseconds ours{}, bare{};
  const auto timed = [&](std::chrono::nanoseconds& sum, auto&& work) {
    const auto began = std::chrono::steady_clock::now();
    for (const InputItem& item : input->items) work(item.bytes);
    sum += std::chrono::steady_clock::now() - began;
  };
  for (auto _ : state) {
    timed(bare, [&](std::string_view bytes) { benchmark::DoNotOptimize(parser.parse(bytes.data(), bytes.size(), true).error()); });
    timed(ours, [](std::string_view bytes) { benchmark::DoNotOptimize(Parse(bytes)); });
  }
  state.counters["objects_per_second"] = static_cast<double>(state.iterations() * input->items.size()) / std::chrono::duration<double>(ours).count();
  state.counters["times_simdjson"] = std::chrono::duration<double>(ours) / std::chrono::duration<double>(bare);
}
BENCHMARK_CAPTURE(BM_RealData, AttackEnterprise, "attack-enterprise.json.zst");
BENCHMARK_CAPTURE(BM_RealData, AttackIcs, "attack-ics-18.1.json.zst");
BENCHMARK_CAPTURE(BM_RealData, EsetIndicators, "eset-indicators.json.zst");

}  // namespace
}  // namespace noroshi::stix

BENCHMARK_MAIN();
