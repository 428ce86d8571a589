// How everything that is hashed or signed here is written down: fields one behind the other, each with its length in front,
// so that no two different lists of fields give the same bytes. The first field is a tag with a version.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/hash.h"

namespace noroshi::trust {

class Fields {
 public:
  explicit Fields(std::string_view tag) {
    bytes_.reserve(512);  // most need one allocation
    Add(tag);
  }
  Fields& Add(std::string_view field) {
    AppendBigEndian(field.size(), 4);
    bytes_.append(field);
    return *this;
  }
  Fields& Add(const Hash& field) { return Add(AsView(field)); }
  Fields& AddNumber(uint64_t number) {
    AppendBigEndian(8, 4);
    AppendBigEndian(number, 8);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }
  Hash Digest() const { return Sha256(bytes_); }

 private:
  void AppendBigEndian(uint64_t number, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(number >> shift));
  }
  std::string bytes_;
};

}  // namespace noroshi::trust
