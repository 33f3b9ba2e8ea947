// A real gRPC server with TLS, while its files change.
#include "server/net/server_certificates.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "server/net/test_certificates.h"
#include "server/net/tls_files.h"

namespace localstore::server {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

// What a client sees of a TLS server.
struct Seen {
  bool connected = false;
  std::string subject;
  std::string version;
};

class ServerCertificatesTest : public ::testing::Test {
 protected:
  ServerCertificatesTest() {
    char name[] = "/tmp/localstore_XXXXXX";
    directory_ = mkdtemp(name);
    files_ = {Path("tls.crt"), Path("tls.key"), ""};
  }
  ~ServerCertificatesTest() override {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(directory_, "/", name);
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::trunc) << text;
  }
  // As careful writers do.
  void Replace(const std::string& name, const std::string& text) const {
    Write("new", text);
    std::filesystem::rename(Path("new"), Path(name));
  }

  TestCertificate MakeServer(const std::string& name) const {
    return MakeTestCertificate(name, "IP:127.0.0.1", &ca_);
  }

  void Serve() {
    auto certificates = ServerCertificates::Load(files_);
    ASSERT_TRUE(certificates.ok()) << certificates.status();
    certificates_ = *std::move(certificates);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", certificates_->MakeCredentials(),
                             &port_);
    builder.RegisterCallbackGenericService(&unknown_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void ServeWith(const TestCertificate& certificate) {
    Write("tls.crt", certificate.certificate);
    Write("tls.key", certificate.key);
    Serve();
  }

  // A new connection, with TLS up to `newest`, which trusts everyone.
  Seen Look(int newest = TLS1_3_VERSION) const {
    Seen seen;
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<uint16_t>(port_));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        connect(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof(name)),
        0);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, newest);
    SSL* tls = SSL_new(context);
    const unsigned char h2[] = {2, 'h', '2'};
    SSL_set_alpn_protos(tls, h2, sizeof(h2));
    SSL_set_fd(tls, descriptor);
    seen.connected = SSL_connect(tls) == 1;
    if (seen.connected) {
      X509* certificate = SSL_get1_peer_certificate(tls);
      char subject[256];
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
                                NID_commonName, subject, sizeof(subject));
      X509_free(certificate);
      seen.subject = subject;
      seen.version = SSL_get_version(tls);
    }
    SSL_free(tls);
    SSL_CTX_free(context);
    close(descriptor);
    return seen;
  }

  // A channel of its own, which trusts `ca_` and shows what it is given.
  std::shared_ptr<grpc::Channel> Channel(
      const TestCertificate* shown = nullptr) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ca_.certificate;
    if (shown != nullptr) {
      options.pem_cert_chain = shown->certificate;
      options.pem_private_key = shown->key;
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port_),
                                     grpc::SslCredentials(options), arguments);
  }
  grpc::Status Ask(const TestCertificate* shown = nullptr) const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
    HealthCheckResponse response;
    return Health::NewStub(Channel(shown))->Check(&context, {}, &response);
  }

  const TestCertificate ca_ = MakeTestCertificate("ca", "");
  std::string directory_;
  TlsFiles files_;
  std::unique_ptr<ServerCertificates> certificates_;
  int port_ = 0;
  grpc::CallbackGenericService unknown_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(ServerCertificatesTest, Tls12OrLater) {
  ServeWith(MakeServer("first"));
  EXPECT_EQ(Look().version, "TLSv1.3");
  EXPECT_EQ(Look(TLS1_2_VERSION).version, "TLSv1.2");
  EXPECT_FALSE(Look(TLS1_1_VERSION).connected);
  EXPECT_FALSE(Look(TLS1_VERSION).connected);
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ServerCertificatesTest, WantsACertificateOfItsClients) {
  const TestCertificate other_ca = MakeTestCertificate("other", "");
  const TestCertificate good = MakeTestCertificate("good", "DNS:good", &ca_);
  const TestCertificate bad = MakeTestCertificate("bad", "DNS:bad", &other_ca);
  Write("ca.crt", ca_.certificate);
  files_.client_ca = Path("ca.crt");
  ServeWith(MakeServer("first"));
  EXPECT_TRUE(Ask(&good).ok());
  EXPECT_FALSE(Ask().ok());
  EXPECT_FALSE(Ask(&bad).ok());

  Replace("ca.crt", other_ca.certificate);
  certificates_->Refresh();
  EXPECT_FALSE(Ask(&good).ok());
  EXPECT_TRUE(Ask(&bad).ok());
}

