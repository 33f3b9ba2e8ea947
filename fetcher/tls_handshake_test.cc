// What libcurl and OpenSSL could do behind the policy's back, and do not.
#include "fetcher/tls_handshake.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fetcher/openssl_ptr.h"
#include "fetcher/testing/pki.h"
#include "fetcher/testing/tls_server.h"
#include "gtest/gtest.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr char kImage[] = "the bytes of an image";

TestCertificate Ca(const std::string& name) {
  TestCertificate what;
  what.common_name = name;
  what.ca = true;
  return what;
}

TestCertificate Leaf(std::vector<std::string> alt_names) {
  TestCertificate what;
  what.common_name = "datastore";
  what.alt_names = std::move(alt_names);
  return what;
}

size_t Append(char* data, size_t size, size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

// One transfer, on a multi handle that others may share.
class Transfer {
 public:
  Transfer(std::shared_ptr<const TlsPolicy> policy, TlsPeer peer,
           const std::string& url)
      : handshake_(std::move(policy), std::move(peer)),
        handle_(curl_easy_init()) {
    EXPECT_TRUE(handshake_.Install(handle_).ok());
    Set(CURLOPT_URL, url.c_str());
    Set(CURLOPT_PROXY, "");
    Set(CURLOPT_TIMEOUT, 60L);
    Set(CURLOPT_ERRORBUFFER, text_);
    Set(CURLOPT_WRITEFUNCTION, Append);
    Set(CURLOPT_WRITEDATA, &body_);
  }
  ~Transfer() {
    curl_easy_cleanup(handle_);
    curl_slist_free_all(connect_to_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  template <typename T>
  void Set(CURLoption option, T value) {
    ASSERT_EQ(curl_easy_setopt(handle_, option, value), CURLE_OK);
  }

  void ConnectTo(const std::string& where) {
    connect_to_ = curl_slist_append(connect_to_, where.c_str());
    Set(CURLOPT_CONNECT_TO, connect_to_);
  }

  absl::Status Run(CURLM* multi) {
    curl_multi_add_handle(multi, handle_);
    int running = 1;
    while (running > 0) {
      curl_multi_perform(multi, &running);
      if (running > 0) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    CURLcode code = CURLE_FAILED_INIT;
    for (int left = 0;
         const CURLMsg* message = curl_multi_info_read(multi, &left);) {
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    }
    curl_multi_remove_handle(multi, handle_);
    if (code == CURLE_OK) return absl::OkStatus();
    return handshake_.Failure(code, text_)
        .value_or(absl::UnavailableError(text_));
  }

  const TlsHandshake& handshake() const { return handshake_; }
  const std::string& body() const { return body_; }

 private:
  TlsHandshake handshake_;
  CURL* const handle_;
  curl_slist* connect_to_ = nullptr;
  char text_[CURL_ERROR_SIZE] = "";
  std::string body_;
};

struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using MultiPtr = std::unique_ptr<CURLM, MultiDeleter>;

class TlsHandshakeTest : public ::testing::Test {
 protected:
  TlsHandshakeTest() : multi_(curl_multi_init()) {
    std::ofstream(directory_ + "image", std::ios::binary) << kImage;
  }

  static std::shared_ptr<const TlsPolicy> Policy(
      const TestIdentity& anchor,
      TlsIdentity identity = TlsIdentity::kIpAddress,
      const TestIdentity* client = nullptr) {
    DatastoreAccess access;
    access.ca_certificates_pem = anchor.CertificatePem();
    access.tls_identity = identity;
    if (client != nullptr) {
      access.client_certificate_pem = client->CertificatePem();
      access.client_key_pem = client->KeyPem();
    }
    auto policy = TlsPolicy::Create(access, "", {});
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  }

  void Serve(const TestIdentity& leaf, std::vector<std::string> flags = {},
             const TestIdentity* client_ca = nullptr) {
    TlsTestServer::Options options;
    options.certificate_pem = leaf.CertificatePem();
    options.key_pem = leaf.KeyPem();
    options.flags = std::move(flags);
    if (client_ca != nullptr) {
      options.client_ca_pem = client_ca->CertificatePem();
    }
    server_ = std::make_unique<TlsTestServer>(options, directory_);
    peer_.port = server_->port();
  }

  std::string Url() const {
    return absl::StrCat("https://127.0.0.1:", peer_.port, "/image");
  }

  const std::string directory_ = ::testing::TempDir() + "/";
  const TestIdentity root_ = TestIdentity::Issue(Ca("Root"));
  const TestIdentity other_ = TestIdentity::Issue(Ca("Other Root"));
  const TestIdentity leaf_ =
      TestIdentity::Issue(Leaf({"IP:127.0.0.1"}), &root_);
  TlsPeer peer_ = {"store.local", "127.0.0.1", 0, "bn1", true};
  std::unique_ptr<TlsTestServer> server_;
  const MultiPtr multi_;
};

TEST_F(TlsHandshakeTest, VerifiesBeforeTheFirstByte) {
  Serve(leaf_);
  Transfer transfer(Policy(root_), peer_, Url());
  EXPECT_FALSE(transfer.handshake().verified());
  const absl::Status status = transfer.Run(multi_.get());
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(transfer.handshake().verified());
  EXPECT_FALSE(transfer.handshake().client_certificate_wanted());
  EXPECT_EQ(transfer.body(), kImage);
}

// curl 7.88 fills the store of the SSL_CTX from its CA files after the
// callback, and keeps that store for the multi handle's other transfers.
TEST_F(TlsHandshakeTest, TrustsNothingThatCurlWasGiven) {
  Serve(leaf_);
  const std::string file = directory_ + "root.pem";
  std::ofstream(file) << root_.CertificatePem();
  for (const char* what : {"first", "with curl's store kept"}) {
    Transfer transfer(Policy(other_), peer_, Url());
    transfer.Set(CURLOPT_CAINFO, file.c_str());
    const absl::Status status = transfer.Run(multi_.get());
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN)
        << what << ": " << status;
    EXPECT_FALSE(transfer.handshake().verified());
    EXPECT_EQ(transfer.body(), "");
  }
}

// A server that keeps connections open, as s_server never does: one after
// another, each until the other end closes it.
class KeepAliveServer {
 public:
  explicit KeepAliveServer(const TestIdentity& leaf)
      : context_(SSL_CTX_new(TLS_server_method())), listener_(Listen(port_)) {
    SSL_CTX_use_certificate(context_.get(), leaf.certificate());
    SSL_CTX_use_PrivateKey(context_.get(), leaf.key());
    thread_ = std::thread([this] {
      for (;;) {
        const int connection = accept(listener_, nullptr, nullptr);
        if (connection < 0) return;
        // A client that leaves the connection open ends the test, not hangs it.
        const timeval patience = {10, 0};
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience,
                   sizeof(patience));
        Serve(connection);
        close(connection);
      }
    });
  }
  ~KeepAliveServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  KeepAliveServer(const KeepAliveServer&) = delete;
  KeepAliveServer& operator=(const KeepAliveServer&) = delete;

  static int Listen(int& port) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener, generic, length), 0);
    EXPECT_EQ(listen(listener, 8), 0);
    EXPECT_EQ(getsockname(listener, generic, &length), 0);
    port = ntohs(address.sin_port);
    return listener;
  }

  int port() const { return port_; }

 private:
  void Serve(int connection) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()),
                                                        SSL_free);
    SSL_set_fd(ssl.get(), connection);
    if (SSL_accept(ssl.get()) != 1) return;
    const std::string reply =
        absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", sizeof(kImage) - 1,
                     "\r\n\r\n", kImage);
    char request[4096];
    while (SSL_read(ssl.get(), request, sizeof(request)) > 0) {
      SSL_write(ssl.get(), reply.data(), static_cast<int>(reply.size()));
    }
  }

  const SslCtxPtr context_;
  int port_ = 0;
  const int listener_;
  std::thread thread_;
};

