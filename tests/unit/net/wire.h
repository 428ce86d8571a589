// A client that sends any bytes over a socket or over TLS on one, with a reading deadline. Blocking; one thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace noroshi::net {

class Wire {
 public:
  // With `context` (borrowed) a TLS handshake; see good().
  explicit Wire(int port, SSL_CTX* context = nullptr, const char* server_name = nullptr) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    const timeval wait{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    good_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (context == nullptr) return;
    tls_ = SSL_new(context);
    SSL_set_fd(tls_, socket_);
    if (server_name != nullptr) SSL_set_tlsext_host_name(tls_, server_name);
    good_ = good_ && SSL_connect(tls_) == 1;
  }
  ~Wire() {
    SSL_free(tls_);
    ::close(socket_);
  }
  Wire(const Wire&) = delete;

  bool good() const { return good_; }
  SSL* tls() { return tls_; }
  int socket() const { return socket_; }

  // False: the other side takes no more.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // What comes next; empty: closed, or nothing for 10 s (`open`).
  std::string ReadSome(bool& open) {
    char buffer[16 << 10];
    const ssize_t got = tls_ != nullptr ? SSL_read(tls_, buffer, sizeof buffer) : ::recv(socket_, buffer, sizeof buffer, 0);
    open = got > 0 || (errno == EAGAIN && (tls_ == nullptr ? got < 0 : SSL_get_error(tls_, static_cast<int>(got)) == SSL_ERROR_WANT_READ));
    return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : std::string();
  }
  // Everything until the other side closes; ends in `[open]` where it does not.
  std::string ReadAll() {
    std::string out;
    for (;;) {
      bool open = false;
      const std::string more = ReadSome(open);
      if (more.empty()) return open ? out + "[open]" : out;
      out += more;
    }
  }
  // Until the text has come `times` times since the beginning; false: it did not. One text a wire.
  bool ReadUntil(std::string_view text, int times = 1) {
    for (;;) {
      for (size_t at = read_.find(text, counted_to_); at != std::string::npos; at = read_.find(text, counted_to_)) {
        ++counted_;
        counted_to_ = at + text.size();
      }
      if (counted_ >= times) return true;
      bool open = false;
      const std::string more = ReadSome(open);
      if (more.empty()) return false;
      read_ += more;
    }
  }

 private:
  const int socket_;
  SSL* tls_ = nullptr;
  bool good_ = false;
  std::string read_;
  size_t counted_to_ = 0;
  int counted_ = 0;
};

// A client's TLS settings that bend where wanted.
class WireTls {
 public:
  WireTls() : context_(SSL_CTX_new(TLS_client_method())) { SSL_CTX_set_security_level(context_, 0); }
  ~WireTls() { SSL_CTX_free(context_); }
  WireTls(const WireTls&) = delete;
  SSL_CTX* get() const { return context_; }

 private:
  SSL_CTX* const context_;
};

}  // namespace noroshi::net
