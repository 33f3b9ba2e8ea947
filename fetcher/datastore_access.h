// How a datastore is trusted, and what it is shown.
#pragma once

#include <string>

namespace localstore::fetcher {

enum class TlsIdentity {
  kIpAddress,  // subjectAltName must hold the address that was dialled
  kHostName,   // subjectAltName must hold the URL's host; SNI and Host carry it
};

// Trust and credentials for one datastore.
struct DatastoreAccess {
  std::string ca_certificates_pem;
  TlsIdentity tls_identity = TlsIdentity::kIpAddress;
  std::string client_certificate_pem;
  std::string client_key_pem;  // secret
  std::string authorization;   // secret: value of the Authorization header; ""
                               // sends none
  bool allow_credentials_over_http = false;
};

}  // namespace localstore::fetcher
