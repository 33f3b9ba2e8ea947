// Who may call what, over real connections: Unix sockets and mutual TLS.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "protos/errors/error.h"
#include "server/daemon/test_daemon.h"
#include "server/logging/captured_log.h"
#include "server/net/test_certificates.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Config Rule(const std::string& caller, const std::string& allow) {
  v1::Config config;
  v1::AccessRule* rule = config.add_access();
  rule->add_callers(caller);
  rule->add_allow(allow);
  return config;
}

grpc::Status AskStatus(const std::shared_ptr<grpc::Channel>& channel) {
  const auto context = PatientContext();
  v1::StatusResponse response;
  return v1::LocalDatastoreService::NewStub(channel)->Status(context.get(), {},
                                                             &response);
}

grpc::Status AskRemove(const std::shared_ptr<grpc::Channel>& channel) {
  const auto context = PatientContext();
  v1::RemoveRequest request;
  request.set_download_id("nowhere");
  v1::RemoveResponse response;
  return v1::LocalDatastoreService::NewStub(channel)->Remove(
      context.get(), request, &response);
}

grpc::Status AskHealth(const std::shared_ptr<grpc::Channel>& channel) {
  const auto context = PatientContext();
  grpc::health::v1::HealthCheckResponse response;
  return grpc::health::v1::Health::NewStub(channel)->Check(context.get(), {},
                                                           &response);
}

