// TLS for one libcurl handle: the policy put into it, and a failure put into
// words.
#pragma once

#include <curl/curl.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fetcher/tls_policy.h"
#include "fetcher/tls_verdict.h"

namespace localstore::fetcher {

// One for each connection that is attempted. Used on the thread that drives the
// handle.
class TlsHandshake {
 public:
  TlsHandshake(std::shared_ptr<const TlsPolicy> policy, TlsPeer peer);
  ~TlsHandshake();
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;

  // Sets `handle` up; *this must live until its transfer has ended. To be
  // called for every handle that may speak https, after its other TLS options
  // if there are any. Has the verification decided by the policy alone: curl's
  // own check of the host, which falls back on the common name, is off, as are
  // its CA files. A connection, or a TLS session, that was verified by another
  // policy is never used again: the handle gets FRESH_CONNECT and FORBID_REUSE
  // and no session cache.
  //
  // The URL of the handle carries what the policy's identity says (RFC 6066,
  // section 3: SNI is a name): for IP_ADDRESS the address, in which case
  // nothing else is needed; for HOST_NAME the name, dialled through
  // CURLOPT_CONNECT_TO. Errors: INTERNAL, when libcurl lacks OpenSSL.
  absl::Status Install(CURL* handle);

  // After a transfer that ended with `code` and curl's text for it: the TLS
  // error that explains it (TLS_UNTRUSTED_CHAIN, TLS_IDENTITY_MISMATCH,
  // TLS_EXPIRED, TLS_FAILED), or nullopt when it failed outside TLS, a
  // connection that breaks in mid-handshake included.
  absl::optional<absl::Status> Failure(CURLcode code,
                                       absl::string_view curl_text) const;

  // True once the datastore's certificate has been accepted on this connection.
  // No byte of a response may count before.
  bool verified() const;

  // The datastore asked for a client certificate in the handshake.
  bool client_certificate_wanted() const;

 private:
  struct State;
  static CURLcode OnSslContext(CURL* handle, void* ssl_context, void* self);

  // Shared with the SSL_CTX, which calls back for as long as it lives.
  const std::shared_ptr<State> state_;
};

}  // namespace localstore::fetcher