TEST_F(TlsHandshakeTest, ReusesNothingThatAnotherPolicyVerified) {
  const KeepAliveServer server(leaf_);
  peer_.port = server.port();
  for (int round = 0; round < 3; ++round) {
    Transfer good(Policy(root_), peer_, Url());
    const absl::Status fine = good.Run(multi_.get());
    EXPECT_TRUE(fine.ok()) << fine;
    EXPECT_TRUE(good.handshake().verified());
    EXPECT_EQ(good.body(), kImage);
    Transfer bad(Policy(other_), peer_, Url());
    EXPECT_EQ(ReasonOf(bad.Run(multi_.get())),
              v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN);
    EXPECT_EQ(bad.body(), "");
  }
}

TEST_F(TlsHandshakeTest, ResumesNoSessionThatAnotherPolicyVerified) {
  Serve(leaf_, {"-tls1_2"});
  CURLSH* const share = curl_share_init();
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  {
    Transfer good(Policy(root_), peer_, Url());
    good.Set(CURLOPT_SHARE, share);
    EXPECT_TRUE(good.Run(multi_.get()).ok());
    Transfer bad(Policy(other_), peer_, Url());
    bad.Set(CURLOPT_SHARE, share);
    EXPECT_EQ(ReasonOf(bad.Run(multi_.get())),
              v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN);
  }
  curl_share_cleanup(share);
}

// The server has two certificates: one for whoever asks for the name by SNI.
TEST_F(TlsHandshakeTest, AsksForTheNameOnlyWhenTheNameCounts) {
  const TestIdentity named =
      TestIdentity::Issue(Leaf({"DNS:store.local"}), &root_);
  const std::string file = directory_ + "named.pem";
  std::ofstream(file) << named.CertificatePem() << named.KeyPem();
  Serve(leaf_, {"-servername", "store.local", "-servername_fatal", "-cert2",
                file, "-key2", file});
  {
    Transfer transfer(
        Policy(root_, TlsIdentity::kHostName), peer_,
        absl::StrCat("https://store.local:", peer_.port, "/image"));
    transfer.ConnectTo(
        absl::StrCat("store.local:", peer_.port, ":127.0.0.1:", peer_.port));
    const absl::Status status = transfer.Run(multi_.get());
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(transfer.body(), kImage);
  }
  {
    Transfer transfer(Policy(root_), peer_, Url());
    const absl::Status status = transfer.Run(multi_.get());
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(transfer.body(), kImage);
  }
  TlsPeer peer = peer_;
  peer.host = "stranger.local";
  Transfer transfer(Policy(root_, TlsIdentity::kHostName), peer,
                    absl::StrCat("https://stranger.local:", peer_.port, "/"));
  transfer.ConnectTo(absl::StrCat("::127.0.0.1:", peer_.port));
  const absl::Status status = transfer.Run(multi_.get());
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TLS_FAILED) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "does not know the name"))
      << status;
}

