#include "common/obs/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "common/obs/process.h"

namespace noroshi::obs {
namespace {

prometheus::MetricFamily OneValue(prometheus::MetricType type, std::string name, std::string help, double value) {
  prometheus::MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  metric.gauge.value = value;
  metric.counter.value = value;
  return family;
}

void AppendProcess(std::vector<prometheus::MetricFamily>& families) {
  constexpr auto kGauge = prometheus::MetricType::Gauge;
  const ProcessFacts facts = ReadProcessFacts();
  prometheus::MetricFamily build = OneValue(kGauge, "noroshi_build_info", "Version of this program.", 1);
  build.metric[0].label.push_back({"version", NOROSHI_VERSION});
  families.push_back(std::move(build));
  families.push_back(OneValue(kGauge, "noroshi_process_resident_bytes", "Resident memory.", facts.resident_bytes));
  families.push_back(OneValue(prometheus::MetricType::Counter, "noroshi_process_cpu_seconds_total", "Processor time used.", facts.cpu_seconds));
  families.push_back(OneValue(kGauge, "noroshi_process_open_fds", "Open file descriptors.", facts.open_fds));
  families.push_back(OneValue(kGauge, "noroshi_process_threads", "Threads.", facts.threads));
  families.push_back(OneValue(kGauge, "noroshi_process_start_timestamp_seconds", "When the process started.", facts.start_timestamp_seconds));
}

}  // namespace

void Counter::Add(double amount) {
  if (counter_ != nullptr) static_cast<prometheus::Counter*>(counter_)->Increment(amount);
}
void Gauge::Set(double value) {
  if (gauge_ != nullptr) static_cast<prometheus::Gauge*>(gauge_)->Set(value);
}
void Gauge::Add(double amount) {
  if (gauge_ != nullptr) static_cast<prometheus::Gauge*>(gauge_)->Increment(amount);
}
void Histogram::Observe(double value) {
  if (histogram_ != nullptr) static_cast<prometheus::Histogram*>(histogram_)->Observe(value);
}

struct Metrics::Registry {
  prometheus::Registry registry;  // merges: the same name gives the same family, the same labels the same metric
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter Metrics::AddCounter(const std::string& name, const std::string& help, const Labels& labels) {
  Counter handle;
  handle.counter_ = &prometheus::BuildCounter().Name(name).Help(help).Register(registry_->registry).Add(labels);
  return handle;
}

Gauge Metrics::AddGauge(const std::string& name, const std::string& help, const Labels& labels) {
  Gauge handle;
  handle.gauge_ = &prometheus::BuildGauge().Name(name).Help(help).Register(registry_->registry).Add(labels);
  return handle;
}

Histogram Metrics::AddHistogram(const std::string& name, const std::string& help, const std::vector<double>& buckets, const Labels& labels) {
  Histogram handle;
  handle.histogram_ = &prometheus::BuildHistogram().Name(name).Help(help).Register(registry_->registry).Add(labels, buckets);
  return handle;
}

std::string Metrics::Scrape() const {
  std::vector<prometheus::MetricFamily> families = registry_->registry.Collect();
  AppendProcess(families);
  return prometheus::TextSerializer().Serialize(families);
}

Metrics& ProcessMetrics() {
  static Metrics* metrics = new Metrics;  // never destroyed: handles are used until the last thread ends
  return *metrics;
}

}  // namespace noroshi::obs
