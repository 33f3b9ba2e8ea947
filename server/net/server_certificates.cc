#include "server/net/server_certificates.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <sys/stat.h>

#include <string>
#include <utility>

#include "server/logging/log.h"

namespace localstore::server {
namespace {

void LogCurrent(const TlsMaterial& material) {
  const LogFields fields = {{"subject", material.subject},
                            {"fingerprint", material.fingerprint},
                            {"not_after", material.not_after}};
  if (material.expired) {
    LogWarning("the server's certificate has expired: clients will refuse it",
               fields);
  } else {
    LogInfo("the server's certificate is current", fields);
  }
}

}  // namespace

// gRPC asks these, for each connection, whether there is something new. One
// object serves one address: who asks cannot be told apart.
class ServerCertificates::Credentials final : public grpc::ServerCredentials {
 public:
  explicit Credentials(ServerCertificates* certificates)
      : certificates_(certificates) {
    const bool verify = !certificates->files_.client_ca.empty();
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            verify ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                   : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
            &Credentials::Fetch, this));
  }
  ~Credentials() override { grpc_server_credentials_release(credentials_); }

  // Nothing but the connection says who a caller is.
  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<Credentials*>(self)->FetchNew(config);
  }

  grpc_ssl_certificate_config_reload_status FetchNew(
      grpc_ssl_server_certificate_config** config) {
    absl::MutexLock lock(&certificates_->mutex_);
    if (fetched_ == certificates_->version_) {
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    }
    fetched_ = certificates_->version_;
    const TlsMaterial& current = certificates_->current_;
    const grpc_ssl_pem_key_cert_pair pair = {current.key.c_str(),
                                             current.certificate.c_str()};
    // gRPC insists on roots, also where no certificate is asked for.
    *config = grpc_ssl_server_certificate_config_create(
        current.client_ca.empty() ? current.certificate.c_str()
                                  : current.client_ca.c_str(),
        &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  ServerCertificates* const certificates_;
  grpc_server_credentials* credentials_ = nullptr;
  int64_t fetched_ ABSL_GUARDED_BY(certificates_->mutex_) = 0;
};

absl::StatusOr<std::unique_ptr<ServerCertificates>> ServerCertificates::Load(
    const TlsFiles& files) {
  const FileStates states = StatesOf(files);
  auto material = ReadTlsFiles(files);
  if (!material.ok()) return material.status();
  LogCurrent(*material);
  return std::unique_ptr<ServerCertificates>(
      new ServerCertificates(files, states, *std::move(material)));
}

ServerCertificates::ServerCertificates(TlsFiles files, FileStates states,
                                       TlsMaterial material)
    : files_(std::move(files)),
      states_(states),
      current_(std::move(material)) {}

ServerCertificates::~ServerCertificates() = default;

std::shared_ptr<grpc::ServerCredentials> ServerCertificates::MakeCredentials() {
  auto credentials = std::make_shared<Credentials>(this);
  absl::MutexLock lock(&mutex_);
  made_.push_back(credentials);
  return credentials;
}

void ServerCertificates::Refresh() {
  absl::MutexLock lock(&mutex_);
  const FileStates now = StatesOf(files_);
  if (now != states_ || failed_) Read(now);
}

void ServerCertificates::Reload() {
  absl::MutexLock lock(&mutex_);
  failed_ = false;  // so that it is said again
  Read(StatesOf(files_));
}

// `states` are from before, so that what changes meanwhile is read next time.
void ServerCertificates::Read(const FileStates& states) {
  const bool known_to_fail = failed_ && states == states_;
  states_ = states;
  auto material = ReadTlsFiles(files_);
  failed_ = !material.ok();
  if (failed_) {
    if (known_to_fail) return;
    LogWarning(
        "the files of TLS have changed and do not go together; new "
        "connections see those before",
        {{"error", std::string(material.status().message())}});
    return;
  }
  if (material->certificate == current_.certificate &&
      material->key == current_.key &&
      material->client_ca == current_.client_ca) {
    return;
  }
  current_ = *std::move(material);
  ++version_;
  LogCurrent(current_);
}

ServerCertificates::FileState ServerCertificates::StateOf(
    const std::string& path) {
  struct stat file {};
  if (path.empty() || stat(path.c_str(), &file) != 0) return {};
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  return {static_cast<int64_t>(file.st_dev), static_cast<int64_t>(file.st_ino),
          static_cast<int64_t>(file.st_size),
          file.st_mtim.tv_sec * kNanosPerSecond + file.st_mtim.tv_nsec,
          file.st_ctim.tv_sec * kNanosPerSecond + file.st_ctim.tv_nsec};
}

ServerCertificates::FileStates ServerCertificates::StatesOf(
    const TlsFiles& files) {
  return {StateOf(files.certificate), StateOf(files.key),
          StateOf(files.client_ca)};
}

}  // namespace localstore::server