TEST_F(TlsHandshakeTest, WorksOverIpv6) {
  const TestIdentity v6 = TestIdentity::Issue(Leaf({"IP:::1"}), &root_);
  TlsTestServer::Options options;
  options.certificate_pem = v6.CertificatePem();
  options.key_pem = v6.KeyPem();
  options.bind = "[::1]";
  const TlsTestServer server(options, directory_);
  peer_.address = "::1";
  peer_.port = server.port();
  Transfer transfer(Policy(root_), peer_,
                    absl::StrCat("https://[::1]:", peer_.port, "/image"));
  const absl::Status status = transfer.Run(multi_.get());
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(transfer.body(), kImage);
}

TEST_F(TlsHandshakeTest, KeepsTheClientCertificateFromOtherOrigins) {
  const TestIdentity client = TestIdentity::Issue(Leaf({}), &other_);
  Serve(leaf_, {}, &other_);
  const auto policy = Policy(root_, TlsIdentity::kIpAddress, &client);
  {
    Transfer transfer(policy, peer_, Url());
    const absl::Status status = transfer.Run(multi_.get());
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_TRUE(transfer.handshake().client_certificate_wanted());
  }
  peer_.present_client_certificate = false;
  Transfer transfer(policy, peer_, Url());
  const absl::Status status = transfer.Run(multi_.get());
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TLS_FAILED) << status;
  EXPECT_TRUE(transfer.handshake().client_certificate_wanted());
}

TEST_F(TlsHandshakeTest, MayGoBeforeItsConnection) {
  Serve(leaf_);
  CURL* const handle = curl_easy_init();
  {
    TlsHandshake handshake(Policy(root_), peer_);
    ASSERT_TRUE(handshake.Install(handle).ok());
    curl_easy_setopt(handle, CURLOPT_URL, Url().c_str());
    curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
    ASSERT_EQ(curl_easy_perform(handle), CURLE_OK);
    EXPECT_TRUE(handshake.verified());
  }
  curl_easy_cleanup(handle);  // closes the connection: OpenSSL calls back
}

// What is no TLS server: answers a connection with `reply`, then closes it.
absl::Status AskOddServer(std::shared_ptr<const TlsPolicy> policy,
                          absl::string_view reply, CURLM* multi) {
  int port = 0;
  const int listener = KeepAliveServer::Listen(port);
  std::thread server([&] {
    const int connection = accept(listener, nullptr, nullptr);
    char hello[4096];
    EXPECT_GT(read(connection, hello, sizeof(hello)), 0);
    if (!reply.empty()) {
      EXPECT_EQ(write(connection, reply.data(), reply.size()),
                static_cast<ssize_t>(reply.size()));
    }
    close(connection);
  });
  Transfer transfer(std::move(policy),
                    {"store.local", "127.0.0.1", port, "bn1", true},
                    absl::StrCat("https://127.0.0.1:", port, "/"));
  absl::Status status = transfer.Run(multi);
  EXPECT_FALSE(transfer.handshake().verified());
  server.join();
  close(listener);
  return status;
}

TEST_F(TlsHandshakeTest, TellsAServerWithoutTls) {
  const absl::Status status = AskOddServer(
      Policy(root_), "HTTP/1.1 400 Bad Request\r\n\r\n", multi_.get());
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TLS_FAILED) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "does not speak TLS"))
      << status;
}

TEST_F(TlsHandshakeTest, LeavesABrokenConnectionToOthers) {
  const absl::Status status = AskOddServer(Policy(root_), "", multi_.get());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNSPECIFIED) << status;
}

TEST_F(TlsHandshakeTest, EndsOnRubbish) {
  std::string rubbish("\x16\x03\x03\x40\x00", 5);
  rubbish.append(0x4000, '\x7f');
  const absl::Status status =
      AskOddServer(Policy(root_), rubbish, multi_.get());
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TLS_FAILED) << status;
}

// "-WWW" takes one connection after another; the verification runs at once.
TEST_F(TlsHandshakeTest, SharesAPolicyBetweenThreads) {
  Serve(leaf_);
  const auto policy = Policy(root_);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const MultiPtr multi(curl_multi_init());
      for (int i = 0; i < 5; ++i) {
        Transfer transfer(policy, peer_, Url());
        const absl::Status status = transfer.Run(multi.get());
        EXPECT_TRUE(status.ok()) << status;
        EXPECT_EQ(transfer.body(), kImage);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace localstore::fetcher
