// The rest of a body of known length, from its socket to where it is to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "curl/curl.h"

namespace localstore::fetcher {

// Reads past libcurl, which would copy every byte once more.
class BodySocket {
 public:
  // The socket stays its owner's, and is not blocking. `rest`: more than 0.
  BodySocket(curl_socket_t socket, int64_t rest)
      : socket_(socket), rest_(rest) {}

  curl_socket_t socket() const { return socket_; }
  // How many bytes are still to come.
  int64_t rest() const { return rest_; }

  struct Result {
    size_t bytes = 0;  // 0: none has come
    // CURLE_OK, or how the connection ended before its time: as libcurl calls
    // it, and in words.
    CURLcode code = CURLE_OK;
    std::string cause = {};
  };
  // Reads what has come into `room`, which is not empty; nothing beyond the
  // rest.
  Result Read(absl::Span<char> room);

 private:
  const curl_socket_t socket_;
  int64_t rest_;
};

}  // namespace localstore::fetcher
