// What a client can do to the server that means it no good.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "server/daemon/test_daemon.h"

namespace localstore::server {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckResponse;

constexpr absl::Duration kPatience = absl::Seconds(30);

// RFC 9113, sections 3.4, 6.5, 6.7 and 6.8.
constexpr absl::string_view kPrefaceAndSettings(
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    "\0\0\0\4\0\0\0\0\0",
    24 + 9);
constexpr absl::string_view kPing("\0\0\x08\6\0\0\0\0\0abcdefgh", 17);
constexpr uint8_t kGoAway = 7;
constexpr int kEnhanceYourCalm = 11;

// A connection without a library that would behave.
class RawConnection {
 public:
  static std::unique_ptr<RawConnection> Tcp(int port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<uint16_t>(port));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return Connect(AF_INET, reinterpret_cast<sockaddr*>(&name), sizeof(name));
  }
  static std::unique_ptr<RawConnection> Unix(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    return Connect(AF_UNIX, reinterpret_cast<sockaddr*>(&name), sizeof(name));
  }
  ~RawConnection() { close(descriptor_); }

  // False once the other end has closed.
  bool Send(absl::string_view bytes) const {
    return send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }

  // Reads until the server closes; false when it does not.
  bool IsClosed() {
    const absl::Time deadline = absl::Now() + kPatience;
    while (absl::Now() < deadline) {
      pollfd waiting = {descriptor_, POLLIN, 0};
      if (poll(&waiting, 1, 1000) <= 0) continue;
      char bytes[4096];
      const ssize_t count = recv(descriptor_, bytes, sizeof(bytes), 0);
      if (count <= 0) return true;
      received_.append(bytes, static_cast<size_t>(count));
    }
    return false;
  }

  // The error of the GOAWAY frame that came; -1 for none.
  int GoAwayError() const {
    size_t at = 0;
    while (at + 9 <= received_.size()) {
      const auto byte = [this](size_t i) {
        return static_cast<uint8_t>(received_[i]);
      };
      const size_t length =
          (byte(at) << 16u) | (byte(at + 1) << 8u) | byte(at + 2);
      if (byte(at + 3) == kGoAway && at + 17 <= received_.size()) {
        return byte(at + 16);
      }
      at += 9 + length;
    }
    return -1;
  }

 private:
  explicit RawConnection(int descriptor) : descriptor_(descriptor) {}

  static std::unique_ptr<RawConnection> Connect(int family,
                                                const sockaddr* name,
                                                socklen_t size) {
    const int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(descriptor, name, size), 0)
        << std::generic_category().message(errno);
    return std::unique_ptr<RawConnection>(new RawConnection(descriptor));
  }

  const int descriptor_;
  std::string received_;
};

class AbuseTest : public ::testing::Test {
 protected:
  void Start(const SettingTexts& texts) {
    const absl::Status status = daemon_.Start(texts);
    ASSERT_TRUE(status.ok()) << status;
  }

  std::unique_ptr<RawConnection> Tcp() const {
    return RawConnection::Tcp(daemon_.tcp_port());
  }
  std::unique_ptr<RawConnection> Unix() const {
    return RawConnection::Unix(daemon_.Path("x.sock"));
  }
  std::vector<std::unique_ptr<RawConnection>> OneOfEach() const {
    std::vector<std::unique_ptr<RawConnection>> connections;
    connections.push_back(Tcp());
    connections.push_back(Unix());
    return connections;
  }

  // Whether a client that behaves is served.
  static grpc::Status Ask(const std::string& address) {
    const auto context = PatientContext();
    v1::StatusResponse response;
    return v1::LocalDatastoreService::NewStub(OwnChannel(address))
        ->Status(context.get(), {}, &response);
  }
  void ExpectServed() const {
    for (const std::string& address :
         {daemon_.unix_address(), daemon_.tcp_address()}) {
      const grpc::Status status = Ask(address);
      EXPECT_TRUE(status.ok()) << address << ": " << status.error_message();
    }
  }