TEST_F(ServerCertificatesTest, ANewPairIsSeenByNewConnectionsOnly) {
  ServeWith(MakeServer("first"));
  const auto channel = Channel();
  grpc::ClientContext context;
  const auto stream = Health::NewStub(channel)->Watch(&context, {});
  HealthCheckResponse response;
  ASSERT_TRUE(stream->Read(&response));

  const TestCertificate second = MakeServer("second");
  Replace("tls.crt", second.certificate);
  Replace("tls.key", second.key);
  certificates_->Refresh();

  EXPECT_EQ(Look().subject, "second");
  EXPECT_TRUE(Ask().ok());
  server_->GetHealthCheckService()->SetServingStatus(false);
  ASSERT_TRUE(stream->Read(&response));  // the old one goes on
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  context.TryCancel();
  stream->Finish();
}

TEST_F(ServerCertificatesTest, ASymbolicLinkThatIsSwappedIsSeen) {
  const TestCertificate first = MakeServer("first");
  const TestCertificate second = MakeServer("second");
  // As Kubernetes mounts a secret.
  const auto make = [this](const std::string& folder,
                           const TestCertificate& certificate) {
    std::filesystem::create_directory(Path(folder));
    Write(folder + "/tls.crt", certificate.certificate);
    Write(folder + "/tls.key", certificate.key);
  };
  make("..1", first);
  std::filesystem::create_symlink("..1", Path("..data"));
  std::filesystem::create_symlink("..data/tls.crt", Path("tls.crt"));
  std::filesystem::create_symlink("..data/tls.key", Path("tls.key"));
  Serve();
  EXPECT_EQ(Look().subject, "first");

  make("..2", second);
  std::filesystem::create_symlink("..2", Path("..data_new"));
  std::filesystem::rename(Path("..data_new"), Path("..data"));
  std::filesystem::remove_all(Path("..1"));
  certificates_->Refresh();
  EXPECT_EQ(Look().subject, "second");
}

TEST_F(ServerCertificatesTest, WhatDoesNotGoTogetherLeavesThoseBefore) {
  Write("ca.crt", ca_.certificate);
  files_.client_ca = Path("ca.crt");
  const TestCertificate client = MakeTestCertificate("c", "DNS:c", &ca_);
  ServeWith(MakeServer("first"));
  const TestCertificate second = MakeServer("second");
  const auto still_the_first = [&] {
    certificates_->Refresh();
    EXPECT_TRUE(Ask(&client).ok());
  };
  ::testing::internal::CaptureStderr();

  Replace("tls.crt", second.certificate);  // its key is not there yet
  still_the_first();
  Write("tls.key", second.key.substr(0, second.key.size() / 2));
  still_the_first();
  std::filesystem::remove(Path("tls.key"));
  still_the_first();
  Write("tls.key", second.key);
  Write("ca.crt", ca_.certificate.substr(0, ca_.certificate.size() / 2));
  still_the_first();
  still_the_first();  // is not said again
  Write("ca.crt", "");
  still_the_first();

  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("do not go together"));
  EXPECT_THAT(log, HasSubstr("tls_key: "));
  EXPECT_THAT(log, HasSubstr("tls_client_ca: "));
  size_t warnings = 0;
  for (size_t at = log.find("do not go together"); at != std::string::npos;
       at = log.find("do not go together", at + 1)) {
    ++warnings;
  }
  EXPECT_EQ(warnings, 5u);

  Write("ca.crt", ca_.certificate);
  certificates_->Refresh();
  EXPECT_TRUE(Ask(&client).ok());
}

TEST_F(ServerCertificatesTest, AHalfWrittenPairIsNotShown) {
  ServeWith(MakeServer("first"));
  const TestCertificate second = MakeServer("second");
  Replace("tls.crt", second.certificate);
  certificates_->Refresh();
  EXPECT_EQ(Look().subject, "first");
  Replace("tls.key", second.key);
  certificates_->Refresh();
  EXPECT_EQ(Look().subject, "second");
}

TEST_F(ServerCertificatesTest, FilesMustBeRightFromTheStart) {
  const TestCertificate first = MakeServer("first");
  const TestCertificate second = MakeServer("second");
  Write("tls.crt", first.certificate);
  Write("tls.key", second.key);
  const auto complaint = [this] {
    return std::string(ServerCertificates::Load(files_).status().message());
  };
  EXPECT_THAT(complaint(), HasSubstr("tls_key: " + Path("tls.key")));
  Write("tls.key", first.key);
  files_.client_ca = Path("tls.key");
  EXPECT_THAT(complaint(), HasSubstr("tls_client_ca: "));
  files_.client_ca = "";
  files_.certificate = "/nowhere";
  EXPECT_THAT(complaint(),
              HasSubstr("tls_certificate: /nowhere cannot be read: No such"));
  files_.certificate = directory_;
  EXPECT_THAT(complaint(), HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace localstore::server
