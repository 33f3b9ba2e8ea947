#include "fetcher/tls_policy.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fetcher/pem.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr int kSecurityLevel = 2;  // 112 bits

bool IsAes128Gcm(const SSL_CIPHER* cipher) {
  const int exchange = SSL_CIPHER_get_kx_nid(cipher);
  return SSL_CIPHER_get_cipher_nid(cipher) == NID_aes_128_gcm &&
         (exchange == NID_kx_any || exchange == NID_kx_ecdhe);
}

// Of what OpenSSL and its configuration allow, AES-128 before AES-256: strong
// enough for as long as an image matters, and faster for both sides.
bool PreferAes128(SSL_CTX* context) {
  std::vector<const SSL_CIPHER*> ciphers;
  const STACK_OF(SSL_CIPHER)* const allowed = SSL_CTX_get_ciphers(context);
  ciphers.reserve(static_cast<size_t>(sk_SSL_CIPHER_num(allowed)));
  for (int i = 0; i < sk_SSL_CIPHER_num(allowed); ++i) {
    ciphers.push_back(sk_SSL_CIPHER_value(allowed, i));
  }
  std::stable_partition(ciphers.begin(), ciphers.end(), IsAes128Gcm);
  std::vector<std::string> tls13;
  std::vector<std::string> older;
  for (const SSL_CIPHER* cipher : ciphers) {
    const bool is_tls13 = SSL_CIPHER_get_kx_nid(cipher) == NID_kx_any;
    (is_tls13 ? tls13 : older).emplace_back(SSL_CIPHER_get_name(cipher));
  }
  return (tls13.empty() || SSL_CTX_set_ciphersuites(
                               context, absl::StrJoin(tls13, ":").c_str())) &&
         (older.empty() ||
          SSL_CTX_set_cipher_list(context, absl::StrJoin(older, ":").c_str()));
}

std::string TakeOpensslReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason != nullptr ? reason : "unknown";
  ERR_clear_error();
  return text;
}

}  // namespace

// Takes the parts of a DatastoreAccess one after another, and notes what is
// wrong with each.
class TlsPolicyBuilder {
 public:
  TlsPolicyBuilder(absl::string_view field, const TlsPolicy::Options& options)
      : prefix_(field.empty() ? "" : absl::StrCat(field, ".")),
        options_(options),
        policy_(new TlsPolicy()) {}

  absl::Status TakeTrust(const DatastoreAccess& access) {
    policy_->identity_ = access.tls_identity;
    policy_->anchors_.reset(X509_STORE_new());
    if (policy_->anchors_ == nullptr) return OutOfMemory();
    if (!access.ca_certificates_pem.empty()) {
      return TakeGivenAnchors(access.ca_certificates_pem);
    }
    if (options_.allow_system_roots) return TakeSystemRoots();
    if (options_.require_trust) {
      Note("ca_certificates_pem",
           "is empty, and the system's roots are not allowed: give the root "
           "or intermediate that the datastore's certificate comes from, or "
           "that certificate itself");
    }
    return absl::OkStatus();
  }

  void TakeClient(const DatastoreAccess& access) {
    const bool has_certificate = !access.client_certificate_pem.empty();
    const bool has_key = !access.client_key_pem.empty();
    if (!has_certificate && !has_key) return;
    if (!has_key) {
      Note("client_key_pem", "is empty, but there is a client_certificate_pem");
    }
    if (!has_certificate) {
      Note("client_certificate_pem", "is empty, but there is a client_key_pem");
    }
    if (has_certificate) TakeClientChain(access.client_certificate_pem);
    if (has_key) TakeClientKey(access.client_key_pem);
    if (violations_.empty()) TryClientCertificate();
  }

  absl::StatusOr<std::shared_ptr<const TlsPolicy>> Finish() {
    if (!violations_.empty()) return MakeBadRequest(violations_);
    return std::shared_ptr<const TlsPolicy>(std::move(policy_));
  }

 private:
  static absl::Status OutOfMemory() {
    return MakeError(v1::ERROR_REASON_INTERNAL, "out of memory in OpenSSL");
  }

