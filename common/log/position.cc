// Sealed form: nonce (24), then a libsodium secretbox of: owner, number of entries (4), per entry audience and offset (8); a
// string is its length (4) and its bytes; numbers are big-endian. Offsets have a fixed width: the length tells no progress.
#include "common/log/position.h"

#include <sodium.h>

#include <cstring>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/log/embedded_format.h"

namespace noroshi::log {
namespace {

using format::GetBigEndian;
using format::PutBigEndian;

void PutString(std::string& out, std::string_view text) {
  PutBigEndian(out, uint32_t(text.size()));
  out += text;
}

// Takes from the front of what is left; once something is missing, everything after it is empty and ok() false.
class Fields {
 public:
  explicit Fields(std::string_view rest) : rest_(rest) {}
  template <class Unsigned>
  Unsigned Number() {
    return GetBigEndian<Unsigned>(Take(sizeof(Unsigned)));
  }
  std::string String() { return std::string(Take(Number<uint32_t>())); }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view Take(size_t bytes) {
    if (!ok_ || bytes > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  std::string_view rest_;
  bool ok_ = true;
};

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

PositionSealer::PositionSealer(std::string key) : key_(std::move(key)) {
  NOROSHI_CHECK(key_.size() == crypto_secretbox_KEYBYTES);
  NOROSHI_CHECK(sodium_init() >= 0);
}

std::string PositionSealer::Seal(const Positions& positions, std::string_view owner) const {
  std::string plain;
  PutString(plain, owner);
  PutBigEndian(plain, uint32_t(positions.size()));
  for (const auto& [audience, offset] : positions) {
    PutString(plain, audience);
    PutBigEndian(plain, offset);
  }
  std::string nonce(crypto_secretbox_NONCEBYTES, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  std::string box(crypto_secretbox_MACBYTES + plain.size(), '\0');
  NOROSHI_CHECK(crypto_secretbox_easy(Bytes(box), Bytes(plain), plain.size(), Bytes(nonce), Bytes(key_)) == 0);
  return nonce + box;
}

StatusOr<Positions> PositionSealer::Open(std::string_view sealed, std::string_view owner) const {
  const auto bad = [] { return InvalidArgument("position was not made here for this node"); };
  if (sealed.size() < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) return bad();
  if (sealed.size() > limits::kPositionBytesMax) return bad();
  const std::string_view nonce = sealed.substr(0, crypto_secretbox_NONCEBYTES);
  const std::string_view box = sealed.substr(crypto_secretbox_NONCEBYTES);
  std::string plain(box.size() - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(Bytes(plain), Bytes(box), box.size(), Bytes(nonce), Bytes(key_)) != 0) return bad();
  Fields fields(plain);
  if (fields.String() != owner) return bad();
  Positions positions;
  for (uint32_t left = fields.Number<uint32_t>(); left > 0 && fields.ok(); --left) {
    std::string audience = fields.String();
    positions[std::move(audience)] = fields.Number<Offset>();
  }
  if (!fields.done()) return bad();
  return positions;
}

}  // namespace noroshi::log
