// The rest of a body that comes by TLS.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "curl/curl.h"
#include "fetcher/http/body_reader.h"

namespace localstore::fetcher {

// For threads with SIGPIPE blocked: OpenSSL may have to write, too.
class TlsBody : public BodyReader {
 public:
  // Takes over the connection that `session` has on `socket`: from now on it
  // reads and writes that by itself, since libcurl's way there works within
  // libcurl's calls only. Both stay their owner's, who may do nothing more with
  // the session than to end it; the socket is not blocking. Null when OpenSSL
  // has no memory; nothing has changed then.
  static std::unique_ptr<TlsBody> TakeOver(SSL* session, curl_socket_t socket,
                                           int64_t rest);

  bool HasMore() const override;

 private:
  TlsBody(SSL* session, int64_t rest) : BodyReader(rest), session_(session) {}

  Result ReadUpTo(absl::Span<char> room) override;
  // What it means that SSL_read_ex, `bytes` later, has read nothing.
  Result NothingRead(size_t bytes) const;

  SSL* const session_;
  absl::optional<Result> ended_;  // to be told after the bytes before it
};

}  // namespace localstore::fetcher