TEST(AccessControlTest, UsersOfUnixSockets) {
  TestDaemon daemon;
  const v1::Config rule = Rule(absl::StrCat("uid:", geteuid()), "read");
  ASSERT_TRUE(daemon.Start({}, rule).ok());
  const auto local = OwnChannel(daemon.unix_address());
  const auto tcp = OwnChannel(daemon.tcp_address());
  EXPECT_TRUE(AskStatus(local).ok());
  const grpc::Status denied = AskRemove(local);
  EXPECT_EQ(denied.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(denied.error_message(),
              AllOf(HasSubstr(absl::StrCat("uid=", geteuid())),
                    HasSubstr("\"admin\"")));
  EXPECT_EQ(AskStatus(tcp).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(AskHealth(tcp).ok());
}

TEST(AccessControlTest, RulesChangeUnderAnOpenConnection) {
  TestDaemon daemon;
  ASSERT_TRUE(daemon.Start().ok());
  const auto local = OwnChannel(daemon.unix_address());
  EXPECT_EQ(AskRemove(local).error_code(), grpc::StatusCode::NOT_FOUND);
  ASSERT_TRUE(
      daemon.Reload({}, Rule(absl::StrCat("gid:", getegid()), "read")).ok());
  EXPECT_EQ(AskRemove(local).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(AskStatus(local).ok());
  ASSERT_TRUE(
      daemon.Reload({}, Rule(absl::StrCat("uid:", geteuid()), "admin")).ok());
  EXPECT_EQ(AskRemove(local).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST(AccessControlTest, CallsPerClientFollowTheConfiguration) {
  TestDaemon daemon;
  ASSERT_TRUE(daemon.Start({{"max_calls_per_client", "1"}}).ok());
  const auto local = OwnChannel(daemon.unix_address());
  const auto context = PatientContext();
  const auto stream =
      grpc::health::v1::Health::NewStub(local)->Watch(context.get(), {});
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(AskStatus(local).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  // Somebody else is not held back.
  EXPECT_TRUE(AskStatus(OwnChannel(daemon.tcp_address())).ok());
  ASSERT_TRUE(daemon.Reload({{"max_calls_per_client", "2"}}, {}).ok());
  EXPECT_TRUE(AskStatus(local).ok());
  context->TryCancel();
  stream->Finish();
}

class MutualTlsTest : public ::testing::Test {
 protected:
  MutualTlsTest() {
    daemon_.Write("tls.crt", server_.certificate);
    daemon_.Write("tls.key", server_.key);
    daemon_.Write("ca.crt", ca_.certificate);
    tls_ = {{"tls_certificate", daemon_.Path("tls.crt")},
            {"tls_key", daemon_.Path("tls.key")},
            {"tls_client_ca", daemon_.Path("ca.crt")}};
  }

  // As who has a certificate with those names.
  std::shared_ptr<grpc::Channel> ChannelAs(const std::string& names) {
    const TestCertificate client = MakeTestCertificate("client", names, &ca_);
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ca_.certificate;
    options.pem_cert_chain = client.certificate;
    options.pem_private_key = client.key;
    return OwnChannel(daemon_.tcp_address(), grpc::SslCredentials(options));
  }

  const TestCertificate ca_ = MakeTestCertificate("ca", "");
  const TestCertificate server_ =
      MakeTestCertificate("server", "IP:127.0.0.1", &ca_);
  TestDaemon daemon_;
  SettingTexts tls_;
};

TEST_F(MutualTlsTest, EachKindOfNameIsKnown) {
  ASSERT_TRUE(daemon_.Start(tls_, Rule("uid:4000000000", "admin")).ok());
  const struct {
    std::string rule;
    std::string fits;
    std::string does_not;
  } kinds[] = {
      {"dns:*.agents.example", "DNS:a.agents.example", "DNS:agents.example"},
      {"uri:spiffe://edge/*", "URI:spiffe://edge/a", "URI:spiffe://other/a"},
      {"email:*@ops.example", "email:a@ops.example", "email:a@other.example"},
      {"ip:10.1.0.0/16", "IP:10.1.2.3", "IP:10.2.0.1"},
      {"ip:fd00::/8", "IP:fd00::1", "IP:fe80::1"},
      {"dns:agent.example", "DNS:other.example,DNS:agent.example",
       "email:agent@agent.example"},
  };
  for (const auto& kind : kinds) {
    ASSERT_TRUE(daemon_.Reload(tls_, Rule(kind.rule, "read")).ok());
    EXPECT_TRUE(AskStatus(ChannelAs(kind.fits)).ok()) << kind.rule;
    const grpc::Status denied = AskStatus(ChannelAs(kind.does_not));
    EXPECT_EQ(denied.error_code(), grpc::StatusCode::PERMISSION_DENIED)
        << kind.rule;
    EXPECT_THAT(denied.error_message(), Not(HasSubstr(kind.rule)));
  }
}

TEST_F(MutualTlsTest, ADenialNamesTheCertificateThatWasSeen) {
  ASSERT_TRUE(daemon_.Start(tls_, Rule("uid:4000000000", "admin")).ok());
  const grpc::Status denied =
      AskStatus(ChannelAs("DNS:agent.example,URI:spiffe://edge/a"));
  EXPECT_THAT(denied.error_message(),
              HasSubstr("certificate dns:agent.example uri:spiffe://edge/a"));
}

TEST_F(MutualTlsTest, TheCommonNameIsNoName) {
  ASSERT_TRUE(daemon_.Start(tls_, Rule("dns:client", "read")).ok());
  EXPECT_EQ(AskStatus(ChannelAs("")).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(MutualTlsTest, ACertificateThatIsReplacedIsShownSoon) {
  const CapturedLog log;
  ASSERT_TRUE(daemon_.Start(tls_).ok());
  const TestCertificate other_ca = MakeTestCertificate("other", "");
  EXPECT_TRUE(AskStatus(ChannelAs("DNS:a")).ok());
  const TestCertificate next =
      MakeTestCertificate("next", "IP:127.0.0.1", &other_ca);
  daemon_.Write("tls.key", next.key);
  daemon_.Write("tls.crt", next.certificate);
  // Nobody is told: it is seen within seconds.
  EXPECT_TRUE(log.Await("CN=next"));
  EXPECT_EQ(AskStatus(ChannelAs("DNS:a")).error_code(),
            grpc::StatusCode::UNAVAILABLE);  // not of the CA that is trusted
}

TEST_F(MutualTlsTest, ACertificateThatIsReplacedIsShownAtOnceAfterAReload) {
  ASSERT_TRUE(daemon_.Start(tls_).ok());
  const TestCertificate other_ca = MakeTestCertificate("other", "");
  const TestCertificate next =
      MakeTestCertificate("next", "IP:127.0.0.1", &other_ca);
  daemon_.Write("tls.key", next.key);
  daemon_.Write("tls.crt", next.certificate);
  ASSERT_TRUE(daemon_.Reload(tls_, {}).ok());
  EXPECT_EQ(AskStatus(ChannelAs("DNS:a")).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace localstore::server
