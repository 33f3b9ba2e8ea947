#include "client/doctor/endpoint_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Outcome = ProbeAnswer::Outcome;

// Listens on 127.0.0.1 and lets `serve` handle one connection.
class OneConnection {
 public:
  explicit OneConnection(std::function<void(int)> serve) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      serve(connection);
      close(connection);
    });
  }
  ~OneConnection() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  int port() const { return port_; }

 private:
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

ProbeQuestion Ask(const std::string& scheme, int port) {
  ProbeQuestion question;
  question.endpoint.set_address("127.0.0.1");
  question.endpoint.set_source_address("127.0.0.1");
  question.endpoint.set_bridge("lo");
  question.host = "store.local";
  question.scheme = scheme;
  question.port = port;
  return question;
}

void Send(int connection, const std::string& text) {
  char ignored[4096];
  (void)!read(connection, ignored, sizeof ignored);
  (void)!write(connection, text.data(), text.size());
}

TEST(WhyNotFromHereTest, GoesByTheSourceAddressOnThatBridge) {
  NetworkProber prober;
  v1::Endpoint endpoint;
  endpoint.set_bridge("lo");
  endpoint.set_source_address("127.0.0.1");
  EXPECT_EQ(prober.WhyNotFromHere(endpoint), "");
  endpoint.set_bridge("bn1");
  EXPECT_THAT(prober.WhyNotFromHere(endpoint), HasSubstr("127.0.0.1 on bn1"));
  endpoint.set_bridge("lo");
  for (const char* address : {"192.0.2.7", "", "nonsense", "::2"}) {
    endpoint.set_source_address(address);
    EXPECT_NE(prober.WhyNotFromHere(endpoint), "") << address;
  }
}

TEST(NetworkProberTest, HearsAnAnswer) {
  OneConnection server([](int connection) {
    Send(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  });
  const ProbeAnswer answer = NetworkProber().Probe(Ask("http", server.port()));
  EXPECT_EQ(answer.outcome, Outcome::kAnswered) << answer.detail;
  EXPECT_EQ(answer.http_status, 404);
}

TEST(NetworkProberTest, ABodyThatNeverEndsIsNotWaitedFor) {
  OneConnection server([](int connection) {
    Send(connection, "HTTP/1.1 200 OK\r\n\r\nx");
    char ignored[4096];
    while (read(connection, ignored, sizeof ignored) > 0) {
    }
  });
  const ProbeAnswer answer = NetworkProber().Probe(Ask("http", server.port()));
  EXPECT_EQ(answer.outcome, Outcome::kAnswered) << answer.detail;
  EXPECT_EQ(answer.http_status, 200);
}

TEST(NetworkProberTest, TellsARefusalFromWhatIsNoHttp) {
  int port = 0;
  {
    OneConnection server(
        [](int connection) { Send(connection, "SSH-2.0\r\n"); });
    port = server.port();
    EXPECT_EQ(NetworkProber().Probe(Ask("http", port)).outcome,
              Outcome::kNotHttp);
  }
  EXPECT_EQ(NetworkProber().Probe(Ask("http", port)).outcome,
            Outcome::kRefused);
}

TEST(NetworkProberTest, AServerThatSaysNothingEndsWithTheTimeout) {
  OneConnection server([](int connection) {
    char ignored[4096];
    while (read(connection, ignored, sizeof ignored) > 0) {
    }
  });
  ProbeQuestion question = Ask("http", server.port());
  question.timeout = absl::Milliseconds(50);
  EXPECT_EQ(NetworkProber().Probe(question).outcome, Outcome::kNotHttp);
}

TEST(NetworkProberTest, TlsToAServerWithoutItFails) {
  OneConnection server([](int connection) {
    Send(connection, "HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  EXPECT_EQ(NetworkProber().Probe(Ask("https", server.port())).outcome,
            Outcome::kTlsFailed);
}

TEST(NetworkProberTest, ASourceAddressThatIsNotHereIsSkipped) {
  ProbeQuestion question = Ask("http", 9);
  question.endpoint.set_source_address("192.0.2.7");
  const ProbeAnswer answer = NetworkProber().Probe(question);
  EXPECT_EQ(answer.outcome, Outcome::kSkipped);
  EXPECT_THAT(answer.detail, HasSubstr("cannot use 192.0.2.7"));
}

struct Identity {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr,
                                                          &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{nullptr, &X509_free};
};

// Signed by itself, valid from an hour ago for an hour more.
Identity MakeIdentity(const std::string& alternative_names) {
  Identity identity;
  identity.key.reset(EVP_EC_gen("P-256"));
  identity.certificate.reset(X509_new());
  X509* certificate = identity.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, identity.key.get());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("store"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                          alternative_names.c_str()),
      &X509_EXTENSION_free);
  X509_add_ext(certificate, names.get(), -1);
  X509_sign(certificate, identity.key.get(), EVP_sha256());
  return identity;
}

std::string Pem(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()),
                                                      &BIO_free);
  PEM_write_bio_X509(bio.get(), certificate);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

void ServeTls(int connection, const Identity& identity) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()),
                                                      &SSL_free);
  SSL_set_fd(tls.get(), connection);
  if (SSL_accept(tls.get()) != 1) return;
  char ignored[4096];
  SSL_read(tls.get(), ignored, sizeof ignored);
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
  SSL_shutdown(tls.get());
}

TEST(NetworkProberTest, InspectsTheCertificateAndWhetherItIsTrusted) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  const Identity identity =
      MakeIdentity("DNS:store.local,IP:127.0.0.1,IP:fe80::5");
  OneConnection server(
      [&identity](int connection) { ServeTls(connection, identity); });
  ProbeQuestion question = Ask("https", server.port());
  question.ca_pem = Pem(identity.certificate.get());
  const ProbeAnswer answer = NetworkProber().Probe(question);
  ASSERT_EQ(answer.outcome, Outcome::kAnswered) << answer.detail;
  ASSERT_TRUE(answer.certificate.has_value());
  const CertificateReport& certificate = *answer.certificate;
  EXPECT_THAT(certificate.names,
              ElementsAre("DNS:store.local", "IP:127.0.0.1", "IP:fe80::5"));
  EXPECT_TRUE(certificate.holds_address);
  EXPECT_TRUE(certificate.holds_host);
  EXPECT_EQ(certificate.subject, "CN=store");
  EXPECT_LT(certificate.not_before, absl::Now());
  EXPECT_GT(certificate.not_after, absl::Now());
  EXPECT_TRUE(certificate.trust_checked);
  EXPECT_EQ(certificate.trust_problem, "");
}

TEST(NetworkProberTest, ACertificateForOthersOrFromOthersIsToldNotRefused) {
  const Identity identity = MakeIdentity("DNS:other.local");
  const Identity authority = MakeIdentity("DNS:ca");
  OneConnection server(
      [&identity](int connection) { ServeTls(connection, identity); });
  ProbeQuestion question = Ask("https", server.port());
  question.ca_pem = Pem(authority.certificate.get());
  const ProbeAnswer answer = NetworkProber().Probe(question);
  ASSERT_EQ(answer.outcome, Outcome::kAnswered) << answer.detail;
  EXPECT_FALSE(answer.certificate->holds_address);
  EXPECT_FALSE(answer.certificate->holds_host);
  EXPECT_NE(answer.certificate->trust_problem, "");
}

}  // namespace
}  // namespace localstore::client
