#include "services/cli/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace noroshi::cli {
namespace {

constexpr int kFirstPort = 20'000;
constexpr int kPortCount = 12'000;
constexpr int kTriesPerPort = 100;

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

StatusOr<std::vector<int>> FreePorts(size_t count, Random& random) {
  std::vector<int> ports, sockets;
  for (size_t tries = 0; ports.size() < count && tries < count * kTriesPerPort; ++tries) {
    const int port = kFirstPort + int(random.Next() % kPortCount);
    const int descriptor = Bind(port);
    if (descriptor < 0) continue;
    ports.push_back(port);
    sockets.push_back(descriptor);
  }
  for (const int descriptor : sockets) close(descriptor);
  if (ports.size() < count) return ResourceExhausted("only {} of {} free loopback ports found", ports.size(), count);
  return ports;
}

bool PortInUse(int port) {
  const int descriptor = Bind(port);
  if (descriptor < 0) return errno == EADDRINUSE;
  close(descriptor);
  return false;
}

}  // namespace noroshi::cli
