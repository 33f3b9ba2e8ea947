// The files that TLS needs for the server's own callers.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace localstore::server {

struct TlsFiles {
  std::string certificate;  // PEM, the chain
  std::string key;          // PEM
  std::string client_ca;    // PEM; "": clients need no certificate
};

// What was in them, all read and found to go together.
struct TlsMaterial {
  std::string certificate;
  std::string key;
  std::string client_ca;
  std::string subject;      // of the certificate, for logs: "CN=device"
  std::string fingerprint;  // its SHA-256, in hex
  std::string not_after;    // "2026-05-01T00:00:00Z"
  bool expired = false;
};

// Errors: INVALID_REQUEST at tls_certificate, tls_key or tls_client_ca that
// names the file and what is wrong with it. Never asks for a passphrase: a key
// that needs one is wrong.
absl::StatusOr<TlsMaterial> ReadTlsFiles(const TlsFiles& files);

}  // namespace localstore::server