  TestDaemon daemon_;
};

TEST_F(AbuseTest, AGiantMessageIsRefused) {
  Start({{"max_request_bytes", "65536"}});
  const auto stub =
      v1::LocalDatastoreService::NewStub(OwnChannel(daemon_.tcp_address()));
  v1::ResolveRequest request;
  request.set_host(std::string(70'000, 'x'));
  const auto context = PatientContext();
  v1::ResolveResponse response;
  EXPECT_EQ(stub->Resolve(context.get(), request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectServed();
}

TEST_F(AbuseTest, AGiantHeaderIsRefused) {
  Start({{"max_metadata_bytes", "4096"}});
  const auto stub =
      v1::LocalDatastoreService::NewStub(OwnChannel(daemon_.tcp_address()));
  const auto context = PatientContext();
  context->AddMetadata("x-filler", std::string(8000, 'x'));
  v1::StatusResponse response;
  EXPECT_EQ(stub->Status(context.get(), {}, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectServed();
}

TEST_F(AbuseTest, ThousandsOfCallsOfOneClientLeaveTheOthersAlone) {
  Start({{"max_calls_per_client", "100"},
         {"max_streams_per_connection", "5000"}});
  constexpr int kCalls = 3000;
  const auto stub = Health::NewStub(OwnChannel(daemon_.tcp_address()));
  grpc::CompletionQueue queue;
  struct Call {
    std::unique_ptr<grpc::ClientContext> context = PatientContext();
    std::unique_ptr<grpc::ClientAsyncReader<HealthCheckResponse>> reader;
    HealthCheckResponse response;
    bool served = false;
  };
  std::vector<Call> calls(kCalls);
  for (Call& call : calls) {
    call.reader =
        stub->AsyncWatch(call.context.get(), {}, &queue, &call.context);
  }
  void* tag = nullptr;
  bool ok = false;
  for (int i = 0; i < kCalls; ++i) ASSERT_TRUE(queue.Next(&tag, &ok));
  for (Call& call : calls) call.reader->Read(&call.response, &call);
  int served = 0;
  for (int i = 0; i < kCalls; ++i) {
    ASSERT_TRUE(queue.Next(&tag, &ok));
    static_cast<Call*>(tag)->served = ok;
    if (ok) ++served;
  }
  EXPECT_EQ(served, 100);
  EXPECT_EQ(Ask(daemon_.tcp_address()).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Ask(daemon_.unix_address()).ok());
  for (Call& call : calls) {
    if (call.served) call.context->TryCancel();
  }
  std::vector<grpc::Status> statuses(kCalls);
  for (int i = 0; i < kCalls; ++i) calls[i].reader->Finish(&statuses[i], &tag);
  for (int i = 0; i < kCalls; ++i) ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_EQ(std::count_if(statuses.begin(), statuses.end(),
                          [](const grpc::Status& status) {
                            return status.error_code() ==
                                   grpc::StatusCode::RESOURCE_EXHAUSTED;
                          }),
            kCalls - 100);
  grpc::Status status;
  for (int i = 0; i < 1000 && !(status = Ask(daemon_.tcp_address())).ok();
       ++i) {
  }
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(AbuseTest, StreamsThatNobodyReadsHoldNothingUp) {
  Start({});
  const auto stub = Health::NewStub(OwnChannel(daemon_.unix_address()));
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<HealthCheckResponse>>> streams;
  for (int i = 0; i < 1000; ++i) {
    contexts.push_back(PatientContext());
    streams.push_back(stub->Watch(contexts.back().get(), {}));
  }
  ExpectServed();
  for (const auto& context : contexts) context->TryCancel();
  for (const auto& stream : streams) stream->Finish();
}

TEST_F(AbuseTest, WhoPingsTooOftenIsDisconnected) {
  Start({});
  for (const auto& connection : OneOfEach()) {
    ASSERT_TRUE(connection->Send(kPrefaceAndSettings));
    for (int i = 0; i < 10; ++i) connection->Send(kPing);
    EXPECT_TRUE(connection->IsClosed());
    EXPECT_EQ(connection->GoAwayError(), kEnhanceYourCalm);
  }
  ExpectServed();
}

TEST_F(AbuseTest, WhatIsNoHttp2IsDisconnected) {
  Start({});
  for (const auto& connection : OneOfEach()) {
    ASSERT_TRUE(connection->Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_TRUE(connection->IsClosed());
  }
  ExpectServed();
}

TEST_F(AbuseTest, ConnectionsBeyondTheLimitAreClosed) {
  Start({{"max_connections", "8"}});
  std::vector<std::unique_ptr<RawConnection>> held;
  held.reserve(6);
  for (int i = 0; i < 6; ++i) {
    held.push_back(Tcp());
    held.back()->Send(kPrefaceAndSettings);
  }
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(Tcp()->IsClosed()) << i;
  EXPECT_TRUE(Ask(daemon_.unix_address()).ok());  // a quarter is for others
  held.clear();
  grpc::Status status;
  for (int i = 0; i < 1000 && !(status = Ask(daemon_.tcp_address())).ok();
       ++i) {
  }
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(AbuseTest, ConnectionsToTheHealthAddressAreBoundedToo) {
  Start({{"health_listen", "127.0.0.1:0"}});
  const std::string address = (*daemon_).health_address();
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  std::vector<std::unique_ptr<RawConnection>> held;
  held.reserve(48);
  for (int i = 0; i < 48; ++i) {
    held.push_back(RawConnection::Tcp(port));
    held.back()->Send(kPrefaceAndSettings);
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(RawConnection::Tcp(port)->IsClosed()) << i;
  }
  held.clear();
  grpc::Status status;
  for (int i = 0; i < 1000; ++i) {
    const auto context = PatientContext();
    HealthCheckResponse response;
    status = Health::NewStub(OwnChannel(address))
                 ->Check(context.get(), {}, &response);
    if (status.ok()) break;
  }
  EXPECT_TRUE(status.ok()) << status.error_message();
  ExpectServed();
}

TEST_F(AbuseTest, ManyConnectionsThatComeAndGoLeaveNothing) {
  Start({{"max_connections", "16"}});
  for (int i = 0; i < 500; ++i) {
    const auto connection = i % 2 == 0 ? Tcp() : Unix();
    connection->Send(i % 3 == 0 ? kPrefaceAndSettings : "");
  }
  grpc::Status status;
  for (int i = 0; i < 1000 && !(status = Ask(daemon_.tcp_address())).ok();
       ++i) {
  }
  ExpectServed();
}

TEST_F(AbuseTest, WhoSaysNothingIsDisconnected) {
  Start({{"max_connection_idle", "1s"}});
  const auto silent_tcp = Tcp();
  const auto silent_unix = Unix();
  const auto idle = Tcp();
  ASSERT_TRUE(idle->Send(kPrefaceAndSettings));
  EXPECT_TRUE(idle->IsClosed());
  EXPECT_TRUE(silent_tcp->IsClosed());
  EXPECT_TRUE(silent_unix->IsClosed());
  ExpectServed();
}

TEST_F(AbuseTest, WhoGivesNoSignOfLifeIsDisconnected) {
  Start({{"keepalive_time", "1s"},
         {"keepalive_timeout", "1s"},
         {"max_connection_idle", "0"}});
  const auto tcp = Tcp();
  const auto local = Unix();
  ASSERT_TRUE(tcp->Send(kPrefaceAndSettings));
  ASSERT_TRUE(local->Send(kPrefaceAndSettings));
  EXPECT_TRUE(tcp->IsClosed());
  EXPECT_TRUE(local->IsClosed());
  ExpectServed();
}

}  // namespace
}  // namespace localstore::server
