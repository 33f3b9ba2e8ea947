// The rest of a body that comes in clear.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "curl/curl.h"
#include "fetcher/http/body_reader.h"

namespace localstore::fetcher {

class BodySocket : public BodyReader {
 public:
  // The socket stays its owner's, and is not blocking.
  BodySocket(curl_socket_t socket, int64_t rest)
      : BodyReader(rest), socket_(socket) {}

  bool HasMore() const override { return false; }

 private:
  Result ReadUpTo(absl::Span<char> room) override;

  const curl_socket_t socket_;
};

}  // namespace localstore::fetcher
