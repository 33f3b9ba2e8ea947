// TLS for the server's own callers.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"

namespace localstore::server {

struct TlsFiles {
  std::string certificate;  // PEM, the chain
  std::string key;          // PEM
  std::string client_ca;    // PEM; "": clients need no certificate
};

// Whether the files can be read and belong together. Errors: INVALID_REQUEST at
// tls_certificate, tls_key or tls_client_ca that names the file and what is
// wrong with it.
absl::Status CheckTlsFiles(const TlsFiles& files);

// TLS 1.2 or later with these files, which are read again within seconds when
// they change; while they do not belong together the ones before stay in use.
// With client_ca a caller must show a certificate that leads to one of it.
// Errors: those of CheckTlsFiles.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(
    const TlsFiles& files);

}  // namespace localstore::server
