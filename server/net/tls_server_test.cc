#include "server/net/tls_server.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;

// A certificate for 127.0.0.1 that signs itself, and its key, in files.
class SelfSigned {
 public:
  explicit SelfSigned(const std::string& name)
      : certificate(absl::StrCat(::testing::TempDir(), "/", name, ".crt")),
        key(absl::StrCat(::testing::TempDir(), "/", name, ".key")) {
    EVP_PKEY* pair = EVP_EC_gen("P-256");
    X509* x509 = X509_new();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, pair);
    X509_NAME* subject = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x509, subject);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(
        nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x509, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x509, pair, EVP_sha256());
    std::FILE* file = std::fopen(certificate.c_str(), "w");
    PEM_write_X509(file, x509);
    std::fclose(file);
    file = std::fopen(key.c_str(), "w");
    PEM_write_PrivateKey(file, pair, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(x509);
    EVP_PKEY_free(pair);
  }

  const std::string certificate;
  const std::string key;
};

class AlwaysHealthy : public grpc::health::v1::Health::CallbackService {
  grpc::ServerUnaryReactor* Check(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest*,
      grpc::health::v1::HealthCheckResponse*) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Asks a server with those credentials for its health, as a client that trusts
// `trusted` and, unless nullptr, shows `shown`.
grpc::Status Ask(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                 const SelfSigned& trusted, const SelfSigned* shown) {
  AlwaysHealthy service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = Read(trusted.certificate);
  if (shown != nullptr) {
    options.pem_cert_chain = Read(shown->certificate);
    options.pem_private_key = Read(shown->key);
  }
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status =
      grpc::health::v1::Health::NewStub(
          grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                              grpc::SslCredentials(options)))
          ->Check(&context, {}, &response);
  server->Shutdown(std::chrono::system_clock::now());
  return status;
}

TEST(TlsServerTest, ServesWithItsCertificate) {
  const SelfSigned server("server");
  const SelfSigned other("other");
  const auto credentials =
      MakeTlsCredentials({server.certificate, server.key, ""});
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_TRUE(Ask(*credentials, server, nullptr).ok());
  EXPECT_FALSE(Ask(*credentials, other, nullptr).ok());
}

TEST(TlsServerTest, WantsACertificateOfItsClients) {
  const SelfSigned server("server");
  const SelfSigned client("client");
  const SelfSigned stranger("stranger");
  const auto credentials =
      MakeTlsCredentials({server.certificate, server.key, client.certificate});
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_TRUE(Ask(*credentials, server, &client).ok());
  EXPECT_FALSE(Ask(*credentials, server, nullptr).ok());
  EXPECT_FALSE(Ask(*credentials, server, &stranger).ok());
}

TEST(TlsServerTest, FilesMustBelongTogether) {
  const SelfSigned server("server");
  const SelfSigned other("other");
  EXPECT_THAT(
      std::string(CheckTlsFiles({server.certificate, other.key, ""}).message()),
      HasSubstr("tls_key: "));
  EXPECT_THAT(
      std::string(CheckTlsFiles({"/nowhere", server.key, ""}).message()),
      HasSubstr("tls_certificate: /nowhere"));
  EXPECT_THAT(
      std::string(CheckTlsFiles({server.certificate, server.key, server.key})
                      .message()),
      HasSubstr("tls_client_ca: "));
}

}  // namespace
}  // namespace localstore::server
