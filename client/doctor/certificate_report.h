// What a datastore's certificate says.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace localstore::client {

struct CertificateReport {
  std::string subject;
  std::string issuer;
  std::vector<std::string> names;  // of subjectAltName: "DNS:a", "IP:10.1.0.5"
  bool holds_address = false;
  bool holds_host = false;
  absl::Time not_before;
  absl::Time not_after;
  bool trust_checked = false;  // certificate authorities were given
  std::string trust_problem;   // "" if the chain leads to one of them
};

// `chain` is what the server sent beside `leaf`, may be null. `ca_pem` may be
// empty. `address` is numeric.
CertificateReport InspectCertificate(X509* leaf, STACK_OF(X509) * chain,
                                     const std::string& address,
                                     const std::string& host,
                                     const std::string& ca_pem);

}  // namespace localstore::client
