// Certificates in words, for messages. What a certificate holds may have been
// written by an attacker: all of it is escaped and cut to a bounded length.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace localstore::fetcher {

// "CN=store,O=Example" (RFC 4514); "(empty)" when it is.
std::string NameText(const X509_NAME* name);

// The subject's last common name; "" without one.
std::string CommonName(X509* certificate);

// The subjectAltName's entries: "IP 10.1.0.5", "DNS store.local", ... at most
// 16, then "and N more".
std::vector<std::string> SubjectAltNames(X509* certificate);

// The beginning and end of validity; infinite past and future where the field
// cannot be read.
absl::Time NotBefore(X509* certificate);
absl::Time NotAfter(X509* certificate);

// "2024-01-31T00:00:00Z"
std::string TimeText(absl::Time time);

}  // namespace localstore::fetcher
