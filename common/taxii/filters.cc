#include "common/taxii/filters.h"

#include <algorithm>
#include <set>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/net/http_parse.h"

namespace noroshi::taxii {
namespace {

StatusOr<std::vector<std::string>> SplitList(const std::string& name, const std::string& value) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin <= value.size();) {
    const size_t end = std::min(value.find(',', begin), value.size());
    out.push_back(value.substr(begin, end - begin));
    if (out.back().empty()) return InvalidArgument("{} has an empty value", name);
    if (out.size() > limits::kTaxiiMatchValuesMax) return InvalidArgument("{} has more than {} values", name, limits::kTaxiiMatchValuesMax);
    begin = end + 1;
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string Join(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ",") + value;
  return out;
}

Status ParseVersions(const std::vector<std::string>& values, Filters& filters) {
  filters.last = false;
  for (const std::string& value : values) {
    bool* keyword = value == "last" ? &filters.last : value == "first" ? &filters.first : value == "all" ? &filters.all : nullptr;
    if (keyword != nullptr) {
      if (*keyword) return InvalidArgument("match[version] names `{}` twice", value);
      *keyword = true;
      continue;
    }
    const StatusOr<WallTime> time = ParseTimestamp(value);
    if (!time.ok()) return InvalidArgument("match[version] takes last, first, all or timestamps");
    filters.versions.push_back(ToMicros(*time));
  }
  std::sort(filters.versions.begin(), filters.versions.end());
  if (std::adjacent_find(filters.versions.begin(), filters.versions.end()) != filters.versions.end()) return InvalidArgument("match[version] names a time twice");
  if (filters.all && values.size() > 1) return InvalidArgument("match[version]=all stands alone");
  return OkStatus();
}

StatusOr<int> ParseLimit(const std::string& value) {
  if (value.empty() || value.size() > 40 || value.find_first_not_of("0123456789") != std::string::npos || value.find_first_not_of('0') == std::string::npos) {
    return InvalidArgument("limit is a whole number above 0");
  }
  if (value.size() > 6) return limits::kTaxiiPageObjectsMax;
  return std::min(std::stoi(value), limits::kTaxiiPageObjectsMax);
}

bool Takes(FilterSet set, const std::string& name) {
  if (name == "added_after" || name == "limit" || name == "next" || name == "match[spec_version]") return true;
  if (name == "match[version]") return set == FilterSet::kObjects || set == FilterSet::kObject;
  return (set == FilterSet::kObjects || set == FilterSet::kTombstones) && (name == "match[id]" || name == "match[type]");
}

StatusOr<std::map<std::string, std::string>> SplitQuery(std::string_view query, FilterSet set) {
  std::map<std::string, std::string> out;
  for (size_t begin = 0; begin < query.size();) {
    const size_t end = std::min(query.find('&', begin), query.size());
    std::string part(query.substr(begin, end - begin));
    begin = end + 1;
    std::replace(part.begin(), part.end(), '+', ' ');
    const size_t equals = std::min(part.find('='), part.size());
    const std::optional<std::string> name = net::PercentDecode(part.substr(0, equals));
    if (!name || !Takes(set, *name)) continue;
    const std::optional<std::string> value = net::PercentDecode(part.substr(std::min(equals + 1, part.size())));
    if (!value) return InvalidArgument("{} is not well escaped", *name);
    if (!out.emplace(*name, *value).second) return InvalidArgument("{} is given twice", *name);
  }
  return out;
}

}  // namespace

Status ApplyMatch(const std::string& name, const std::string& value, Filters& filters) {
  NOROSHI_ASSIGN(std::vector<std::string> values, SplitList(name, value));
  if (name != "match[id]" && name != "match[type]" && std::adjacent_find(values.begin(), values.end()) != values.end()) {
    return InvalidArgument("{} names a value twice", name);
  }
  values.erase(std::unique(values.begin(), values.end()), values.end());
  filters.given[name] = Join(values);
  if (name == "match[id]") {
    filters.ids = std::move(values);
  } else if (name == "match[type]") {
    filters.types = std::move(values);
  } else if (name == "match[version]") {
    return ParseVersions(values, filters);
  } else {
    filters.any_spec_version = std::find(values.begin(), values.end(), "2.1") != values.end();
  }
  return OkStatus();
}

StatusOr<Filters> ParseFilters(std::string_view query, FilterSet set) {
  NOROSHI_ASSIGN(const auto parameters, SplitQuery(query, set));
  Filters filters;
  filters.limit = limits::kTaxiiPageObjectsDefault;
  for (const auto& [name, value] : parameters) {
    if (name == "added_after") {
      std::string text = value;
      std::replace(text.begin(), text.end(), ' ', '+');  // an offset's plus sign that nobody escaped
      const StatusOr<WallTime> time = ParseTimestamp(text, true);
      if (!time.ok()) return InvalidArgument("added_after is not a timestamp");
      filters.added_after = ToMicros(*time);
      filters.added_after_text = FormatTimestamp(*time);
    } else if (name == "limit") {
      NOROSHI_ASSIGN(filters.limit, ParseLimit(value));
    } else if (name == "next") {
      if (value.empty() || value.size() > limits::kTaxiiCursorBytesMax) return InvalidArgument("next is not one of ours");
      filters.next = value;
    } else {
      NOROSHI_TRY(ApplyMatch(name, value, filters));
    }
  }
  return filters;
}

bool Filters::Wants(const store::Entry& entry, policy::Kinds reads) const {
  if (!any_spec_version || (entry.visible & reads) == 0) return false;
  if (!types.empty() && !std::binary_search(types.begin(), types.end(), entry.type)) return false;
  return all || (last && (entry.latest & reads) != 0) || (first && (entry.first & reads) != 0) ||
         std::binary_search(versions.begin(), versions.end(), entry.version_us);
}

}  // namespace noroshi::taxii
