// Language tags: RFC 5646 section 2.1, read subtag by subtag.
#include <algorithm>
#include <string>
#include <vector>

#include "common/stix/validate.h"

namespace noroshi::stix {
namespace {

constexpr size_t kTagBytesMax = 100;
// Grandfathered tags that the grammar does not give.
constexpr std::string_view kIrregular[] = {
    "en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux",    "i-mingo",
    "i-navajo",  "i-pwn", "i-tao", "i-tay",     "i-tsu",      "sgn-be-fr", "sgn-be-nl", "sgn-ch-de",
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlpha(char c) { return c >= 'a' && c <= 'z'; }
bool IsAlphanumeric(char c) { return IsDigit(c) || IsAlpha(c); }

bool Alpha(std::string_view text, size_t min, size_t max) {
  return text.size() >= min && text.size() <= max && std::all_of(text.begin(), text.end(), IsAlpha);
}
bool Alphanumeric(std::string_view text, size_t min, size_t max) {
  return text.size() >= min && text.size() <= max && std::all_of(text.begin(), text.end(), IsAlphanumeric);
}

class Subtags {
 public:
  explicit Subtags(std::string_view tag) {
    for (size_t at = 0; at <= tag.size();) {
      const size_t dash = std::min(tag.find('-', at), tag.size());
      subtags_.push_back(tag.substr(at, dash - at));
      at = dash + 1;
    }
  }

  bool WellFormed() {
    if (At() == "x") return PrivateUse() && Done();
    if (Alpha(At(), 2, 3)) {
      Take();
      for (int i = 0; i < 3 && Alpha(At(), 3, 3); ++i) Take();  // extended language
    } else if (Alpha(At(), 4, 8)) {
      Take();
    } else {
      return false;
    }
    if (Alpha(At(), 4, 4)) Take();  // script
    if (Alpha(At(), 2, 2) || (Alphanumeric(At(), 3, 3) && std::all_of(At().begin(), At().end(), IsDigit))) Take();  // region
    while (Alphanumeric(At(), 5, 8) || (Alphanumeric(At(), 4, 4) && IsDigit(At().front()))) Take();                 // variants
    while (Alphanumeric(At(), 1, 1) && At() != "x") {  // extensions
      Take();
      if (!Alphanumeric(At(), 2, 8)) return false;
      while (Alphanumeric(At(), 2, 8)) Take();
    }
    return (At() != "x" || PrivateUse()) && Done();
  }

 private:
  std::string_view At() const { return next_ < subtags_.size() ? subtags_[next_] : std::string_view(); }
  void Take() { ++next_; }
  bool Done() const { return next_ == subtags_.size(); }
  bool PrivateUse() {
    Take();
    if (!Alphanumeric(At(), 1, 8)) return false;
    while (Alphanumeric(At(), 1, 8)) Take();
    return true;
  }

  std::vector<std::string_view> subtags_;
  size_t next_ = 0;
};

}  // namespace

bool IsLanguage(std::string_view tag) {
  if (tag.size() > kTagBytesMax) return false;
  std::string lower(tag);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return Subtags(lower).WellFormed() || std::find(std::begin(kIrregular), std::end(kIrregular), lower) != std::end(kIrregular);
}

}  // namespace noroshi::stix
