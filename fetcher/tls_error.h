// TLS failures in words: what was seen, and what to change.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fetcher/tls_policy.h"
#include "fetcher/tls_verdict.h"

namespace localstore::fetcher {

// The error for a verdict that did not accept: TLS_UNTRUSTED_CHAIN before
// TLS_EXPIRED before TLS_IDENTITY_MISMATCH when several apply; the message
// tells them all. Metadata: `host`, `address`, `port`, `bridge`, `subject`,
// `names` (the SANs, between commas), `detail` (OpenSSL's word for the first
// problem), and for TLS_EXPIRED `not_before`, `not_after`, `now`.
absl::Status VerdictError(const TlsPolicy& policy, const TlsPeer& peer,
                          const TlsVerdict& verdict);

// What else was seen of a handshake.
struct TlsHandshakeFacts {
  int alert_received = -1;  // RFC 8446, section 6; -1: none
  int alert_sent = -1;
  bool client_certificate_wanted = false;
  bool client_certificate_sent = false;
};

// TLS_FAILED for a handshake that failed for another reason than the
// datastore's certificate. `detail` is the library's text for it.
absl::Status HandshakeError(const TlsPeer& peer, const TlsHandshakeFacts& facts,
                            absl::string_view detail);

}  // namespace localstore::fetcher
