#include "server/net/tls_server.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

constexpr unsigned kReloadSeconds = 2;

absl::Status Wrong(absl::string_view field, const std::string& path,
                   absl::string_view what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  return MakeBadRequest(
      {{std::string(field),
        absl::StrCat(path, " ", what, " (", reason.data(), ")")}});
}

}  // namespace

absl::Status CheckTlsFiles(const TlsFiles& files) {
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (context == nullptr) return Wrong("tls_certificate", "", "cannot be used");
  if (SSL_CTX_use_certificate_chain_file(context.get(),
                                         files.certificate.c_str()) != 1) {
    return Wrong("tls_certificate", files.certificate,
                 "is no readable chain of certificates in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(),
                                  SSL_FILETYPE_PEM) != 1) {
    return Wrong("tls_key", files.key,
                 "is no readable key in PEM, or not that of tls_certificate");
  }
  if (!files.client_ca.empty() &&
      SSL_CTX_load_verify_locations(context.get(), files.client_ca.c_str(),
                                    nullptr) != 1) {
    return Wrong("tls_client_ca", files.client_ca,
                 "has no readable certificates in PEM");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(
    const TlsFiles& files) {
  const absl::Status checked = CheckTlsFiles(files);
  if (!checked.ok()) return checked;
  namespace tls = grpc::experimental;
  tls::TlsServerCredentialsOptions options(
      std::make_shared<tls::FileWatcherCertificateProvider>(
          files.key, files.certificate, files.client_ca, kReloadSeconds));
  options.watch_identity_key_cert_pairs();
  if (!files.client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

}  // namespace localstore::server
