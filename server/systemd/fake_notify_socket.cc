#include "server/systemd/fake_notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "testing/environment.h"

namespace localstore::server {

FakeNotifySocket::FakeNotifySocket()
    : descriptor_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  // Linux chooses an abstract name, which no other test can have.
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  socklen_t size = sizeof(sa_family_t);
  if (bind(descriptor_, reinterpret_cast<sockaddr*>(&name), size) != 0) abort();
  size = sizeof(name);
  if (getsockname(descriptor_, reinterpret_cast<sockaddr*>(&name), &size) !=
      0) {
    abort();
  }
  std::string path(name.sun_path, size - offsetof(sockaddr_un, sun_path));
  path[0] = '@';
  localstore::testing::SetVariable("NOTIFY_SOCKET", path);
}

FakeNotifySocket::~FakeNotifySocket() {
  localstore::testing::UnsetVariable("NOTIFY_SOCKET");
  close(descriptor_);
}

std::string FakeNotifySocket::Receive(absl::Duration wait) {
  pollfd waiting = {descriptor_, POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(wait))) !=
      1) {
    return "";
  }
  char text[4096];
  const ssize_t size = recv(descriptor_, text, sizeof(text), 0);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
}

}  // namespace localstore::server
