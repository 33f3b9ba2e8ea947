#include "fetcher/http/tls_body.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fetcher/openssl_ptr.h"

namespace localstore::fetcher {
namespace {

// OpenSSL reads a record in two steps; each costs a system call, and the
// acknowledgement that leaves with it.
constexpr int kReadAheadBytes = 128 << 10;

// Who sends a byte a record is not to keep the network thread from the others.
// More than fill a buffer with records of the usual 16 KiB.
constexpr int kMaxRecordsATime = 128;

// NOLINTNEXTLINE(google-runtime-int): what OpenSSL's errors are.
using ErrorCode = unsigned long;

std::string ErrorText(ErrorCode error, int system_error) {
  if (error != 0) {
    const char* const reason = ERR_reason_error_string(error);
    if (reason != nullptr) return reason;
    return absl::StrCat("error ", absl::Hex(error));
  }
  if (system_error != 0) return std::generic_category().message(system_error);
  return "the connection is no longer usable";
}

}  // namespace

std::unique_ptr<TlsBody> TlsBody::TakeOver(SSL* session, curl_socket_t socket,
                                           int64_t rest) {
  BioPtr in(BIO_new(BIO_f_buffer()));
  BioPtr from(BIO_new_socket(socket, BIO_NOCLOSE));
  BioPtr to(BIO_new_socket(socket, BIO_NOCLOSE));
  if (in == nullptr || from == nullptr || to == nullptr ||
      BIO_set_read_buffer_size(in.get(), kReadAheadBytes) != 1) {
    return nullptr;
  }
  // Nor is who sends new keys without end.
  SSL_clear_mode(session, SSL_MODE_AUTO_RETRY);
  // What OpenSSL itself has read ahead nobody could tell of.
  SSL_set_read_ahead(session, 0);
  BIO_push(in.get(), from.release());
  SSL_set0_rbio(session, in.release());
  SSL_set0_wbio(session, to.release());
  return std::unique_ptr<TlsBody>(new TlsBody(session, rest));
}

bool TlsBody::HasMore() const {
  return ended_.has_value() || SSL_pending(session_) > 0 ||
         BIO_ctrl_pending(SSL_get_rbio(session_)) > 0;
}

BodyReader::Result TlsBody::ReadUpTo(absl::Span<char> room) {
  if (ended_.has_value()) return *ended_;
  size_t bytes = 0;
  for (int i = 0; i < kMaxRecordsATime && bytes < room.size(); ++i) {
    ERR_clear_error();
    size_t got = 0;
    if (SSL_read_ex(session_, room.data() + bytes, room.size() - bytes, &got) ==
        0) {
      Result nothing = NothingRead(bytes);
      if (nothing.code != CURLE_OK) ended_ = std::move(nothing);
      break;
    }
    bytes += got;
  }
  if (bytes == 0 && ended_.has_value()) return *ended_;
  return {bytes};
}

BodyReader::Result TlsBody::NothingRead(size_t bytes) const {
  const int system_error = errno;
  switch (SSL_get_error(session_, 0)) {
    case SSL_ERROR_WANT_READ:
      return {};
    // All that is ever written are answers to new keys, which are short.
    case SSL_ERROR_WANT_WRITE:
      return {0, CURLE_RECV_ERROR,
              "OpenSSL SSL_read: the peer asks for answers that it does not "
              "read"};
    case SSL_ERROR_ZERO_RETURN:
      return CutShortAfter(bytes);
    default:
      break;
  }
  const ErrorCode error = ERR_peek_last_error();
  if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
      ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return CutShortAfter(bytes);
  }
  return {0, CURLE_RECV_ERROR,
          absl::StrCat("OpenSSL SSL_read: ", ErrorText(error, system_error))};
}

}  // namespace localstore::fetcher
