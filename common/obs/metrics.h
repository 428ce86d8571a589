// Metrics: prometheus-cpp behind three small types. Names `noroshi_<noun>_<unit>[_total]`, labels from closed sets only (operations.md section 2); every
// label combination is created at start-up, so that it is 0 and not absent. Any thread. Handles live as long as the registry.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace noroshi::obs {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  void Add(double amount = 1);

 private:
  friend class Metrics;
  void* counter_ = nullptr;
};
class Gauge {
 public:
  void Set(double value);
  void Add(double amount);

 private:
  friend class Metrics;
  void* gauge_ = nullptr;
};
class Histogram {
 public:
  void Observe(double value);

 private:
  friend class Metrics;
  void* histogram_ = nullptr;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  // Same name and labels: the same handle.
  Counter AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram AddHistogram(const std::string& name, const std::string& help, const std::vector<double>& buckets, const Labels& labels = {});
  // Prometheus text exposition, version 0.0.4, build_info and process metrics included.
  std::string Scrape() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

// The process's registry.
Metrics& ProcessMetrics();

}  // namespace noroshi::obs
