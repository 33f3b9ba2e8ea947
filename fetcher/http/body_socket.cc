#include "fetcher/http/body_socket.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace localstore::fetcher {

BodySocket::Result BodySocket::Read(absl::Span<char> room) {
  const auto most = static_cast<size_t>(std::min<int64_t>(rest_, room.size()));
  const ssize_t got = recv(socket_, room.data(), most, MSG_DONTWAIT);
  if (got > 0) {
    rest_ -= got;
    return {static_cast<size_t>(got)};
  }
  if (got == 0) {
    return {0, CURLE_PARTIAL_FILE,
            absl::StrCat("transfer closed with ", rest_,
                         " bytes remaining to read")};
  }
  const int error = errno;
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return {};
  return {
      0, CURLE_RECV_ERROR,
      absl::StrCat("Recv failure: ", std::generic_category().message(error))};
}

}  // namespace localstore::fetcher
