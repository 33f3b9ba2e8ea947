#include "fetcher/http/http_transfer.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "fetcher/datastore_access.h"
#include "fetcher/http/transfer_loop.h"
#include "fetcher/testing/fake_endpoint_source.h"
#include "fetcher/testing/pki.h"
#include "fetcher/testing/scripted_http_server.h"
#include "fetcher/testing/tls_front.h"
#include "fetcher/tls_policy.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

using Request = ScriptedHttpServer::Request;
using Connection = ScriptedHttpServer::Connection;

constexpr size_t kImageBytes = 4 << 20;

std::string Image() {
  std::string image(kImageBytes, '\0');
  uint32_t state = 1;
  for (char& byte : image) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return image;
}

// Keeps what comes, and by which way it came.
class Receiver : public HttpReceiver {
 public:
  absl::Status OnHead(const ResponseHead&) override { return absl::OkStatus(); }
  Taken OnBody(absl::string_view bytes) override {
    body.append(bytes.data(), bytes.size());
    return Taken::kAll;
  }
  bool CanTake() override { return true; }
  absl::Span<char> Room() override { return absl::MakeSpan(room_); }
  bool OnFilled(size_t bytes) override {
    body.append(room_.data(), bytes);
    read_directly += bytes;
    return true;
  }
  absl::Status OnTick() override { return absl::OkStatus(); }
  void OnEnd(const absl::Status& status) override {
    end = status;
    ended.Notify();
  }

  std::string body;
  size_t read_directly = 0;
  absl::Status end;
  absl::Notification ended;

 private:
  std::vector<char> room_ = std::vector<char>(300'000);
};

class HttpTransferTest : public ::testing::Test {
 protected:
  void Fetch(HttpRequest request, int port) {
    request.peer.host = "store.local";
    request.peer.address = "127.0.0.1";
    request.peer.port = port;
    request.endpoint = LoopbackEndpoint(port);
    request.connect_timeout = absl::Seconds(20);
    const auto transfer = HttpTransfer::Create(std::move(request), &receiver_);
    ASSERT_TRUE(transfer.ok()) << transfer.status();
    const auto loop = TransferLoop::Start();
    ASSERT_TRUE(loop.ok()) << loop.status();
    (*loop)->Add(transfer->get());
    receiver_.ended.WaitForNotification();
  }

  const std::string image_ = Image();
  ScriptedHttpServer server_{[this](const Request&, Connection& connection) {
    connection.Send(HttpOk(image_));
  }};
  Receiver receiver_;
};

// All but what libcurl had read with the head, and while it was made to pause.
constexpr size_t kMostByCurl = 1 << 20;

TEST_F(HttpTransferTest, ReadsALongBodyPastLibcurl) {
  HttpRequest request;
  request.url = "http://store.local/image";
  Fetch(std::move(request), server_.port());
  EXPECT_TRUE(receiver_.end.ok()) << receiver_.end;
  EXPECT_TRUE(receiver_.body == image_);
  EXPECT_GE(receiver_.read_directly, kImageBytes - kMostByCurl);
}

TEST_F(HttpTransferTest, ReadsALongBodyOverTlsPastLibcurl) {
  TestCertificate what;
  what.common_name = "store";
  what.alt_names = {"IP:127.0.0.1"};
  const TestIdentity identity = TestIdentity::Issue(what);
  DatastoreAccess access;
  access.ca_certificates_pem = identity.CertificatePem();
  const auto policy = TlsPolicy::Create(access, "", TlsPolicy::Options());
  ASSERT_TRUE(policy.ok()) << policy.status();
  const TlsFront front(identity, server_.port());

  HttpRequest request;
  request.url = "https://store.local/image";
  request.tls_policy = *policy;
  request.tls_peer.host = "store.local";
  request.tls_peer.address = "127.0.0.1";
  request.tls_peer.port = front.port();
  Fetch(std::move(request), front.port());
  EXPECT_TRUE(receiver_.end.ok()) << receiver_.end;
  EXPECT_TRUE(receiver_.body == image_);
  EXPECT_GE(receiver_.read_directly, kImageBytes - kMostByCurl);
}

}  // namespace
}  // namespace localstore::fetcher