  void Note(absl::string_view name, absl::string_view description) {
    violations_.push_back(
        {absl::StrCat(prefix_, name), std::string(description)});
  }

  absl::Status TakeGivenAnchors(absl::string_view pem) {
    absl::StatusOr<std::vector<X509Ptr>> given = ParseCertificates(pem);
    if (!given.ok()) {
      Note("ca_certificates_pem", given.status().message());
      return absl::OkStatus();
    }
    policy_->given_ = *std::move(given);
    for (const X509Ptr& certificate : policy_->given_) {
      if (X509_STORE_add_cert(policy_->anchors_.get(), certificate.get()) !=
          1) {
        ERR_clear_error();
        return OutOfMemory();
      }
    }
    return absl::OkStatus();
  }

  absl::Status TakeSystemRoots() {
    policy_->system_roots_ = true;
    if (X509_STORE_load_file(policy_->anchors_.get(),
                             options_.system_roots_file.c_str()) == 1) {
      return absl::OkStatus();
    }
    return MakeError(
        v1::ERROR_REASON_INTERNAL,
        absl::StrCat("cannot read the system's root certificates from ",
                     options_.system_roots_file, " (", TakeOpensslReason(),
                     "): install ca-certificates, or give "
                     "ca_certificates_pem"),
        {{"file", options_.system_roots_file}});
  }

  void TakeClientChain(absl::string_view pem) {
    absl::StatusOr<std::vector<X509Ptr>> chain = ParseCertificates(pem);
    if (!chain.ok()) {
      Note("client_certificate_pem", chain.status().message());
      return;
    }
    policy_->client_certificate_ = std::move(chain->front());
    chain->erase(chain->begin());
    policy_->client_chain_ = *std::move(chain);
  }

  void TakeClientKey(absl::string_view pem) {
    absl::StatusOr<EvpPkeyPtr> key = ParsePrivateKey(pem);
    if (!key.ok()) {
      Note("client_key_pem", key.status().message());
      return;
    }
    policy_->client_key_ = *std::move(key);
    if (policy_->client_certificate_ == nullptr) return;
    const absl::Status matches = CheckKeyMatches(
        policy_->client_certificate_.get(), policy_->client_key_.get());
    if (!matches.ok()) Note("client_key_pem", matches.message());
  }

  // What OpenSSL will not take at the handshake is wrong now.
  void TryClientCertificate() {
    const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    if (context != nullptr && policy_->ConfigureContext(context.get(), true)) {
      return;
    }
    Note("client_certificate_pem",
         absl::StrCat("cannot be used (", TakeOpensslReason(), ")"));
  }

  const std::string prefix_;
  const TlsPolicy::Options& options_;
  std::unique_ptr<TlsPolicy> policy_;
  std::vector<FieldViolation> violations_;
};

absl::StatusOr<std::shared_ptr<const TlsPolicy>> TlsPolicy::Create(
    const DatastoreAccess& access, absl::string_view field,
    const Options& options) {
  TlsPolicyBuilder builder(field, options);
  const absl::Status status = builder.TakeTrust(access);
  if (!status.ok()) return status;
  builder.TakeClient(access);
  return builder.Finish();
}

bool TlsPolicy::IsPinned(X509* certificate) const {
  return std::any_of(given_.begin(), given_.end(), [&](const X509Ptr& given) {
    return X509_cmp(given.get(), certificate) == 0;
  });
}

bool TlsPolicy::ConfigureContext(SSL_CTX* context,
                                 bool with_client_certificate) const {
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // The client's chain is what was given, not what else can be found.
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      !PreferAes128(context)) {
    return false;
  }
  if (!with_client_certificate || client_certificate_ == nullptr) return true;
  if (SSL_CTX_use_certificate(context, client_certificate_.get()) != 1) {
    return false;
  }
  for (const X509Ptr& link : client_chain_) {
    if (SSL_CTX_add1_chain_cert(context, link.get()) != 1) return false;
  }
  return SSL_CTX_use_PrivateKey(context, client_key_.get()) == 1;
}

}  // namespace localstore::fetcher
