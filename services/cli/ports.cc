#include "services/cli/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace noroshi::cli {
namespace {

constexpr int kTriesPerPort = 100;
constexpr int kUnprivileged = 1'024, kPortMax = 65'535;

// A bound socket, or -1. SO_REUSEADDR, as servers do: a port whose last connections are winding down is free.
int Bind(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const int yes = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(uint16_t(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  // Without listen two sockets with SO_REUSEADDR could share the port.
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && listen(descriptor, 1) == 0) return descriptor;
  close(descriptor);
  return -1;
}

}  // namespace

StatusOr<PortRange> ParsePortRange(const std::string& text) {
  PortRange range;
  char behind = 0;
  const bool read = sscanf(text.c_str(), "%5d-%5d%c", &range.first, &range.last, &behind) == 2;
  if (!read || range.first < kUnprivileged || range.last > kPortMax || range.first > range.last) {
    return InvalidArgument("`{}` is no range of ports: FIRST-LAST, both from {} to {}", text, kUnprivileged, kPortMax);
  }
  return range;
}

StatusOr<std::vector<int>> FreePorts(size_t count, const PortRange& range, Random& random) {
  std::vector<int> ports, sockets;
  for (size_t tries = 0; ports.size() < count && tries < count * kTriesPerPort; ++tries) {
    const int port = range.first + int(random.Next() % uint64_t(range.last - range.first + 1));
    const int descriptor = Bind(port);
    if (descriptor < 0) continue;
    ports.push_back(port);
    sockets.push_back(descriptor);
  }
  for (const int descriptor : sockets) close(descriptor);
  if (ports.size() < count) {
    return ResourceExhausted("only {} of {} free loopback ports found from {} to {}", ports.size(), count, range.first, range.last);
  }
  return ports;
}

bool PortInUse(int port) {
  const int descriptor = Bind(port);
  if (descriptor < 0) return errno == EADDRINUSE;
  close(descriptor);
  return false;
}

}  // namespace noroshi::cli
