// What a datastore's certificate is measured against, and what this device
// shows of its own. Built once for a source, from its DatastoreAccess.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fetcher/datastore_access.h"
#include "fetcher/openssl_ptr.h"

namespace localstore::fetcher {

// Immutable and thread-safe. The private key is in memory only, and wiped when
// the policy goes.
//
// Trust is exactly the certificates given: a root, or an intermediate or a leaf
// that is pinned, each an anchor of its own; links that the datastore does not
// send are taken from there, too. TLS 1.2 or newer, keys and hashes of
// OpenSSL's security level 2 (RSA 2048, no SHA-1), key usage of a server.
class TlsPolicy {
 public:
  struct Options {
    // Without certificates of its own a source is an error (false), or is
    // verified against `system_roots_file` (true).
    bool allow_system_roots = false;
    std::string system_roots_file = "/etc/ssl/certs/ca-certificates.crt";
    // False for a source whose URL is http: certificates may then be missing,
    // and a redirect to https is answered by TLS_UNTRUSTED_CHAIN.
    bool require_trust = true;
  };

  // Errors: INVALID_REQUEST with every violation, at `field` +
  // ".ca_certificates_pem", ".client_certificate_pem" or ".client_key_pem"
  // (without the dot if `field` is ""): malformed PEM (which certificate, and
  // why), no certificate at all, a key that is encrypted or belongs to another
  // certificate, one too weak. INTERNAL when the system's roots cannot be read.
  static absl::StatusOr<std::shared_ptr<const TlsPolicy>> Create(
      const DatastoreAccess& access, absl::string_view field,
      const Options& options);

  TlsPolicy(const TlsPolicy&) = delete;
  TlsPolicy& operator=(const TlsPolicy&) = delete;

  TlsIdentity identity() const { return identity_; }
  bool has_client_certificate() const { return client_certificate_ != nullptr; }

  // The anchors; X509_STORE locks itself, and nothing here changes it.
  X509_STORE* anchors() const { return anchors_.get(); }
  bool has_anchors() const { return system_roots_ || !given_.empty(); }
  // Whether the system's roots are the anchors.
  bool system_roots() const { return system_roots_; }
  // The anchors that were given; none for the system's roots.
  const std::vector<X509Ptr>& given() const { return given_; }
  // Whether `certificate` itself is one of those given.
  bool IsPinned(X509* certificate) const;

  // Versions, ciphers, anchors and, if asked, the client's certificate and
  // key. False when OpenSSL refuses, with its reason in the error queue.
  bool ConfigureContext(SSL_CTX* context, bool with_client_certificate) const;

 private:
  TlsPolicy() = default;
  friend class TlsPolicyBuilder;

  TlsIdentity identity_ = TlsIdentity::kIpAddress;
  X509StorePtr anchors_;
  bool system_roots_ = false;
  std::vector<X509Ptr> given_;  // in anchors_, too
  X509Ptr client_certificate_;
  std::vector<X509Ptr> client_chain_;  // what leads from it to its root
  EvpPkeyPtr client_key_;
};

}  // namespace localstore::fetcher
