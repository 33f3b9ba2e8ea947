// Whether a certificate chain is good for a peer, and if not, all that is
// wrong.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "fetcher/tls_policy.h"

namespace localstore::fetcher {

// Who was dialled.
struct TlsPeer {
  std::string host;     // lower-case `.local` name, no final dot
  std::string address;  // IP address, a zone is ignored
  int port = 0;
  std::string bridge;  // for messages; may be ""
  // False after a redirect to another origin: what identifies this device is
  // for the datastore that it was configured for.
  bool present_client_certificate = true;
};

// What verification found.
struct TlsVerdict {
  enum class Kind { kUntrusted, kExpired, kIdentity };

  // One thing wrong with one certificate of the chain.
  struct Problem {
    Kind kind = Kind::kUntrusted;
    int error = 0;        // X509_V_ERR_*
    int depth = 0;        // 0: the datastore's own certificate
    std::string subject;  // of the certificate at that depth, for display
    std::string issuer;
    absl::Time not_before = absl::InfinitePast();
    absl::Time not_after = absl::InfiniteFuture();
  };

  bool accepted = false;
  std::vector<Problem> problems;        // in the order they were found
  std::string leaf_subject;             // "CN=store", for display
  std::string leaf_common_name;         // it never counts
  std::vector<std::string> leaf_names;  // "IP 10.1.0.5", "DNS store.local"
  absl::Time now;                       // the device's clock, as it was used
};

// Verifies `leaf` with the certificates `sent` along (may be null) against
// `policy`, as of `now` (RFC 5280, section 6; RFC 6125, section 6.4). Pure and
// thread-safe.
//
// IP_ADDRESS: an iPAddress SAN with the bytes of peer.address; an IPv4-mapped
// IPv6 address is not the IPv4 one. HOST_NAME: a dNSName SAN equal to
// peer.host; wildcards never match, because a datastore is one App. The common
// name never counts. A CA's certificate is no server's, unless that very
// certificate is an anchor.
TlsVerdict VerifyCertificate(const TlsPolicy& policy, const TlsPeer& peer,
                             X509* leaf, STACK_OF(X509) * sent, absl::Time now);

}  // namespace localstore::fetcher
