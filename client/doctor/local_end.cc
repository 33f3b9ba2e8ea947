#include "client/doctor/local_end.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace localstore::client {
namespace {

// The size of it, 0 if `text` is no address.
socklen_t ToSocketAddress(const std::string& text, const std::string& interface,
                          sockaddr_storage& address) {
  std::memset(&address, 0, sizeof address);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    return sizeof(sockaddr_in);
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) != 1) return 0;
  v6->sin6_family = AF_INET6;
  if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) {
    v6->sin6_scope_id = if_nametoindex(interface.c_str());
  }
  return sizeof(sockaddr_in6);
}

bool IsSame(const sockaddr* a, const sockaddr_storage& b) {
  if (a == nullptr || a->sa_family != b.ss_family) return false;
  if (a->sa_family == AF_INET) {
    return std::memcmp(&reinterpret_cast<const sockaddr_in*>(a)->sin_addr,
                       &reinterpret_cast<const sockaddr_in*>(&b)->sin_addr,
                       sizeof(in_addr)) == 0;
  }
  return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(a)->sin6_addr,
                     &reinterpret_cast<const sockaddr_in6*>(&b)->sin6_addr,
                     sizeof(in6_addr)) == 0;
}

}  // namespace

bool HasAddress(const std::string& interface, const std::string& address) {
  sockaddr_storage wanted{};
  if (ToSocketAddress(address, interface, wanted) == 0) return false;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first,
                                                             &freeifaddrs);
  for (const ifaddrs* entry = first; entry != nullptr;
       entry = entry->ifa_next) {
    if (interface == entry->ifa_name && IsSame(entry->ifa_addr, wanted)) {
      return true;
    }
  }
  return false;
}

int BoundSocket(int family, const std::string& interface,
                const std::string& address) {
  sockaddr_storage local{};
  const socklen_t size = ToSocketAddress(address, interface, local);
  if (size == 0 || local.ss_family != family) {
    errno = EAFNOSUPPORT;
    return -1;
  }
  const int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  // Wants CAP_NET_RAW on some kernels; the source address alone leads there
  // too, save where two bridges share a prefix.
  (void)setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                   static_cast<socklen_t>(interface.size()));
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&local), size) == 0) {
    return descriptor;
  }
  const int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

}  // namespace localstore::client
