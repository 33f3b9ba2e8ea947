#include "fetcher/http/body_socket.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace localstore::fetcher {

BodyReader::Result BodySocket::ReadUpTo(absl::Span<char> room) {
  const ssize_t got = recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
  if (got > 0) return {static_cast<size_t>(got)};
  if (got == 0) return CutShortAfter(0);
  const int error = errno;
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return {};
  return {
      0, CURLE_RECV_ERROR,
      absl::StrCat("Recv failure: ", std::generic_category().message(error))};
}

}  // namespace localstore::fetcher
