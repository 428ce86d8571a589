// A plain TCP client for tests of the HTTP server: bytes out, bytes in, with a deadline of 10 s.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace noroshi::net {

// A plain socket with a reading deadline.
class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    const timeval wait{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(socket_); }
  bool connected() const { return connected_; }
  int socket() const { return socket_; }
  bool Send(std::string_view bytes) { return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()); }
  // At least one byte; empty at the end, `[open]` behind 10 s of silence.
  std::string ReadSome() {
    char buffer[4096];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    return got < 0 ? "[open]" : std::string(buffer, static_cast<size_t>(got));
  }
  // Reads on until `what` was there, or the end.
  std::string ReadUntil(std::string_view what) {
    std::string out;
    while (out.find(what) == std::string::npos) {
      const std::string more = ReadSome();
      out += more;
      if (more.empty() || more == "[open]") break;
    }
    return out;
  }
  // Everything until the other side closes (or 10 s: then the text ends in `[open]`).
  std::string ReadAll() {
    std::string out;
    char buffer[4096];
    for (;;) {
      const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got < 0) return out + "[open]";
      if (got == 0) return out;
      out.append(buffer, static_cast<size_t>(got));
    }
  }

 private:
  const int socket_;
  bool connected_ = false;
};

}  // namespace noroshi::net
